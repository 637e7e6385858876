//! Files of annotations: shapes of many images, or of one, as annotation tools write them. One trait, one format a file or
//! folder.

mod annotated;
mod bad_entry;
mod classes;
mod coco;
mod content;
mod cvat;
mod document;
mod field;
mod file;
mod format;
mod label_studio;
mod labelme;
mod picture;
mod polygon;
mod qupath;
mod shape;
mod text;

pub(super) use annotated::Annotated;
pub(super) use document::Document;
pub(super) use file::{Owner, is_annotations, is_something_else, problems, read, recognised};
