//! Costs -ln q(y) of all states of a pixel: what a family gives, and all that is made of them.

use super::lanes::{LANES, Lanes, ZERO, add, each, exp, halves, ln_1p, rows, total};

/// What makes a family: its parameters as costs of the states, and the way back. Of a block of pixels.
pub(super) trait StateCosts {
    /// `costs[y] = -ln q(y)` for all 2^K states.
    fn costs(&mut self, parameters: &[Lanes], costs: &mut [Lanes]);

    /// `slope = sum_y p(y) d cost(y) / d parameter`, for the parameters that `costs` was last called with.
    ///
    /// `p` is used up.
    fn back(&mut self, p: &mut [Lanes], slope: &mut [Lanes]);
}

/// Scores to costs, -ln softmax, and the probabilities themselves.
///
/// The log of the normaliser is taken as max + ln(1 + rest), rest being the sum without the largest term: a sure
/// prediction keeps its tiny cost.
pub(super) fn normalise(scores: &mut [Lanes], probabilities: &mut [Lanes]) {
    let mut largest = scores[0];
    for row in &scores[1..] {
        largest = each(|l| if row[l] > largest[l] { row[l] } else { largest[l] });
    }
    for (score, power) in scores.iter_mut().zip(probabilities.iter_mut()) {
        *power = each(|l| score[l] - largest[l]);
        *score = each(|l| largest[l] - score[l]);
    }
    exp(probabilities);
    // The largest terms are exactly 1; one of them is left out of the rest.
    let (mut rest, mut ones) = (ZERO, ZERO);
    for row in probabilities.iter() {
        let one = each(|l| if row[l] == 1.0 { 1.0 } else { 0.0 });
        add(&mut ones, &one);
        add(&mut rest, &each(|l| row[l] - one[l]));
    }
    add(&mut rest, &each(|l| ones[l] - 1.0));
    let part = each(|l| 1.0 / (1.0 + rest[l]));
    let mut log = [rest];
    ln_1p(&mut log);
    for (cost, q) in scores.iter_mut().zip(probabilities) {
        add(cost, &log[0]);
        *q = each(|l| q[l] * part[l]);
    }
}

/// sum_y p(y) cost(y); an impossible state (p = 0) costs nothing, even where its cost is infinite.
pub(super) fn expectation(p: &[Lanes], costs: &[Lanes]) -> Lanes {
    let mut sum = ZERO;
    for (p, cost) in p.iter().zip(costs) {
        add(&mut sum, &each(|l| if p[l] == 0.0 { 0.0 } else { p[l] * cost[l] }));
    }
    sum
}

/// The probability of each label: the sum over the states that have it. `p` is used up.
pub(super) fn marginals(p: &mut [Lanes], out: &mut [Lanes]) {
    for label in (0..out.len()).rev() {
        let (without, with) = halves(p, label);
        out[label] = total(with);
        for (without, with) in without.iter_mut().zip(with.iter()) {
            add(without, with);
        }
    }
}

/// q from its costs.
pub(super) fn probabilities(costs: &[Lanes]) -> Vec<Lanes> {
    let mut q = rows(costs.len());
    for (q, cost) in q.iter_mut().zip(costs) {
        *q = each(|l| -cost[l]);
    }
    exp(&mut q);
    q
}

/// The state of least cost; of several the smallest number.
pub(super) fn cheapest(costs: &[Lanes]) -> [u64; LANES] {
    let (mut least, mut best) = (costs[0], ZERO);
    for (state, row) in costs.iter().enumerate().skip(1) {
        for l in 0..LANES {
            let lower = row[l] < least[l];
            least[l] = if lower { row[l] } else { least[l] };
            best[l] = if lower { state as f64 } else { best[l] };
        }
    }
    best.map(|state| state as u64)
}
