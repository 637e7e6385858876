use super::JointError;
use ndarray::{Array, Array3, ArrayD, ArrayView, Axis, CowArray, Dimension, Ix3, IxDyn};
use std::ops::Range;

/// Pixels that one task takes: fixed, so that sums have one order whatever the number of threads.
const CHUNK: usize = 1 << 12;
/// Fewer neighbours than this in memory, and planes are worth making.
const SHORT: usize = 64;

/// [.., C, ..] seen as [outer, C, inner] with long planes; pixels are numbered as in the array without its class axis.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    axis: usize,
    /// The array's shape without its class axis.
    pub(super) pixels: Vec<usize>,
    outer: usize,
    inner: usize,
}

impl Fold {
    pub(super) fn new(shape: &[usize], axis: usize) -> Result<Self, JointError> {
        if axis >= shape.len() {
            return Err(JointError::ClassAxis { axis, rank: shape.len() });
        }
        let mut pixels = shape.to_vec();
        pixels.remove(axis);
        let (outer, inner): (usize, usize) =
            (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
        // Classes innermost, as in [N, H, W, K], are brought to planes: one copy, and the gradient back.
        let (outer, inner) = if inner < SHORT { (1, outer * inner) } else { (outer, inner) };
        Ok(Self { axis, pixels, outer, inner })
    }

    pub(super) fn count(&self) -> usize {
        self.outer * self.inner
    }

    /// The shape of an array of these pixels with `classes` on the class axis.
    pub(super) fn shape(&self, classes: usize) -> Vec<usize> {
        let mut shape = self.pixels.clone();
        shape.insert(self.axis, classes);
        shape
    }

    /// The index of an element of such an array; `class` `None`: of the pixel.
    pub(super) fn index(&self, mut pixel: usize, class: Option<usize>) -> Vec<usize> {
        let mut index = vec![0; self.pixels.len()];
        for (at, &length) in index.iter_mut().zip(&self.pixels).rev() {
            *at = pixel % length;
            pixel /= length;
        }
        index.splice(self.axis..self.axis, class);
        index
    }

    /// An array with a class axis as planes [outer, C, inner], in memory order.
    pub(super) fn planes<'a, T: Clone, D: Dimension>(
        &self,
        array: ArrayView<'a, T, D>,
    ) -> CowArray<'a, T, Ix3> {
        let classes = array.shape()[self.axis];
        let outer: usize = array.shape()[..self.axis].iter().product();
        let plain = (self.outer, classes, self.inner);
        if outer == self.outer && array.is_standard_layout() {
            return CowArray::from(array.into_shape_with_order(plain).expect("the same elements"));
        }
        let mut array = array.into_dyn();
        if outer != self.outer {
            // The class axis first: [C, pixels].
            let order: Vec<usize> =
                std::iter::once(self.axis).chain((0..array.ndim()).filter(|&a| a != self.axis)).collect();
            array = array.permuted_axes(IxDyn(&order));
        }
        let owned = array.as_standard_layout().into_owned();
        CowArray::from(owned.into_shape_with_order(plain).expect("the same elements"))
    }

    /// The way back: planes [outer, C, inner] as an array with its class axis in place.
    pub(super) fn restore<T: Clone, D: Dimension>(&self, planes: Array3<T>) -> Array<T, D> {
        let shape = self.shape(planes.dim().1);
        let outer: usize = shape[..self.axis].iter().product();
        let array: ArrayD<T> = if outer == self.outer {
            planes.into_shape_with_order(IxDyn(&shape)).expect("the same elements")
        } else {
            let mut first = self.pixels.clone();
            first.insert(0, planes.dim().1);
            let array = planes.into_shape_with_order(IxDyn(&first)).expect("the same elements");
            let mut order: Vec<usize> = (1..first.len()).collect();
            order.insert(self.axis, 0);
            array.permuted_axes(IxDyn(&order)).as_standard_layout().into_owned()
        };
        array.into_dimensionality().expect("the rank it came with")
    }

    /// One value a pixel as an array without class axis.
    pub(super) fn map<T, D: Dimension>(&self, values: Vec<T>) -> Array<T, D> {
        let array = ArrayD::from_shape_vec(IxDyn(&self.pixels), values).expect("one value a pixel");
        array.into_dimensionality().expect("one axis less")
    }

    /// One value a pixel from an array without class axis, or with one of length 1; axes of 1 and missing leading
    /// axes are repeated.
    pub(super) fn per_pixel<T: Clone, D: Dimension>(
        &self,
        what: &'static str,
        array: ArrayView<'_, T, D>,
    ) -> Result<Vec<T>, JointError> {
        let found = array.shape().to_vec();
        let hint = "; give one number a pixel: no class axis, or one of length 1";
        let fail = || JointError::Shape { what, found, expected: self.pixels.clone(), hint };
        let mut view = array.into_dyn();
        if view.ndim() > self.pixels.len() && view.shape()[self.axis] == 1 {
            view = view.index_axis_move(Axis(self.axis), 0);
        }
        match view.broadcast(IxDyn(&self.pixels)) {
            Some(broad) => Ok(broad.iter().cloned().collect()),
            None => Err(fail()),
        }
    }

    /// A rater's label sets, one a pixel.
    pub(super) fn sets<D: Dimension>(
        &self,
        sets: ArrayView<'_, Option<u64>, D>,
    ) -> Result<Vec<Option<u64>>, JointError> {
        if sets.shape() == self.pixels {
            return Ok(sets.iter().copied().collect());
        }
        let (what, found, expected) =
            ("a rater's array of label sets", sets.shape().to_vec(), self.pixels.clone());
        Err(JointError::Shape { what, found, expected, hint: "; it has no class axis" })
    }

    /// The tasks, in order; `out` is cut along with them: `planes` planes an image, or none.
    pub(super) fn runs<'o, T>(&self, planes: usize, out: &'o mut [T]) -> Vec<Run<'o, T>> {
        let chunks = self.inner.div_ceil(CHUNK);
        let run = |at: usize| {
            let start = at % chunks * CHUNK;
            let pixels = start..(start + CHUNK).min(self.inner);
            Run { image: at / chunks, first: at / chunks * self.inner + start, pixels, planes: Vec::new() }
        };
        let mut runs: Vec<_> = (0..self.outer * chunks).map(run).collect();
        if planes > 0 && !out.is_empty() {
            for (at, plane) in out.chunks_mut(self.inner).enumerate() {
                for (chunk, part) in plane.chunks_mut(CHUNK).enumerate() {
                    runs[at / planes * chunks + chunk].planes.push(part);
                }
            }
        }
        runs
    }
}

/// A run of pixels of one image, with its part of the output planes.
pub(super) struct Run<'o, T> {
    pub(super) image: usize,
    /// The number of its first pixel among all.
    pub(super) first: usize,
    /// Its pixels within the planes of the image.
    pub(super) pixels: Range<usize>,
    pub(super) planes: Vec<&'o mut [T]>,
}
