//! Isotonic regression: rising maps of probabilities.

use super::CalibrateError;
use serde::{Deserialize, Serialize};

/// A rising map of probabilities: linear between its points, level beyond the first and the last.
///
/// Fitted to soft labels it is the rising map of least weighted squared error, found by pooling adjacent
/// violators (Ayer et al. 1955); that map has the greatest likelihood as well (Robertson, Wright and Dykstra
/// 1988, theorem 1.5.2). Predictions that share a value are pooled first. At every prediction fitted to, the
/// map has its pool's weighted mean label.
///
/// ```
/// use scumble::calibrate::Isotonic;
///
/// // (prediction, soft label, weight)
/// let map = Isotonic::fit([(0.1, 0.0, 1.0), (0.4, 0.6, 1.0), (0.5, 0.2, 1.0), (0.9, 1.0, 1.0)]).unwrap();
/// assert_eq!([0.0, 0.4, 0.5, 0.7, 1.0].map(|q| map.at(q)), [0.0, 0.4, 0.4, 0.7, 1.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Isotonic {
    /// Where the points are, rising.
    x: Vec<f64>,
    /// Their values, not falling.
    y: Vec<f64>,
}

/// Predictions that share a fitted value.
struct Pool {
    first: f64,
    last: f64,
    weight: f64,
    /// Weighted sum of labels.
    label: f64,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.label / self.weight
    }
}

impl Isotonic {
    /// The map of (prediction, soft label, weight); `None` where no weight is above 0.
    pub fn fit(points: impl IntoIterator<Item = (f64, f64, f64)>) -> Option<Self> {
        let mut points: Vec<(f64, f64, f64)> = points.into_iter().filter(|point| point.2 > 0.0).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pools: Vec<Pool> = Vec::new();
        for equal in points.chunk_by(|a, b| a.0 == b.0) {
            let weight: f64 = equal.iter().map(|point| point.2).sum();
            let label: f64 = equal.iter().map(|point| point.2 * point.1).sum();
            let mut pool = Pool { first: equal[0].0, last: equal[0].0, weight, label };
            while let Some(before) = pools.pop_if(|before| before.mean() >= pool.mean()) {
                let (weight, label) = (before.weight + pool.weight, before.label + pool.label);
                pool = Pool { first: before.first, last: pool.last, weight, label };
            }
            pools.push(pool);
        }
        let ends = |pool: &Pool| {
            if pool.first == pool.last { vec![pool.first] } else { vec![pool.first, pool.last] }
        };
        let (x, y) = pools
            .iter()
            .flat_map(|pool| ends(pool).into_iter().map(|x| (x, pool.mean().clamp(0.0, 1.0))))
            .unzip();
        let map = Self { x, y };
        (!map.x.is_empty()).then_some(map)
    }

    /// The calibrated probability of a prediction.
    pub fn at(&self, prediction: f64) -> f64 {
        let above = self.x.partition_point(|&x| x <= prediction);
        match (above.checked_sub(1), self.x.get(above)) {
            (None, _) => self.y[0],
            (Some(last), None) => self.y[last],
            (Some(below), Some(next)) => {
                let share = (prediction - self.x[below]) / (next - self.x[below]);
                self.y[below] + share * (self.y[above] - self.y[below])
            }
        }
    }

    /// Its points, (prediction, calibrated probability).
    pub fn points(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        self.x.iter().copied().zip(self.y.iter().copied())
    }

    /// The same map kept `margin` away from 0 and 1.
    pub(super) fn within(mut self, margin: f64) -> Self {
        self.y.iter_mut().for_each(|y| *y = y.clamp(margin, 1.0 - margin));
        self
    }
}

/// The map as files have it, before its check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl From<Isotonic> for Stored {
    fn from(Isotonic { x, y }: Isotonic) -> Self {
        Self { x, y }
    }
}

impl TryFrom<Stored> for Isotonic {
    type Error = CalibrateError;

    fn try_from(Stored { x, y }: Stored) -> Result<Self, CalibrateError> {
        let rising = x.windows(2).all(|x| x[0] < x[1]) && y.windows(2).all(|y| y[0] <= y[1]);
        let probable = x.iter().all(|x| x.is_finite()) && y.iter().all(|y| (0.0..=1.0).contains(y));
        if x.is_empty() || x.len() != y.len() || !rising || !probable {
            return Err(CalibrateError::Damaged("the points of a map are no rising probabilities".into()));
        }
        Ok(Self { x, y })
    }
}
