//! Distances between the outlines of two masks.

mod distance_transform;
mod distances;
mod outline;

pub use distance_transform::distance_transform;
pub use distances::{SurfaceDistances, SurfaceError, SurfaceOptions, surface_distances};
pub use outline::{Connectivity, outline};
