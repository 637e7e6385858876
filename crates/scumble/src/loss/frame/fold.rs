//! Arrays of any rank seen as planes, [outer, K, inner], and the way back.

use super::fault::{Fault, Place};
use ndarray::{Array, Array3, ArrayD, ArrayView, ArrayViewD, Axis, CowArray, Dimension, Ix3, IxDyn};
use std::ops::Range;

/// Fewer neighbours than this in memory, and long planes are worth making.
const SHORT: usize = 64;

/// [.., K, ..] seen as [outer, K, inner]; pixels are numbered as in the array without its class axis.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    axis: usize,
    /// The array's shape.
    shape: Vec<usize>,
    /// The same without the class axis.
    pub(crate) pixels: Vec<usize>,
    outer: usize,
    inner: usize,
}

/// How many numbers a pixel has in a mask or an array of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// One.
    Pixel,
    /// One, or one a class.
    Element,
}

impl Fold {
    /// The planes of an array of this shape as they lie in memory.
    pub(crate) fn new(shape: &[usize], axis: usize) -> Result<Self, Fault> {
        if axis >= shape.len() {
            return Err(Fault::ClassAxis { axis, rank: shape.len() });
        }
        let mut pixels = shape.to_vec();
        pixels.remove(axis);
        let (outer, inner) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
        Ok(Self { axis, shape: shape.to_vec(), pixels, outer, inner })
    }

    /// Classes innermost, as in [N, H, W, K], are brought to long planes: one copy, and the gradient back.
    pub(crate) fn long(self) -> Self {
        if self.inner >= SHORT {
            return self;
        }
        Self { outer: 1, inner: self.outer * self.inner, ..self }
    }

    /// How many pixels there are.
    pub(crate) fn count(&self) -> usize {
        self.outer * self.inner
    }

    /// Images: the length of the first axis, or 1 where that has the classes.
    pub(crate) fn images(&self) -> usize {
        if self.axis == 0 { 1 } else { self.shape[0] }
    }

    /// Which image an outer index belongs to.
    pub(crate) fn image(&self, outer: usize) -> usize {
        outer / (self.outer / self.images().max(1)).max(1)
    }

    /// The shape of an array of these pixels with `classes` on the class axis.
    pub(crate) fn shape_with(&self, classes: usize) -> Vec<usize> {
        let mut shape = self.shape.clone();
        shape[self.axis] = classes;
        shape
    }

    /// Where an element is in the arrays as they were given; without `class`, a pixel.
    pub(crate) fn place(&self, outer: usize, class: Option<usize>, inner: usize) -> Place {
        self.place_of(outer * self.inner + inner, class)
    }

    /// The same by the pixel's number.
    pub(crate) fn place_of(&self, mut number: usize, class: Option<usize>) -> Place {
        let mut pixel = vec![0; self.pixels.len()];
        for (at, &length) in pixel.iter_mut().zip(&self.pixels).rev() {
            *at = number % length;
            number /= length;
        }
        Place { pixel, class, axis: self.axis }
    }

    /// An array of these pixels with any number of classes as planes [outer, C, inner], in memory order.
    pub(crate) fn planes<'a, T: Clone, D: Dimension>(
        &self,
        array: ArrayView<'a, T, D>,
    ) -> CowArray<'a, T, Ix3> {
        let plain = (self.outer, array.shape()[self.axis], self.inner);
        let turned = self.is_turned();
        if !turned && array.is_standard_layout() {
            return CowArray::from(array.into_shape_with_order(plain).expect("the same elements"));
        }
        let mut array = array.into_dyn();
        if turned {
            // The class axis first: [C, pixels].
            let order: Vec<usize> =
                std::iter::once(self.axis).chain((0..array.ndim()).filter(|&a| a != self.axis)).collect();
            array = array.permuted_axes(IxDyn(&order));
        }
        let owned = array.as_standard_layout().into_owned();
        CowArray::from(owned.into_shape_with_order(plain).expect("the same elements"))
    }

    /// The way back: planes [outer, C, inner] as an array with its class axis in place.
    pub(crate) fn restore<T: Clone, D: Dimension>(&self, planes: Array3<T>) -> Array<T, D> {
        let classes = planes.dim().1;
        let array: ArrayD<T> = if self.is_turned() {
            let mut first = self.pixels.clone();
            first.insert(0, classes);
            let array = planes.into_shape_with_order(IxDyn(&first)).expect("the same elements");
            let mut order: Vec<usize> = (1..first.len()).collect();
            order.insert(self.axis, 0);
            array.permuted_axes(IxDyn(&order)).as_standard_layout().into_owned()
        } else {
            planes.into_shape_with_order(IxDyn(&self.shape_with(classes))).expect("the same elements")
        };
        array.into_dimensionality().expect("the rank it came with")
    }

    /// One value a pixel as an array without class axis.
    pub(crate) fn map<T, D: Dimension>(&self, values: Vec<T>) -> Array<T, D> {
        let array = ArrayD::from_shape_vec(IxDyn(&self.pixels), values).expect("one value a pixel");
        array.into_dimensionality().expect("one axis less")
    }

    /// One value a pixel as a plane, [outer, 1, inner].
    pub(crate) fn plane<T>(&self, values: Vec<T>) -> Array3<T> {
        Array3::from_shape_vec((self.outer, 1, self.inner), values).expect("one value a pixel")
    }

    /// A mask or weights as planes, [outer, 1 or K, inner].
    ///
    /// They have no class axis, or one of length 1 or, with a number an element, K; other axes of 1 and missing
    /// leading axes are repeated.
    pub(crate) fn spread<T: Clone>(
        &self,
        what: &'static str,
        array: &ArrayViewD<'_, T>,
        spread: Spread,
    ) -> Result<Array3<T>, Fault> {
        let hint = match spread {
            Spread::Element => {
                "; give one number a pixel (no class axis, or one of length 1) or one an element"
            }
            Spread::Pixel => "; give one number a pixel: no class axis, or one of length 1",
        };
        let fail = || self.misfit(what, array.shape(), hint);
        let rank = self.shape.len();
        let mut view = array.view();
        if view.ndim() < rank {
            while view.ndim() + 1 < rank {
                view = view.insert_axis(Axis(0));
            }
            view = view.insert_axis(Axis(self.axis));
        }
        if view.ndim() != rank {
            return Err(fail());
        }
        let own = view.shape()[self.axis];
        if own != 1 && (spread == Spread::Pixel || own != self.shape[self.axis]) {
            return Err(fail());
        }
        let broad = view.broadcast(IxDyn(&self.shape_with(own))).ok_or_else(fail)?;
        Ok(self.planes(broad).into_owned())
    }

    /// An array of another shape than it should have.
    pub(crate) fn misfit(&self, what: &'static str, found: &[usize], hint: &'static str) -> Fault {
        let (shape, pixels) = (self.shape.clone(), self.pixels.clone());
        Fault::Shape { what, found: found.to_vec(), shape, pixels, hint }
    }

    /// The pixels in tasks of at most `size`, in order; `out` is cut along with them: `planes` planes for each outer
    /// index, or none. A fixed size gives sums one order, whatever the number of threads.
    pub(crate) fn chunks<'o, T>(&self, size: usize, planes: usize, out: &'o mut [T]) -> Vec<Chunk<'o, T>> {
        chunks((self.outer, planes, self.inner), size, out)
    }

    /// Whether planes run across what the array has apart.
    fn is_turned(&self) -> bool {
        self.outer != self.shape[..self.axis].iter().product::<usize>()
    }
}

/// Neighbouring pixels of one outer index, with their part of the output planes.
pub(crate) struct Chunk<'o, T> {
    pub(crate) outer: usize,
    /// The number of its first pixel among all.
    pub(crate) first: usize,
    /// Its pixels within the planes.
    pub(crate) pixels: Range<usize>,
    pub(crate) planes: Vec<&'o mut [T]>,
}

/// The pixels of [outer, planes, inner] in tasks of at most `size`, each with its part of `out` (empty: none).
pub(crate) fn chunks<T>(
    (outer, planes, inner): (usize, usize, usize),
    size: usize,
    out: &mut [T],
) -> Vec<Chunk<'_, T>> {
    let each = inner.div_ceil(size);
    let chunk = |at: usize| {
        let start = at % each * size;
        let pixels = start..(start + size).min(inner);
        Chunk { outer: at / each, first: at / each * inner + start, pixels, planes: Vec::new() }
    };
    let mut chunks: Vec<_> = (0..outer * each).map(chunk).collect();
    if planes > 0 && !out.is_empty() {
        for (at, plane) in out.chunks_mut(inner).enumerate() {
            for (part, slopes) in plane.chunks_mut(size).enumerate() {
                chunks[at / planes * each + part].planes.push(slopes);
            }
        }
    }
    chunks
}
