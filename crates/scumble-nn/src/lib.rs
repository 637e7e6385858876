//! Networks for scumble: description, execution, training, prediction and model files
#![forbid(unsafe_code)]

mod executor;
mod network;

pub use executor::{Device, Executor, ExecutorError, State, UnknownDevice, Update, open};
pub use network::{
    Layer, NORM_EPSILON, NORM_MOMENTUM, Network, NetworkError, Norm, Op, Parameter, Role, Tensors, UNet,
    initial_weights,
};
