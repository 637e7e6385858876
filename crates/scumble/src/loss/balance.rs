//! Weights of a label's two sides, and how far they move the best logit.

use serde::{Deserialize, Serialize};

/// Weights of the two sides of a binary soft label: what says yes counts `positive`, what says no `negative`.
///
/// The loss of label t becomes `-(positive t ln s + negative (1-t) ln(1-s))`. That is [`weight`](Self::weight) times
/// the plain loss of the label [`target`](Self::target), whose logit is that of t moved by [`shift`](Self::shift):
/// a classifier trained with these weights is calibrated once the shift is taken off its logits.
///
/// ```
/// use scumble::loss::Balance;
///
/// // Three pixels of four are background: a positive one counts three times as much.
/// let balance = Balance::of(1.0, 3.0);
/// assert_eq!((balance.positive, balance.negative), (0.75, 0.25));
/// assert!((balance.shift() - 3f64.ln()).abs() < 1e-15);
/// let moved = balance.target(0.2);
/// assert!(((moved / (1.0 - moved)).ln() - (0.2f64 / 0.8).ln() - balance.shift()).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Weight of what says yes.
    pub positive: f64,
    /// Weight of what says no.
    pub negative: f64,
}

impl Balance {
    /// Both sides as they are.
    pub const EVEN: Self = Self { positive: 1.0, negative: 1.0 };

    /// The weights that give both sides the same mass: each side's is the other's share.
    ///
    /// With hard labels, and the numbers of positive and negative pixels as masses, this is HED's
    /// (Xie and Tu 2015, "Holistically-nested edge detection", eq. 2: beta = |Y-|/|Y| and 1 - beta). Without any
    /// mass both are 1/2.
    pub fn of(positive: f64, negative: f64) -> Self {
        let all = positive + negative;
        if all > 0.0 {
            Self { positive: negative / all, negative: positive / all }
        } else {
            Self { positive: 0.5, negative: 0.5 }
        }
    }

    /// What a label of t weighs: positive t + negative (1-t).
    pub fn weight(self, t: f64) -> f64 {
        self.positive * t + self.negative * (1.0 - t)
    }

    /// The prediction at which the weighted loss of label t is least: positive t / weight(t), t without weight.
    pub fn target(self, t: f64) -> f64 {
        let weight = self.weight(t);
        if weight == 0.0 { t } else { self.positive * t / weight }
    }

    /// How far the weights move the best logit: ln(positive / negative), infinite where one side weighs nothing.
    pub fn shift(self) -> f64 {
        if self.positive == self.negative { 0.0 } else { (self.positive / self.negative).ln() }
    }
}
