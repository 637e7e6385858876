use scumble_kernels::{Begin, GatherRow, Isa, Tap, gather_row, moment_sums};

use super::graph::MOST_SOURCES;
use super::kernel::Kernel;
use super::rows::{for_rows, for_rows_summed};
use super::shape::Shape;
use super::taps::Line;
use super::weights::Prepared;

/// A convolution of certain shapes: which values each output row gathers, found once.
pub(super) struct ConvPlan {
    pub(super) kernel: Kernel,
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
    pub(super) fn new(kernel: Kernel, sources: Vec<Shape>, output: Shape) -> Self {
        let split = kernel.sources.iter().any(|source| source.1);
        let mut plan =
            Self { kernel, sources, output, split, backward: Vec::new(), taps: [const { Vec::new() }; 4] };
        plan.taps = std::array::from_fn(|place| {
            let mut taps = Vec::new();
            for (source, &first) in plan.kernel.forward_firsts.iter().enumerate() {
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
        let (shape, (channels, up)) = (&self.sources[source], self.kernel.sources[source]);
        let side = self.kernel.side;
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

    /// Where a source's first bordered row for output row `y` of image `n` begins.
    fn offset(&self, source: usize, n: usize, y: usize) -> usize {
        let row = if self.kernel.sources[source].1 { y / 2 + y % 2 } else { y + 1 - self.kernel.side / 2 };
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
        let panels = prepared.panels(self.kernel.outputs);
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
        let (shape, work) = (&self.output, self.kernel.work());
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
