//! What an arithmetic must bring: how its maps hold values, and its convolutions.

use std::ops::Range;

use rayon::prelude::*;
use scumble_kernels::{Isa, Plain, Stored, channel_sums, moment_sums};

use super::filter::Filter;
use super::graph::Node;
use super::maps::{Shape, for_bands, for_bands_summed};
use super::parameters::Values;
use crate::ranks::tree;

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

    /// Adds the sums over one chunk of the pixels.
    fn add_chunk(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        gradient: &[Self::Value],
        chunk: Chunk,
        sums: &mut [f32],
    );

    /// Adds up the chunks of some images into the weights' gradient as panels.
    fn join_chunks(&self, chunks: Chunks<'_>, images: Range<usize>, weights: &mut [f32]);

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

    /// Values of the sums of so many chunks.
    fn scratch_len(&self, chunks: usize) -> usize {
        chunks * (self.chunk_len() + self.parts().2.pitch)
    }

    /// Sums every chunk of the gradients of the weights and, if there is one, of the bias, from that of the output.
    fn sum_chunks(
        &self,
        isa: Isa,
        maps: &[&[Self::Value]],
        gradient: &[Self::Value],
        of_image: usize,
        has_bias: bool,
        scratch: &mut [f32],
    ) {
        let (_, _, shape) = self.parts();
        let all = shape.images * of_image;
        let (chunks, totals) = scratch[..self.scratch_len(all)].split_at_mut(all * self.chunk_len());
        let tasks = chunks.par_chunks_mut(self.chunk_len()).zip(totals.par_chunks_mut(shape.pitch));
        tasks.enumerate().for_each(|(at, (sums, totals))| {
            let chunk = Chunk::new(at, of_image);
            sums.fill(0.0);
            self.add_chunk(isa, maps, gradient, chunk, sums);
            totals.fill(0.0);
            if has_bias {
                chunk.runs(shape, 1, |n, y, _| channel_sums(isa, shape.pixels(gradient, n, y), totals));
            }
        });
    }

    /// The gradients of the weights, as panels, and of the bias, if there is one, of some images, from what
    /// [`sum_chunks`](Self::sum_chunks) has left.
    fn weight_gradient(
        &self,
        scratch: &[f32],
        of_image: usize,
        images: Range<usize>,
        weights: &mut [f32],
        bias: &mut [f32],
    ) {
        let (_, _, shape) = self.parts();
        let all = shape.images * of_image;
        let (chunks, totals) = scratch[..self.scratch_len(all)].split_at(all * self.chunk_len());
        self.join_chunks(Chunks { of_image, len: self.chunk_len(), sums: chunks }, images.clone(), weights);
        let totals = Chunks { of_image, len: shape.pitch, sums: totals };
        for (channel, bias) in bias.iter_mut().enumerate() {
            *bias = totals.sum(images.clone(), channel);
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

/// Chunks that the rows of every image of a batch are divided into, where sums are made: few, as each has sums of its own, and
/// enough for a few threads. They depend on nothing but the images of the whole batch: neither threads nor ranks change a bit.
pub(super) fn chunks_of_image(batch: usize) -> usize {
    8usize.div_ceil(batch.max(1))
}

/// Some rows of an image.
#[derive(Clone, Copy)]
pub(super) struct Chunk {
    image: usize,
    /// Which of so many.
    piece: usize,
    of_image: usize,
}

impl Chunk {
    /// The chunk at a place among those of all images.
    pub(super) fn new(at: usize, of_image: usize) -> Self {
        Self { image: at / of_image, piece: at % of_image, of_image }
    }

    /// Its rows, at most `most` at a time: `run(image, first row, rows)`.
    pub(super) fn runs(self, shape: &Shape, most: usize, mut run: impl FnMut(usize, usize, usize)) {
        let border = |piece: usize| piece * shape.height / self.of_image;
        let (mut y, end) = (border(self.piece), border(self.piece + 1));
        while y < end {
            let rows = most.min(end - y);
            run(self.image, y, rows);
            y += rows;
        }
    }
}

/// The sums of every chunk, `len` each. Those of an image are added in their order, and images by their [tree], whatever
/// thread or rank made them.
#[derive(Clone, Copy)]
pub(super) struct Chunks<'s> {
    pub(super) of_image: usize,
    pub(super) len: usize,
    pub(super) sums: &'s [f32],
}

impl Chunks<'_> {
    /// The chunks of an image.
    fn of(&self, image: usize) -> impl Iterator<Item = &[f32]> {
        self.sums[image * self.of_image * self.len..].chunks_exact(self.len).take(self.of_image)
    }

    /// The sum over some images of the value at a place.
    pub(super) fn sum(&self, images: Range<usize>, place: usize) -> f32 {
        self.fold(images, 0.0, |sum, chunk| *sum += chunk[place], |left, right| left + right)
    }

    /// The same of what `take` adds of each chunk to nothing at first.
    pub(super) fn fold<T: Copy>(
        &self,
        images: Range<usize>,
        nothing: T,
        take: impl Fn(&mut T, &[f32]),
        mut add: impl FnMut(T, T) -> T,
    ) -> T {
        let mut image = |image| {
            let mut sum = nothing;
            self.of(image).for_each(|chunk| take(&mut sum, chunk));
            sum
        };
        tree::fold(images, &mut image, &mut add)
    }

    /// The sums over some images of all values.
    pub(super) fn sum_all(&self, images: Range<usize>, to: &mut [f32]) {
        to.par_chunks_mut(tree::PIECE).with_min_len(4).enumerate().for_each(|(piece, to)| {
            let place = piece * tree::PIECE..piece * tree::PIECE + to.len();
            let image = |image: usize, to: &mut [f32]| {
                to.fill(0.0);
                for chunk in self.of(image) {
                    to.iter_mut().zip(&chunk[place.clone()]).for_each(|(to, from)| *to += from);
                }
            };
            tree::sum_into(images.clone(), &image, to);
        });
    }
}
