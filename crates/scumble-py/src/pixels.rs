//! The pixels of arrays that count, with what they weigh.

use ndarray::{ArrayView1, ArrayViewD, Axis, Dimension, IntoDimension, IxDyn};

/// Which pixels of arrays of this shape count, and how much.
pub(crate) struct Counting<'a> {
    pub(crate) shape: &'a [usize],
    /// The axis of the classes; `None` where each element is a question of its own.
    pub(crate) class_axis: Option<usize>,
    /// In the shape without the class axis.
    pub(crate) mask: Option<ArrayViewD<'a, bool>>,
    pub(crate) weight: Option<ArrayViewD<'a, f64>>,
}

impl Counting<'_> {
    /// How many classes a pixel has.
    ///
    /// # Errors
    /// An axis that is not there.
    pub(crate) fn classes(&self) -> Result<usize, String> {
        match self.class_axis {
            None => Ok(1),
            Some(axis) => self.shape.get(axis).copied().ok_or_else(|| {
                format!("the class axis is {axis}, but the labels have {} axes", self.shape.len())
            }),
        }
    }

    /// The weight of each pixel, `None` where it does not count.
    ///
    /// # Errors
    /// Mask or weights of another shape, weights that are negative or not finite.
    pub(crate) fn weights(&self) -> Result<Vec<Option<f64>>, String> {
        let pixels = self.pixels();
        let mut weights = vec![Some(1.0); pixels.size()];
        if let Some(given) = &self.weight {
            self.fit("the weights have", given.shape())?;
            if let Some((index, w)) = given.indexed_iter().find(|(_, w)| !w.is_finite() || **w < 0.0) {
                return Err(format!(
                    "weight {:?} is {w}; weights are finite and not negative",
                    index.slice()
                ));
            }
            weights.iter_mut().zip(given).for_each(|(weight, given)| *weight = Some(*given));
        }
        if let Some(mask) = &self.mask {
            self.fit("the mask has", mask.shape())?;
            weights
                .iter_mut()
                .zip(mask)
                .filter(|(_, counts)| !**counts)
                .for_each(|(weight, _)| *weight = None);
        }
        Ok(weights)
    }

    /// The probabilities of the pixels that count, [pixels, classes]; of `exclusive` classes those whose sum is off by more
    /// than f32 rounds are divided by it.
    ///
    /// # Errors
    /// What is no probability, exclusive classes that do not sum to 1.
    pub(crate) fn probabilities(
        &self,
        what: &str,
        array: &ArrayViewD<'_, f64>,
        exclusive: bool,
        weights: &[Option<f64>],
    ) -> Result<Vec<f64>, String> {
        let mut found = Vec::new();
        self.each(array, weights, |pixel, classes| {
            let index = |class| self.index(pixel, class);
            add(what, classes.iter(), exclusive, index, &mut found)
        })?;
        Ok(found)
    }

    /// Looks at the classes of each pixel that counts, with its place among all pixels.
    pub(crate) fn each<T: Copy>(
        &self,
        array: &ArrayViewD<'_, T>,
        weights: &[Option<f64>],
        mut look: impl FnMut(usize, ArrayView1<'_, T>) -> Result<(), String>,
    ) -> Result<(), String> {
        // Without classes an axis of one behind all others.
        let behind = Axis(array.ndim());
        let (array, axis) = match self.class_axis {
            Some(axis) => (array.view(), Axis(axis)),
            None => (array.view().insert_axis(behind), behind),
        };
        let lanes = array.lanes(axis);
        let mut counted =
            lanes.into_iter().zip(weights).enumerate().filter(|(_, (_, weight))| weight.is_some());
        counted.try_for_each(|(pixel, (classes, _))| look(pixel, classes))
    }

    /// Where a class of a pixel stands in the array.
    pub(crate) fn index(&self, pixel: usize, class: usize) -> Vec<usize> {
        let mut left = pixel;
        let mut index: Vec<usize> = self
            .pixels()
            .slice()
            .iter()
            .rev()
            .map(|length| {
                let here = left % length;
                left /= length;
                here
            })
            .collect();
        index.reverse();
        if let Some(axis) = self.class_axis {
            index.insert(axis, class);
        }
        index
    }

    /// # Errors
    /// Another shape than that of the pixels.
    pub(crate) fn fit(&self, what: &str, found: &[usize]) -> Result<(), String> {
        let pixels = self.pixels();
        match found == pixels.slice() {
            true => Ok(()),
            false => Err(format!("{what} shape {found:?}, expected {:?}", pixels.slice())),
        }
    }

    /// The shape without the class axis.
    fn pixels(&self) -> IxDyn {
        let kept = self.shape.iter().enumerate().filter(|(at, _)| Some(*at) != self.class_axis);
        kept.map(|(_, length)| *length).collect::<Vec<_>>().into_dimension()
    }
}

/// Labels and predictions of the pixels that count.
pub(crate) struct Pixels {
    pub(crate) classes: usize,
    /// [pixels, classes].
    pub(crate) labels: Vec<f64>,
    pub(crate) predictions: Vec<f64>,
    /// Of each pixel.
    pub(crate) weights: Vec<f64>,
}

/// How far exclusive classes may be from 1 in sum, as in a label of floats.
const SUM_TOLERANCE: f64 = 1e-3;

impl Pixels {
    /// Reads [probabilities](Counting::probabilities).
    ///
    /// # Errors
    /// Shapes that do not fit, what is no probability, exclusive classes that do not sum to 1, bad weights.
    pub(crate) fn read(
        labels: &ArrayViewD<'_, f64>,
        predictions: &ArrayViewD<'_, f64>,
        exclusive: bool,
        counting: &Counting<'_>,
    ) -> Result<Self, String> {
        if labels.shape() != predictions.shape() {
            let (found, expected) = (predictions.shape(), labels.shape());
            return Err(format!("the predictions have shape {found:?}, the labels {expected:?}"));
        }
        let weights = counting.weights()?;
        Ok(Self {
            classes: counting.classes()?,
            labels: counting.probabilities("label", labels, exclusive, &weights)?,
            predictions: counting.probabilities("prediction", predictions, exclusive, &weights)?,
            weights: weights.into_iter().flatten().collect(),
        })
    }

    /// (label, prediction, weight) of one class at each pixel.
    pub(crate) fn of_class(&self, class: usize) -> impl Iterator<Item = (f64, f64, f64)> {
        let labels = self.labels.iter().skip(class).step_by(self.classes);
        let predictions = self.predictions.iter().skip(class).step_by(self.classes);
        labels.zip(predictions).zip(&self.weights).map(|((p, q), w)| (*p, *q, *w))
    }
}

/// Adds the probabilities of a pixel.
fn add<'a>(
    what: &str,
    pixel: impl Iterator<Item = &'a f64>,
    exclusive: bool,
    index: impl Fn(usize) -> Vec<usize>,
    to: &mut Vec<f64>,
) -> Result<(), String> {
    let from = to.len();
    to.extend(pixel);
    let pixel = &mut to[from..];
    if let Some((class, p)) = pixel.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        return Err(format!("{what} {:?} is {p}, no probability (0 to 1)", index(class)));
    }
    if exclusive {
        let (sum, classes) = (pixel.iter().sum::<f64>(), pixel.len());
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(format!("the {classes} {what}s from {:?} on sum to {sum}, not 1", index(0)));
        }
        if (sum - 1.0).abs() > classes as f64 * f64::from(f32::EPSILON) {
            pixel.iter_mut().for_each(|p| *p /= sum);
        }
    }
    Ok(())
}
