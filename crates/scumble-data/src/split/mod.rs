//! What is held out for validation: some of the images, or a band of each.

mod band;
mod choose;
mod error;
mod validation;

pub use band::Band;
pub use choose::{Split, split};
pub use error::SplitError;
pub use validation::Validation;
