//! The inputs of a loss as planes long enough for a kernel, in tasks of a fixed size.

use super::class_inputs::{ClassInputs, planes};
use super::frame::{Chunk, chunks};
use ndarray::{Array3, ArrayView3, ArrayViewMut, CowArray, Ix3};
use rayon::prelude::*;
use scumble_kernels::Real;

/// Pixels that one task takes: fixed, so that the sum has one order whatever the number of threads.
const CHUNK: usize = 1 << 13;
/// Fewer neighbours than this in memory, and long planes are worth making.
const SHORT: usize = 64;

/// Logits, targets and weights, [outer, K, inner] each.
pub(super) struct Planes<'b, R: Real, T> {
    logits: CowArray<'b, R, Ix3>,
    targets: CowArray<'b, T, Ix3>,
    /// [outer, 1 or K, inner]; `None`: all 1.
    weights: Option<CowArray<'b, R, Ix3>>,
    /// The logits' own shape, if classes were innermost.
    turned: Option<(usize, usize, usize)>,
}

/// Neighbouring pixels of one outer index, a plane a class.
pub(super) struct Task<'t, R, T> {
    pub(super) outer: usize,
    pub(super) logits: Vec<&'t [R]>,
    pub(super) targets: Vec<&'t [T]>,
    pub(super) weights: Weights<'t, R>,
    /// No planes: not wanted.
    pub(super) gradient: Vec<&'t mut [R]>,
}

/// One plane for all classes or one a class; none: all 1.
pub(super) struct Weights<'t, R>(Vec<&'t [R]>);

impl<'t, R> Weights<'t, R> {
    /// Those of a class; empty: all 1.
    pub(super) fn of(&self, class: usize) -> &'t [R] {
        self.0.get(class).or(self.0.first()).copied().unwrap_or_default()
    }
}

impl<'b, R: Real, T: Copy + Sync> Planes<'b, R, T> {
    /// With classes innermost, as in [N, H, W, K], by one copy to planes that join all but `apart` groups of outer indices,
    /// which are images or 1.
    pub(super) fn new(inputs: &'b ClassInputs<'_, R, T>, apart: usize) -> Self {
        let (outer, classes, inner) = inputs.logits.dim();
        let (logits, targets) = (inputs.logits.view(), inputs.targets.view());
        let weights = inputs.frame.weights.as_ref().map(|weights| weights.view());
        if inner >= SHORT || outer <= apart {
            return Self {
                logits: logits.into(),
                targets: targets.into(),
                weights: weights.map(CowArray::from),
                turned: None,
            };
        }
        Self {
            logits: turn(logits, apart).into(),
            targets: turn(targets, apart).into(),
            weights: weights.map(|weights| turn(weights, apart).into()),
            turned: Some((outer, classes, inner)),
        }
    }

    /// Which of so many groups of outer indices one belongs to.
    pub(super) fn group(&self, outer: usize, groups: usize) -> usize {
        outer / (self.logits.dim().0 / groups.max(1)).max(1)
    }

    /// What each task makes of its pixels, in their order. The gradient, if wanted, is written over, in the order of the
    /// loss's inputs.
    pub(super) fn each<S: Send>(
        &self,
        gradient: Option<&mut [R]>,
        of: impl Fn(Task<'_, R, T>) -> S + Sync,
    ) -> Vec<S> {
        let ((outer, classes, inner), gradient) = match (self.turned, gradient) {
            (Some(turned), Some(gradient)) => (turned, gradient),
            (_, gradient) => return self.tasks(gradient.unwrap_or_default(), of),
        };
        let mut slopes = Array3::from_elem(self.logits.dim(), R::ZERO);
        let found = self.tasks(slopes.as_slice_mut().expect("just made"), of);
        let apart = self.logits.dim().0;
        let shape = (apart, classes, outer / apart, inner);
        let slopes = slopes.into_shape_with_order(shape).expect("the same elements");
        let shape = (apart, outer / apart, classes, inner);
        let mut gradient = ArrayViewMut::from_shape(shape, gradient).expect("the same elements");
        gradient.assign(&slopes.permuted_axes([0, 2, 1, 3]));
        found
    }

    fn tasks<S: Send>(&self, gradient: &mut [R], of: impl Fn(Task<'_, R, T>) -> S + Sync) -> Vec<S> {
        let (logits, targets) = (self.logits.view(), self.targets.view());
        let weights = self.weights.as_ref().map(|weights| weights.view());
        let task = |chunk: Chunk<'_, R>| {
            of(Task {
                outer: chunk.outer,
                logits: planes(&logits, chunk.outer, chunk.pixels.clone()),
                targets: planes(&targets, chunk.outer, chunk.pixels.clone()),
                weights: Weights(
                    weights.as_ref().map_or(Vec::new(), |w| planes(w, chunk.outer, chunk.pixels.clone())),
                ),
                gradient: chunk.planes,
            })
        };
        chunks(self.logits.dim(), CHUNK, gradient).into_par_iter().map(task).collect()
    }
}

/// [outer, K, inner] to [apart, K, outer / apart * inner].
fn turn<T: Copy>(array: ArrayView3<'_, T>, apart: usize) -> Array3<T> {
    let (outer, classes, inner) = array.dim();
    let joined = outer / apart;
    let split =
        array.into_shape_with_order((apart, joined, classes, inner)).expect("planes are in memory order");
    let planes = split.permuted_axes([0, 2, 1, 3]).as_standard_layout().into_owned();
    planes.into_shape_with_order((apart, classes, joined * inner)).expect("the same elements")
}
