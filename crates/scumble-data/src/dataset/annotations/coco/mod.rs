//! Annotations in COCO's JSON: the polygons and run lengths of many images.

mod document;
mod entries;
mod run_lengths;
mod segmentation;

pub(super) use document::Coco;
