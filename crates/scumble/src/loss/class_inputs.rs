//! Logits and labels of classes that were checked and belong together.

use super::check;
use super::error::LossError;
use super::frame::{Fold, Frame, Spread, Weighing, kept};
use super::options::{Classes, LossOptions};
use super::relabel;
use ndarray::{ArrayView, ArrayView3, CowArray, Dimension, Ix3};
use rayon::prelude::*;
use scumble_kernels::{Real, TargetElement};
use std::ops::Range;

/// Logits, targets and weights as [outer, K, inner] in memory order.
///
/// A loss of classes reads nothing else: what cannot be computed cannot be put into one.
pub(super) struct ClassInputs<'a, R: Real, T = R> {
    pub(super) logits: CowArray<'a, R, Ix3>,
    pub(super) targets: CowArray<'a, T, Ix3>,
    pub(super) frame: Frame<R>,
    /// Empty: all 1.
    pub(super) class_weights: &'a [R],
    pub(super) classes: Classes,
    /// Whether the kernel is to add up the floor.
    pub(super) with_floor: bool,
}

impl<'a, R: Real> ClassInputs<'a, R> {
    /// Everything is checked; smoothing and the weights of a label's two sides are in targets and weights.
    pub(super) fn new<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        targets: ArrayView<'a, R, D>,
        classes: Classes,
        options: &'a LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let mut inputs = Self::unseen(logits, targets, classes, options)?;
        if !options.unchecked {
            inputs.check_targets()?;
        }
        inputs.relabel(options);
        Ok(inputs)
    }

    fn relabel(&mut self, options: &LossOptions<'_, R>) {
        if options.label_smoothing > 0.0 {
            relabel::smooth(&mut self.targets, self.classes, options.label_smoothing);
        }
        let (classes, fold) = (self.targets.dim().1, &self.frame.fold);
        let sides = relabel::sides(options, fold.images(), classes);
        if !sides.is_empty() {
            let side = |o: usize, k: usize| sides[fold.image(o) * classes + k];
            let weights = relabel::weigh(&mut self.targets, self.frame.weights.as_ref(), side);
            self.frame.weights = Some(weights);
        }
    }
}

impl<'a, R: Real, T: TargetElement<R>> ClassInputs<'a, R, T> {
    /// Everything is checked but whether the targets are probabilities, which [`check_targets`](Self::check_targets)
    /// says. Smoothing and the weights of a label's two sides have no part in it.
    pub(super) fn unseen<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        targets: ArrayView<'a, T, D>,
        classes: Classes,
        options: &'a LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let shape = logits.shape();
        let fold = Fold::new(shape, options.class_axis)?;
        if targets.shape() != shape {
            return Err(fold.misfit("the target array", targets.shape(), "").into());
        }
        let k = shape[options.class_axis];
        if classes == Classes::Exclusive && k < 2 {
            return Err(LossError::OneClass(k));
        }
        check::settings(options, classes, k, fold.images())?;
        let (spread, questions) = match classes {
            Classes::Independent => (Spread::Element, k),
            Classes::Exclusive => (Spread::Pixel, 1),
        };
        let mut weighing = Weighing::new(&fold, spread, options)?;
        let (logits, targets) = (fold.planes(logits), fold.planes(targets));
        if let Some(ignore) = options.ignore_value {
            weighing.keep(kept(&targets.view(), spread, ignore));
        }
        let mut frame = Frame::new(fold, weighing, questions, options.denominator);
        let class_weights = options.class_weights;
        frame.sum_weights(|frame| sum_of_weights(&targets.view(), classes, frame, options));
        Ok(Self { logits, targets, frame, class_weights, classes, with_floor: options.with_floor })
    }

    /// Finds the first target that counts and is no probability, or pixel whose exclusive targets do not sum to 1.
    pub(super) fn check_targets(&self) -> Result<(), LossError> {
        Ok(check::targets(&self.targets.view(), self.classes, &self.frame)?)
    }

    /// The class's weight.
    pub(super) fn class_weight(&self, class: usize) -> f64 {
        weight_of(self.class_weights, class)
    }
}

/// The sum of the weights of the labels as they are: w c_k times that of the label's sides, over exclusive classes
/// w c_k t_k.
fn sum_of_weights<R: Real, T: TargetElement<R>>(
    targets: &ArrayView3<'_, T>,
    classes: Classes,
    frame: &Frame<R>,
    options: &LossOptions<'_, R>,
) -> f64 {
    let (outer, k, inner) = targets.dim();
    let sides = relabel::sides(options, frame.fold.images(), k);
    let targets = targets.as_slice().expect("planes are in memory order");
    let row = |at: usize| {
        let (o, class) = (at / k, at % k);
        let targets = &targets[at * inner..][..inner];
        let side = sides.get(frame.fold.image(o) * k + class);
        let label = |t: T| match (classes, side) {
            (Classes::Independent, None) => 1.0,
            (Classes::Independent, Some(side)) => side.weight(t.probability().to_f64()),
            (Classes::Exclusive, _) => t.probability().to_f64(),
        };
        // A label that is left out may be NaN.
        let weigh = |w: &R, t: &T| if *w == R::ZERO { 0.0 } else { w.to_f64() * label(*t) };
        let sum = match &frame.weights {
            None => side_by_side(targets, |t| label(*t)),
            Some(weights) => {
                let group = if weights.dim().1 == 1 { o } else { at };
                let weights = &weights.as_slice().expect("planes are in memory order")[group * inner..];
                match (classes, side) {
                    (Classes::Independent, None) => side_by_side(&weights[..inner], |w| w.to_f64()),
                    _ => weights.iter().zip(targets).map(|(w, t)| weigh(w, t)).sum(),
                }
            }
        };
        weight_of(options.class_weights, class) * sum
    };
    // Rows in parallel, added in their order: the same sum at any number of threads.
    let rows: Vec<f64> = (0..outer * k).into_par_iter().map(row).collect();
    rows.iter().sum()
}

/// A sum of many, eight at a time, which is the same whatever the processor.
fn side_by_side<T>(values: &[T], of: impl Fn(&T) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let mut runs = values.chunks_exact(lanes.len());
    for run in &mut runs {
        lanes.iter_mut().zip(run).for_each(|(lane, value)| *lane += of(value));
    }
    let rest: f64 = runs.remainder().iter().map(of).sum();
    lanes.iter().sum::<f64>() + rest
}

fn weight_of<R: Real>(class_weights: &[R], class: usize) -> f64 {
    class_weights.get(class).map_or(1.0, |c| c.to_f64())
}

/// A range of pixels of one outer index, a plane a class.
pub(super) fn planes<'v, R>(
    array: &'v ArrayView3<'_, R>,
    outer: usize,
    pixels: Range<usize>,
) -> Vec<&'v [R]> {
    let (_, classes, inner) = array.dim();
    let all = array.as_slice().expect("planes are in memory order");
    (0..classes).map(|k| &all[(outer * classes + k) * inner..][pixels.clone()]).collect()
}
