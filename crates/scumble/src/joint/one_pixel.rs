//! One pixel in plain f64: the definition that everything fast is held against.

use super::error::JointError;
use super::family::JointFamily;
use super::kind::JointKind;
use super::links::{Links, PairOrder};
use crate::loss::{sigmoid, softplus};

impl JointFamily {
    /// ln q(set) of one pixel with these parameters, in f64: the definition, that the fast path is held against.
    ///
    /// Bit i of `set` is label i. Takes 2^K steps for the pairwise and the powerset family, at most K^2 or M K for
    /// the others.
    ///
    /// # Errors
    /// Another number of parameters than the family has; a set with a label beyond K.
    ///
    /// ```
    /// use scumble::joint::JointFamily;
    ///
    /// // A chain of two labels: the second is likely exactly where the first is set.
    /// let family = JointFamily::chain(2)?;
    /// let both = family.log_probability(&[0.0, -3.0, 6.0], 0b11)?.exp();
    /// assert!((both - 0.5 / (1.0 + (-3f64).exp())).abs() < 1e-15);
    /// # Ok::<(), scumble::joint::JointError>(())
    /// ```
    pub fn log_probability(&self, parameters: &[f64], set: u64) -> Result<f64, JointError> {
        self.check_parameters(parameters.len())?;
        if !self.has(set) {
            return Err(JointError::Beyond { set, labels: self.labels() });
        }
        Ok(-set_cost(self, parameters, set, 1.0, &mut []))
    }

    /// ln of what one pixel's distribution is divided by.
    ///
    /// Independent: sum of ln(1 + exp(a_i)). Pairwise and powerset: ln of the sum of exp(score) over all states.
    /// Mixture: ln of the sum of exp(mixing logit), its components being normalised. Chain: 0, as its conditionals
    /// are normalised one by one. Its gradient by a_i is the marginal of label i (independent, pairwise).
    ///
    /// # Errors
    /// Another number of parameters than the family has.
    pub fn log_partition(&self, parameters: &[f64]) -> Result<f64, JointError> {
        self.check_parameters(parameters.len())?;
        Ok(match self.kind() {
            JointKind::Independent => parameters.iter().map(|&a| softplus(a)).sum(),
            JointKind::Pairwise | JointKind::Powerset => log_sum(&scores(self, parameters)),
            JointKind::Mixture => log_sum(&parameters[..self.components()]),
            JointKind::Chain => 0.0,
        })
    }

    /// q of one pixel over all 2^K states.
    ///
    /// # Errors
    /// Another number of parameters than the family has, more than 12 labels.
    pub fn distribution(&self, parameters: &[f64]) -> Result<Vec<f64>, JointError> {
        let states = self.states().ok_or(JointError::States {
            what: "the distribution",
            labels: self.labels(),
            advice: "ask for the log probability of single label sets",
        })?;
        (0..states as u64).map(|set| Ok(self.log_probability(parameters, set)?.exp())).collect()
    }
}

/// -ln q(set), and `weight` times its gradient added to `slope` (empty: not wanted). Plain, one pixel, any K.
pub(super) fn set_cost(
    family: &JointFamily,
    parameters: &[f64],
    set: u64,
    weight: f64,
    slope: &mut [f64],
) -> f64 {
    let k = family.labels();
    match family.kind() {
        JointKind::Independent => product_cost(parameters, set, weight, slope),
        JointKind::Chain => {
            let links = Links { labels: k, order: PairOrder::Lower };
            let mut cost = 0.0;
            for i in 0..k {
                let before = || (0..i).filter(|j| set >> j & 1 == 1).map(|j| links.place(j, i));
                let eta = parameters[i] + before().map(|place| parameters[place]).sum::<f64>();
                let on = set >> i & 1 == 1;
                cost += softplus(if on { -eta } else { eta });
                if !slope.is_empty() {
                    let (yes, no) = sigmoid(eta);
                    let by_eta = weight * if on { -no } else { yes };
                    slope[i] += by_eta;
                    before().for_each(|place| slope[place] += by_eta);
                }
            }
            cost
        }
        JointKind::Mixture => {
            let (mixing, logits) = parameters.split_at(family.components());
            let normaliser = log_sum(mixing);
            let rows = || mixing.iter().zip(logits.chunks(k));
            let parts: Vec<f64> =
                rows().map(|(w, row)| w - normaliser - product_cost(row, set, 0.0, &mut [])).collect();
            let whole = log_sum(&parts);
            if !slope.is_empty() {
                let (mixing_slope, logit_slope) = slope.split_at_mut(family.components());
                for (m, (w, row)) in rows().enumerate() {
                    let share = (parts[m] - whole).exp();
                    mixing_slope[m] += weight * ((w - normaliser).exp() - share);
                    product_cost(row, set, weight * share, &mut logit_slope[m * k..][..k]);
                }
            }
            -whole
        }
        JointKind::Pairwise | JointKind::Powerset => {
            let scores = scores(family, parameters);
            let normaliser = log_sum(&scores);
            if !slope.is_empty() {
                for (state, score) in scores.iter().enumerate() {
                    let by_score =
                        weight * ((score - normaliser).exp() - f64::from(u8::from(state as u64 == set)));
                    features(family, state as u64).for_each(|place| slope[place] += by_score);
                }
            }
            normaliser - scores[set as usize]
        }
    }
}

/// Which parameters a state's score is the sum of.
fn features(family: &JointFamily, state: u64) -> impl Iterator<Item = usize> {
    let k = family.labels();
    let links = Links { labels: k, order: PairOrder::Upper };
    let powerset = family.kind() == JointKind::Powerset;
    let on = move |i: usize| !powerset && state >> i & 1 == 1;
    let pairs = (0..k).flat_map(move |i| (0..i).map(move |j| (j, i)));
    let pairs = pairs.filter(move |&(j, i)| on(j) && on(i)).map(move |(j, i)| links.place(j, i));
    powerset.then_some(state as usize).into_iter().chain((0..k).filter(move |&i| on(i))).chain(pairs)
}

fn scores(family: &JointFamily, parameters: &[f64]) -> Vec<f64> {
    let states = 0..1u64 << family.labels();
    states.map(|state| features(family, state).map(|place| parameters[place]).sum()).collect()
}

fn product_cost(logits: &[f64], set: u64, weight: f64, slope: &mut [f64]) -> f64 {
    let mut cost = 0.0;
    for (i, &x) in logits.iter().enumerate() {
        let on = set >> i & 1 == 1;
        cost += softplus(if on { -x } else { x });
        if let Some(slope) = slope.get_mut(i) {
            let (yes, no) = sigmoid(x);
            *slope += weight * if on { -no } else { yes };
        }
    }
    cost
}

/// ln of the sum of exponentials.
pub(super) fn log_sum(x: &[f64]) -> f64 {
    let top = (0..x.len()).fold(0, |best, k| if x[k] > x[best] { k } else { best });
    let rest: f64 = (0..x.len()).filter(|&k| k != top).map(|k| (x[k] - x[top]).exp()).sum();
    x[top] + rest.ln_1p()
}
