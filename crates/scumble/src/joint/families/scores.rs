//! The pairwise and the powerset family: a score for each state, normalised over all of them.

use crate::joint::lanes::{Lanes, ZERO, add, each, halves, rows, total};
use crate::joint::links::{Links, PairOrder};
use crate::joint::state_costs::{StateCosts, normalise};

/// Fields and couplings on y in {0, 1}: s(y) = sum a_i y_i + sum J_ij y_i y_j, normalised over all states.
pub(in crate::joint) struct Pairwise {
    links: Links,
    levels: Vec<Lanes>,
    probabilities: Vec<Lanes>,
}

impl Pairwise {
    pub(in crate::joint) fn new(labels: usize) -> Self {
        let links = Links { labels, order: PairOrder::Upper };
        Self { links, levels: rows(1 << labels), probabilities: rows(1 << labels) }
    }
}

impl StateCosts for Pairwise {
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]) {
        self.links.spread(parameters, &mut self.levels);
        costs[0] = ZERO;
        for label in 0..self.links.labels {
            let (without, with) = halves(costs, label);
            let level = &self.levels[1 << label..2 << label];
            for ((with, without), eta) in with.iter_mut().zip(without.iter()).zip(level) {
                *with = *without;
                add(with, eta);
            }
        }
        normalise(costs, &mut self.probabilities);
    }

    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]) {
        slope_of_scores(&self.probabilities, p);
        for label in (0..self.links.labels).rev() {
            let (without, with) = halves(p, label);
            self.levels[1 << label..2 << label].copy_from_slice(with);
            for (without, with) in without.iter_mut().zip(with.iter()) {
                add(without, with);
            }
        }
        self.links.gather(&mut self.levels, slope);
    }
}

/// A logit a label set: the softmax over 2^K states.
pub(in crate::joint) struct Powerset {
    probabilities: Vec<Lanes>,
}

impl Powerset {
    pub(in crate::joint) fn new(labels: usize) -> Self {
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
pub(in crate::joint) fn slope_of_scores(q: &[Lanes], p: &mut [Lanes]) {
    let mass = total(p);
    for (p, q) in p.iter_mut().zip(q) {
        *p = each(|l| mass[l] * q[l] - p[l]);
    }
}
