//! The loss as a number with all that is needed to read it.

use crate::loss::options::Denominator;
use serde::Serialize;
use std::fmt;

/// A cross entropy with all that is needed to read it.
///
/// H(p, q) = H(p) + KL(p || q): the floor H(p) is what no classifier gets below, the excess KL is what this one
/// could still gain. A loss of 0.31 over a floor of 0.30 is nearly perfect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Loss {
    /// The weighted sum of the cross entropies divided by `divisor`, in nats.
    pub value: f64,
    /// The least that `value` could be with these targets and weights; NaN where it was not asked for.
    pub floor: f64,
    /// `value - floor`.
    pub excess: f64,
    /// What the sum is divided by, by name.
    pub denominator: Denominator,
    /// What the sum is divided by.
    pub divisor: f64,
    /// Elements (independent classes) or pixels (exclusive classes) that were counted.
    pub valid: u64,
}

impl Loss {
    /// Divides; without a valid pixel value, floor and excess are 0.
    pub(super) fn new(sum: f64, floor: f64, denominator: Denominator, divisor: f64, valid: u64) -> Self {
        let factor = factor(divisor, valid);
        let (value, floor) = if factor == 0.0 { (0.0, 0.0) } else { (sum * factor, floor * factor) };
        Self { value, floor, excess: value - floor, denominator, divisor, valid }
    }

    /// True if nothing was valid: the value 0 then means "no pixel", not "perfect".
    pub fn is_empty(&self) -> bool {
        self.valid == 0
    }
}

/// 1 / divisor, or 0 where there is nothing to divide.
pub(super) fn factor(divisor: f64, valid: u64) -> f64 {
    if valid == 0 || divisor <= 0.0 { 0.0 } else { 1.0 / divisor }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("0 (no valid pixel: nothing was judged)");
        }
        write!(
            f,
            "{:.6} (floor {:.6}, excess {:.6}; {} valid, divided by {})",
            self.value, self.floor, self.excess, self.valid, self.divisor
        )
    }
}
