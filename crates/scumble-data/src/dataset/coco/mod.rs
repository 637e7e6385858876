//! Annotations in COCO's JSON: one file, the polygons and run lengths of many images.

mod document;
mod mask;
mod polygon;
mod run_lengths;

pub(super) use document::Coco;
pub(super) use mask::CocoMask;
