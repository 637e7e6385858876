//! How far raters agree: pairs, all together, each against the others, and masks that look wrong.

mod comparison;
mod contingency;
mod count;
mod flags;
mod shift;
mod shifted;
mod suspicion;
mod units;

pub use comparison::Comparison;
pub use contingency::Contingency;
pub use count::Agreement;
pub use flags::rater_flags;
pub use suspicion::{RaterFlag, Suspicion};
pub use units::Units;
