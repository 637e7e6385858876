//! Judgement: streaming scores of predicted probabilities against soft labels and raters.

mod bootstrap;
mod boundary;
mod calibration;
mod confusion;
mod error;
mod judge;
mod overlap;
mod proper;
mod scores;
mod surface;

pub use bootstrap::{Bootstrap, Interval};
pub use boundary::{
    BoundaryBenchmark, BoundaryCounts, BoundaryError, BoundaryFit, BoundaryMatch, BoundaryOptions,
    BoundaryPoint, BoundaryScores, ImageBoundary, match_boundaries, suppress_non_maxima, thin,
};
pub use calibration::{Calibration, CalibrationBin};
pub use confusion::Confusion;
pub use error::ScoreError;
pub use judge::{Judge, Resolution};
pub use overlap::Overlap;
pub use proper::Proper;
pub use scores::{ClassScores, CrossEntropyScore, F1, RaterScores, Scores};
pub use surface::{
    Connectivity, SurfaceDistances, SurfaceError, SurfaceOptions, distance_transform, outline,
    surface_distances,
};
