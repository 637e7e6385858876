//! Probability maps out; [`Dataset::open`](crate::Dataset::open) reads them again as labels.

mod format;
mod nifti;
mod npy;
mod plane;
mod png;
mod sidecar;
mod sink;
mod tiff;
mod tiff_header;
mod tiff_tiles;
mod writer;

pub use format::MapFormat;
pub use plane::{Plane, write_plane};
pub use sidecar::{Averaged, Sidecar, read_sidecar, write_sidecar};
pub use writer::MapWriter;

pub(crate) use sidecar::SIDECAR;

/// The table of objects in a folder of maps.
pub const OBJECTS_TABLE: &str = "objects.csv";
