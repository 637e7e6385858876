//! Which values of its sources every output of a convolution reads, and which weights they meet.

use scumble_kernels::{INPUTS, OUTPUTS, PackedTile, Piece, TileBlock, TileStep};

use crate::executor::cpu::filter::{Filter, met};

/// How the convolution, or the gradient of one of its sources, walks over its output, in *units*.
///
/// A unit is one pixel, or two neighbours where a pixel has sixteen values or a source is upsampled: the two are one pixel
/// of twice as many outputs, some of whose weights are zero. Then the tiles' rows are whole cache lines, and both
/// neighbours see the same pixels of the small map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Pixels of a unit: 1 or 2.
    pub(super) pixels: usize,
    /// Stored values of an output pixel.
    pub(super) pitch: usize,
}

/// The values that a unit reads of one source: from some rows, a run of neighbouring pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Which of the sources.
    pub(super) source: usize,
    pub(super) channels: usize,
    /// Stored values of a pixel.
    pub(super) pitch: usize,
    /// Values of a row; 0 if only the weights matter.
    pub(super) row: usize,
    pub(super) rows: usize,
    /// Pixels of the run.
    pub(super) run: usize,
    pub(super) reading: Reading,
}

/// Which weights a window's values meet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// The source as it is.
    Same,
    /// The source upsampled, for output rows of this parity.
    Up(usize),
    /// The gradient of the output, for the gradient of this source, as it is.
    Back(usize),
    /// The same for an upsampled source.
    BackUp(usize),
}

/// The windows of the forward pass for output rows of a parity; `sources` are their pitches and rows.
pub(super) fn forward(filter: &Filter, sources: &[(usize, usize)], parity: usize, walk: Walk) -> Vec<Window> {
    let windows = filter.sources.iter().zip(sources).enumerate();
    let window = |(source, (&(channels, up), &(pitch, row)))| {
        let (rows, run, reading) = if up {
            (2, 1 + walk.pixels, Reading::Up(parity))
        } else {
            (filter.side, filter.side + walk.pixels - 1, Reading::Same)
        };
        Window { source, channels, pitch, row, rows, run, reading }
    };
    windows.map(window).collect()
}

/// The window of the gradient of a source; `pitch` and `row` are those of the gradient of the output.
pub(super) fn backward(filter: &Filter, source: usize, (pitch, row): (usize, usize), walk: Walk) -> Window {
    let (rows, run, reading) = if filter.sources[source].1 {
        (4, 4, Reading::BackUp(source))
    } else {
        (filter.side, filter.side + walk.pixels - 1, Reading::Back(source))
    };
    Window { source: 0, channels: filter.outputs, pitch, row, rows, run, reading }
}

/// The blocks of a walk, and the tiles of weights that they read; `outputs` is the number of its outputs that exist.
pub(super) fn blocks(
    filter: &Filter,
    windows: &[Window],
    walk: Walk,
    outputs: usize,
) -> (Vec<TileBlock>, Vec<PackedTile>) {
    let (mut blocks, mut tiles) = (Vec::new(), Vec::new());
    // For each block, the pixel of the unit and the first of the outputs of both its tiles.
    let halves: Vec<[Option<(usize, usize)>; 2]> = if walk.pitch == OUTPUTS {
        vec![[Some((0, 0)), (walk.pixels == 2).then_some((1, 0))]]
    } else {
        let pixel =
            |p| (0..walk.pitch).step_by(2 * OUTPUTS).map(move |o| [Some((p, o)), Some((p, o + OUTPUTS))]);
        (0..walk.pixels).flat_map(pixel).collect()
    };
    for halves in halves {
        let (pixel, first) = halves[0].unwrap_or_default();
        let mut block = TileBlock {
            steps: Vec::new(),
            weights: tiles.len(),
            output: pixel * walk.pitch + first,
            bias: first,
            width: if halves[1].is_some() { 2 * OUTPUTS } else { OUTPUTS },
        };
        for window in windows {
            for row in 0..window.rows {
                for at in (0..window.run * window.pitch).step_by(INPUTS) {
                    let pieces = halves.map(|half| {
                        half.filter(|(_, first)| *first < outputs).map_or(Vec::new(), |(pixel, first)| {
                            pieces(filter, window, row, at, (pixel, first))
                        })
                    });
                    let used = pieces.each_ref().map(|pieces| !pieces.is_empty());
                    if used != [false; 2] {
                        let offset = row * window.row + at;
                        block.steps.push(TileStep { source: window.source, offset, tiles: used });
                    }
                    for (pieces, half) in
                        pieces.into_iter().zip(halves).filter(|(pieces, _)| !pieces.is_empty())
                    {
                        let first = half.map_or(0, |(_, first)| first);
                        tiles.push(PackedTile {
                            pieces,
                            outputs: OUTPUTS.min(outputs - first),
                            across: matches!(window.reading, Reading::Back(_) | Reading::BackUp(_)),
                        });
                    }
                }
            }
        }
        blocks.push(block);
    }
    (blocks, tiles)
}

/// The weights that 32 values of a window meet, from `at` in a row's run on, for the outputs from one on of one of the unit's
/// pixels.
fn pieces(
    filter: &Filter,
    window: &Window,
    row: usize,
    at: usize,
    (pixel, first): (usize, usize),
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut inner = 0;
    while inner < INPUTS {
        let (x, channel) = ((at + inner) / window.pitch, (at + inner) % window.pitch);
        let len = (INPUTS - inner).min(window.pitch - channel).min(OUTPUTS);
        let exist = len.min(window.channels.saturating_sub(channel));
        let taps = if x < window.run { taps(filter, window, row, x, pixel) } else { Vec::new() };
        if exist > 0 && !taps.is_empty() {
            let (source, rest, column) = match window.reading {
                Reading::Same | Reading::Up(_) => (window.source, channel, first),
                Reading::Back(source) | Reading::BackUp(source) => (source, first, channel),
            };
            let row = |tap: usize| filter.firsts[source] + tap * filter.sources[source].0 + rest;
            let rows = taps.into_iter().map(row).collect();
            pieces.push(Piece { first: inner, len: exist, rows, column });
        }
        inner += len;
    }
    pieces
}

/// The taps through which the unit's `pixel` meets the window's row and pixel.
fn taps(filter: &Filter, window: &Window, row: usize, x: usize, pixel: usize) -> Vec<usize> {
    let side = filter.side;
    match window.reading {
        Reading::Same if (pixel..pixel + side).contains(&x) => vec![row * side + x - pixel],
        // The kernel turned by half a turn.
        Reading::Back(_) if (pixel..pixel + side).contains(&x) => {
            vec![(side - 1 - row) * side + side - 1 - (x - pixel)]
        }
        Reading::Up(parity) if (pixel..pixel + 2).contains(&x) => {
            let across = met(pixel, x - pixel);
            met(parity, row).flat_map(|down| across.clone().map(move |across| down * 3 + across)).collect()
        }
        Reading::BackUp(_) => through(row).flat_map(|down| through(x).map(move |x| down * 3 + x)).collect(),
        _ => Vec::new(),
    }
}

/// The taps along an axis through which, of the outputs from `2 q - 1` on, the one at this place reads small pixel `q`: output
/// `2 q - 1 + place` reads large pixels `2 q - 2 + place + tap`, of which `2 q` and `2 q + 1` are the small one.
pub(super) fn through(place: usize) -> impl Iterator<Item = usize> {
    (0..3).filter(move |tap| (2..4).contains(&(place + tap)))
}
