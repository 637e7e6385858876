//! Convolutions of bf16 maps as products of tiles, with sums in f32.
//!
//! Some processors have a unit that multiplies *tiles*: 16 rows of 32 bf16 values by 32 rows of 16, a sum of 32 products for
//! each of 16 x 16 results (Intel's AMX, `TDPBF16PS`). Everywhere else plain vector code returns the same bits:
//! [`Emulated`](emulated::Emulated).
//!
//! - [`gather_tiles`] is the forward pass and the gradient of the input: the rows of the first tile are 16 *units* (a pixel,
//!   or two neighbours) with 32 values that they read, the second tile has the weights of 16 outputs, from [`pack_tiles`];
//! - [`outer_tiles`] is the gradient of the weights: the inner dimension are 32 pixels.
//!
//! Maps lie as for the kernels of f32, with a border of zeros; a source is read in whole tiles, so that some values behind
//! what is needed must exist, and be finite: they are multiplied with zero.

#[cfg(target_arch = "x86_64")]
mod amx;
mod block;
mod dispatch;
mod emulated;
mod gather;
mod outer;
mod pack;
mod unit;

pub use self::block::{MOST_TILE_SOURCES, Store, TileBlock, TileStep};
pub use self::gather::{GatherTiles, TileRow, gather_tiles};
pub use self::outer::{OuterScratch, OuterTiles, outer_tiles};
pub use self::pack::{PackedTile, Piece, pack_tiles};

/// Units of a tile: rows of the first factor.
pub const UNITS: usize = 16;
/// Inputs of a tile: what a row of the first factor holds, and pairs of which the second one's rows hold.
pub const INPUTS: usize = 32;
/// Outputs of a tile: columns of the second factor.
pub const OUTPUTS: usize = 16;
/// Values of a tile of bf16.
pub const TILE: usize = UNITS * INPUTS;
