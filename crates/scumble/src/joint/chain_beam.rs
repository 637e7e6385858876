//! Chains of more labels than are enumerated, by their likeliest label sets.

use super::links::{Links, PairOrder};
use crate::loss::{sigmoid, softplus};

/// Label sets of the labels so far that are kept.
const WIDTH: usize = 1024;

/// Marginals of a chain of many labels, written to `marginals`, and its entropy in nats.
///
/// A beam search over the chain (Kumar et al. 2013): the likeliest 1024 sets of the labels so far stand for all of
/// them, each with its exact conditional of the next label. Exact up to the eleventh label, and beyond it wherever no
/// more than 1024 sets are likely; the error of a marginal is at most the probability that was let go before it.
pub(super) fn beam(parameters: &[f64], marginals: &mut [f64]) -> f64 {
    let links = Links { labels: marginals.len(), order: PairOrder::Lower };
    let mut kept = vec![(0u64, 1.0)];
    let mut entropy = 0.0;
    for (label, marginal) in marginals.iter_mut().enumerate() {
        *marginal = 0.0;
        let mut next = Vec::with_capacity(2 * kept.len());
        for &(set, share) in &kept {
            let eta = conditional_logit(&links, parameters, set, label);
            let (yes, no) = sigmoid(eta);
            *marginal += share * yes;
            entropy += share * (yes * softplus(-eta) + no * softplus(eta));
            next.extend([(set, share * no), (set | 1 << label, share * yes)]);
        }
        if next.len() > WIDTH {
            // By probability, of equal ones the smaller set.
            next.select_nth_unstable_by(WIDTH - 1, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            next.truncate(WIDTH);
            let whole: f64 = next.iter().map(|&(_, share)| share).sum();
            next.iter_mut().for_each(|(_, share)| *share /= whole);
        }
        kept = next;
    }
    entropy
}

/// The logit of a label given the set of those before it.
pub(super) fn conditional_logit(links: &Links, parameters: &[f64], set: u64, label: usize) -> f64 {
    let before = set & ((1u64 << label) - 1);
    let mut eta = parameters[label];
    let mut left = before;
    while left != 0 {
        eta += parameters[links.place(left.trailing_zeros() as usize, label)];
        left &= left - 1;
    }
    eta
}
