//! What a block of sums gathers, and what becomes of it.

use crate::bf16::Bf16;

/// Sources that [`gather_tiles`](super::gather_tiles) reads at most.
pub const MOST_TILE_SOURCES: usize = 8;

/// Thirty-two values that every unit reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileStep {
    /// Which source.
    pub source: usize,
    /// Where a unit's values begin, from its first.
    pub offset: usize,
    /// Whether the first and the second 16 outputs of the block have weights for them.
    pub tiles: [bool; 2],
}

/// Sixteen or thirty-two outputs of every unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBlock {
    /// What the sums gather.
    pub steps: Vec<TileStep>,
    /// The first of the steps' tiles; one for each step and 16 outputs that it has weights for.
    pub weights: usize,
    /// Where the outputs begin, from a unit's first.
    pub output: usize,
    /// The first output's summand.
    pub bias: usize,
    /// 16 or 32.
    pub width: usize,
}

/// What becomes of a sum before it is rounded and written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Store<'a> {
    /// It is added to what is there.
    pub add: bool,
    /// `max(sum, 0)`.
    pub relu: bool,
    /// 0 where this map is not positive: the gradient of ReLU, of which it is the result.
    pub gate: Option<&'a [Bf16]>,
}
