//! What an arithmetic must bring: how its maps hold values, and its convolutions.

use std::ops::Range;

use rayon::prelude::*;
use scumble_kernels::{Isa, Plain, Stored, channel_sums, moment_sums};

use super::filter::Filter;
use super::graph::Node;
use super::maps::{Shape, for_bands, for_bands_summed};
use super::parameters::Values;

/// A convolution of certain shapes in one arithmetic: maps of [`Value`](Self::Value), all sums in f32.
pub(super) trait Convolution: Sized + Send + Sync {
    /// What maps hold.
    type Value: Stored + Plain;

    /// The weights in the forms that the kernels read.
    type Weights: Send + Sync;

    /// Rows of a map that are made together, where each is read at once and then forgotten.
    const BAND: usize;

    /// Stored channels of a pixel; `packed` where only convolutions read the map.
    fn pitch(channels: usize, packed: bool) -> usize;

    /// Values behind a map of this pitch that kernels may read.
    fn slack(pitch: usize) -> usize;

    /// Plans a convolution; its sources' shapes are in the filter's order.
    fn plan(filter: Filter, sources: Vec<Shape>, output: Shape) -> Self;

    /// The filter, the sources' shapes and the output's.
    fn parts(&self) -> (&Filter, &[Shape], &Shape);

    /// Room for a filter's weights.
    fn room(filter: &Filter, sources: &[Source]) -> Self::Weights;

    /// Fills the weights for a node, in training those for the sources' gradients too.
    fn prepare(
        isa: Isa,
        filter: &Filter,
        node: &Node,
        values: Values<'_>,
        weights: &mut Self::Weights,
        trains: bool,
    );

    /// Rows of a task of the forward pass. They depend on nothing but shapes.
    fn task_rows(filter: &Filter, output: &Shape) -> usize;

    /// Rows of a task for the gradient of a source.
    fn gradient_rows(&self, source: usize) -> usize;

    /// Fills the inside of some rows of an image; what it leaves in their border is set to 0 later.
    fn rows(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        weights: &Self::Weights,
        relu: bool,
        place: (usize, Range<usize>),
        band: &mut [Self::Value],
    );

    /// The same for the gradient of one source, from that of the output.
    fn source_rows(
        &self,
        isa: Isa,
        gradient: &[Self::Value],
        weights: &Self::Weights,
        to: Destination<'_, Self::Value>,
        place: (usize, Range<usize>),
        band: &mut [Self::Value],
    );

    /// Values of the sums of one chunk of the pixels for the gradient of the weights.
    fn chunk_len(&self) -> usize;

    /// Adds the sums over one chunk of the pixels, see [`each_run`].
    fn add_chunk(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        gradient: &[Self::Value],
        chunk: usize,
        sums: &mut [f32],
    );

    /// Adds up the chunks of [`chunk_len`](Self::chunk_len) values each, in their order, into the weights' gradient as panels.
    fn join_chunks(&self, chunks: &[f32], weights: &mut [f32]);

    /// The whole map. With `sums`, each task also adds up every channel and its squares.
    fn forward(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        weights: &Self::Weights,
        relu: bool,
        output: &mut [Self::Value],
        sums: Option<&mut [f64]>,
    ) {
        let (filter, _, shape) = self.parts();
        let rows = Self::task_rows(filter, shape);
        let Some(sums) = sums else {
            for_bands(output, shape, rows, |n, rows, band| {
                self.rows(isa, maps, weights, relu, (n, rows), band)
            });
            return;
        };
        for_bands_summed(output, shape, rows, sums, 2 * shape.pitch, |n, rows, band, sums| {
            self.rows(isa, maps, weights, relu, (n, rows), band);
            band.chunks(shape.row()).for_each(|row| moment_sums(isa, shape.inside(row), sums));
        });
    }

    /// The gradient of one source, from that of the output.
    fn backward(
        &self,
        isa: Isa,
        gradient: &[Self::Value],
        weights: &Self::Weights,
        to: Destination<'_, Self::Value>,
        input: &mut [Self::Value],
    ) {
        let (_, sources, _) = self.parts();
        for_bands(input, &sources[to.source], self.gradient_rows(to.source), |n, rows, band| {
            self.source_rows(isa, gradient, weights, to, (n, rows), band);
        });
    }

    /// Values that [`weight_gradient`](Self::weight_gradient) needs beside its results.
    fn scratch_len(&self) -> usize {
        CHUNKS * (self.chunk_len() + self.parts().2.pitch)
    }

    /// The gradients of the weights, as panels, and of the bias, if there is one, from that of the output. `scratch` has room
    /// for the sums of every chunk.
    fn weight_gradient(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        gradient: &[Self::Value],
        scratch: &mut [f32],
        weights: &mut [f32],
        bias: &mut [f32],
    ) {
        let (_, _, shape) = self.parts();
        let (chunks, totals) = scratch[..self.scratch_len()].split_at_mut(CHUNKS * self.chunk_len());
        let tasks = chunks.par_chunks_mut(self.chunk_len()).zip(totals.par_chunks_mut(shape.pitch));
        tasks.enumerate().for_each(|(chunk, (sums, totals))| {
            sums.fill(0.0);
            self.add_chunk(isa, maps, gradient, chunk, sums);
            totals.fill(0.0);
            if !bias.is_empty() {
                each_run(shape, chunk, 1, |n, y, _| channel_sums(isa, shape.pixels(gradient, n, y), totals));
            }
        });
        self.join_chunks(chunks, weights);
        for (channel, bias) in bias.iter_mut().enumerate() {
            *bias = totals.iter().skip(channel).step_by(shape.pitch).sum();
        }
    }
}

/// What a convolution's weights must know of a source.
#[derive(Clone, Copy)]
pub(super) struct Source {
    /// Whether its map is packed.
    pub(super) packed: bool,
    pub(super) needs_gradient: bool,
}

/// A source's gradient, and what becomes of it.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a, T> {
    /// Which source.
    pub(super) source: usize,
    /// Whether it is added to what the memory holds.
    pub(super) add: bool,
    /// The source itself, if it is the result of ReLU: the gradient is zero where it is.
    pub(super) relu: Option<&'a [T]>,
}

/// Chunks that the pixels are divided into. Each is summed on its own and the chunks are added in their order, whatever
/// thread made them: the number of threads does not change a bit.
pub(super) const CHUNKS: usize = 8;

/// The runs of at most `most` rows of one image that belong to a chunk: `run(image, first row, rows)`.
pub(super) fn each_run(shape: &Shape, chunk: usize, most: usize, mut run: impl FnMut(usize, usize, usize)) {
    let all = shape.images * shape.height;
    let (mut at, end) = (chunk * all / CHUNKS, (chunk + 1) * all / CHUNKS);
    while at < end {
        let (n, y) = (at / shape.height, at % shape.height);
        let rows = most.min(end - at).min(shape.height - y);
        run(n, y, rows);
        at += rows;
    }
}

/// `to[i]` is the sum of the `i`th values of all chunks, in their order.
pub(super) fn add_up(chunks: &[f32], len: usize, to: &mut [f32]) {
    const PIECE: usize = 4096;
    to.par_chunks_mut(PIECE).enumerate().for_each(|(piece, to)| {
        let first = piece * PIECE;
        to.copy_from_slice(&chunks[first..first + to.len()]);
        for chunk in chunks.chunks(len).skip(1) {
            for (to, from) in to.iter_mut().zip(&chunk[first..]) {
                *to += from;
            }
        }
    });
}
