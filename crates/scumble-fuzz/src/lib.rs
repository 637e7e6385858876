//! Every reader of scumble as a function of bytes, for fuzzing: `tests/replay.rs` runs them on seeds and some thousand
//! mutations with every `cargo test`, the programs in `fuzz/` for as long as one likes.
//!
//! A [`Target`] holds its reader to what must be true whatever the bytes are: it returns a value or an error, and a
//! value that agrees with itself.
#![forbid(unsafe_code)]

mod chance;
mod data_sets;
mod images;
mod loss_frame;
pub mod mutate;
mod panics;
mod place;
mod seeds;
pub mod target;
mod training;

pub use chance::Chance;
pub use panics::watch_panics;
pub use target::{ALL, Target};

/// An error is something to read.
fn readable(error: &dyn std::fmt::Display) {
    assert!(!error.to_string().is_empty(), "an error without a message");
}
