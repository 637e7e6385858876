//! Outlines drawn in ImageJ: one in a .roi file, many in a .zip. They hold no size, so the image's is needed.

mod archive;
mod fill;
mod outline;

pub(super) use archive::{is_outlines, marks, outlines};
