//! How boundary maps are judged.

use super::counts::{BoundaryCounts, counts};
use super::{BoundaryError, suppress_non_maxima};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// How boundary maps are judged; the default is what the benchmark does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoundaryOptions {
    /// How many thresholds: k / (n + 1) for k from 1 to n.
    pub thresholds: usize,
    /// How far apart two pixels may be and still be the same boundary, as a share of the image's diagonal.
    pub max_distance: f64,
    /// Suppress what is not the maximum across an edge, first: for maps whose edges are wide. See
    /// [`suppress_non_maxima`].
    pub suppress: bool,
    /// Thin the raters' maps, too. The benchmark takes them as they are: BSDS500's are thin.
    pub thin_raters: bool,
}

impl Default for BoundaryOptions {
    /// 99 thresholds, 0.0075 of the diagonal, the maps as they are.
    fn default() -> Self {
        Self { thresholds: 99, max_distance: 0.0075, suppress: false, thin_raters: false }
    }
}

impl BoundaryOptions {
    /// The thresholds, ascending.
    pub fn levels(&self) -> Vec<f64> {
        (1..=self.thresholds).map(|k| k as f64 / (self.thresholds + 1) as f64).collect()
    }

    /// Judges one image: counts at every threshold.
    ///
    /// `prediction` [H, W] is the strength of the boundary, 0 to 1; a pixel is predicted at a threshold where
    /// it is at least that. What is predicted is thinned and matched with each rater's marks.
    ///
    /// # Errors
    /// A prediction that is no probability (NaN is none), a map of another size, no rater, options out of
    /// range.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::score::boundary::BoundaryOptions;
    ///
    /// let prediction = array![[0.0, 0.8, 0.0], [0.0, 0.8, 0.0], [0.0, 0.3, 0.0]];
    /// let rater = prediction.mapv(|p: f32| p > 0.0);
    /// let options = BoundaryOptions { thresholds: 1, max_distance: 0.25, ..Default::default() };
    /// let counts = options.judge(prediction.view(), &[rater.view()])?;
    /// assert_eq!((counts[0].recall(), counts[0].precision()), (2.0 / 3.0, 1.0));
    /// # Ok::<(), scumble::score::boundary::BoundaryError>(())
    /// ```
    pub fn judge(
        &self,
        prediction: ArrayView2<'_, f32>,
        raters: &[ArrayView2<'_, bool>],
    ) -> Result<Vec<BoundaryCounts>, BoundaryError> {
        self.check(prediction, raters)?;
        let suppressed: Option<Array2<f32>> = self.suppress.then(|| suppress_non_maxima(prediction));
        let prediction = suppressed.as_ref().map_or(prediction, |map| map.view());
        let (height, width) = prediction.dim();
        let reach = self.max_distance * ((height * height + width * width) as f64).sqrt();
        let thinned: Option<Vec<Array2<bool>>> =
            self.thin_raters.then(|| raters.iter().map(|rater| super::thin(rater.view())).collect());
        let raters: Vec<_> = match &thinned {
            Some(maps) => maps.iter().map(|map| map.view()).collect(),
            None => raters.to_vec(),
        };
        Ok(counts(prediction, &raters, reach, &self.levels()))
    }

    fn check(
        &self,
        prediction: ArrayView2<'_, f32>,
        raters: &[ArrayView2<'_, bool>],
    ) -> Result<(), BoundaryError> {
        if self.thresholds == 0 {
            return Err(BoundaryError::NoThresholds);
        }
        if !(self.max_distance > 0.0 && self.max_distance <= 1.0) {
            return Err(BoundaryError::Reach(self.max_distance));
        }
        if raters.is_empty() {
            return Err(BoundaryError::NoRaters);
        }
        if let Some(((row, column), &value)) =
            prediction.indexed_iter().find(|(_, value)| !(0.0..=1.0).contains(*value))
        {
            return Err(BoundaryError::NotProbability { row, column, value });
        }
        match raters.iter().enumerate().find(|(_, map)| map.dim() != prediction.dim()) {
            Some((rater, map)) => {
                Err(BoundaryError::Shape { rater, found: map.dim(), expected: prediction.dim() })
            }
            None => Ok(()),
        }
    }
}
