//! Dawid and Skene's model.

use super::em::Prior;
use super::error::FusionError;
use super::fit::Fit;
use super::patterns::Patterns;

/// What [`dawid_skene`] may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct DawidSkeneOptions {
    /// Iterations at most (at least 1).
    pub iterations: u32,
    /// Learn from those pixels alone on which raters differ; where all agree, the map is their mark.
    pub disputed_only: bool,
}

impl Default for DawidSkeneOptions {
    fn default() -> Self {
        Self { iterations: 10_000, disputed_only: false }
    }
}

/// Dawid and Skene (1979): one hidden truth, the classes' frequencies and each rater's confusion matrix, by
/// expectation maximisation.
///
/// With T the probability of the true state j at a pixel, from the shares of the marks at first, prior
/// `p_j = mean T_j`, a rater's confusion
/// `e_jm = sum of T_j where the mark is m / sum of T_j where there is a mark`, and `T_j` proportional to
/// `p_j prod e_jm` over the raters who have seen the pixel (their equations 2.3 to 2.5), in log space and
/// without a floor under any probability. It ends when no parameter's squared change exceeds 1e-14.
///
/// Patterns of one image make a fit for that image. Patterns of a whole data set make a pooled fit: a rater's
/// confusion is then learnt from all images that they have marked.
///
/// # Errors
/// No rater.
///
/// ```
/// use ndarray::Array3;
/// use scumble::fusion::{DawidSkeneOptions, Patterns, dawid_skene};
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let tissue = LabelSpace::new(Kind::Multiclass, ["none", "core", "rim"])?;
/// let mask = |marks: [u16; 6]| RaterMask::new(&tissue, Array3::from_shape_vec((1, 1, 6), marks.to_vec()).unwrap());
/// let masks = [
///     ("ann", mask([0, 0, 1, 1, 2, 2])?),
///     ("bob", mask([0, 0, 1, 1, 2, 2])?),
///     ("cat", mask([0, 1, 1, 2, 2, 0])?),
/// ];
/// let mut patterns = Patterns::new(&tissue);
/// patterns.add(&masks)?;
/// let fit = dawid_skene(&patterns, &DawidSkeneOptions::default())?;
/// let rises = fit.estimates()[0].log_likelihood.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12);
/// assert!(rises);
/// assert!(fit.map(&masks)?.probabilities()[[0, 0, 1]] > 0.99);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn dawid_skene(patterns: &Patterns, options: &DawidSkeneOptions) -> Result<Fit, FusionError> {
    Fit::new(patterns, |_| Prior::Estimated, options.iterations, options.disputed_only)
}
