//! A network is data: a list of layers with names, sizes and connections, and weights by name. Everything that needs
//! to know the network walks this list: executors, the parameter count, model files, export.

pub(crate) mod error;
mod geometry;
pub(crate) mod graph;
mod initial;
pub(crate) mod layer;
pub(crate) mod parameter;
mod unet;

pub use error::NetworkError;
pub(crate) use geometry::f32_bytes;
pub use graph::Network;
pub use initial::initial_weights;
pub use layer::{Layer, NORM_EPSILON, NORM_MOMENTUM, Op};
pub use parameter::{Parameter, Role, Tensors};
pub use unet::{Norm, UNet};
