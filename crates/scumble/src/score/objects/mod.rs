//! Objects: the connected parts of a mask, found, missed and counted.

mod components;
mod counts;
mod matching;

pub use components::Components;
pub use counts::{ObjectCounts, ObjectScores, ObjectsError, objects};
