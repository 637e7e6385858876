//! How far raters agree: pairs, all together, each against the others, and masks that look wrong.

mod comparison;
mod contingency;
mod count;
mod flags;
mod shift;
mod shifted;
mod units;

pub use comparison::Comparison;
pub use contingency::Contingency;
pub use count::Agreement;
pub use flags::{RaterFlag, Suspicion, rater_flags};
pub use units::Units;
