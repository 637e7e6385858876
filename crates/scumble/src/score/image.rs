//! An image as slices, walked in stripes and chunks.

use rayon::prelude::*;
use scumble_kernels::{Real, ln_of_positives};
use std::ops::Range;

/// Stripes that an image is cut into, and the least pixels of one. Neither depends on the threads, so sums
/// over stripes, added in their order, are the same bits on any machine; and memory for their sums does not
/// grow with the image.
const STRIPES: usize = 32;
const LEAST: usize = 1 << 14;

/// Does something for each stripe of 0..pixels, in parallel; results in order.
pub(super) fn in_stripes<T: Send>(pixels: usize, each: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let length = pixels.div_ceil(STRIPES).max(LEAST);
    let starts: Vec<usize> = (0..pixels).step_by(length).collect();
    starts.into_par_iter().map(|start| each(start..(start + length).min(pixels))).collect()
}

/// Soft labels and predictions [K, size] of an image, with weights and validity [G, size].
#[derive(Clone, Copy)]
pub(super) struct Image<'a, R> {
    pub(super) labels: &'a [f32],
    pub(super) prediction: &'a [R],
    pub(super) weights: &'a [f32],
    pub(super) valid: &'a [bool],
    /// Counted votes, where the label keeps them.
    pub(super) votes: Option<VotesOf<'a>>,
    pub(super) size: usize,
}

/// Raters who said yes [K, size], of how many [G, size].
#[derive(Clone, Copy)]
pub(super) struct VotesOf<'a> {
    pub(super) yes: &'a [u16],
    pub(super) total: &'a [u16],
}

impl<R> Image<'_, R> {
    /// Whether each class has validity and weights of its own.
    pub(super) fn by_class(&self) -> bool {
        self.valid.len() > self.size
    }

    /// The places of a range of pixels in the map of a class, and in those of its validity and weights.
    pub(super) fn places(&self, range: &Range<usize>, class: usize) -> (Range<usize>, Range<usize>) {
        let place = |map: usize| map * self.size + range.start..map * self.size + range.end;
        (place(class), place(if self.by_class() { class } else { 0 }))
    }
}

/// The valid pixels of a short range, one class at a time, with their logarithms.
#[derive(Default)]
pub(super) struct Chunk {
    kept: Vec<usize>,
    /// (k, n) of each, where votes are known.
    pub(super) votes: Vec<(u16, u16)>,
    pub(super) labels: Vec<f64>,
    pub(super) prediction: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) logs: Logs,
}

/// Logarithms of label and prediction, and of what is left of each to 1.
///
/// Where the number is 0 its logarithm is that of the least number that is believed, so that 0 ln 0 is 0.
#[derive(Default)]
pub(super) struct Logs {
    pub(super) label: Vec<f64>,
    pub(super) label_rest: Vec<f64>,
    pub(super) prediction: Vec<f64>,
    pub(super) prediction_rest: Vec<f64>,
}

impl Chunk {
    /// How many pixels count.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// (label, prediction, weight) of each.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let pairs = self.labels.iter().zip(&self.prediction);
        pairs.zip(&self.weights).map(|((&p, &q), &w)| (p, q, w))
    }

    /// Reads a class of a range. Which pixels count is found out for the first class, and for each if they
    /// differ.
    pub(super) fn read<R: Real>(
        &mut self,
        image: &Image<'_, R>,
        range: &Range<usize>,
        class: usize,
        edge: f64,
    ) {
        let (map, group) = image.places(range, class);
        if class == 0 || image.by_class() {
            let valid = &image.valid[group.clone()];
            self.kept.clear();
            self.kept.extend((0..valid.len()).filter(|&i| valid[i]));
            gather(&self.kept, &image.weights[group], &mut self.weights);
        }
        self.votes.clear();
        if let Some(votes) = &image.votes {
            let (_, group) = image.places(range, class);
            let (yes, total) = (&votes.yes[map.clone()], &votes.total[group]);
            self.votes.extend(self.kept.iter().map(|&i| (yes[i], total[i])));
        }
        gather(&self.kept, &image.labels[map.clone()], &mut self.labels);
        gather(&self.kept, &image.prediction[map], &mut self.prediction);
        log(&self.labels, |p| p, f64::MIN_POSITIVE, &mut self.logs.label);
        log(&self.labels, |p| 1.0 - p, f64::MIN_POSITIVE, &mut self.logs.label_rest);
        log(&self.prediction, |q| q, edge, &mut self.logs.prediction);
        log(&self.prediction, |q| 1.0 - q, edge, &mut self.logs.prediction_rest);
    }
}

fn gather<R: Real>(kept: &[usize], from: &[R], to: &mut Vec<f64>) {
    to.clear();
    to.extend(kept.iter().map(|&i| from[i].to_f64()));
}

fn log(from: &[f64], of: impl Fn(f64) -> f64, least: f64, to: &mut Vec<f64>) {
    to.clear();
    to.extend(from.iter().map(|&x| of(x).max(least)));
    ln_of_positives(to);
}
