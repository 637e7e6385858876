//! An export of Label Studio in JSON: what every annotator has marked in the images of many tasks.

mod brush;
mod export;
mod image_name;
mod region;
mod task;

pub(super) use export::LabelStudio;
