//! The forward pass of a convolution of bf16 maps, and the gradient of what it reads.

use std::ops::Range;

use scumble_kernels::{
    Bf16, GatherTiles, INPUTS, Isa, MOST_TILE_SOURCES, Store, TileBlock, TileRow, gather_tiles,
};

use super::weights::{Packed, TileWeights, backward_walk, forward_walk};
use super::window::{backward, blocks, forward};
use crate::executor::cpu::convolution::{Chunk, Chunks, Convolution, Destination, Source};
use crate::executor::cpu::filter::Filter;
use crate::executor::cpu::graph::{MOST_SOURCES, Node};
use crate::executor::cpu::maps::{Shape, tile_pitch};
use crate::executor::cpu::parameters::Values;

/// A convolution of bf16 maps of certain shapes.
pub(in crate::executor::cpu) struct TileConv {
    pub(super) filter: Filter,
    pub(super) sources: Vec<Shape>,
    pub(super) output: Shape,
    forward: Gather,
    /// For each source, its gradient.
    backward: Vec<Gather>,
}

/// How rows are gathered.
struct Gather {
    /// For every parity of the rows, if they differ.
    blocks: Vec<Vec<TileBlock>>,
    /// From a unit to the next, in every source.
    strides: Vec<usize>,
    units: usize,
    /// From a unit's outputs to the next one's.
    step: usize,
}

const _: () = assert!(MOST_SOURCES <= MOST_TILE_SOURCES, "a convolution reads its sources at once");

/// About the multiplications that are worth a task of their own where tiles are multiplied: some twenty microseconds.
const TASK: usize = 1 << 24;

/// Rows of a task, from the multiplications that a pixel takes.
fn rows_per_task(shape: &Shape, work: usize) -> usize {
    (TASK / (shape.width * work).max(1)).clamp(2, (shape.height + 2).max(2))
}

impl TileConv {
    fn new(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self {
        let walk = forward_walk(&filter, sources.iter().map(|shape| shape.pitch), output.pitch);
        let rows: Vec<_> = sources.iter().map(|shape| (shape.pitch, shape.row())).collect();
        let parities = if filter.sources.iter().any(|source| source.1) { 2 } else { 1 };
        let stride =
            |(shape, source): (&Shape, &(usize, bool))| shape.pitch * if source.1 { 1 } else { walk.pixels };
        let forward = Gather {
            blocks: (0..parities)
                .map(|parity| blocks(&filter, &forward(&filter, &rows, parity, walk), walk, filter.outputs).0)
                .collect(),
            strides: sources.iter().zip(&filter.sources).map(stride).collect(),
            units: output.width.div_ceil(walk.pixels),
            step: walk.pixels * output.pitch,
        };
        let backward = sources.iter().enumerate().map(|(source, shape)| {
            let walk = backward_walk(&filter, source, output.pitch, shape.pitch);
            let window = backward(&filter, source, (output.pitch, output.row()), walk);
            let (channels, up) = filter.sources[source];
            Gather {
                blocks: vec![blocks(&filter, &[window], walk, channels).0],
                strides: vec![output.pitch * if up { 2 } else { walk.pixels }],
                units: shape.width.div_ceil(walk.pixels),
                step: walk.pixels * shape.pitch,
            }
        });
        let backward = backward.collect();
        Self { filter, sources, output, forward, backward }
    }
}

impl Gather {
    /// Rows of one parity.
    fn run(
        &self,
        isa: Isa,
        (parity, rows): (usize, &[TileRow]),
        sources: &[&[Bf16]],
        (weights, bias): (&Packed, &[f32]),
        store: Store<'_>,
        band: &mut [Bf16],
    ) {
        let gather = GatherTiles {
            sources,
            strides: &self.strides,
            blocks: &self.blocks[parity],
            weights: &weights.tiles,
            bias,
            rows,
            units: self.units,
            step: self.step,
        };
        gather_tiles(isa, &gather, store, band);
    }
}

impl Convolution for TileConv {
    type Value = Bf16;
    type Weights = TileWeights;
    const BAND: usize = 4;

    fn pitch(channels: usize, packed: bool) -> usize {
        tile_pitch(channels, packed)
    }

    fn slack(pitch: usize) -> usize {
        // Sixteen units of two pixels, or pairs of pixels of every second one, behind the last row.
        80 * pitch + 2 * INPUTS
    }

    fn plan(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self {
        Self::new(filter, sources, output)
    }

    fn parts(&self) -> (&Filter, &[Shape], &Shape) {
        (&self.filter, &self.sources, &self.output)
    }

    fn room(filter: &Filter, sources: &[Source]) -> TileWeights {
        TileWeights::room(filter, sources)
    }

    fn prepare(
        isa: Isa,
        filter: &Filter,
        node: &Node,
        values: Values<'_>,
        weights: &mut TileWeights,
        trains: bool,
    ) {
        weights.fill(isa, filter, node, values, trains);
    }

    fn task_rows(filter: &Filter, output: &Shape) -> usize {
        rows_per_task(output, filter.work())
    }

    fn gradient_rows(&self, source: usize) -> usize {
        let (shape, side) = (&self.sources[source], self.filter.side);
        rows_per_task(shape, shape.pitch * side * side * self.filter.outputs)
    }

    fn rows(
        &self,
        isa: Isa,
        maps: &[&[Bf16]],
        weights: &TileWeights,
        relu: bool,
        (n, rows): (usize, Range<usize>),
        band: &mut [Bf16],
    ) {
        let (shape, border) = (&self.output, 1 - self.filter.side / 2);
        let first = rows.start;
        let row = |y: usize| {
            let mut starts = [0; MOST_TILE_SOURCES];
            let sources = self.sources.iter().zip(&self.filter.sources);
            for (start, (shape, source)) in starts.iter_mut().zip(sources) {
                *start = match source.1 {
                    true => shape.start(n, y / 2 + y % 2),
                    false => shape.start(n, y + border) + border * shape.pitch,
                };
            }
            TileRow { starts, output: (y - first) * shape.row() + shape.pitch, gate: 0 }
        };
        let store = Store { relu, ..Store::default() };
        for (parity, packed) in weights.forward.iter().enumerate() {
            let own = |y: &usize| weights.forward.len() == 1 || y % 2 == parity;
            let rows: Vec<TileRow> = rows.clone().filter(own).map(row).collect();
            self.forward.run(isa, (parity, &rows), maps, (packed, &weights.bias), store, band);
        }
    }

    fn source_rows(
        &self,
        isa: Isa,
        gradient: &[Bf16],
        weights: &TileWeights,
        to: Destination<'_, Bf16>,
        (n, rows): (usize, Range<usize>),
        band: &mut [Bf16],
    ) {
        let (shape, from) = (&self.sources[to.source], &self.output);
        let Some(packed) = &weights.backward[to.source] else { return };
        let (up, border, first) = (self.filter.sources[to.source].1, 1 - self.filter.side / 2, rows.start);
        let row = |y: usize| {
            let start =
                if up { from.start(n, 2 * y) } else { from.start(n, y + border) + border * from.pitch };
            let mut starts = [0; MOST_TILE_SOURCES];
            starts[0] = start;
            TileRow {
                starts,
                output: (y - first) * shape.row() + shape.pitch,
                gate: shape.start(n, y + 1) + shape.pitch,
            }
        };
        let rows: Vec<TileRow> = rows.map(row).collect();
        let store = Store { add: to.add, relu: false, gate: to.relu };
        self.backward[to.source].run(isa, (0, &rows), &[gradient], (packed, &weights.nothing), store, band);
    }

    fn chunk_len(&self) -> usize {
        self.sums_len()
    }

    fn add_chunk(&self, isa: Isa, maps: &[&[Bf16]], gradient: &[Bf16], chunk: Chunk, sums: &mut [f32]) {
        self.add_products(isa, maps, gradient, chunk, sums);
    }

    fn join_chunks(&self, chunks: Chunks<'_>, images: Range<usize>, weights: &mut [f32]) {
        self.join(chunks, images, weights);
    }
}
