use super::lanes::{Lanes, each, rows, total};
use super::states::{StateCosts, normalise};

/// A logit a label set: the softmax over 2^K states.
pub(super) struct Powerset {
    probabilities: Vec<Lanes>,
}

impl Powerset {
    pub(super) fn new(labels: usize) -> Self {
        Self { probabilities: rows(1 << labels) }
    }
}

impl StateCosts for Powerset {
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]) {
        costs.copy_from_slice(parameters);
        normalise(costs, &mut self.probabilities);
    }

    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]) {
        slope_of_scores(&self.probabilities, p);
        slope.copy_from_slice(p);
    }
}

/// A slope p on the costs becomes A q - p on the scores behind them, with A = sum p.
pub(super) fn slope_of_scores(q: &[Lanes], p: &mut [Lanes]) {
    let mass = total(p);
    for (p, q) in p.iter_mut().zip(q) {
        *p = each(|l| mass[l] * q[l] - p[l]);
    }
}
