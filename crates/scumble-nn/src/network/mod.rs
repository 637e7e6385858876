//! A network is data: a list of layers with names, sizes and connections, and weights by name. Everything that needs
//! to know the network walks this list: executors, the parameter count, model files, export.

mod error;
mod geometry;
mod graph;
mod initial;
mod layer;
mod parameter;
mod tensors;
mod unet;

pub use error::NetworkError;
pub use graph::Network;
pub use initial::initial_weights;
pub use layer::{Layer, NORM_EPSILON, NORM_MOMENTUM, Op};
pub use parameter::{Parameter, Role};
pub use tensors::Tensors;
pub use unet::{Norm, UNet};
