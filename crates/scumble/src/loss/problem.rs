use super::report::factor;
use super::{Balance, Classes, Denominator, Loss, LossError, LossOptions, check, fold, relabel};
use ndarray::{Array3, ArrayView, ArrayView3, CowArray, Dimension, Ix3};
use rayon::prelude::*;
use scumble_kernels::{Real, TargetElement};
use std::ops::Range;

/// Logits, targets and weights that belong together, as [outer, K, inner] in memory order.
///
/// A loss reads nothing but a `Problem`: what cannot be computed cannot be put into one.
pub(super) struct Problem<'a, R: Real, T = R> {
    pub(super) logits: CowArray<'a, R, Ix3>,
    pub(super) targets: CowArray<'a, T, Ix3>,
    /// Mask and pixel weights folded, [outer, 1 or K, inner]; `None`: all 1.
    pub(super) weights: Option<Array3<R>>,
    /// Empty: all 1.
    pub(super) class_weights: &'a [R],
    pub(super) classes: Classes,
    /// Whether the kernel is to add up the floor.
    pub(super) with_floor: bool,
    denominator: Denominator,
    /// Of the labels as given; only taken where it is the denominator.
    weight_sum: f64,
    valid: u64,
    all: u64,
    images: usize,
    shape: Vec<usize>,
    class_axis: usize,
}

impl<'a, R: Real> Problem<'a, R> {
    /// Everything is checked; smoothing and the weights of a label's two sides are in targets and weights.
    pub(super) fn new<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        targets: ArrayView<'a, R, D>,
        classes: Classes,
        options: &'a LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let mut problem = Self::unseen(logits, targets, classes, options)?;
        if !options.unchecked {
            check::targets(&problem)?;
        }
        problem.relabel(options);
        Ok(problem)
    }

    fn relabel(&mut self, options: &LossOptions<'_, R>) {
        if options.label_smoothing > 0.0 {
            relabel::smooth(&mut self.targets, self.classes, options.label_smoothing);
        }
        let sides = self.sides(options);
        if !sides.is_empty() {
            let (classes, images, outers) = (self.targets.dim().1, self.images, self.targets.dim().0);
            let side = |o: usize, k: usize| sides[image(o, images, outers) * classes + k];
            self.weights = Some(relabel::weigh(&mut self.targets, self.weights.as_ref(), side));
        }
    }
}

impl<'a, R: Real, T: TargetElement<R>> Problem<'a, R, T> {
    /// Everything is checked but whether the targets are probabilities, which [`check::seen`] says after the pass
    /// over them. Smoothing and the weights of a label's two sides have no part in it.
    pub(super) fn unseen<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        targets: ArrayView<'a, T, D>,
        classes: Classes,
        options: &'a LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let shape = logits.shape().to_vec();
        let axis = options.class_axis;
        if axis >= shape.len() {
            return Err(LossError::ClassAxis { axis, rank: shape.len() });
        }
        if targets.shape() != shape {
            return Err(fold::wrong_shape("the target array", targets.shape(), &shape, ""));
        }
        let k = shape[axis];
        if classes == Classes::Exclusive && k < 2 {
            return Err(LossError::OneClass(k));
        }
        let images = if axis == 0 { 1 } else { shape[0] };
        check::settings(options, classes, k, images)?;
        let folded =
            fold::Folded { outer: shape[..axis].iter().product(), inner: shape[axis + 1..].iter().product() };
        let mask = options.mask.as_ref().map(|m| fold::spread("the mask", m, classes, &shape, axis));
        let weights =
            options.weights.as_ref().map(|w| fold::spread("the weight array", w, classes, &shape, axis));
        let (mask, weights) = (mask.transpose()?, weights.transpose()?);
        if let Some(weights) = &weights {
            check::pixel_weights(weights)?;
        }
        let targets = folded.cow(targets);
        let mask = fold::both(
            mask.map(|m| folded.array(m)),
            options.ignore_value.map(|ignore| check::kept(&targets, classes, ignore)),
        );
        let questions = if classes == Classes::Exclusive { 1 } else { k };
        let all = (folded.outer * questions * folded.inner) as u64;
        let valid = mask.as_ref().map_or(all, |m| {
            let counted = m.iter().filter(|&&on| on).count() as u64;
            counted * (questions / m.dim().1) as u64
        });
        let mut problem = Self {
            logits: folded.cow(logits),
            targets,
            weights: fold::masked(mask, weights.map(|w| folded.array(w))),
            class_weights: options.class_weights,
            classes,
            with_floor: options.with_floor,
            denominator: options.denominator,
            weight_sum: 0.0,
            valid,
            all,
            images,
            shape,
            class_axis: axis,
        };
        if problem.denominator == Denominator::Weights {
            problem.weight_sum = problem.sum_of_weights(&problem.sides(options));
        }
        Ok(problem)
    }

    /// The weights of the labels' sides, for [image][class]; empty: all 1.
    fn sides(&self, options: &LossOptions<'_, R>) -> Vec<Balance> {
        relabel::sides(options, self.images, self.targets.dim().1)
    }

    /// The sum of the weights of the labels as they are: w c_k times that of the label's sides, over exclusive
    /// classes w c_k t_k.
    fn sum_of_weights(&self, sides: &[Balance]) -> f64 {
        let (outer, classes, inner) = self.targets.dim();
        let targets = self.targets.as_slice().expect("problems are in memory order");
        let row = |at: usize| {
            let (o, k) = (at / classes, at % classes);
            let targets = &targets[at * inner..][..inner];
            let side = sides.get(self.image(o) * classes + k);
            let label = |t: T| match (self.classes, side) {
                (Classes::Independent, None) => 1.0,
                (Classes::Independent, Some(side)) => side.weight(t.probability().to_f64()),
                (Classes::Exclusive, _) => t.probability().to_f64(),
            };
            // A label that is left out may be NaN.
            let weigh = |w: &R, t: &T| if *w == R::ZERO { 0.0 } else { w.to_f64() * label(*t) };
            let sum: f64 = match &self.weights {
                None => targets.iter().map(|t| label(*t)).sum(),
                Some(weights) => {
                    let group = if weights.dim().1 == 1 { o } else { at };
                    let weights = &weights.as_slice().expect("problems are in memory order")[group * inner..];
                    weights.iter().zip(targets).map(|(w, t)| weigh(w, t)).sum()
                }
            };
            self.class_weight(k) * sum
        };
        // Rows in parallel, added in their order: the same sum at any number of threads.
        let rows: Vec<f64> = (0..outer * classes).into_par_iter().map(row).collect();
        rows.iter().sum()
    }

    /// Images: the length of the first axis, or 1 where that has the classes.
    pub(super) fn images(&self) -> usize {
        self.images
    }

    /// Which image an outer index belongs to.
    pub(super) fn image(&self, outer: usize) -> usize {
        image(outer, self.images, self.logits.dim().0)
    }

    /// Mask and pixel weight.
    pub(super) fn pixel_weight(&self, outer: usize, class: usize, inner: usize) -> f64 {
        let Some(weights) = &self.weights else { return 1.0 };
        weights[[outer, if weights.dim().1 == 1 { 0 } else { class }, inner]].to_f64()
    }

    /// What the sum is divided by.
    fn divisor(&self) -> f64 {
        match self.denominator {
            Denominator::Valid => self.valid as f64,
            Denominator::All => self.all as f64,
            Denominator::Batch => self.images as f64,
            Denominator::Weights => self.weight_sum,
            Denominator::None => 1.0,
        }
    }

    /// The class's weight.
    pub(super) fn class_weight(&self, class: usize) -> f64 {
        self.class_weights.get(class).map_or(1.0, |c| c.to_f64())
    }

    /// For losses whose terms are not the pixels: how many there are, how many are valid, and what they weigh.
    pub(super) fn count_terms(&mut self, all: u64, valid: u64, weight_sum: f64) {
        (self.all, self.valid, self.weight_sum) = (all, valid, weight_sum);
    }

    /// What a gradient is multiplied by.
    pub(super) fn scale(&self) -> R {
        R::from_f64(factor(self.divisor(), self.valid))
    }

    /// The loss of which this is the sum.
    pub(super) fn report(&self, sum: f64, floor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, self.divisor(), self.valid)
    }

    /// The index of an element in the arrays as they were given; without `class`, of a pixel.
    pub(super) fn place(&self, mut outer: usize, class: Option<usize>, mut inner: usize) -> Vec<usize> {
        let mut index = Vec::with_capacity(self.shape.len());
        for length in self.shape[self.class_axis + 1..].iter().rev() {
            index.push(inner % length);
            inner /= length;
        }
        index.extend(class);
        for length in self.shape[..self.class_axis].iter().rev() {
            index.push(outer % length);
            outer /= length;
        }
        index.reverse();
        index
    }
}

fn image(outer: usize, images: usize, outers: usize) -> usize {
    outer / (outers / images.max(1)).max(1)
}

/// A run of pixels of one outer slice, a plane a class.
pub(super) fn planes<'v, R>(
    array: &'v ArrayView3<'_, R>,
    outer: usize,
    pixels: Range<usize>,
) -> Vec<&'v [R]> {
    let (_, classes, inner) = array.dim();
    let all = array.as_slice().expect("problems are in memory order");
    (0..classes).map(|k| &all[(outer * classes + k) * inner..][pixels.clone()]).collect()
}
