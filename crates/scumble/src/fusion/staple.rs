//! STAPLE.

use super::em::Prior;
use super::error::FusionError;
use super::fit::Fit;
use super::patterns::Patterns;
use crate::labels::{Kind, LabelSpace};

/// What [`staple`] may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct StapleOptions {
    /// Probability of the classes before anybody has looked, kept through all iterations: one number for
    /// binary labels, one a class (or one for all) for multilabel, K that sum to 1 for multiclass. None: the
    /// frequency of the marks.
    pub prior: Option<Vec<f64>>,
    /// Iterations at most (at least 1).
    pub iterations: u32,
    /// Learn from those pixels alone on which raters differ; where all agree, the map is their mark.
    pub disputed_only: bool,
}

impl Default for StapleOptions {
    fn default() -> Self {
        Self { prior: None, iterations: 10_000, disputed_only: false }
    }
}

impl StapleOptions {
    /// Whether the prior is one of such labels.
    ///
    /// # Errors
    /// Too many or too few; one that is not between 0 and 1, both excluded; another sum than 1.
    pub fn check(&self, space: &LabelSpace) -> Result<(), FusionError> {
        let Some(prior) = &self.prior else { return Ok(()) };
        let (kind, classes) = (space.kind(), space.count());
        let sum: f64 = prior.iter().sum();
        let needed = match kind {
            _ if !prior.iter().all(|p| *p > 0.0 && *p < 1.0) => {
                "probabilities between 0 and 1, both excluded"
            }
            Kind::Binary if prior.len() != 1 => "one number",
            Kind::Multilabel if ![1, classes].contains(&prior.len()) => "one number, or one for each class",
            Kind::Multiclass if prior.len() != classes => "one number for each class",
            Kind::Multiclass if (sum - 1.0).abs() > 1e-6 => "numbers that sum to 1",
            _ => return Ok(()),
        };
        Err(FusionError::Prior { found: prior.clone(), kind, classes, needed })
    }
}

/// STAPLE (Warfield, Zou and Wells 2004): one hidden truth and each rater's sensitivity and specificity, by
/// expectation maximisation with a fixed prior.
///
/// As ITK's `STAPLEImageFilter` runs it: the prior is the mean vote g, the first weights are the mean votes,
/// and it ends when no parameter's squared change exceeds 1e-14. With w the probability that a pixel is in, D
/// a rater's mark, p sensitivity and q specificity:
///
/// ```text
/// p = sum w D / sum w        q = sum (1 - w) (1 - D) / sum (1 - w)
/// a = g prod p^D (1 - p)^(1 - D)      b = (1 - g) prod q^(1 - D) (1 - q)^D      w = a / (a + b)
/// ```
///
/// Several classes have a confusion matrix in place of p and q, and the full posterior comes out. Where
/// raters are missing, only those who have seen a pixel have a factor.
///
/// Where no mask has any class-1 pixel ITK answers NaN. Here a state that nobody marks has the prior 0, so
/// the posterior is 0 there, and the sensitivity, of which nothing can be known, is None.
///
/// # Errors
/// No rater; a prior that is no distribution or is 0 or 1 for a class.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::{Patterns, StapleOptions, staple};
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let mask = |row: [bool; 6]| RaterMask::from_mask(array![row].view());
/// let masks = [
///     ("ann", mask([true, true, true, false, false, false])),
///     ("bob", mask([true, true, true, false, false, false])),
///     ("cat", mask([true, false, false, true, true, false])),
/// ];
/// let mut patterns = Patterns::new(&LabelSpace::new(Kind::Binary, ["lesion"])?);
/// patterns.add(&masks)?;
/// let fit = staple(&patterns, &StapleOptions::default())?;
/// // Two who always agree are believed: the mean would say 2/3 of the second pixel.
/// assert!(fit.map(&masks)?.probabilities()[[0, 0, 1]] > 0.99);
/// assert!(fit.estimates()[0].raters[2].sensitivity() < Some(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn staple(patterns: &Patterns, options: &StapleOptions) -> Result<Fit, FusionError> {
    let space = patterns.space();
    options.check(space)?;
    let prior = |group: usize| match &options.prior {
        None => Prior::Frequencies,
        Some(given) if space.kind() == Kind::Multiclass => Prior::Given(given.clone()),
        Some(given) => {
            let yes = given[group.min(given.len() - 1)];
            Prior::Given(vec![1.0 - yes, yes])
        }
    };
    Fit::new(patterns, prior, options.iterations, options.disputed_only)
}
