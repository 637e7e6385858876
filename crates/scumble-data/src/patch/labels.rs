use super::Sample;
use super::taps::Tap;
use ndarray::ArrayViewMut3;

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
    sample: &Sample,
    taps: &[Tap],
    y: usize,
    mut targets: ArrayViewMut3<'_, f32>,
    mut weights: ArrayViewMut3<'_, f32>,
) {
    let (classes, _, size) = targets.dim();
    let groups = weights.dim().0;
    let (all_targets, all_weights) = (sample.targets(), sample.weights());
    // In standard layout, which `Sample::new` saw to.
    let (Some(all_targets), Some(all_weights)) = (all_targets.as_slice(), all_weights.as_slice()) else { return };
    let area = sample.image().height * sample.image().width;
    let mut votes = Vec::with_capacity(taps.len() / size * 4);
    for (x, taps) in taps.chunks_exact(taps.len() / size).enumerate() {
        for group in 0..groups {
            let map = &all_weights[group * area..][..area];
            votes.clear();
            let mut weight = 0.0;
            for (&at, &share) in taps.iter().flat_map(|tap| tap.at.iter().zip(&tap.label)) {
                let vote = share * f64::from(map[at]);
                if vote > 0.0 {
                    votes.push((at, vote));
                    weight += vote;
                }
            }
            weights[[group, y, x]] = weight as f32;
            let members = if groups == 1 { 0..classes } else { group..group + 1 };
            for class in members {
                let map = &all_targets[class * area..][..area];
                let sum: f64 = votes.iter().map(|&(at, vote)| vote * f64::from(map[at])).sum();
                targets[[class, y, x]] = if weight > 0.0 { (sum / weight) as f32 } else { 0.0 };
            }
        }
    }
}
