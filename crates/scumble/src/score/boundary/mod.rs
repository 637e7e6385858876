//! Boundaries: the benchmark of BSDS500 (Martin et al. 2004, Arbelaez et al. 2011).

mod benchmark;
mod counts;
mod curve;
mod error;
mod graph;
mod matching;
mod nms;
mod options;
mod pixels;
mod thinning;

pub use benchmark::{BoundaryBenchmark, BoundaryScores, ImageBoundary};
pub use counts::BoundaryCounts;
pub use curve::{BoundaryFit, BoundaryPoint};
pub use error::BoundaryError;
pub use nms::suppress_non_maxima;
pub use options::BoundaryOptions;
pub use pixels::{BoundaryMatch, match_boundaries};
pub use thinning::thin;
