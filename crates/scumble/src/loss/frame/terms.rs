//! How many terms a loss has, and what their sum is divided by.

use super::report::{Loss, factor};
use crate::loss::options::Denominator;

/// The terms of one loss, counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(super) denominator: Denominator,
    pub(super) images: usize,
    /// In all, masked or not.
    pub(super) all: u64,
    /// What the mask leaves in.
    pub(super) valid: u64,
    /// Only looked at where it is the denominator.
    pub(super) weight_sum: f64,
}

impl Terms {
    /// What the sum is divided by.
    fn divisor(&self) -> f64 {
        match self.denominator {
            Denominator::Valid => self.valid as f64,
            Denominator::All => self.all as f64,
            Denominator::Batch => self.images as f64,
            Denominator::Weights => self.weight_sum,
            Denominator::None => 1.0,
        }
    }

    /// What a gradient is multiplied by.
    pub(crate) fn scale(&self) -> f64 {
        factor(self.divisor(), self.valid)
    }

    /// The loss of which this is the sum, with the sum of the floors.
    pub(crate) fn report(&self, sum: f64, floor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, self.divisor(), self.valid)
    }
}
