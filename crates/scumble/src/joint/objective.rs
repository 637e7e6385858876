//! The cross entropy of a pack of pixels against each kind of target.

use super::families::{Product, state_costs};
use super::family::ENUMERABLE;
use super::joint_inputs::{CheckedTargets, JointInputs};
use super::lanes::{LANES, Lanes, Pack, ZERO, add, each, ln, rows, total};
use super::one_pixel::set_cost;
use super::state_costs::{StateCosts, expectation};
use crate::labels::binary_entropy;
use scumble_kernels::Real;

/// Cross entropy of a pack of pixels against one kind of target. Has its own scratch, one a task.
pub(super) trait Objective {
    /// (loss, floor) of each pixel; the loss's gradient by the parameters is written to `slope` (empty: not wanted).
    fn pack(&mut self, pack: &Pack, parameters: &[Lanes], slope: &mut [Lanes]) -> (Lanes, Lanes);
}

/// The objective that fits the targets.
pub(super) fn objective<'p, R: Real>(inputs: &'p JointInputs<'_, R>) -> Box<dyn Objective + 'p> {
    let labels = inputs.family.labels();
    match &inputs.targets {
        CheckedTargets::Sets(raters) if labels > ENUMERABLE => {
            Box::new(BySets { inputs, raters, counts: Vec::new() })
        }
        CheckedTargets::Marginals(_) if labels > 1 => {
            Box::new(ByMarginals { inputs, product: Product::new(labels), p: rows(labels) })
        }
        _ => Box::new(ByStates {
            inputs,
            family: state_costs(&inputs.family),
            p: rows(1 << labels),
            costs: rows(1 << labels),
            logs: rows(1 << labels),
        }),
    }
}

/// A distribution over all states.
struct ByStates<'p, 'a, R: Real> {
    inputs: &'p JointInputs<'a, R>,
    family: Box<dyn StateCosts>,
    p: Vec<Lanes>,
    costs: Vec<Lanes>,
    logs: Vec<Lanes>,
}

impl<R: Real> ByStates<'_, '_, R> {
    fn read(&mut self, pack: &Pack) {
        match &self.inputs.targets {
            CheckedTargets::States(planes) => pack.read(&planes.view(), &mut self.p),
            // One label: its two states.
            CheckedTargets::Marginals(planes) => {
                pack.read(&planes.view(), &mut self.p[1..]);
                self.p[0] = each(|l| 1.0 - self.p[1][l]);
            }
            CheckedTargets::Sets(raters) => {
                self.p.fill(ZERO);
                for l in 0..pack.length {
                    let seen = || raters.iter().filter_map(|sets| sets[pack.first + l]);
                    let share = 1.0 / seen().count().max(1) as f64;
                    seen().for_each(|set| self.p[set as usize][l] += share);
                }
            }
        }
    }

    /// A ln A - sum p ln p with A = sum p: the entropy where p sums to 1.
    fn floor(&mut self) -> Lanes {
        let mut mass = [total(&self.p)];
        self.logs.copy_from_slice(&self.p);
        ln(&mut self.logs);
        let mut sum = ZERO;
        for (p, log) in self.p.iter().zip(&self.logs) {
            add(&mut sum, &each(|l| p[l] * log[l]));
        }
        let whole = mass[0];
        ln(&mut mass);
        each(|l| whole[l] * mass[0][l] - sum[l])
    }
}

impl<R: Real> Objective for ByStates<'_, '_, R> {
    fn pack(&mut self, pack: &Pack, parameters: &[Lanes], slope: &mut [Lanes]) -> (Lanes, Lanes) {
        self.read(pack);
        let floor = self.floor();
        self.family.costs(parameters, &mut self.costs);
        let loss = expectation(&self.p, &self.costs);
        if !slope.is_empty() {
            self.family.back(&mut self.p, slope);
        }
        (loss, floor)
    }
}

/// The probability of each label under the independent family: a sum of sigmoid cross entropies.
struct ByMarginals<'p, 'a, R: Real> {
    inputs: &'p JointInputs<'a, R>,
    product: Product,
    p: Vec<Lanes>,
}

impl<R: Real> Objective for ByMarginals<'_, '_, R> {
    fn pack(&mut self, pack: &Pack, parameters: &[Lanes], slope: &mut [Lanes]) -> (Lanes, Lanes) {
        let CheckedTargets::Marginals(planes) = &self.inputs.targets else { return (ZERO, ZERO) };
        pack.read(&planes.view(), &mut self.p);
        self.product.load(parameters);
        let (mut loss, mut floor) = (ZERO, ZERO);
        let Product { set, unset, yes, no } = &self.product;
        for (label, p) in self.p.iter().enumerate() {
            for l in 0..LANES {
                let (on, off) = (p[l], 1.0 - p[l]);
                loss[l] += if on == 0.0 { 0.0 } else { on * set[label][l] };
                loss[l] += if off == 0.0 { 0.0 } else { off * unset[label][l] };
                floor[l] += binary_entropy(on);
            }
            if !slope.is_empty() {
                slope[label] = each(|l| (1.0 - p[l]) * yes[label][l] - p[l] * no[label][l]);
            }
        }
        (loss, floor)
    }
}

/// Raters' label sets where there are too many states to write out: pixel by pixel, set by set.
struct BySets<'p, 'a, R: Real> {
    inputs: &'p JointInputs<'a, R>,
    raters: &'p [Vec<Option<u64>>],
    counts: Vec<(u64, f64)>,
}

impl<R: Real> Objective for BySets<'_, '_, R> {
    fn pack(&mut self, pack: &Pack, parameters: &[Lanes], slope: &mut [Lanes]) -> (Lanes, Lanes) {
        let (mut loss, mut floor) = (ZERO, ZERO);
        let mut one = vec![0.0; parameters.len()];
        let mut own = vec![0.0; slope.len()];
        for l in 0..pack.length {
            self.counts.clear();
            for set in self.raters.iter().filter_map(|sets| sets[pack.first + l]) {
                match self.counts.iter_mut().find(|(known, _)| *known == set) {
                    Some((_, count)) => *count += 1.0,
                    None => self.counts.push((set, 1.0)),
                }
            }
            let raters: f64 = self.counts.iter().map(|(_, count)| count).sum();
            one.iter_mut().zip(parameters).for_each(|(one, row)| *one = row[l]);
            own.fill(0.0);
            for &(set, count) in &self.counts {
                let p = count / raters;
                loss[l] += p * set_cost(&self.inputs.family, &one, set, p, &mut own);
                floor[l] -= p * p.ln();
            }
            slope.iter_mut().zip(&own).for_each(|(row, own)| row[l] = *own);
        }
        (loss, floor)
    }
}
