//! A made-up data set whose truth is known: lagoons seen from above, outlined by raters who see a soft shore.
//!
//! Real data tell what raters said; only made-up data tell with what probability they say it. So here, and only
//! here, a predicted probability can be held against the true one.

mod gaussian;
mod generate;
mod paint;
mod raters;
mod scene;
mod write;

pub use generate::{SyntheticImage, SyntheticOptions, synthetic};
pub use write::{write_synthetic, write_truth};
