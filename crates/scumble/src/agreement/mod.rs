//! How far raters agree: pairs, all together, each against the others, and masks that look wrong.

mod across;
mod comparison;
mod contingency;
mod count;
mod flags;
mod objects;
mod shift;
mod shifted;
mod suspicion;
mod thumbnail;
mod units;

pub use across::AcrossImages;
pub use comparison::Comparison;
pub use contingency::Contingency;
pub use count::Agreement;
pub use flags::rater_flags;
pub use suspicion::{RaterFlag, Suspicion};
pub use units::Units;
