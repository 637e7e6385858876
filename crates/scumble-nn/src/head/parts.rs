//! An objective by images: what each adds, so that the whole is the same numbers whoever computes which images.

use crate::ranks::{ReduceError, Share};
use ndarray::{Array4, ArrayViewMut4, Axis, Slice};
use rayon::prelude::*;
use scumble::loss::Loss;

/// A part of an objective over some images. Each part of the whole is divided by a number of its own.
pub(super) struct Part {
    pub(super) loss: Loss,
    /// Of some of the logits, one after the other from `first` on.
    pub(super) gradient: Array4<f32>,
    pub(super) first: usize,
    /// Whether it belongs to the loss that is told, beside what is learnt.
    pub(super) told: bool,
}

impl Part {
    /// All of an objective that has one part.
    pub(super) fn only((loss, gradient): (Loss, Array4<f32>)) -> Self {
        Self { loss, gradient, first: 0, told: true }
    }

    /// Its sums: of the losses, of their floors, of what they are divided by; terms that count.
    fn sums(&self) -> [f64; SUMS] {
        let Loss { value, floor, divisor, valid, .. } = self.loss;
        [value * divisor, floor * divisor, divisor, valid as f64]
    }
}

const SUMS: usize = 4;

/// The loss of a whole batch and its gradient `[N, P, H, W]` of a rank's images, from the parts of these images: of each by
/// itself, or of all at once.
pub(super) fn together(
    pieces: &[Vec<Part>],
    shape: [usize; 4],
    share: &Share<'_>,
) -> Result<(Loss, Array4<f32>), ReduceError> {
    let parts = pieces.first().map_or(0, Vec::len);
    let own: Vec<f64> = pieces.iter().flatten().flat_map(Part::sums).collect();
    let all = share.sum(&own, SUMS * parts)?;
    let mut gradient = Array4::zeros(shape);
    let maps: Vec<_> = gradient.axis_chunks_iter_mut(Axis(0), shape[0] / pieces.len().max(1)).collect();
    pieces.par_iter().zip(maps).for_each(|(parts, maps)| add_up(parts, &all, maps));
    Ok((told(pieces.first().map_or(&[], |parts| parts), &all), gradient))
}

/// The gradient of some images, of which each part's divisor becomes that of the batch.
fn add_up(parts: &[Part], all: &[f64], mut maps: ArrayViewMut4<'_, f32>) {
    for (part, all) in parts.iter().zip(all.chunks_exact(SUMS)) {
        let factor = if all[2] > 0.0 { (part.loss.divisor / all[2]) as f32 } else { 0.0 };
        let places = Slice::from(part.first..part.first + part.gradient.dim().1);
        let mut maps = maps.slice_axis_mut(Axis(1), places);
        maps.zip_mut_with(&part.gradient, |to, from| *to += factor * from);
    }
}

/// The loss of all images: of each part the mean, with divisor and count of the first.
fn told(parts: &[Part], all: &[f64]) -> Loss {
    let [mut value, mut floor] = [0.0; 2];
    for (_, all) in parts.iter().zip(all.chunks_exact(SUMS)).filter(|(part, _)| part.told) {
        if all[3] > 0.0 && all[2] > 0.0 {
            (value, floor) = (value + all[0] / all[2], floor + all[1] / all[2]);
        }
    }
    let (divisor, valid) = (all[2], all[3] as u64);
    Loss { value, floor, excess: value - floor, divisor, valid, ..parts[0].loss }
}
