//! The most probable label set of one pixel where there are too many to compare.

use super::chain_beam::conditional_logit;
use super::family::{Factored, JointFamily};
use super::links::{Links, PairOrder};
use super::one_pixel::log_sum;
use crate::loss::softplus;

/// Nodes of the search that one pixel may take.
const NODES: u32 = 1 << 18;

/// The most probable label set of one pixel of a family that is `factored` so.
///
/// Depth first, likelier branch first, leaving out what cannot beat the best set found (branch and bound; Mena et al.
/// 2015 search chains with such bounds by A*): exact if it ends, as it does after about K nodes where labels are
/// sure. After 2^18 nodes the best set found so far is the answer.
pub(super) fn best_set(family: &JointFamily, factored: Factored, parameters: &[f64]) -> u64 {
    let k = family.labels();
    match factored {
        Factored::Chain => {
            let links = Links { labels: k, order: PairOrder::Lower };
            // A conditional costs at least ln(1 + exp(-|eta|)) at the largest |eta| that any set could give.
            let least = |i: usize| {
                let weights = || (0..i).map(|j| parameters[links.place(j, i)]);
                let high = parameters[i] + weights().filter(|w| *w > 0.0).sum::<f64>();
                let low = parameters[i] + weights().filter(|w| *w < 0.0).sum::<f64>();
                softplus(-high.max(-low))
            };
            let rest = suffix_sums(k, least);
            let branch = |label: usize, set: u64, cost: &[f64]| {
                let eta = conditional_logit(&links, parameters, set, label);
                [vec![cost[0] + softplus(eta)], vec![cost[0] + softplus(-eta)]]
            };
            Search::run(k, vec![0.0], branch, |label, cost| cost[0] + rest[label])
        }
        Factored::Mixture => {
            let (mixing, logits) = parameters.split_at(family.components());
            let normaliser = log_sum(mixing);
            let rest: Vec<Vec<f64>> =
                logits.chunks(k).map(|row| suffix_sums(k, |i| softplus(-row[i].abs()))).collect();
            let start = mixing.iter().map(|w| normaliser - w).collect();
            let branch = |label: usize, _: u64, costs: &[f64]| {
                let add = |sign: f64| {
                    let rows = costs.iter().zip(logits.chunks(k));
                    rows.map(|(cost, row)| cost + softplus(sign * row[label])).collect()
                };
                [add(1.0), add(-1.0)]
            };
            Search::run(k, start, branch, |label, costs| {
                let parts: Vec<f64> =
                    costs.iter().zip(&rest).map(|(cost, rest)| -cost - rest[label]).collect();
                -log_sum(&parts)
            })
        }
        Factored::Independent => (0..k).filter(|&i| parameters[i] > 0.0).map(|i| 1 << i).sum(),
    }
}

/// At i: the sum of `least` over i..k.
fn suffix_sums(k: usize, least: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; k + 1];
    for i in (0..k).rev() {
        sums[i] = sums[i + 1] + least(i);
    }
    sums
}

struct Search<B, L> {
    labels: usize,
    /// (label, set, costs) to the costs without and with the label.
    branch: B,
    /// (label, costs) to a bound: the least that a set continuing from before this label can cost.
    bound: L,
    best: (f64, u64),
    nodes: u32,
}

impl<B, L> Search<B, L>
where
    B: Fn(usize, u64, &[f64]) -> [Vec<f64>; 2],
    L: Fn(usize, &[f64]) -> f64,
{
    fn run(labels: usize, start: Vec<f64>, branch: B, bound: L) -> u64 {
        let mut search = Self { labels, branch, bound, best: (f64::INFINITY, 0), nodes: 0 };
        search.descend(0, 0, &start);
        search.best.1
    }

    fn descend(&mut self, label: usize, set: u64, costs: &[f64]) {
        if label == self.labels {
            let cost = (self.bound)(label, costs);
            if cost < self.best.0 {
                self.best = (cost, set);
            }
            return;
        }
        self.nodes += 1;
        let branches = (self.branch)(label, set, costs);
        let bounds = [0, 1].map(|bit| (self.bound)(label + 1, &branches[bit]));
        let first = usize::from(bounds[1] < bounds[0]);
        for bit in [first, 1 - first] {
            // The first way down always ends in a set.
            let out_of_time = self.nodes > NODES && self.best.0.is_finite();
            if bounds[bit] < self.best.0 && !out_of_time {
                self.descend(label + 1, set | (bit as u64) << label, &branches[bit]);
            }
        }
    }
}
