//! How much label each class has, and the weights that balance it.

use super::balance::Balance;
use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::kind::Extent;
use super::options::LossOptions;
use ndarray::{ArrayView, Dimension};
use scumble_kernels::Real;

/// How much label each class has: sums of w t and of w (1-t) over pixels. Sums of images add up to a data set's.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{ClassMass, LossOptions};
///
/// let labels = array![[[0.5_f32, 0.0, 0.0, 0.5]]]; // [N, K, pixels]
/// let mut mass = ClassMass::of(labels.view(), &LossOptions::default())?;
/// assert_eq!(mass.balance()[0].positive, 0.75);
/// mass.merge(&ClassMass::of(array![[[1.0_f32, 1.0, 1.0, 1.0]]].view(), &LossOptions::default())?);
/// assert_eq!(mass.balance()[0].positive, 0.375);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassMass {
    /// Sum of w t, one a class.
    pub positive: Vec<f64>,
    /// Sum of w (1-t), one a class.
    pub negative: Vec<f64>,
}

impl ClassMass {
    /// Nothing yet, for this many classes.
    pub fn new(classes: usize) -> Self {
        Self { positive: vec![0.0; classes], negative: vec![0.0; classes] }
    }

    /// The masses in targets, with the mask, ignored value and pixel weights of `options`.
    ///
    /// # Errors
    /// As the loss itself.
    pub fn of<R: Real, D: Dimension>(
        targets: ArrayView<'_, R, D>,
        options: &LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let classes = targets.shape().get(options.class_axis).copied().unwrap_or(0);
        let mut all = Self::new(classes);
        of_images(targets, options)?.iter().for_each(|image| all.merge(image));
        Ok(all)
    }

    /// One label of weight w.
    pub fn add(&mut self, class: usize, t: f64, w: f64) {
        self.positive[class] += w * t;
        self.negative[class] += w * (1.0 - t);
    }

    /// Adds another's sums, class by class.
    pub fn merge(&mut self, other: &Self) {
        self.positive.iter_mut().zip(&other.positive).for_each(|(a, b)| *a += b);
        self.negative.iter_mut().zip(&other.negative).for_each(|(a, b)| *a += b);
    }

    /// For independent classes, the weights of each one's two sides.
    pub fn balance(&self) -> Vec<Balance> {
        self.positive.iter().zip(&self.negative).map(|(&p, &n)| Balance::of(p, n)).collect()
    }

    /// For exclusive classes, weights w_k in inverse proportion to the classes' masses, the mean label weighing 1;
    /// a class without mass has weight 1. They move the best logit of class k by ln w_k: q_k is proportional to
    /// w_k p_k.
    pub fn class_weights(&self) -> Vec<f64> {
        let all: f64 = self.positive.iter().sum();
        let present = self.positive.iter().filter(|m| **m > 0.0).count() as f64;
        self.positive.iter().map(|&m| if m > 0.0 { all / (present * m) } else { 1.0 }).collect()
    }
}

/// The balance of independent classes: for each image and class (images first), or for each class of the batch.
///
/// Returned in the order that [`LossOptions::balance`] takes. Weights of their own for each image follow HED; they
/// move the best logit by as much as each image's own shift, so they cannot be undone as those of a data set can.
///
/// # Errors
/// As the loss itself.
pub fn balance<R: Real, D: Dimension>(
    targets: ArrayView<'_, R, D>,
    over: Extent,
    options: &LossOptions<'_, R>,
) -> Result<Vec<Balance>, LossError> {
    match over {
        Extent::Image => Ok(of_images(targets, options)?.iter().flat_map(ClassMass::balance).collect()),
        Extent::Batch => Ok(ClassMass::of(targets, options)?.balance()),
    }
}

fn of_images<R: Real, D: Dimension>(
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Vec<ClassMass>, LossError> {
    // The labels as they are, without what would weigh their sides already.
    let plain = LossOptions {
        class_weights: &[],
        positive_weights: &[],
        balance: &[],
        label_smoothing: 0.0,
        ..options.clone()
    };
    let inputs = ClassInputs::new(targets.clone(), targets, options.classes, &plain)?;
    let (outer, classes, inner) = inputs.targets.dim();
    let mut images = vec![ClassMass::new(classes); inputs.frame.fold.images()];
    for o in 0..outer {
        let image = &mut images[inputs.frame.fold.image(o)];
        for k in 0..classes {
            for i in 0..inner {
                let w = inputs.frame.weight(o, k, i);
                if w != 0.0 {
                    image.add(k, inputs.targets[[o, k, i]].to_f64(), w);
                }
            }
        }
    }
    Ok(images)
}
