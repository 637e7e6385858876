//! Annotations in COCO's JSON: one file, the polygons and run lengths of many images.

mod bad_entry;
mod document;
mod field;
mod json;
mod mask;
mod polygon;
mod run_lengths;
mod segmentation;
mod text;

pub(super) use document::Coco;
pub(super) use mask::CocoMask;
