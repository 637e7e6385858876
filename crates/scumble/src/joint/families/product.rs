//! A product of Bernoullis: the independent family, and a component of a mixture.

use crate::joint::lanes::{Lanes, ZERO, add, each, exp, halves, ln_1p, rows, total};
use crate::joint::state_costs::StateCosts;

/// A product of K Bernoullis with logits x: the independent family, and a component of a mixture.
#[derive(Clone)]
pub(in crate::joint) struct Product {
    /// What a label costs where it is set, ln(1 + exp(-x)).
    pub(in crate::joint) set: Vec<Lanes>,
    /// What it costs where it is not, ln(1 + exp(x)).
    pub(in crate::joint) unset: Vec<Lanes>,
    /// sigmoid(x).
    pub(in crate::joint) yes: Vec<Lanes>,
    /// sigmoid(-x).
    pub(in crate::joint) no: Vec<Lanes>,
}

impl Product {
    pub(in crate::joint) fn new(labels: usize) -> Self {
        Self { set: rows(labels), unset: rows(labels), yes: rows(labels), no: rows(labels) }
    }

    /// Takes logits.
    pub(in crate::joint) fn load(&mut self, x: &[Lanes]) {
        for (decay, x) in self.set.iter_mut().zip(x) {
            *decay = each(|l| -x[l].abs());
        }
        exp(&mut self.set);
        self.unset.copy_from_slice(&self.set);
        ln_1p(&mut self.unset);
        for (label, x) in x.iter().enumerate() {
            let (decay, log) = (self.set[label], self.unset[label]);
            let large = each(|l| 1.0 / (1.0 + decay[l]));
            let small = each(|l| decay[l] / (1.0 + decay[l]));
            self.yes[label] = each(|l| if x[l] > 0.0 { large[l] } else { small[l] });
            self.no[label] = each(|l| if x[l] > 0.0 { small[l] } else { large[l] });
            self.set[label] = each(|l| (-x[l]).max(0.0) + log[l]);
            self.unset[label] = each(|l| x[l].max(0.0) + log[l]);
        }
    }

    /// `costs[y] = -ln q(y)` for all states.
    pub(in crate::joint) fn state_costs(&self, costs: &mut [Lanes]) {
        costs[0] = ZERO;
        for (label, (set, unset)) in self.set.iter().zip(&self.unset).enumerate() {
            let (without, with) = halves(costs, label);
            for (without, with) in without.iter_mut().zip(with) {
                *with = *without;
                add(with, set);
                add(without, unset);
            }
        }
    }

    /// `sum_y p(y) d cost(y) / d x`; `p` is used up.
    pub(in crate::joint) fn state_slopes(&self, p: &mut [Lanes], slope: &mut [Lanes]) {
        for label in (0..slope.len()).rev() {
            let (without, with) = halves(p, label);
            let (off, on) = (total(without), total(with));
            let (yes, no) = (&self.yes[label], &self.no[label]);
            slope[label] = each(|l| off[l] * yes[l] - on[l] * no[l]);
            for (without, with) in without.iter_mut().zip(with.iter()) {
                add(without, with);
            }
        }
    }
}

impl StateCosts for Product {
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]) {
        self.load(parameters);
        self.state_costs(costs);
    }

    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]) {
        self.state_slopes(p, slope);
    }
}
