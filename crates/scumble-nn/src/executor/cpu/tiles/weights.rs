//! A convolution's weights as tiles, packed anew when they have changed.

use rayon::prelude::*;
use scumble_kernels::{Bf16, Isa, Lines, OUTPUTS, PackedTile, Panels, TILE, pack_tiles, panel_width};

use super::window::{Walk, backward, blocks, forward};
use crate::executor::cpu::convolution::Source;
use crate::executor::cpu::filter::Filter;
use crate::executor::cpu::graph::Node;
use crate::executor::cpu::maps::tile_pitch;
use crate::executor::cpu::parameters::Values;

/// Tiles of weights, and what they are made of.
pub(in crate::executor::cpu) struct Packed {
    plan: Vec<PackedTile>,
    pub(super) tiles: Lines<Bf16>,
}

impl Packed {
    fn new(plan: Vec<PackedTile>) -> Self {
        Self { tiles: Lines::zeros(plan.len() * TILE), plan }
    }

    fn fill(&mut self, isa: Isa, panels: Panels<'_>) {
        /// Tiles of a task: some ten microseconds.
        const MOST: usize = 64;
        let tiles = self.tiles.par_chunks_mut(MOST * TILE);
        tiles.zip(self.plan.par_chunks(MOST)).for_each(|(tiles, plan)| pack_tiles(isa, panels, plan, tiles));
    }
}

/// A convolution's weights in the forms that [`TileConv`](super::TileConv) reads.
pub(in crate::executor::cpu) struct TileWeights {
    /// For every parity of the output's rows, if a source is upsampled.
    pub(super) forward: Vec<Packed>,
    pub(super) bias: Lines<f32>,
    /// For each source, the weights of its gradient; none if it needs none.
    pub(super) backward: Vec<Option<Packed>>,
    /// Zeros, for sums that begin with nothing.
    pub(super) nothing: Lines<f32>,
}

/// How the forward pass walks; `pitches` of the sources.
pub(super) fn forward_walk(filter: &Filter, pitches: impl IntoIterator<Item = usize>, pitch: usize) -> Walk {
    let up = filter.sources.iter().any(|source| source.1);
    let narrow = pitches.into_iter().any(|pitch| pitch <= OUTPUTS);
    Walk { pixels: if up || narrow || pitch == OUTPUTS { 2 } else { 1 }, pitch }
}

/// How the gradient of a source walks, from pitches of the gradient of the output and of the source.
pub(super) fn backward_walk(filter: &Filter, source: usize, from: usize, pitch: usize) -> Walk {
    let narrow = from == OUTPUTS || pitch == OUTPUTS;
    Walk { pixels: if narrow && !filter.sources[source].1 { 2 } else { 1 }, pitch }
}

impl TileWeights {
    pub(super) fn room(filter: &Filter, kinds: &[Source]) -> Self {
        let pitch = tile_pitch(filter.outputs, false);
        let sources =
            filter.sources.iter().zip(kinds).map(|(source, kind)| tile_pitch(source.0, kind.packed));
        let sources: Vec<usize> = sources.collect();
        let walk = forward_walk(filter, sources.iter().copied(), pitch);
        let rows: Vec<_> = sources.iter().map(|pitch| (*pitch, 0)).collect();
        let parities = if filter.sources.iter().any(|source| source.1) { 2 } else { 1 };
        let forward = (0..parities).map(|parity| {
            Packed::new(blocks(filter, &forward(filter, &rows, parity, walk), walk, filter.outputs).1)
        });
        let backward = (0..sources.len()).map(|source| {
            let walk = backward_walk(filter, source, pitch, sources[source]);
            let window = backward(filter, source, (pitch, 0), walk);
            kinds[source]
                .needs_gradient
                .then(|| Packed::new(blocks(filter, &[window], walk, filter.sources[source].0).1))
        });
        Self {
            forward: forward.collect(),
            backward: backward.collect(),
            bias: Lines::zeros(pitch.max(2 * OUTPUTS)),
            nothing: Lines::zeros(sources.iter().fold(2 * OUTPUTS, |most, pitch| most.max(*pitch))),
        }
    }

    pub(super) fn fill(&mut self, isa: Isa, filter: &Filter, node: &Node, values: Values<'_>, trains: bool) {
        let own = values.weight(node.layer);
        let (width, rows) = (panel_width(filter.outputs), filter.rows);
        let panels = |values| Panels { values, rows, width };
        if trains {
            for packed in self.backward.iter_mut().flatten() {
                packed.fill(isa, panels(own));
            }
        }
        let (folded, bias) = filter.folded(node, values);
        for packed in &mut self.forward {
            packed.fill(isa, panels(folded.as_deref().unwrap_or(own)));
        }
        // Both tiles of a block of two pixels have the same sixteen outputs.
        let padded = bias.len();
        for (at, to) in self.bias.iter_mut().enumerate() {
            *to = if padded <= OUTPUTS { bias[at % OUTPUTS] } else { bias.get(at).copied().unwrap_or(0.0) };
        }
    }
}
