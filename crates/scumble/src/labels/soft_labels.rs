//! The soft label of one image.

use super::error::LabelError;
use super::kind::Kind;
use super::space::check_maps;
use super::votes::Votes;
use ndarray::{Array3, ArrayView2, ArrayView3, Axis, Slice, Zip};
use std::ops::Range;

/// The soft label of one image: a probability for each class at each pixel.
///
/// Probabilities are [K, H, W]: K = 1 for binary labels (the probability of class 1), K maps that sum to 1 for
/// multiclass, K separate maps for multilabel. Beside them: which pixels are valid, [G, H, W] with G = K for
/// multilabel and 1 otherwise; optional pixel weights of that shape; the raters' votes where they are known.
///
/// A value of this type has been checked: every valid probability is in 0..1 and exclusive classes sum to 1.
/// Nothing is ever rounded or made hard on the way.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, SoftLabels};
///
/// // Left pixel: 40 % of it is water.
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.4, 1.0]]])?;
/// assert_eq!(labels.size(), (1, 2));
/// let wrong = SoftLabels::new(Kind::Binary, array![[[0.0, 255.0]]]).unwrap_err();
/// assert!(wrong.to_string().contains("row 0, column 1: 255 is no probability"));
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SoftLabels {
    pub(super) kind: Kind,
    pub(super) probabilities: Array3<f32>,
    pub(super) valid: Array3<bool>,
    pub(super) weights: Option<Array3<f32>>,
    pub(super) votes: Option<Votes>,
}

/// How far the classes of a float label may be from 1 in sum: the rounding of f32 over many classes.
const SUM_TOLERANCE: f64 = 1e-3;
/// How far a probability may be outside 0..1, as sums and resampling in f32 leave it. It is then 0 or 1.
const RANGE_TOLERANCE: f32 = 1e-5;

impl SoftLabels {
    /// Checks probabilities [K, H, W] and takes them as they are. Every pixel is valid.
    ///
    /// A value outside 0..1 by at most 0.00001, as sums in f32 leave it, becomes 0 or 1. Exclusive classes whose sum differs from 1 by at most 0.001, and by more than f32 rounds, are divided by it.
    ///
    /// # Errors
    /// A value further outside 0..1 or NaN, classes that do not sum to 1, a number of maps that the kind cannot have.
    pub fn new(kind: Kind, probabilities: Array3<f32>) -> Result<Self, LabelError> {
        let valid = all_valid(kind, &probabilities);
        Self::checked(kind, probabilities, valid, SUM_TOLERANCE)
    }

    /// Like [`new`](Self::new), but NaN means: ignore this pixel (multilabel: this class at this pixel).
    ///
    /// `tolerance` is how far exclusive classes may be from 1 in sum; quantised files need K/2 steps.
    ///
    /// # Errors
    /// As [`new`](Self::new); a multiclass pixel that is NaN in some classes only is an error, too.
    pub fn with_ignored(
        kind: Kind,
        mut probabilities: Array3<f32>,
        tolerance: Option<f64>,
    ) -> Result<Self, LabelError> {
        let mut valid = all_valid(kind, &probabilities);
        let partial = |valid: &Array3<bool>, class: usize, row: usize, column: usize, nan: bool| {
            kind == Kind::Multiclass && class > 0 && valid[[0, row, column]] == nan
        };
        for ((class, row, column), p) in probabilities.indexed_iter_mut() {
            if partial(&valid, class, row, column, p.is_nan()) {
                return Err(LabelError::NotANumber { class, row, column });
            }
            if p.is_nan() {
                let group = if kind == Kind::Multilabel { class } else { 0 };
                valid[[group, row, column]] = false;
                *p = 0.0;
            }
        }
        Self::checked(kind, probabilities, valid, tolerance.unwrap_or(SUM_TOLERANCE))
    }

    fn checked(
        kind: Kind,
        mut probabilities: Array3<f32>,
        valid: Array3<bool>,
        tolerance: f64,
    ) -> Result<Self, LabelError> {
        let classes = probabilities.dim().0;
        check_maps(kind, classes)?;
        let mut strays = false;
        for ((class, row, column), &value) in probabilities.indexed_iter() {
            if value.is_nan() {
                return Err(LabelError::NotANumber { class, row, column });
            }
            if !(0.0..=1.0).contains(&value) {
                if !(-RANGE_TOLERANCE..=1.0 + RANGE_TOLERANCE).contains(&value) {
                    let maximum = probabilities.iter().copied().fold(0.0, f32::max);
                    return Err(LabelError::OutOfRange { class, row, column, value, maximum });
                }
                strays = true;
            }
        }
        if strays {
            probabilities.mapv_inplace(|p| p.clamp(0.0, 1.0));
        }
        if kind == Kind::Multiclass {
            let width = probabilities.dim().2;
            for (at, (mut pixel, &valid)) in
                probabilities.lanes_mut(Axis(0)).into_iter().zip(&valid).enumerate()
            {
                let sum: f64 = pixel.iter().map(|&p| f64::from(p)).sum();
                if valid && (sum - 1.0).abs() > tolerance {
                    return Err(LabelError::Sum { row: at / width, column: at % width, sum, classes });
                }
                // Within the rounding of f32 the sum is 1: what softmax wrote is read back bit for bit.
                if valid && (sum - 1.0).abs() > classes as f64 * f64::from(f32::EPSILON) {
                    pixel.mapv_inplace(|p| (f64::from(p) / sum) as f32);
                }
            }
        }
        Ok(Self { kind, probabilities, valid, weights: None, votes: None })
    }

    /// A label of parts that fit together by construction.
    pub(crate) fn assembled(kind: Kind, probabilities: Array3<f32>, valid: Array3<bool>) -> Self {
        Self { kind, probabilities, valid, weights: None, votes: None }
    }

    /// A hard binary mask [H, W].
    pub fn from_mask(mask: ArrayView2<'_, bool>) -> Self {
        let probabilities = mask.mapv(|on| f32::from(u8::from(on))).insert_axis(Axis(0));
        let valid = all_valid(Kind::Binary, &probabilities);
        Self { kind: Kind::Binary, probabilities, valid, weights: None, votes: None }
    }

    /// A map [H, W] of class indices 0 to `classes` - 1 as a multiclass label of zeros and ones.
    ///
    /// # Errors
    /// An index beyond the classes; fewer than two classes.
    pub fn from_indices(indices: ArrayView2<'_, u16>, classes: usize) -> Result<Self, LabelError> {
        let (height, width) = indices.dim();
        let mut probabilities = Array3::zeros((classes, height, width));
        for ((row, column), &index) in indices.indexed_iter() {
            if usize::from(index) >= classes {
                return Err(LabelError::Index { row, column, index, classes });
            }
            probabilities[[usize::from(index), row, column]] = 1.0;
        }
        Self::new(Kind::Multiclass, probabilities)
    }

    /// The frequency of opinion k/n of counted votes, which are kept. Pixels without a vote are not valid.
    pub fn from_votes(votes: Votes) -> Self {
        let total = votes.total();
        let shape = votes.yes().dim();
        let spread = total.broadcast(shape).expect("votes have 1 or K totals");
        let probabilities = Zip::from(votes.yes())
            .and(spread)
            .map_collect(|&k, &n| if n == 0 { 0.0 } else { (f64::from(k) / f64::from(n)) as f32 });
        let valid = total.mapv(|n| n > 0);
        Self { kind: votes.kind(), probabilities, valid, weights: None, votes: Some(votes) }
    }

    /// Leaves out every pixel where `ignore` [H, W] is true.
    ///
    /// # Errors
    /// Another shape.
    pub fn ignore(&mut self, ignore: ArrayView2<'_, bool>) -> Result<(), LabelError> {
        let ignore = ignore
            .broadcast(self.valid.dim())
            .filter(|_| ignore.dim() == self.size())
            .ok_or_else(|| self.wrong_shape("the map of ignored pixels", ignore.shape()))?;
        Zip::from(&mut self.valid).and(ignore).for_each(|valid, &ignore| *valid &= !ignore);
        Ok(())
    }

    /// Gives each pixel a weight, [H, W], finite and not negative.
    ///
    /// # Errors
    /// Another shape, a negative weight, one that is not finite.
    pub fn weigh(&mut self, weights: ArrayView2<'_, f32>) -> Result<(), LabelError> {
        if let Some(((row, column), &value)) =
            weights.indexed_iter().find(|(_, w)| !w.is_finite() || **w < 0.0)
        {
            return Err(LabelError::Weight { row, column, value });
        }
        let spread = weights
            .broadcast(self.valid.dim())
            .filter(|_| weights.dim() == self.size())
            .ok_or_else(|| self.wrong_shape("the weights", weights.shape()))?;
        self.weights = Some(spread.to_owned());
        Ok(())
    }

    /// Puts the counted opinions beside a label that was made of them, so that it can weigh by their number.
    ///
    /// The probabilities stay as they are: a majority is not the frequency of opinion.
    ///
    /// # Errors
    /// Votes of another kind, number of classes or size.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels, Votes};
    ///
    /// let labels = SoftLabels::new(Kind::Binary, array![[[1.0, 0.0]]])?;
    /// let votes = Votes::from_counts(Kind::Binary, array![[[2, 0]]], array![[[3, 3]]])?;
    /// let labels = labels.with_votes(votes)?;
    /// assert_eq!(labels.effective_weights(true), array![[[3.0, 3.0]]]);
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn with_votes(self, votes: Votes) -> Result<Self, LabelError> {
        let (found, expected) = (votes.yes().shape().to_vec(), self.probabilities.shape().to_vec());
        if votes.kind() != self.kind || found != expected {
            return Err(LabelError::Shape { what: "the rater counts", found, expected });
        }
        Ok(Self { votes: Some(votes), ..self })
    }

    /// The same label of some rows alone, with their votes and weights.
    ///
    /// # Panics
    /// Rows beyond the label.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels};
    ///
    /// let labels = SoftLabels::new(Kind::Binary, array![[[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]])?;
    /// assert_eq!(labels.rows(1..2), SoftLabels::new(Kind::Binary, array![[[0.3, 0.4]]])?);
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn rows(&self, rows: Range<usize>) -> Self {
        fn part<T: Clone>(maps: &Array3<T>, rows: &Range<usize>) -> Array3<T> {
            maps.slice_axis(Axis(1), Slice::from(rows.clone())).to_owned()
        }
        let votes = |votes: &Votes| Votes {
            kind: votes.kind,
            yes: part(&votes.yes, &rows),
            total: part(&votes.total, &rows),
        };
        Self {
            kind: self.kind,
            probabilities: part(&self.probabilities, &rows),
            valid: part(&self.valid, &rows),
            weights: self.weights.as_ref().map(|weights| part(weights, &rows)),
            votes: self.votes.as_ref().map(votes),
        }
    }

    fn wrong_shape(&self, what: &'static str, found: &[usize]) -> LabelError {
        let (height, width) = self.size();
        LabelError::Shape { what, found: found.to_vec(), expected: vec![height, width] }
    }

    /// Binary, multiclass or multilabel.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// K, the number of maps (1 for binary labels).
    pub fn classes(&self) -> usize {
        self.probabilities.dim().0
    }

    /// (height, width) in pixels.
    pub fn size(&self) -> (usize, usize) {
        let (_, height, width) = self.probabilities.dim();
        (height, width)
    }

    /// Probabilities [K, H, W]; 0 where ignored by NaN.
    pub fn probabilities(&self) -> ArrayView3<'_, f32> {
        self.probabilities.view()
    }

    /// The same, for whoever needs nothing else of the label.
    pub fn into_probabilities(self) -> Array3<f32> {
        self.probabilities
    }

    /// Which pixels count, [G, H, W].
    pub fn valid(&self) -> ArrayView3<'_, bool> {
        self.valid.view()
    }

    /// The pixel weights given by the user, [G, H, W].
    pub fn weights(&self) -> Option<ArrayView3<'_, f32>> {
        self.weights.as_ref().map(|w| w.view())
    }

    /// The counted opinions behind the label, if it came from raters.
    pub fn votes(&self) -> Option<&Votes> {
        self.votes.as_ref()
    }

    /// What each pixel weighs in loss and score, [G, H, W]: 0 where not valid, else the user's weight (or 1),
    /// times the number of raters if `by_raters` and it is known. The latter makes the cross entropy the
    /// negative log likelihood of the raters' votes.
    pub fn effective_weights(&self, by_raters: bool) -> Array3<f32> {
        let mut weights = match &self.weights {
            Some(weights) => weights.clone(),
            None => Array3::ones(self.valid.dim()),
        };
        if by_raters && let Some(votes) = &self.votes {
            Zip::from(&mut weights).and(votes.total()).for_each(|w, &n| *w *= f32::from(n));
        }
        Zip::from(&mut weights).and(&self.valid).for_each(|w, &valid| {
            if !valid {
                *w = 0.0;
            }
        });
        weights
    }
}

impl Votes {
    /// The frequency of opinion k/n, with the counts kept; pixels that nobody judged are not valid.
    pub fn into_labels(self) -> SoftLabels {
        SoftLabels::from_votes(self)
    }
}

fn all_valid(kind: Kind, probabilities: &Array3<f32>) -> Array3<bool> {
    let (classes, height, width) = probabilities.dim();
    Array3::from_elem((kind.groups(classes), height, width), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::raters::RaterMask;
    use crate::labels::space::space;
    use ndarray::array;

    #[test]
    fn bad_values_are_refused_with_their_pixel() {
        let value = SoftLabels::new(Kind::Binary, array![[[0.0, 0.5], [1.5, 0.0]]]).unwrap_err();
        assert_eq!(value, LabelError::OutOfRange { class: 0, row: 1, column: 0, value: 1.5, maximum: 1.5 });
        let nan = SoftLabels::new(Kind::Binary, array![[[0.0, f32::NAN]]]).unwrap_err();
        assert_eq!(nan, LabelError::NotANumber { class: 0, row: 0, column: 1 });
        let sum = SoftLabels::new(Kind::Multiclass, array![[[0.5]], [[0.2]]]).unwrap_err();
        assert!(matches!(sum, LabelError::Sum { row: 0, column: 0, .. }), "{sum}");
        let maps = SoftLabels::new(Kind::Binary, array![[[0.5]], [[0.5]]]).unwrap_err();
        assert!(matches!(maps, LabelError::Classes { found: 2, .. }), "{maps}");
        assert!(SoftLabels::new(Kind::Binary, array![[[f32::INFINITY]]]).is_err());
        assert!(SoftLabels::new(Kind::Binary, array![[[-0.1]]]).is_err());
    }

    #[test]
    fn what_rounding_leaves_outside_is_0_or_1_and_nothing_else_is() {
        let near = array![[[-1e-8, 1.000_000_1, -1e-5, 1.000_009_5, 0.3]]];
        let labels = SoftLabels::new(Kind::Binary, near).unwrap();
        assert_eq!(labels.probabilities(), array![[[0.0, 1.0, 0.0, 1.0, 0.3]]]);
        for far in [-1.1e-5, 1.000_02, -1.0, 2.0, f32::NEG_INFINITY] {
            let error = SoftLabels::new(Kind::Binary, array![[[0.5, far]]]).unwrap_err();
            assert!(matches!(error, LabelError::OutOfRange { column: 1, .. }), "{error}");
        }
        // Exclusive classes still sum to 1.
        let classes = SoftLabels::new(Kind::Multiclass, array![[[-1e-6]], [[1.000_001]]]).unwrap();
        assert_eq!(classes.probabilities(), array![[[0.0]], [[1.0]]]);
    }

    #[test]
    fn nan_means_ignore_where_that_is_asked_for() {
        let labels =
            SoftLabels::with_ignored(Kind::Multilabel, array![[[f32::NAN, 0.2]], [[0.7, 0.1]]], None)
                .unwrap();
        assert_eq!(labels.valid(), array![[[false, true]], [[true, true]]]);
        let partial = SoftLabels::with_ignored(Kind::Multiclass, array![[[f32::NAN]], [[0.7]]], None);
        assert!(matches!(partial, Err(LabelError::NotANumber { class: 1, .. })));
        let whole =
            SoftLabels::with_ignored(Kind::Multiclass, array![[[f32::NAN]], [[f32::NAN]]], None).unwrap();
        assert_eq!(whole.valid(), array![[[false]]]);
    }

    #[test]
    fn hard_labels_pass_unchanged() {
        let labels = SoftLabels::from_indices(array![[0, 2], [1, 0]].view(), 3).unwrap();
        assert_eq!(labels.probabilities().sum_axis(Axis(0)), array![[1.0, 1.0], [1.0, 1.0]]);
        assert_eq!(labels.pixel_entropy().sum(), 0.0);
        assert!(SoftLabels::from_indices(array![[0, 3]].view(), 3).is_err());
    }

    #[test]
    fn weights_fold_validity_and_raters() {
        let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 2));
        for on in [true, false, true] {
            votes.add(&RaterMask::from_mask(array![[on, on]].view())).unwrap();
        }
        let mut labels = votes.into_labels();
        labels.weigh(array![[2.0, 5.0]].view()).unwrap();
        labels.ignore(array![[false, true]].view()).unwrap();
        assert_eq!(labels.effective_weights(true), array![[[6.0, 0.0]]]);
        assert_eq!(labels.effective_weights(false), array![[[2.0, 0.0]]]);
    }
}
