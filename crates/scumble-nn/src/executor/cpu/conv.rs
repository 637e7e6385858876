//! A convolution of f32 maps of certain shapes: which values each row gathers, and its forward pass.

use std::ops::Range;

use scumble_kernels::{Begin, GatherRow, Isa, PANEL, Tap, gather_row, round_up};

use super::convolution::{Chunk, Chunks, Convolution, Destination, Source};
use super::filter::{Filter, Prepared};
use super::graph::{MOST_SOURCES, Node};
use super::maps::{Shape, rows_per_task};
use super::parameters::Values;

/// A convolution of certain shapes: which values each output row gathers, found once.
pub(super) struct ConvPlan {
    pub(super) filter: Filter,
    pub(super) sources: Vec<Shape>,
    pub(super) output: Shape,
    /// Whether a source is upsampled. Even and odd rows and columns of the output then differ.
    pub(super) split: bool,
    /// For each source, the taps of a row of its gradient.
    pub(super) backward: Vec<Vec<Tap>>,
    /// Taps of a row, by the row's parity and the column's: `2 row + column`. Without upsampling, the first alone is used.
    taps: [Vec<Tap>; 4],
}

impl ConvPlan {
    fn new(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self {
        let split = filter.sources.iter().any(|source| source.1);
        let mut plan =
            Self { filter, sources, output, split, backward: Vec::new(), taps: [const { Vec::new() }; 4] };
        plan.taps = std::array::from_fn(|place| {
            let mut taps = Vec::new();
            for (source, &first) in plan.filter.forward_firsts.iter().enumerate() {
                plan.taps_of(source, first, place / 2, place % 2, &mut taps);
            }
            taps
        });
        plan.backward = (0..plan.sources.len()).map(|source| plan.backward_taps(source)).collect();
        plan
    }

    /// Taps of one source for output rows and columns of these parities, relative to the bordered row that the row's first
    /// tap reads; see [`ConvPlan::offset`].
    fn taps_of(&self, source: usize, first: usize, py: usize, px: usize, taps: &mut Vec<Tap>) {
        let (shape, (channels, up)) = (&self.sources[source], self.filter.sources[source]);
        let side = self.filter.side;
        let (rows, columns, across, along, row) = if up {
            (2, 2, px, 1, first + (py * 2 + px) * 4 * channels)
        } else {
            let border = 1 - side / 2;
            (side, side, border + px, if self.split { 2 } else { 1 }, first)
        };
        for a in 0..rows {
            let start = a * shape.row() + across * shape.pitch;
            let row = row + a * columns * channels;
            let step = along * shape.pitch;
            Line { source, start, pitch: shape.pitch, step, columns, channels, row }.add_to(taps);
        }
    }

    /// Taps of a row of one source's gradient. They read the gradient of the output, or its sums over boxes if the source
    /// is upsampled.
    fn backward_taps(&self, source: usize) -> Vec<Tap> {
        let (from, side, channels) = (&self.output, self.filter.side, self.filter.outputs);
        let mut taps = Vec::new();
        let line = Line {
            source: 0,
            start: 0,
            pitch: from.pitch,
            step: from.pitch,
            columns: side,
            channels,
            row: 0,
        };
        if self.filter.sources[source].1 {
            Line { step: 9 * from.pitch, columns: 9, ..line }.add_to(&mut taps);
            return taps;
        }
        for a in 0..side {
            let start = a * from.row() + (1 - side / 2) * from.pitch;
            Line { start, row: a * side * channels, ..line }.add_to(&mut taps);
        }
        taps
    }

    /// Where a source's first bordered row for output row `y` of image `n` begins.
    fn offset(&self, source: usize, n: usize, y: usize) -> usize {
        let row = if self.filter.sources[source].1 { y / 2 + y % 2 } else { y + 1 - self.filter.side / 2 };
        self.sources[source].start(n, row)
    }

    /// One output row, border excluded.
    pub(super) fn row(
        &self,
        isa: Isa,
        maps: &[&[f32]],
        prepared: &Prepared,
        relu: bool,
        place: (usize, usize),
        row: &mut [f32],
    ) {
        let (n, y) = place;
        let mut sources: [&[f32]; MOST_SOURCES] = [&[]; MOST_SOURCES];
        for (source, map) in maps.iter().enumerate() {
            sources[source] = &map[self.offset(source, n, y)..];
        }
        let begin = Begin::Bias(&prepared.bias);
        let panels = prepared.panels(self.filter.outputs);
        let pitch = self.output.pitch;
        let columns = if self.split { 2 } else { 1 };
        for px in 0..columns {
            let taps = &self.taps[if self.split { y % 2 * 2 + px } else { 0 }];
            let (pixels, start, step) = (self.output.width / columns, px * pitch, columns * pitch);
            let sources = &sources[..maps.len()];
            gather_row(isa, &GatherRow { sources, taps, panels, begin, relu, pixels, start, step }, row);
        }
    }
}

impl Convolution for ConvPlan {
    type Value = f32;
    type Weights = Prepared;
    const BAND: usize = 1;

    fn pitch(channels: usize, packed: bool) -> usize {
        if packed { channels } else { round_up(channels, PANEL) }
    }

    fn slack(_pitch: usize) -> usize {
        0
    }

    fn plan(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self {
        Self::new(filter, sources, output)
    }

    fn parts(&self) -> (&Filter, &[Shape], &Shape) {
        (&self.filter, &self.sources, &self.output)
    }

    fn room(filter: &Filter, sources: &[Source]) -> Prepared {
        filter.prepared(sources.iter().map(|source| source.needs_gradient))
    }

    fn prepare(
        _: Isa,
        filter: &Filter,
        node: &Node,
        values: Values<'_>,
        weights: &mut Prepared,
        trains: bool,
    ) {
        filter.prepare(node, values, weights, trains);
    }

    fn task_rows(filter: &Filter, output: &Shape) -> usize {
        rows_per_task(output, filter.work())
    }

    fn gradient_rows(&self, source: usize) -> usize {
        let ((channels, _), side) = (self.filter.sources[source], self.filter.side);
        rows_per_task(&self.sources[source], channels * side * side * self.filter.outputs)
    }

    fn rows(
        &self,
        isa: Isa,
        maps: &[&[f32]],
        weights: &Prepared,
        relu: bool,
        (n, rows): (usize, Range<usize>),
        band: &mut [f32],
    ) {
        for (y, row) in rows.zip(band.chunks_mut(self.output.row())) {
            self.row(isa, maps, weights, relu, (n, y), self.output.inside_mut(row));
        }
    }

    fn source_rows(
        &self,
        isa: Isa,
        gradient: &[f32],
        weights: &Prepared,
        to: Destination<'_, f32>,
        (n, rows): (usize, Range<usize>),
        band: &mut [f32],
    ) {
        let (shape, weights) = (&self.sources[to.source], &weights.backward[to.source]);
        for (y, row) in rows.zip(band.chunks_mut(shape.row())) {
            self.source_row(isa, gradient, weights, to, (n, y), shape.inside_mut(row));
        }
    }

    fn chunk_len(&self) -> usize {
        self.output.pitch * self.filter.rows
    }

    fn add_chunk(&self, isa: Isa, maps: &[&[f32]], gradient: &[f32], chunk: Chunk, sums: &mut [f32]) {
        for (source, map) in maps.iter().enumerate() {
            self.source_gradient(isa, source, map, gradient, chunk, sums);
        }
    }

    fn join_chunks(&self, chunks: Chunks<'_>, images: Range<usize>, weights: &mut [f32]) {
        chunks.sum_all(images, weights);
    }
}

/// Neighbouring pixels of a row that an output pixel reads.
#[derive(Clone, Copy)]
struct Line {
    source: usize,
    /// Where the first output pixel's first one begins.
    start: usize,
    /// From one of them to the next.
    pitch: usize,
    /// From an output pixel's first to the next output pixel's.
    step: usize,
    /// How many there are.
    columns: usize,
    /// Values of each.
    channels: usize,
    /// The panels' row that the first value meets.
    row: usize,
}

impl Line {
    /// The fewest taps that read it: one where output pixels share what they read, or where nothing lies between the
    /// pixels; else one a pixel.
    fn add_to(self, taps: &mut Vec<Tap>) {
        let Self { source, start, pitch, step, columns, channels, row } = self;
        if step == pitch && columns <= 3 {
            taps.push(Tap { source, start, step, columns, length: channels, row });
        } else if pitch == channels {
            taps.push(Tap { source, start, step, columns: 1, length: columns * channels, row });
        } else {
            taps.extend((0..columns).map(|column| Tap {
                source,
                start: start + column * pitch,
                step,
                columns: 1,
                length: channels,
                row: row + column * channels,
            }));
        }
    }
}
