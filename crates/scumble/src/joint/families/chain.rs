//! The chain family: each label given those before it, a tree of logistic conditionals.

use crate::joint::lanes::{Lanes, ZERO, each, exp, halves, ln_1p, rows};
use crate::joint::links::{Links, PairOrder};
use crate::joint::state_costs::StateCosts;

/// Each label given those before it: a tree of 2^K - 1 logistic conditionals.
pub(in crate::joint) struct Chain {
    links: Links,
    /// The conditional logit of label i given y, at 2^i + y; so the two below.
    levels: Vec<Lanes>,
    /// exp(-|logit|).
    decays: Vec<Lanes>,
    /// ln(1 + exp(-|logit|)).
    logs: Vec<Lanes>,
}

impl Chain {
    pub(in crate::joint) fn new(labels: usize) -> Self {
        let states = 1 << labels;
        let links = Links { labels, order: PairOrder::Lower };
        Self { links, levels: rows(states), decays: rows(states), logs: rows(states) }
    }
}

impl StateCosts for Chain {
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]) {
        // `back` leaves slopes in place 0 and everywhere else; 0 keeps the exponentials below in their range.
        self.levels[0] = ZERO;
        self.links.spread(parameters, &mut self.levels);
        for (decay, eta) in self.decays.iter_mut().zip(&self.levels) {
            *decay = each(|l| -eta[l].abs());
        }
        exp(&mut self.decays);
        self.logs.copy_from_slice(&self.decays);
        ln_1p(&mut self.logs);
        costs[0] = ZERO;
        for label in 0..self.links.labels {
            let (without, with) = halves(costs, label);
            let nodes = 1 << label..2 << label;
            let nodes = self.levels[nodes.clone()].iter().zip(&self.logs[nodes]);
            for ((without, with), (eta, log)) in without.iter_mut().zip(with).zip(nodes) {
                *with = each(|l| without[l] + ((-eta[l]).max(0.0) + log[l]));
                *without = each(|l| without[l] + (eta[l].max(0.0) + log[l]));
            }
        }
    }

    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]) {
        for label in (0..self.links.labels).rev() {
            let (without, with) = halves(p, label);
            let nodes = 1 << label..2 << label;
            let nodes = self.levels[nodes.clone()].iter_mut().zip(&self.decays[nodes]);
            for ((without, with), (eta, decay)) in without.iter_mut().zip(with.iter()).zip(nodes) {
                *eta = each(|l| {
                    let (large, small) = (1.0 / (1.0 + decay[l]), decay[l] / (1.0 + decay[l]));
                    let (yes, no) = if eta[l] > 0.0 { (large, small) } else { (small, large) };
                    without[l] * yes - with[l] * no
                });
                *without = each(|l| without[l] + with[l]);
            }
        }
        self.links.gather(&mut self.levels, slope);
    }
}
