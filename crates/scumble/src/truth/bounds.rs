//! The least and the largest mean entropy that the votes allow.

use super::counts::{Row, Sides};
use super::moments::{Canonical, LARGEST_ORDER};

/// The least and the largest mean of the entropy of c over all distributions of c with the moments that the votes give.
///
/// All derivatives of -c ln c have one sign on 0..1, so of a class of several the first n moments give the bounds. Of both
/// sides only the even derivatives have: an odd number of moments is taken. As a function of u = 4c (1-c) all
/// derivatives have one sign, and half of n moments of u are known; both pairs of bounds hold, so the nearer ends do.
pub(super) fn bounds(row: &Row, sides: Sides) -> (f64, f64) {
    let order = usize::from(row.n).min(LARGEST_ORDER);
    let entropy = |c: f64| sides.entropy(c);
    match sides {
        Sides::Yes => Canonical::of(&moments(row, order)).ends(entropy),
        Sides::Both => {
            let odd = order - usize::from(order.is_multiple_of(2));
            let (low, high) = Canonical::of(&moments(row, odd)).ends(entropy);
            let of_u = |u: f64| entropy((1.0 - (1.0 - u).sqrt()) / 2.0);
            let (low_u, high_u) = Canonical::of(&disagreement(row, order / 2)).ends(of_u);
            let (low, high) = (low.max(low_u), high.min(high_u));
            // Where chance has left moments that no distribution has they may miss each other by a little.
            if low <= high { (low, high) } else { ((low + high) / 2.0, (low + high) / 2.0) }
        }
    }
}

/// The mean of c^j for j = 1 to `order`, without bias: of k (k-1) .. / n (n-1) ..
fn moments(row: &Row, order: usize) -> Vec<f64> {
    let (n, weight) = (f64::from(row.n), row.weight());
    (1..=order).map(|j| row.sum(|k| falling(k, j)) / falling(n, j) / weight).collect()
}

/// The mean of (4c (1-c))^j for j = 1 to `order`, without bias.
fn disagreement(row: &Row, order: usize) -> Vec<f64> {
    let (n, weight) = (f64::from(row.n), row.weight());
    let moment = |j: usize| row.sum(|k| falling(k, j) * falling(n - k, j)) / falling(n, 2 * j) / weight;
    (1..=order).map(|j| 4_f64.powi(j as i32) * moment(j)).collect()
}

/// x (x-1) .. (x-j+1), 0 below it.
fn falling(x: f64, j: usize) -> f64 {
    (0..j).map(|i| (x - i as f64).max(0.0)).product()
}
