//! Convolutions of bf16 maps, as products of tiles.
//!
//! [`window`] says which values every output reads, as blocks of tiles, and which weights they meet; [`weights`] packs these;
//! [`conv`] runs the forward pass and the gradient of what is read, [`gradient`] that of the weights.

mod conv;
mod gradient;
mod weights;
mod window;

pub(super) use self::conv::TileConv;
