//! Fusion: several raters' hard masks to one label.

mod majority;
mod mean;

pub use majority::majority;
pub use mean::mean;
