//! The mixture family: what labels share is which component they come from.

use super::product::Product;
use crate::joint::lanes::{Lanes, ZERO, add, each, exp, ln, rows, total};
use crate::joint::state_costs::{StateCosts, normalise};

/// A mixture of M products of Bernoullis.
pub(in crate::joint) struct Mixture {
    labels: usize,
    /// softmax of the mixing logits.
    shares: Vec<Lanes>,
    /// -ln of it.
    share_costs: Vec<Lanes>,
    components: Vec<Product>,
    /// How much of q(y) is component m's, a table a component.
    responsibilities: Vec<Vec<Lanes>>,
    spare: Vec<Lanes>,
}

impl Mixture {
    pub(in crate::joint) fn new(labels: usize, components: usize) -> Self {
        Self {
            labels,
            shares: rows(components),
            share_costs: rows(components),
            components: vec![Product::new(labels); components],
            responsibilities: vec![rows(1 << labels); components],
            spare: rows(1 << labels),
        }
    }
}

impl StateCosts for Mixture {
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]) {
        let (mixing, logits) = parameters.split_at(self.components.len());
        self.share_costs.copy_from_slice(mixing);
        normalise(&mut self.share_costs, &mut self.shares);
        for (m, component) in self.components.iter_mut().enumerate() {
            component.load(&logits[m * self.labels..][..self.labels]);
            let (table, share) = (&mut self.responsibilities[m], &self.share_costs[m]);
            component.state_costs(table);
            for (row, best) in table.iter_mut().zip(costs.iter_mut()) {
                add(row, share);
                *best = if m == 0 { *row } else { each(|l| if row[l] < best[l] { row[l] } else { best[l] }) };
            }
        }
        // What the components are beside the best one, together at least 1.
        self.spare.fill(ZERO);
        for table in &mut self.responsibilities {
            for (row, best) in table.iter_mut().zip(costs.iter()) {
                *row = each(|l| best[l] - row[l]);
            }
            exp(table);
            for (sum, row) in self.spare.iter_mut().zip(table.iter()) {
                add(sum, row);
            }
        }
        for state in 0..costs.len() {
            let part = self.spare[state].map(|sum| 1.0 / sum);
            for table in &mut self.responsibilities {
                table[state] = each(|l| table[state][l] * part[l]);
            }
        }
        ln(&mut self.spare);
        for (cost, log) in costs.iter_mut().zip(&self.spare) {
            *cost = each(|l| cost[l] - log[l]);
        }
    }

    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]) {
        let mass = total(p);
        let (mixing, logits) = slope.split_at_mut(self.components.len());
        for (m, component) in self.components.iter().enumerate() {
            for ((part, p), share) in self.spare.iter_mut().zip(p.iter()).zip(&self.responsibilities[m]) {
                *part = each(|l| p[l] * share[l]);
            }
            let (own, share) = (total(&self.spare), &self.shares[m]);
            mixing[m] = each(|l| mass[l] * share[l] - own[l]);
            component.state_slopes(&mut self.spare, &mut logits[m * self.labels..][..self.labels]);
        }
    }
}
