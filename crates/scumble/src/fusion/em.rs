//! Expectation maximisation: the model behind STAPLE and Dawid-Skene.

use super::patterns::Pattern;

/// Squared change of a parameter up to which it counts as unchanged: ITK's constant, seven digits.
const UNCHANGED: f64 = 1e-14;

/// Where the probabilities of the true states come from.
pub(super) enum Prior {
    /// Given, a number for each state, and kept.
    Given(Vec<f64>),
    /// The frequencies of the marks, kept.
    Frequencies,
    /// Estimated again in every iteration.
    Estimated,
}

/// The model of Dawid and Skene (1979).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    /// Probability of each true state.
    pub(super) prior: Vec<f64>,
    /// For each rater the probability of mark m where the truth is t, at t * states + m. A row of zeros where
    /// no pixel that the rater has seen can be t.
    pub(super) confusion: Vec<Vec<f64>>,
}

/// What expectation maximisation came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Maximum {
    pub(super) model: Model,
    /// Rounds that changed a parameter, as ITK counts them.
    pub(super) iterations: u32,
    pub(super) converged: bool,
    /// Of the model that each round has made, in nats.
    pub(super) log_likelihood: Vec<f64>,
}

/// Expectation maximisation over patterns and their counts, in at most `limit` rounds (at least 1).
///
/// The first posterior is the share of each mark. A round estimates the model from the posterior, then the
/// posterior from the model: the order of ITK's STAPLE and of crowd-kit's Dawid-Skene.
pub(super) fn maximise(
    rows: &[(&Pattern, u64)],
    raters: usize,
    states: usize,
    prior: &Prior,
    limit: u32,
) -> Maximum {
    let mut posterior: Vec<f64> = rows.iter().flat_map(|(pattern, _)| shares(pattern, states)).collect();
    let frequencies = mean(rows, &posterior, states);
    let mut log_likelihood = Vec::new();
    let mut last: Option<Model> = None;
    loop {
        let model = Model {
            prior: match prior {
                Prior::Given(prior) => prior.clone(),
                Prior::Frequencies => frequencies.clone(),
                Prior::Estimated => mean(rows, &posterior, states),
            },
            confusion: confusion(rows, &posterior, raters, states),
        };
        let logs = model.logs();
        let parts = rows.iter().zip(posterior.chunks_mut(states));
        log_likelihood
            .push(parts.map(|((pattern, count), p)| *count as f64 * logs.posterior(pattern, p)).sum::<f64>());
        let rounds = log_likelihood.len() as u32;
        let converged = last.is_some_and(|last| model.is_near(&last));
        if converged || rounds >= limit {
            return Maximum { model, iterations: rounds - u32::from(converged), converged, log_likelihood };
        }
        last = Some(model);
    }
}

impl Model {
    fn is_near(&self, other: &Self) -> bool {
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).powi(2) <= UNCHANGED);
        near(&self.prior, &other.prior)
            && self.confusion.iter().zip(&other.confusion).all(|(a, b)| near(a, b))
    }

    pub(super) fn logs(&self) -> Logs {
        let factor = |p: &f64| if *p > 0.0 { p.ln() } else { RULED_OUT };
        let factors = |table: &Vec<f64>| table.iter().map(factor).collect();
        Logs {
            prior: self.prior.iter().map(|p| p.ln()).collect(),
            confusion: self.confusion.iter().map(factors).collect(),
        }
    }
}

/// Logarithms of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Logs {
    prior: Vec<f64>,
    confusion: Vec<Vec<f64>>,
}

/// The logarithm of a mark's probability where the model rules it out: one infinitesimal for all, far below
/// what probabilities above 0 come to. Only data other than those of the fit meet it in every state.
const RULED_OUT: f64 = -1e6;

impl Logs {
    /// Writes the probability of each state given the marks; returns the log likelihood of the marks.
    ///
    /// Nothing is clipped: next to a state that is possible, one that is ruled out gets exactly 0. Among
    /// states that are all ruled out those with the fewest impossible marks remain. A state of prior 0 is
    /// always out.
    pub(super) fn posterior(&self, pattern: &[(u32, u16)], posterior: &mut [f64]) -> f64 {
        let states = self.prior.len();
        posterior.copy_from_slice(&self.prior);
        for (rater, mark) in pattern {
            let column = self.confusion[*rater as usize].iter().skip(usize::from(*mark)).step_by(states);
            posterior.iter_mut().zip(column).for_each(|(log, factor)| *log += factor);
        }
        let most = posterior.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        posterior.iter_mut().for_each(|log| *log = (*log - most).exp());
        let sum: f64 = posterior.iter().sum();
        posterior.iter_mut().for_each(|p| *p /= sum);
        most + sum.ln()
    }
}

/// The share of each mark.
fn shares(pattern: &[(u32, u16)], states: usize) -> Vec<f64> {
    let mut shares = vec![0.0; states];
    pattern.iter().for_each(|(_, mark)| shares[usize::from(*mark)] += 1.0);
    shares.iter_mut().for_each(|share| *share /= pattern.len() as f64);
    shares
}

fn mean(rows: &[(&Pattern, u64)], posterior: &[f64], states: usize) -> Vec<f64> {
    let mut sums = vec![0.0; states];
    for ((_, count), p) in rows.iter().zip(posterior.chunks(states)) {
        sums.iter_mut().zip(p).for_each(|(sum, p)| *sum += *count as f64 * p);
    }
    match rows.iter().map(|(_, count)| count).sum::<u64>() {
        0 => vec![1.0 / states as f64; states],
        pixels => sums.iter().map(|sum| sum / pixels as f64).collect(),
    }
}

fn confusion(rows: &[(&Pattern, u64)], posterior: &[f64], raters: usize, states: usize) -> Vec<Vec<f64>> {
    let mut tables = vec![vec![0.0; states * states]; raters];
    for ((pattern, count), p) in rows.iter().zip(posterior.chunks(states)) {
        for (rater, mark) in pattern.iter() {
            let table = &mut tables[*rater as usize];
            for (truth, p) in p.iter().enumerate() {
                table[truth * states + usize::from(*mark)] += *count as f64 * p;
            }
        }
    }
    for row in tables.iter_mut().flat_map(|table| table.chunks_mut(states)) {
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            row.iter_mut().for_each(|p| *p /= sum);
        }
    }
    tables
}
