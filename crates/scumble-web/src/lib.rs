#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod predict;
mod program;

pub use predict::{Error, Predicted, Request, predict};
pub use program::PROGRAM;
