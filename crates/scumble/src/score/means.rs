//! Means that there may be none of.

use super::numbers::Numbers;

/// A weighted mean; `None` where nothing weighs.
pub(super) fn per(sum: f64, weight: f64) -> Option<f64> {
    (weight > 0.0).then(|| sum / weight)
}

/// The mean of those that exist.
pub(crate) fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let known: Vec<f64> = values.flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// A mean that grows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct RunningMean {
    sum: f64,
    pub(super) count: u64,
}

impl RunningMean {
    pub(super) fn add(&mut self, value: f64) {
        self.merge(&Self { sum: value, count: 1 });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add_times(other, 1);
    }

    pub(super) fn add_times(&mut self, other: &Self, times: u32) {
        self.sum += f64::from(times) * other.sum;
        self.count += u64::from(times) * other.count;
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        numbers.real(&mut self.sum);
        numbers.count(&mut self.count);
    }

    pub(super) fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}
