//! A convolution of certain shapes: which values each row gathers, and its forward pass.

use scumble_kernels::{Begin, GatherRow, Isa, Tap, gather_row, moment_sums};

use super::filter::{Filter, Prepared};
use super::graph::MOST_SOURCES;
use super::maps::{Shape, for_rows, for_rows_summed};

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
    pub(super) fn new(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self {
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

    /// The whole map. With `sums`, each task also adds up every channel and its squares.
    pub(super) fn forward(
        &self,
        isa: Isa,
        maps: &[&[f32]],
        prepared: &Prepared,
        relu: bool,
        output: &mut [f32],
        sums: Option<&mut [f64]>,
    ) {
        let (shape, work) = (&self.output, self.filter.work());
        let Some(sums) = sums else {
            for_rows(output, shape, work, |n, y, row| {
                self.row(isa, maps, prepared, relu, (n, y), shape.inside_mut(row));
            });
            return;
        };
        for_rows_summed(output, shape, work, sums, 2 * shape.pitch, |n, y, row, sums| {
            let row = shape.inside_mut(row);
            self.row(isa, maps, prepared, relu, (n, y), row);
            moment_sums(isa, row, sums);
        });
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
