//! Outlines drawn in ImageJ: one in a .roi file, many in a .zip. They hold no size, so the image's is needed.

mod archive;
mod encode;
mod outline;
mod paint;

pub(super) use archive::{is_outlines, marks, outlines};
pub use encode::{ROI_REACH, write_roi_zip};
