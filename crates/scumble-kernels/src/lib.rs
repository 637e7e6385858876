#![doc = include_str!("../README.md")]

mod bf16;
mod blocks;
mod conv;
mod elementary;
mod elements;
mod entropy;
mod focal_floor;
mod law;
mod lines;
mod map;
mod normaliser;
mod optimiser;
mod overlap;
mod pixels;
mod real;
mod sigmoid;
mod simd;
mod softmax;
mod sums;
mod target_element;
mod tiles;

pub use bf16::{Bf16, Stored};
pub use conv::{
    Begin, GatherRow, OuterRows, PANEL, Panels, Tap, gather_row, outer_rows, panel_width, round_up,
};
pub use elementary::{exp_of_negatives, ln_1p_of_positives, ln_of_positives};
pub use elements::{sigmoid_brier, sigmoid_focal};
pub use entropy::{sigmoid_floor, softmax_floor};
pub use focal_floor::focal_floor;
pub use lines::{Lines, Plain};
pub use map::{
    BoxRows, PoolSide, affine_row, box_sums_row, channel_sums, gradient_sums, max_pool_gradient_row,
    max_pool_row, moment_sums, narrow_row, norm_gradient_row, relu_gradient_row, relu_row, repeat_row,
    sum_pairs_row, widen_row,
};
pub use optimiser::{AdamW, Moments, adamw};
pub use overlap::{
    OverlapSlopes, OverlapSums, sigmoid_overlap, sigmoid_overlap_gradient, softmax_overlap,
    softmax_overlap_gradient,
};
pub use pixels::{softmax_brier, softmax_focal};
pub use real::Real;
pub use sigmoid::sigmoid_cross_entropy;
pub use simd::{ISA_VARIABLE, Isa, NoIsa};
pub use softmax::softmax_cross_entropy;
pub use sums::Sums;
pub use target_element::TargetElement;
pub use tiles::{
    GatherTiles, INPUTS, MOST_TILE_SOURCES, OUTPUTS, OuterScratch, OuterTiles, PackedTile, Piece, Store,
    TILE, TileBlock, TileRow, TileStep, UNITS, gather_tiles, outer_tiles, pack_tiles,
};
