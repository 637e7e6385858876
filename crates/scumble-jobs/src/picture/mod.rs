//! Pictures that people look at: images, probability maps, raters' marks, put together from panels.

mod canvas;
mod caption;
mod maps;
mod matrix;
mod raters;
mod shrink;
mod smooth;

pub use canvas::{Picture, Rgb};
pub use maps::CLASS_COLOURS;
pub(crate) use maps::byte;
pub use raters::{BOTH, FIRST, OTHER_CLASS, SECOND};
pub(crate) use shrink::{Shrinking, shrink, shrink_picture, shrink_rows};
pub(crate) use smooth::smooth;
