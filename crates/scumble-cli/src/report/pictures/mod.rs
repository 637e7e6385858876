//! Maps as pictures inside the page: made small, coloured, and written as the text of an address.

mod address;
mod brighten;
mod colour;
mod shrink;
mod smooth;

pub(super) use address::data_address;
pub(super) use brighten::brighten;
pub(super) use colour::{DIVERGING, SEQUENTIAL};
pub(super) use shrink::{shrink, shrink_picture};
pub(super) use smooth::smooth;
