//! Batch and group normalisation of certain shapes: statistics, factors, and gradients.

use std::ops::Range;

use scumble_kernels::{
    Isa, Stored, affine_row, gradient_sums, moment_sums, norm_gradient_row, relu_gradient_row,
};

use super::maps::{COPY_WORK, Shape, for_bands_summed, for_rows, for_rows_summed, rows_per_task, tasks};
use crate::network::layer::{NORM_EPSILON, NORM_MOMENTUM};
use crate::ranks::{Alone, ReduceError, Share, tree};

/// A normalisation of certain shapes, with the statistics of the last batch.
///
/// Statistics belong to *cells*: for batch normalisation, a channel of all images; for group normalisation, a group of
/// channels of one image. Once they are known, either normalisation is a factor and a summand for every channel of
/// every image, and so is its gradient.
pub(super) struct NormPlan {
    pub(super) shape: Shape,
    /// None: batch normalisation.
    groups: Option<usize>,
    /// The weight of the last forward.
    weight: Vec<f32>,
    /// Mean of every cell, for each of its channels. `[images or 1][pitch]`, as all that follow.
    mean: Vec<f32>,
    /// 1 / sqrt(variance + epsilon).
    inverse: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// Factors of the gradient.
    gradient_factors: [Vec<f32>; 3],
    /// Unbiased variance of every channel, for the running statistics.
    unbiased: Vec<f32>,
    /// Rows of a task, in the pass that makes the sums.
    rows: usize,
}

impl NormPlan {
    /// `rows` of a task of the convolution that makes the sums, if one does.
    pub(super) fn new(shape: Shape, groups: Option<usize>, rows: Option<usize>) -> Self {
        let len = if groups.is_some() { shape.images * shape.pitch } else { shape.pitch };
        let zeros = || vec![0.0; len];
        Self {
            shape,
            groups,
            weight: vec![0.0; shape.pitch],
            mean: zeros(),
            inverse: zeros(),
            scale: zeros(),
            shift: zeros(),
            gradient_factors: [zeros(), zeros(), zeros()],
            unbiased: vec![0.0; shape.pitch],
            rows: rows.unwrap_or_else(|| rows_per_task(&shape, COPY_WORK)),
        }
    }

    /// Sums that the statistics need, of all tasks.
    pub(super) fn sums(&self) -> usize {
        let count = |rows| self.shape.images * tasks(&self.shape, rows);
        2 * self.shape.pitch * count(self.rows).max(count(rows_per_task(&self.shape, COPY_WORK)))
    }

    /// Sums the map's values and their squares, where no convolution has done it on the way.
    pub(super) fn sum_moments<T: Stored>(&self, isa: Isa, map: &mut [T], sums: &mut [f64]) {
        let shape = &self.shape;
        for_bands_summed(map, shape, self.rows, sums, 2 * shape.pitch, |_, _, band, sums| {
            band.chunks(shape.row()).for_each(|row| moment_sums(isa, shape.inside(row), sums));
        });
    }

    /// Statistics of the batch, and the factors of normalisation from them; `sums` are the moments of the map of a share of
    /// it, of all of it if there is none.
    pub(super) fn use_batch_statistics(
        &mut self,
        sums: &[f64],
        weight: &[f32],
        bias: &[f32],
        share: Option<&Share<'_>>,
    ) -> Result<(), ReduceError> {
        let (shape, pitch) = (self.shape, self.shape.pitch);
        let sums = of_images(sums, pitch, tasks(&shape, self.rows), shape.images);
        match self.groups {
            None => {
                let whole = Share::new(&Alone, shape.images);
                let share = share.unwrap_or(&whole);
                let count = (share.all() * shape.area()) as f64;
                let sums = share.sum(&sums, 2 * pitch)?;
                for c in 0..shape.channels {
                    let [first, second] = [sums[c], sums[pitch + c]];
                    let variance = self.set_cell(c..c + 1, first / count, second / count);
                    self.unbiased[c] = (variance * (count / (count - 1.0))) as f32;
                }
            }
            Some(groups) => {
                let size = shape.channels / groups;
                let count = (size * shape.area()) as f64;
                for (n, sums) in sums.chunks_exact(2 * pitch).enumerate() {
                    for group in 0..groups {
                        let mut total = [0.0; 2];
                        for c in group * size..(group + 1) * size {
                            total = [total[0] + sums[c], total[1] + sums[pitch + c]];
                        }
                        let first = n * pitch + group * size;
                        self.set_cell(first..first + size, total[0] / count, total[1] / count);
                    }
                }
            }
        }
        self.weight.copy_from_slice(weight);
        for (at, inverse) in self.inverse.iter().enumerate() {
            let c = at % pitch;
            let scale = weight[c] * inverse;
            self.scale[at] = scale;
            self.shift[at] = bias[c] - self.mean[at] * scale;
        }
        Ok(())
    }

    /// Sets a cell's mean and inverse deviation from its mean and mean square; returns the variance.
    fn set_cell(&mut self, at: Range<usize>, first: f64, second: f64) -> f64 {
        let variance = (second - first * first).max(0.0);
        self.mean[at.clone()].fill(first as f32);
        self.inverse[at].fill((1.0 / (variance + NORM_EPSILON).sqrt()) as f32);
        variance
    }

    /// Factors of batch normalisation from running statistics.
    pub(super) fn use_running_statistics(
        &mut self,
        weight: &[f32],
        bias: &[f32],
        mean: &[f32],
        variance: &[f32],
    ) {
        for c in 0..self.shape.channels {
            let scale = f64::from(weight[c]) / (f64::from(variance[c]) + NORM_EPSILON).sqrt();
            self.scale[c] = scale as f32;
            self.shift[c] = (f64::from(bias[c]) - f64::from(mean[c]) * scale) as f32;
        }
    }

    /// Moves running statistics towards those of the batch.
    pub(super) fn update_running_statistics(&self, mean: &mut [f32], variance: &mut [f32]) {
        let (keep, take) = ((1.0 - NORM_MOMENTUM) as f32, NORM_MOMENTUM as f32);
        for c in 0..self.shape.channels {
            mean[c] = mean[c] * keep + self.mean[c] * take;
            variance[c] = variance[c] * keep + self.unbiased[c] * take;
        }
    }

    /// The places of an image's channels in `mean` and its like.
    fn of(&self, n: usize) -> Range<usize> {
        let first = if self.groups.is_some() { n * self.shape.pitch } else { 0 };
        first..first + self.shape.pitch
    }

    /// The normalised map, with ReLU if asked. Without a `map`, `output` holds it.
    pub(super) fn apply<T: Stored>(&self, isa: Isa, map: Option<&[T]>, relu: bool, output: &mut [T]) {
        let shape = &self.shape;
        for_rows(output, shape, COPY_WORK, |n, y, row| {
            self.row(isa, map, relu, (n, y), shape.inside_mut(row));
        });
    }

    /// One row of the normalised map, border excluded. Without a `map`, `row` holds it.
    pub(super) fn row<T: Stored>(
        &self,
        isa: Isa,
        map: Option<&[T]>,
        relu: bool,
        place: (usize, usize),
        row: &mut [T],
    ) {
        let (n, y) = place;
        let (scale, shift) = (&self.scale[self.of(n)], &self.shift[self.of(n)]);
        affine_row(isa, map.map(|map| self.shape.pixels(map, n, y)), scale, shift, relu, row);
    }

    /// Sums the gradient of the output, and its product with the map.
    pub(super) fn sum_gradients<T: Stored>(&self, isa: Isa, map: &[T], gradient: &mut [T], sums: &mut [f64]) {
        let shape = &self.shape;
        for_rows_summed(gradient, shape, COPY_WORK, sums, 2 * shape.pitch, |n, y, row, sums| {
            gradient_sums(isa, shape.inside(row), shape.pixels(map, n, y), &self.mean[self.of(n)], sums);
        });
    }

    /// Gradients of weight and bias, and the factors of the gradient of the map.
    ///
    /// With `r` the inverse deviation and `m` the mean of a cell of `M` values, `s` the gradient of the output and `w` the
    /// weight, the gradient is `r (w s - sum(w s) / M - (x - m) r^2 sum(w s (x - m)) / M)`.
    ///
    /// `parameters` are the places of both for each node of the share.
    pub(super) fn parameter_gradients<'p>(
        &mut self,
        sums: &[f64],
        share: &Share<'_>,
        parameters: impl Iterator<Item = (&'p mut [f32], &'p mut [f32])>,
    ) -> Result<(), ReduceError> {
        let (shape, pitch) = (self.shape, self.shape.pitch);
        let per_image = tasks(&shape, rows_per_task(&shape, COPY_WORK));
        let sums = of_images(sums, pitch, per_image, shape.images);
        let Some(groups) = self.groups else {
            let sums = share.sum(&sums, 2 * pitch)?;
            let gradients = self.cell_gradients(0, &sums, 1, (share.all() * shape.area()) as f64);
            for (node, (d_weight, d_bias)) in parameters.enumerate() {
                // All ranks know the sums over all images: the first puts them in, and the others what adds nothing, not
                // even to the sign of a zero.
                let is_first = node == 0 && share.images().start == 0;
                for (c, [weight, bias]) in gradients.iter().enumerate() {
                    (d_weight[c], d_bias[c]) = if is_first { (*weight, *bias) } else { (-0.0, -0.0) };
                }
            }
            return Ok(());
        };
        let size = shape.channels / groups;
        let count = (size * shape.area()) as f64;
        let images = sums.chunks_exact(2 * pitch).enumerate();
        let gradients: Vec<_> = images.map(|(n, sums)| self.cell_gradients(n, sums, size, count)).collect();
        for (node, (d_weight, d_bias)) in share.nodes().zip(parameters) {
            for c in 0..shape.channels {
                let mut image = |image: usize| gradients[image][c];
                let mut add = |a: [f32; 2], b: [f32; 2]| [a[0] + b[0], a[1] + b[1]];
                [d_weight[c], d_bias[c]] = tree::fold(node.clone(), &mut image, &mut add);
            }
        }
        Ok(())
    }

    /// The gradients of weight and bias of every channel from the sums of a cell of each `size` channels, `count` values, and
    /// the cells' factors of the gradient of the map; `n` is the image, or 0 where cells are of all.
    fn cell_gradients(&mut self, n: usize, sums: &[f64], size: usize, count: f64) -> Vec<[f32; 2]> {
        let (channels, pitch) = (self.shape.channels, self.shape.pitch);
        let mut gradients = vec![[0.0; 2]; channels];
        for first in (0..channels).step_by(size) {
            let at = n * pitch + first;
            let (r, m) = (f64::from(self.inverse[at]), f64::from(self.mean[at]));
            let mut total = [0.0; 2];
            for c in first..first + size {
                let [gradient, product] = [sums[c], sums[pitch + c]];
                let w = f64::from(self.weight[c]);
                total = [total[0] + w * gradient, total[1] + w * product];
                gradients[c] = [(product * r) as f32, gradient as f32];
            }
            let b = -r * r * r * total[1] / count;
            for c in first..first + size {
                let at = n * pitch + c;
                self.gradient_factors[0][at] = (r * f64::from(self.weight[c])) as f32;
                self.gradient_factors[1][at] = b as f32;
                self.gradient_factors[2][at] = (-r * total[0] / count - b * m) as f32;
            }
        }
        gradients
    }

    /// The gradient of the map. Without a `gradient`, `input` holds it and is overwritten.
    pub(super) fn backward<T: Stored>(
        &self,
        isa: Isa,
        map: &[T],
        gradient: Option<&[T]>,
        add: bool,
        after_relu: bool,
        input: &mut [T],
    ) {
        let shape = &self.shape;
        for_rows(input, shape, COPY_WORK, |n, y, row| {
            let factors = [0, 1, 2].map(|i: usize| &self.gradient_factors[i][self.of(n)]);
            let (row, x) = (shape.inside_mut(row), shape.pixels(map, n, y));
            norm_gradient_row(
                isa,
                gradient.map(|gradient| shape.pixels(gradient, n, y)),
                x,
                factors,
                add,
                row,
            );
            if after_relu {
                relu_gradient_row(isa, x, row);
            }
        });
    }
}

/// The two sums of every channel of each image, `[image][2][pitch]`, of its tasks added in their order.
fn of_images(sums: &[f64], pitch: usize, per_image: usize, images: usize) -> Vec<f64> {
    let mut of_images = vec![0.0; images * 2 * pitch];
    let tasks = sums.chunks_exact(2 * pitch * per_image);
    for (image, tasks) in of_images.chunks_exact_mut(2 * pitch).zip(tasks) {
        for task in tasks.chunks_exact(2 * pitch) {
            image.iter_mut().zip(task).for_each(|(sum, of_task)| *sum += of_task);
        }
    }
    of_images
}
