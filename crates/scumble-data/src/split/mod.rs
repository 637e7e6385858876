//! What is held out for validation: some of the images, or a band of each; and which images are held out together.

mod band;
mod choose;
mod error;
mod grouping;
mod validation;

pub use band::Band;
pub use choose::{Split, split};
pub use error::SplitError;
pub use grouping::{Grouping, GroupingError};
pub use validation::Validation;
