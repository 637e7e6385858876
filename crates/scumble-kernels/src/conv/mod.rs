//! Convolutions as two kernels over rows of pixels.
//!
//! A map is stored pixel by pixel, all channels of a pixel side by side (NHWC), with a border of zeros that stands for the
//! padding. Weights lie in [`Panels`]. Then
//!
//! - the forward pass and the gradient of the input are both a [`gather_row`]: every output pixel gathers, from a list
//!   of [`Tap`]s, runs of neighbouring values times rows of weights;
//! - the gradient of the weights is [`outer_rows`]: a sum over pixels of outer products.
//!
//! Both keep their sums in registers until they are complete.

mod gather;
mod outer;
mod panels;

pub use self::gather::{Begin, GatherRow, Tap, gather_row};
pub use self::outer::{OuterRows, outer_rows};
pub use self::panels::{PANEL, Panels, panel_width, round_up};
