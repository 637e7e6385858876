//! Calibration against each rater's own mask.

use super::calibration::Calibration;
use super::decision::likeliest;
use super::image::{Image, in_stripes};
use super::means::mean;
use super::numbers::Numbers;
use super::options::JudgeOptions;
use crate::labels::{Kind, LabelSpace, RaterMask, UNSEEN};
use ndarray::ArrayView3;
use scumble_kernels::Real;

/// Calibration of each class, and of the top label, against one rater.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RaterCalibration {
    classes: Vec<Calibration>,
    /// Of the likeliest class (two sides: of the likelier side) against whether the rater says so.
    top: Calibration,
}

impl RaterCalibration {
    pub(super) fn new(space: &LabelSpace, options: &JudgeOptions) -> Self {
        let empty = Calibration::with(options.bins, options.binning);
        Self { classes: vec![empty.clone(); space.count()], top: empty }
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.classes.iter_mut().chain([&mut self.top]).for_each(|calibration| calibration.numbers(numbers));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.classes.iter_mut().zip(&other.classes).for_each(|(a, b)| a.merge(b));
        self.top.merge(&other.top);
    }

    /// Adds a mask of one image, counted in the bins of the judge. Pixels have the `weights` [G, size] that the user gave
    /// them, whoever else judged them.
    pub(super) fn add<R: Real>(
        &mut self,
        (space, options): (&LabelSpace, &JudgeOptions),
        image: Image<'_, R>,
        weights: Option<&[f32]>,
        mask: &RaterMask,
    ) {
        let marks = mask.marks();
        let marks = marks.as_standard_layout();
        let marks = marks.as_slice().expect("standard layout");
        let exclusive = space.kind() == Kind::Multiclass;
        let top = exclusive.then(|| {
            let maps = ArrayView3::from_shape((space.count(), 1, image.size), image.prediction);
            likeliest(maps.expect("as many maps as classes")).into_raw_vec_and_offset().0
        });
        let stripes = in_stripes(image.size, |range| {
            let mut stripe = Self::new(space, options);
            for (k, class) in stripe.classes.iter_mut().enumerate() {
                let (map, group) = image.places(&range, k);
                let state = if exclusive { k as u16 } else { 1 };
                for ((i, at), &q) in group.zip(range.clone()).zip(&image.prediction[map]) {
                    let (mark, q) = (marks[i], q.to_f64());
                    if !image.valid[i] || mark == UNSEEN {
                        continue;
                    }
                    let w = weights.map_or(1.0, |weights| f64::from(weights[i]));
                    let on = mark == state;
                    class.add(f64::from(u8::from(on)), q, w);
                    match &top {
                        Some(top) if usize::from(top[at]) != k => {}
                        Some(_) => stripe.top.add(f64::from(u8::from(on)), q, w),
                        None if q < 0.5 => stripe.top.add(f64::from(u8::from(!on)), 1.0 - q, w),
                        None => stripe.top.add(f64::from(u8::from(on)), q, w),
                    }
                }
            }
            stripe
        });
        stripes.iter().for_each(|stripe| self.merge(stripe));
    }

    /// Expected calibration error of each class.
    pub(super) fn of_classes(&self) -> impl Iterator<Item = Option<f64>> {
        self.classes.iter().map(Calibration::expected_error)
    }

    /// Its mean over the classes.
    pub(super) fn expected(&self) -> Option<f64> {
        mean(self.of_classes())
    }

    /// Of the top label.
    pub(super) fn top_label(&self) -> Option<f64> {
        self.top.expected_error()
    }
}
