//! Weights as tiles: rounded, and in pairs of inputs.

use super::{INPUTS, OUTPUTS, TILE};
use crate::bf16::{Bf16, Stored};
use crate::conv::Panels;
use crate::simd::dispatch;

/// Some inputs of a tile that lie side by side, and the weights that they meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The first of them, of 32.
    pub first: usize,
    /// How many there are; at most 16 across outputs.
    pub len: usize,
    /// Rows of the panels, one for each tap through which they are met: the taps' weights are added.
    pub rows: Vec<usize>,
    /// Column of the panels, a multiple of 16.
    pub column: usize,
}

/// A tile of weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedTile {
    /// Where its inputs' weights are; others have none.
    pub pieces: Vec<Piece>,
    /// Of 16 outputs, how many exist.
    pub outputs: usize,
    /// Whether the panels' rows are the tile's outputs, and their columns its inputs: for the gradient of the input.
    pub across: bool,
}

dispatch! {
    /// Rounds weights into tiles `[16 pairs of inputs][16 outputs][2]`, one after the other: for a piece's input `i` and output
    /// `o`,
    ///
    /// ```text
    /// tile[first + i][o] = sum over the piece's rows of panels[row + i][column + o], or, across, panels[row + o][column + i]
    /// ```
    ///
    /// # Panics
    /// Anything out of bounds.
    pub fn pack_tiles(panels: Panels<'_>, tiles: &[PackedTile], to: &mut [Bf16]) = pack;
}

#[inline(always)]
fn pack(panels: Panels<'_>, tiles: &[PackedTile], to: &mut [Bf16]) {
    assert_eq!(to.len(), tiles.len() * TILE, "room for all tiles");
    for (tile, to) in tiles.iter().zip(to.chunks_exact_mut(TILE)) {
        let mut sums = [[0.0f32; OUTPUTS]; INPUTS];
        for piece in &tile.pieces {
            for &row in &piece.rows {
                if tile.across {
                    for o in 0..tile.outputs {
                        let weights = sixteen(panels, row + o, piece.column);
                        for (sums, weight) in sums[piece.first..][..piece.len].iter_mut().zip(weights) {
                            sums[o] += weight;
                        }
                    }
                } else {
                    for (i, sums) in sums[piece.first..][..piece.len].iter_mut().enumerate() {
                        let weights = sixteen(panels, row + i, piece.column);
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += weight;
                        }
                    }
                }
            }
        }
        for (pair, to) in sums.chunks_exact(2).zip(to.chunks_exact_mut(2 * OUTPUTS)) {
            for o in 0..OUTPUTS {
                to[2 * o] = Bf16::narrow(pair[0][o]);
                to[2 * o + 1] = Bf16::narrow(pair[1][o]);
            }
        }
    }
}

/// Sixteen weights of a row.
#[inline(always)]
fn sixteen(panels: Panels<'_>, row: usize, column: usize) -> [f32; OUTPUTS] {
    let Panels { values, rows, width } = panels;
    assert!(row < rows, "a row of the panels");
    let at = column / width * width * rows + row * width + column % width;
    values[at..at + OUTPUTS].try_into().expect("sixteen weights")
}
