//! The pixels of one image that a calibration is fitted to or judged by.

use super::CalibrateError;
use crate::labels::{Kind, SoftLabels};
use ndarray::ArrayView3;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The pixels of one image that a calibration is fitted to or judged by: logits, soft labels and weights.
///
/// Of a large image a sample is kept, so that memory does not grow with the pixels: the pixels that count are
/// cut into as many runs of equal length as are wanted, and one of each run is drawn. Each stands for as many
/// pixels as its run has.
///
/// ```
/// use ndarray::{Array3, array};
/// use scumble::calibrate::CalibrationPixels;
/// use scumble::labels::{Kind, SoftLabels};
///
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.2, 0.9, 1.0]]])?;
/// let logits: Array3<f32> = array![[[-3.0, 2.0, 5.0]]];
/// let pixels = CalibrationPixels::new(&labels, logits.view(), true, 1000, 0)?;
/// assert_eq!(pixels.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationPixels {
    pub(super) kind: Kind,
    pub(super) classes: usize,
    /// [N, K].
    pub(super) logits: Vec<f32>,
    /// [N, K].
    pub(super) labels: Vec<f32>,
    /// [N, G].
    pub(super) weights: Vec<f32>,
}

impl CalibrationPixels {
    /// At most `most` pixels of an image with this label and these logits [K, H, W].
    ///
    /// The logits are those of the label: any shift by class weights is taken off, and no calibration is in
    /// them. `by_raters`: a pixel counts as many times as raters judged it. `seed` says which pixels are
    /// drawn; give each image another.
    ///
    /// # Errors
    /// Another shape than the label's, a logit that is not finite where the label counts.
    pub fn new(
        labels: &SoftLabels,
        logits: ArrayView3<'_, f32>,
        by_raters: bool,
        most: usize,
        seed: u64,
    ) -> Result<Self, CalibrateError> {
        let probabilities = labels.probabilities();
        if logits.dim() != probabilities.dim() {
            let (found, expected) = (logits.shape().to_vec(), probabilities.shape().to_vec());
            return Err(CalibrateError::Shape { found, expected });
        }
        let all = labels.effective_weights(by_raters);
        let (groups, height, width) = all.dim();
        let classes = logits.dim().0;
        let weighs =
            |&(row, column): &(usize, usize)| (0..groups).any(|group| all[[group, row, column]] > 0.0);
        let places = || (0..height * width).map(|at| (at / width, at % width)).filter(weighs);
        let count = places().count();
        let each = count as f32 / count.min(most).max(1) as f32;
        let mut drawn = draw(count, most, seed).into_iter().peekable();
        let mut pixels = Self {
            kind: labels.kind(),
            classes,
            logits: Vec::new(),
            labels: Vec::new(),
            weights: Vec::new(),
        };
        for (row, column) in
            places().enumerate().filter_map(|(nth, place)| drawn.next_if_eq(&nth).map(|_| place))
        {
            for class in 0..classes {
                let value = logits[[class, row, column]];
                if !value.is_finite() {
                    return Err(CalibrateError::Logit { class, row, column, value });
                }
                pixels.logits.push(value);
                pixels.labels.push(probabilities[[class, row, column]]);
            }
            pixels.weights.extend((0..groups).map(|group| each * all[[group, row, column]]));
        }
        Ok(pixels)
    }

    /// N, how many pixels were kept.
    pub fn len(&self) -> usize {
        self.logits.len() / self.classes.max(1)
    }

    /// Whether no pixel counts.
    pub fn is_empty(&self) -> bool {
        self.logits.is_empty()
    }
}

/// One place of each of `most` equal runs of `count` places; all of them if there are no more.
fn draw(count: usize, most: usize, seed: u64) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let end = |run: usize| (run as u128 * count as u128 / most as u128) as usize;
    (0..most).map(|run| end(run) + (rng.next_u64() % (end(run + 1) - end(run)) as u64) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, array};

    #[test]
    fn a_sample_stands_for_the_whole_image() {
        let logits = Array3::from_shape_fn((1, 40, 50), |(_, y, x)| (50 * y + x) as f32);
        let labels = SoftLabels::new(Kind::Binary, logits.mapv(|z| z / 2000.0)).unwrap();
        let pixels = CalibrationPixels::new(&labels, logits.view(), false, 300, 1).unwrap();
        assert_eq!(pixels.len(), 300);
        assert!((pixels.weights.iter().sum::<f32>() - 2000.0).abs() < 1e-2);
        // One of each run: sorted, distinct, and never further than two runs apart.
        assert!(pixels.logits.windows(2).all(|z| z[0] < z[1] && z[1] - z[0] <= 14.0));
        let again = CalibrationPixels::new(&labels, logits.view(), false, 300, 1).unwrap();
        let other = CalibrationPixels::new(&labels, logits.view(), false, 300, 2).unwrap();
        assert!(pixels == again && pixels != other);
    }

    #[test]
    fn masked_pixels_are_left_out_whatever_they_hold() {
        let mut labels = SoftLabels::new(Kind::Binary, array![[[0.5, 0.5]]]).unwrap();
        labels.ignore(array![[false, true]].view()).unwrap();
        let logits = array![[[1.0, f32::NAN]]];
        assert_eq!(CalibrationPixels::new(&labels, logits.view(), true, 9, 0).unwrap().logits, [1.0]);
        let bad = CalibrationPixels::new(&labels, array![[[f32::INFINITY, 0.0]]].view(), true, 9, 0);
        assert!(matches!(bad, Err(CalibrateError::Logit { class: 0, row: 0, column: 0, .. })));
    }
}
