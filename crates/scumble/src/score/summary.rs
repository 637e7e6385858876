//! Some values in a few numbers.

use super::quantile::quantile;
use serde::Serialize;

/// Some values in a few numbers.
///
/// ```
/// use scumble::score::Summary;
///
/// let found = Summary::of([4.0, 1.0, 2.0, 9.0]).unwrap();
/// assert_eq!((found.mean, found.median), (4.0, 3.0));
/// assert_eq!((found.lower_quartile, found.upper_quartile), (1.75, 5.25));
/// assert_eq!(Summary::of([]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Their mean.
    pub mean: f64,
    /// A quarter of them are below; linear between neighbours, as NumPy's quantiles are.
    pub lower_quartile: f64,
    /// Half of them are below.
    pub median: f64,
    /// Three quarters of them are below.
    pub upper_quartile: f64,
}

impl Summary {
    /// Of these values; `None` of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            mean: sorted.iter().sum::<f64>() / sorted.len() as f64,
            lower_quartile: quantile(&sorted, 0.25)?,
            median: quantile(&sorted, 0.5)?,
            upper_quartile: quantile(&sorted, 0.75)?,
        })
    }
}
