//! How many objects are found, missed and made up, and how many there are.

use super::components::Components;
use super::matching::matched;
use crate::score::means::per;
use ndarray::ArrayView2;
use scumble_kernels::Real;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Objects of an image, or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectCounts {
    /// Objects that are predicted.
    pub found: u64,
    /// Objects that are not.
    pub missed: u64,
    /// Predicted objects that are none.
    pub extra: u64,
    /// Sum of the IoU of what was found.
    pub iou: f64,
    /// Predicted objects, each counted by its mean probability.
    pub expected: f64,
}

/// What counts of objects say; `None` where the denominator is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ObjectScores {
    /// Objects that are predicted.
    pub found: u64,
    /// Objects that are not.
    pub missed: u64,
    /// Predicted objects that are none.
    pub extra: u64,
    /// 2 found / (2 found + missed + extra): the recognition quality.
    pub f1: Option<f64>,
    /// found / (found + extra).
    pub precision: Option<f64>,
    /// found / (found + missed).
    pub recall: Option<f64>,
    /// Mean IoU of what was found.
    pub segmentation_quality: Option<f64>,
    /// Segmentation quality times F1 (Kirillov et al. 2019).
    pub panoptic_quality: Option<f64>,
    /// How many there are: found + missed.
    pub objects: u64,
    /// How many are predicted: found + extra.
    pub predicted: u64,
    /// The same, each counted by its mean probability.
    pub expected: f64,
}

/// Why objects cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// Masks of different sizes.
    #[error("the masks have {first:?} and {second:?} pixels (rows, columns)")]
    Shape {
        /// Size of the first.
        first: (usize, usize),
        /// Size of the second.
        second: (usize, usize),
    },
    /// A threshold that no IoU is above, or that is none.
    #[error("objects match above an IoU of {0}: it must be at least 0 and below 1")]
    Threshold(f64),
}

/// Counts objects: the [`Components`] of a predicted mask, of which `probability` says how sure each pixel is, against
/// those of a mask that is true, all [H, W]. An object is found if one that is predicted has an IoU `above` a threshold
/// with it; no two find one, and none finds two.
///
/// # Errors
/// Masks of different sizes, a threshold outside of [0, 1).
///
/// ```
/// use ndarray::array;
/// use scumble::score::objects::objects;
///
/// let predicted = array![[true, true, false, true, false, true]];
/// let truth = array![[true, true, false, true, true, true]];
/// let counts = objects(predicted.view(), array![[0.9, 0.7, 0.1, 0.5, 0.2, 0.6]].view(), truth.view(), 0.5)?;
/// // The second object is predicted in two parts, a third of it each.
/// assert_eq!((counts.found, counts.missed, counts.extra), (1, 1, 2));
/// assert!((counts.expected - (0.8 + 0.5 + 0.6)).abs() < 1e-12);
/// assert_eq!(counts.scores().f1, Some(0.4));
/// # Ok::<(), scumble::score::objects::ObjectsError>(())
/// ```
pub fn objects<R: Real>(
    predicted: ArrayView2<'_, bool>,
    probability: ArrayView2<'_, R>,
    truth: ArrayView2<'_, bool>,
    above: f64,
) -> Result<ObjectCounts, ObjectsError> {
    if !(0.0..1.0).contains(&above) {
        return Err(ObjectsError::Threshold(above));
    }
    if let Some(second) = [probability.dim(), truth.dim()].into_iter().find(|size| *size != predicted.dim()) {
        return Err(ObjectsError::Shape { first: predicted.dim(), second });
    }
    let (ours, theirs) = (Components::of(predicted), Components::of(truth));
    let matched = matched(&ours, &theirs, above);
    let found = matched.len() as u64;
    let mut sums = vec![0.0; ours.count()];
    for (label, q) in ours.labels().into_iter().zip(probability).filter(|(label, _)| **label > 0) {
        sums[*label as usize - 1] += q.to_f64();
    }
    Ok(ObjectCounts {
        found,
        missed: theirs.count() as u64 - found,
        extra: ours.count() as u64 - found,
        iou: matched.iter().sum(),
        expected: sums.iter().zip(ours.areas()).map(|(sum, area)| sum / *area as f64).sum(),
    })
}

impl ObjectCounts {
    /// Adds those of other images.
    pub fn merge(&mut self, other: &Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.extra += other.extra;
        self.iou += other.iou;
        self.expected += other.expected;
    }

    /// What they say.
    pub fn scores(&self) -> ObjectScores {
        let Self { found, missed, extra, iou, expected } = *self;
        let (objects, predicted) = (found + missed, found + extra);
        let both = (objects + predicted) as f64;
        ObjectScores {
            found,
            missed,
            extra,
            f1: per(2.0 * found as f64, both),
            precision: per(found as f64, predicted as f64),
            recall: per(found as f64, objects as f64),
            segmentation_quality: per(iou, found as f64),
            panoptic_quality: per(2.0 * iou, both),
            objects,
            predicted,
            expected,
        }
    }
}
