//! Shapes: outlines of masks, contours of maps, and what is measured of objects.
//!
//! Coordinates are (x, y) in pixels from the image's upper left corner: the first pixel lies between (0, 0) and (1, 1), and its
//! centre at (0.5, 0.5).

mod contour;
mod measure;
mod outline;
mod ring;

pub use contour::{Contour, contours};
pub use measure::{Measured, measure};
pub use outline::{Polygon, outlines};
pub use ring::Ring;
