//! The hard decision against hard masks: raters and their majority.

use super::confusion::Confusion;
use super::decision::{likeliest, reaches};
use super::image::{Image, in_stripes};
use super::means::mean;
use super::rater_calibration::RaterCalibration;
use super::scores::{F1, RaterScores};
use crate::labels::{Kind, LabelSpace, RaterMask, UNSEEN};
use ndarray::ArrayView3;
use scumble_kernels::Real;

/// The hard decision of one image: at least 0.5, or the likeliest of exclusive classes.
pub(super) struct HardDecision<'a, R> {
    kind: Kind,
    classes: usize,
    prediction: &'a [R],
    valid: &'a [bool],
    /// Exclusive classes: the likeliest at each pixel, of equal ones the first.
    likeliest: Vec<u16>,
}

impl<'a, R: Real> HardDecision<'a, R> {
    pub(super) fn new(space: &LabelSpace, image: Image<'a, R>) -> Self {
        let (kind, classes) = (space.kind(), space.count());
        let Image { prediction, valid, .. } = image;
        let likeliest = match kind {
            Kind::Multiclass => {
                let maps = ArrayView3::from_shape((classes, 1, valid.len()), prediction);
                likeliest(maps.expect("as many maps as classes")).into_raw_vec_and_offset().0
            }
            Kind::Binary | Kind::Multilabel => Vec::new(),
        };
        Self { kind, classes, prediction, valid, likeliest }
    }

    /// Counts of each class against a mask, where both are known.
    pub(super) fn against(&self, mask: &RaterMask) -> Vec<Confusion> {
        let marks = mask.marks();
        let marks = marks.as_standard_layout();
        let marks = marks.as_slice().expect("standard layout");
        if self.kind == Kind::Multiclass { self.exclusive(marks) } else { self.independent(marks) }
    }

    fn independent(&self, marks: &[u16]) -> Vec<Confusion> {
        let pixels = marks.len() / self.classes;
        let class = |k: usize| {
            let counts = in_stripes(pixels, |range| {
                let at = k * pixels + range.start..k * pixels + range.end;
                let mut counts = [0u64; 4];
                let pixels = marks[at.clone()].iter().zip(&self.prediction[at.clone()]).zip(&self.valid[at]);
                for ((&mark, &q), &valid) in pixels {
                    let cell = 2 * usize::from(mark == 1) + usize::from(reaches(q.to_f64(), 0.5));
                    counts[cell] += u64::from(valid && mark != UNSEEN);
                }
                counts
            });
            let sum = |cell: usize| counts.iter().map(|c| c[cell]).sum();
            Confusion {
                true_negative: sum(0),
                false_positive: sum(1),
                false_negative: sum(2),
                true_positive: sum(3),
            }
        };
        (0..self.classes).map(class).collect()
    }

    fn exclusive(&self, marks: &[u16]) -> Vec<Confusion> {
        let k = self.classes;
        let counts = in_stripes(marks.len(), |range| {
            // Marked, decided, both; then all pixels seen.
            let mut counts = vec![0u64; 3 * k + 1];
            let pixels =
                marks[range.clone()].iter().zip(&self.likeliest[range.clone()]).zip(&self.valid[range]);
            for ((&mark, &decided), _) in pixels.filter(|((mark, _), valid)| **valid && **mark != UNSEEN) {
                if let Some(marked) = counts[..k].get_mut(usize::from(mark)) {
                    *marked += 1;
                }
                counts[k + usize::from(decided)] += 1;
                counts[2 * k + usize::from(decided)] += u64::from(mark == decided);
                counts[3 * k] += 1;
            }
            counts
        });
        let sum = |cell: usize| counts.iter().map(|c| c[cell]).sum::<u64>();
        let class = |c: usize| {
            let (marked, decided, both, seen) = (sum(c), sum(k + c), sum(2 * k + c), sum(3 * k));
            Confusion {
                true_positive: both,
                false_positive: decided - both,
                false_negative: marked - both,
                true_negative: seen + both - marked - decided,
            }
        };
        (0..k).map(class).collect()
    }
}

/// Of counts, and of the calibration where that was asked for.
pub(super) fn rater_scores(
    name: &str,
    counts: &[Confusion],
    calibration: Option<&RaterCalibration>,
) -> RaterScores {
    let mut classes: Vec<F1> = counts
        .iter()
        .map(|c| F1 { f1: c.f1(), precision: c.precision(), recall: c.recall(), calibration_error: None })
        .collect();
    let errors = calibration.into_iter().flat_map(RaterCalibration::of_classes);
    classes.iter_mut().zip(errors).for_each(|(class, error)| class.calibration_error = error);
    RaterScores {
        rater: name.to_string(),
        f1: mean(classes.iter().map(|c| c.f1)),
        calibration_error: calibration.and_then(RaterCalibration::expected),
        top_label_calibration: calibration.and_then(RaterCalibration::top_label),
        classes,
    }
}
