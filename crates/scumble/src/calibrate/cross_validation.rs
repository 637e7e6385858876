//! What a calibration gains on images that it was not fitted to.

use super::calibrator::probabilities;
use super::{CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator};
use crate::labels::Kind;
use crate::score::{Groups, PairedDifference, Proper, Resolution, Turn};

/// What a calibration gains on images that it was not fitted to.
///
/// The groups of images are cut into folds of neighbours (in the order given: names that resemble each other are often
/// images that do); each fold is judged by the calibration fitted to all others. No group is in two folds.
///
/// ```
/// use ndarray::Array3;
/// use scumble::calibrate::{CalibrationMethod, CalibrationPixels, CrossValidation};
/// use scumble::labels::{Kind, SoftLabels};
/// use scumble::score::Groups;
///
/// // Logits twice as large as they should be.
/// let images: Result<Vec<_>, Box<dyn std::error::Error>> = (1..8)
///     .map(|i| {
///         let logits = Array3::from_shape_fn((1, 4, 4), |(_, y, x)| (y * x) as f32 - i as f32);
///         let labels = SoftLabels::new(Kind::Binary, logits.mapv(|z: f32| 1.0 / (1.0 + (-z / 2.0).exp())))?;
///         Ok(CalibrationPixels::new(&labels, logits.view(), true, 1000, i)?)
///     })
///     .collect();
/// let validation = CrossValidation::new(CalibrationMethod::Temperature, &images?, &Groups::each(7), 5)?;
/// let gain = validation.gain().unwrap();
/// assert!(gain.value > 0.0 && gain.shown() == Some(true));
/// assert!(validation.after().cross_entropy < validation.before().cross_entropy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// Each image, in the order given.
    pub images: Vec<HeldOut>,
    groups: Groups,
    folds: usize,
}

/// One image, judged by a calibration that has not seen it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HeldOut {
    /// Of the prediction as it was.
    pub before: Proper,
    /// Of the calibrated prediction.
    pub after: Proper,
}

impl CrossValidation {
    /// Fits and judges `folds` times (at most once a group).
    ///
    /// # Errors
    /// Fewer than two groups or folds; as [`Calibrator::fit`], on any fold.
    ///
    /// # Panics
    /// Groups of another number of images.
    pub fn new(
        method: CalibrationMethod,
        images: &[CalibrationPixels],
        groups: &Groups,
        folds: usize,
    ) -> Result<Self, CalibrateError> {
        assert_eq!(images.len(), groups.images(), "the groups are those of the images");
        if groups.count().min(folds) < 2 {
            return Err(CalibrateError::Folds { images: images.len(), groups: groups.count(), folds });
        }
        let folds = folds.min(groups.count());
        let fold = |image: usize| groups.indices()[image] * folds / groups.count();
        let mut held_out = vec![HeldOut::default(); images.len()];
        for out in 0..folds {
            let (inside, outside): (Vec<_>, Vec<_>) = (0..images.len()).partition(|&i| fold(i) != out);
            let inside: Vec<&CalibrationPixels> = inside.into_iter().map(|i| &images[i]).collect();
            let calibrator = Calibrator::fit(method, &inside)?;
            outside.into_iter().for_each(|i| held_out[i] = judge(&images[i], &calibrator));
        }
        Ok(Self { images: held_out, groups: groups.clone(), folds })
    }

    /// Into how many parts the groups were cut.
    pub fn folds(&self) -> usize {
        self.folds
    }

    /// Over all images, uncalibrated.
    pub fn before(&self) -> Proper {
        sum(self.images.iter().map(|image| image.before))
    }

    /// Over all images, each calibrated by the others.
    pub fn after(&self) -> Proper {
        sum(self.images.iter().map(|image| image.after))
    }

    /// By how much the mean log loss falls, in nats, and whether that is more than chance; `None` where nothing weighs.
    pub fn gain(&self) -> Option<PairedDifference> {
        PairedDifference::of(&self.groups, |turns| {
            let (mut gain, mut weight) = (0.0, 0.0);
            for (image, turn) in self.images.iter().zip(turns) {
                let fall = image.before.cross_entropy - image.after.cross_entropy;
                gain += match turn {
                    Turn::AsItIs => fall,
                    Turn::Exchanged => -fall,
                    Turn::LeftOut => continue,
                };
                weight += image.before.weight;
            }
            (weight > 0.0).then(|| gain / weight)
        })
    }
}

fn sum(parts: impl Iterator<Item = Proper>) -> Proper {
    parts.fold(Proper::default(), |mut sum, part| {
        sum.merge(&part);
        sum
    })
}

/// Scores as `eval` has them: a log is taken no nearer to 0 than an f32 map can tell.
fn judge(image: &CalibrationPixels, calibrator: &Calibrator) -> HeldOut {
    let (kind, classes) = (image.kind, image.classes);
    let groups = kind.groups(classes);
    let mut scores = HeldOut::default();
    let mut row = vec![0.0; classes];
    let pixels = image.logits.chunks(classes).zip(image.labels.chunks(classes));
    for ((logits, labels), weights) in pixels.zip(image.weights.chunks(groups)) {
        row.iter_mut().zip(logits).for_each(|(x, &z)| *x = f64::from(z));
        add(&mut scores.before, kind, labels, &probabilities(kind, &row), weights);
        calibrator.apply_row(kind, &mut row);
        add(&mut scores.after, kind, labels, &probabilities(kind, &row), weights);
    }
    scores
}

fn add(scores: &mut Proper, kind: Kind, labels: &[f32], q: &[f64], weights: &[f32]) {
    let edge = Resolution::FLOAT.edge();
    let pairs = labels.iter().map(|&p| f64::from(p)).zip(q.iter().copied());
    if kind == Kind::Multiclass {
        return scores.add_exclusive(pairs, f64::from(weights[0]), edge);
    }
    for ((p, q), &weight) in pairs.zip(weights) {
        if weight > 0.0 {
            scores.add_binary(p, q, f64::from(weight), edge);
        }
    }
}
