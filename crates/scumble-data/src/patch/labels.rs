//! The label of a patch: the votes of the pixels that it covers.

use super::taps::Tap;
use ndarray::{ArrayViewMut3, Axis};

/// The label of one image, pixel by pixel.
pub(super) trait LabelMaps {
    /// The weight of a pixel of a group.
    fn weight(&self, group: usize, at: usize) -> f32;

    /// The target of a pixel for a class.
    fn target(&self, class: usize, at: usize) -> f32;
}

/// Fills row `y` of targets [K, P, P] and weights [G, P, P] with the label at `taps`.
///
/// With shares c_i of pixels that have weights w_i and targets p_i,
///
/// ```text
/// target = sum_i c_i w_i p_i / sum_i c_i w_i        weight = sum_i c_i w_i
/// ```
///
/// which is the maximum likelihood estimate from the votes that fall on the pixel: a share c of a pixel that n
/// raters judged counts as c n votes. Ignored pixels have no part in it, exclusive classes keep their sum, and
/// every target lies between those that it came from. Without any weight the target is 0.
pub(super) fn resample_row(
    labels: &impl LabelMaps,
    taps: &[Tap],
    y: usize,
    mut targets: ArrayViewMut3<'_, f32>,
    mut weights: ArrayViewMut3<'_, f32>,
) {
    let (classes, _, size) = targets.dim();
    let groups = weights.dim().0;
    let per_pixel = taps.len() / size;
    let mut votes = vec![[0.0; 4]; taps.len()];
    let mut totals = vec![0.0; size];
    for group in 0..groups {
        count_votes(taps, |at| labels.weight(group, at), &mut votes);
        for (total, votes) in totals.iter_mut().zip(votes.chunks_exact(per_pixel)) {
            *total = votes.iter().flatten().sum();
        }
        weights
            .index_axis_mut(Axis(0), group)
            .row_mut(y)
            .iter_mut()
            .zip(&totals)
            .for_each(|(w, &t)| *w = t as f32);

        let members = if groups == 1 { 0..classes } else { group..group + 1 };
        for class in members {
            let pixels = taps.chunks_exact(per_pixel).zip(votes.chunks_exact(per_pixel)).zip(&totals);
            for (target, ((taps, votes), total)) in
                targets.index_axis_mut(Axis(0), class).row_mut(y).iter_mut().zip(pixels)
            {
                let sum = || weighted_sum(taps, |at| labels.target(class, at), votes);
                *target = if *total > 0.0 { (sum() / total) as f32 } else { 0.0 };
            }
        }
    }
}

/// c_i w_i for each tap; 0 outside the image, and for a weight that is NaN.
fn count_votes(taps: &[Tap], weight: impl Fn(usize) -> f32, votes: &mut [[f64; 4]]) {
    for (votes, tap) in votes.iter_mut().zip(taps) {
        *votes = std::array::from_fn(|i| {
            let vote = tap.label_share(i) * f64::from(weight(tap.at[i]));
            if vote > 0.0 { vote } else { 0.0 }
        });
    }
}

/// sum_i c_i w_i p_i over the taps of one pixel. What has no vote is left out, not multiplied by 0: it may be NaN.
fn weighted_sum(taps: &[Tap], target: impl Fn(usize) -> f32, votes: &[[f64; 4]]) -> f64 {
    let mut sum = 0.0;
    for (tap, votes) in taps.iter().zip(votes) {
        for (vote, at) in votes.iter().zip(tap.at) {
            let p = f64::from(target(at));
            sum += if *vote > 0.0 { vote * p } else { 0.0 };
        }
    }
    sum
}
