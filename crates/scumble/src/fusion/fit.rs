//! What a model of raters has learnt, and what it says of an image.

use super::em::{Logs, Maximum, Prior, maximise};
use super::error::FusionError;
use super::paint::paint;
use super::patterns::{Pattern, Patterns, pattern, unanimous};
use crate::labels::{Kind, LabelSpace, NamedMask, SoftLabels, named};
use ndarray::{Array2, ArrayView2};

/// What a model of raters has learnt from [`Patterns`]: how good each rater is, and so what each pixel is
/// likely to be.
///
/// Made by [`staple`](crate::fusion::staple) and [`dawid_skene`](crate::fusion::dawid_skene); [`map`](Self::map) turns the
/// masks of an image into the posterior probabilities of the one hidden truth that both suppose.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    space: LabelSpace,
    raters: Vec<String>,
    disputed_only: bool,
    estimates: Vec<Estimate>,
    logs: Vec<Logs>,
}

/// What was learnt of one question: a binary or multiclass label has one, a multilabel one each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Probability of each true state: the classes, or (no, yes). All equal where there was no pixel to
    /// learn from.
    pub prior: Vec<f64>,
    /// Rounds that changed a parameter by more than 1e-7.
    pub iterations: u32,
    /// Whether it ended for want of change, not at the limit.
    pub converged: bool,
    /// Log likelihood of the marks in nats, after each round; it never falls.
    pub log_likelihood: Vec<f64>,
    /// The raters in the order of [`Fit::raters`].
    pub raters: Vec<RaterQuality>,
}

/// How one rater marks what is truly there.
#[derive(Debug, Clone, PartialEq)]
pub struct RaterQuality {
    confusion: Array2<f64>,
}

impl RaterQuality {
    /// Probability of each mark (column) given the true state (row). A row of zeros: this rater has seen no
    /// pixel that may be of this state, so nothing is known.
    pub fn confusion(&self) -> ArrayView2<'_, f64> {
        self.confusion.view()
    }

    /// Probability of marking state `truth` as such (its recall); None where nothing is known, or where
    /// there is no such state.
    pub fn recall(&self, truth: usize) -> Option<f64> {
        let recall = *self.confusion.get([truth, truth])?;
        (self.confusion.row(truth).sum() > 0.0).then_some(recall)
    }

    /// Of two states: the probability of saying yes where it is so.
    pub fn sensitivity(&self) -> Option<f64> {
        self.recall(1)
    }

    /// Of two states: the probability of saying no where it is not so.
    pub fn specificity(&self) -> Option<f64> {
        self.recall(0)
    }
}

impl Fit {
    /// Fits every group of the patterns on its own.
    pub(super) fn new(
        patterns: &Patterns,
        prior: impl Fn(usize) -> Prior,
        limit: u32,
        disputed_only: bool,
    ) -> Result<Self, FusionError> {
        if patterns.raters().is_empty() {
            return Err(FusionError::NoRater);
        }
        let (raters, states) = (patterns.raters.len(), patterns.space.states());
        let maxima = patterns.tables.iter().enumerate().map(|(group, table)| {
            let rows: Vec<(&Pattern, u64)> = table
                .iter()
                .filter(|(pattern, _)| !disputed_only || unanimous(pattern).is_none())
                .map(|(pattern, count)| (pattern, *count))
                .collect();
            maximise(&rows, raters, states, &prior(group), limit.max(1))
        });
        let (estimates, logs) =
            maxima.map(|maximum| (Estimate::new(&maximum, states), maximum.model.logs())).unzip();
        let (space, raters) = (patterns.space.clone(), patterns.raters.clone());
        Ok(Self { space, raters, disputed_only, estimates, logs })
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        &self.space
    }

    /// The raters that were fitted.
    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// What was learnt: one for binary and multiclass labels, one for each class of multilabel ones.
    pub fn estimates(&self) -> &[Estimate] {
        &self.estimates
    }

    /// The posterior probabilities of an image: [K, H, W], never rounded, not valid where nobody has seen the
    /// pixel.
    ///
    /// The posterior is computed in f64, once for each combination of marks, and stored as f32. The image
    /// need not be among those of the fit; its raters must be.
    ///
    /// # Errors
    /// As [`Patterns::add`](Patterns::add); a rater who was not fitted.
    pub fn map<'a>(
        &self,
        masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ) -> Result<SoftLabels, FusionError> {
        let masks = named(masks);
        let raters: Vec<u32> = masks.iter().map(|one| self.rater(&one.rater)).collect::<Result<_, _>>()?;
        // One map holds the second of two states, several hold them all.
        let first = usize::from(self.space.kind() != Kind::Multiclass);
        paint(&self.space, &masks, |group, marks| {
            let posterior = self.posterior_of(group, &pattern(&raters, marks))?;
            Some(posterior[first..].iter().map(|p| *p as f32).collect())
        })
    }

    /// The probability of each state (the classes, or no and yes) of a pixel of `group` with these raters'
    /// marks, in f64; None for a pixel that nobody has seen, or where there is no such group. A mark that is
    /// no state is unseen.
    ///
    /// # Errors
    /// A rater who was not fitted.
    pub fn posterior(&self, group: usize, marks: &[(&str, u16)]) -> Result<Option<Vec<f64>>, FusionError> {
        let states = self.space.states();
        let seen = marks.iter().filter(|(_, mark)| usize::from(*mark) < states);
        let pattern: Pattern =
            seen.map(|(rater, mark)| Ok((self.rater(rater)?, *mark))).collect::<Result<_, _>>()?;
        Ok(if group < self.logs.len() { self.posterior_of(group, &pattern) } else { None })
    }

    fn posterior_of(&self, group: usize, pattern: &[(u32, u16)]) -> Option<Vec<f64>> {
        let mut posterior = vec![0.0; self.space.states()];
        match unanimous(pattern) {
            _ if pattern.is_empty() => return None,
            Some(mark) if self.disputed_only => posterior[usize::from(mark)] = 1.0,
            _ => {
                self.logs[group].posterior(pattern, &mut posterior);
            }
        }
        Some(posterior)
    }

    /// The index of a fitted rater.
    fn rater(&self, name: &str) -> Result<u32, FusionError> {
        let at = self.raters.iter().position(|rater| rater == name);
        at.map(|at| at as u32)
            .ok_or_else(|| FusionError::UnknownRater { rater: name.to_owned(), known: self.raters.clone() })
    }
}

impl Estimate {
    fn new(maximum: &Maximum, states: usize) -> Self {
        let quality = |table: &Vec<f64>| RaterQuality {
            confusion: Array2::from_shape_vec((states, states), table.clone()).expect("states x states"),
        };
        Self {
            prior: maximum.model.prior.clone(),
            iterations: maximum.iterations,
            converged: maximum.converged,
            log_likelihood: maximum.log_likelihood.clone(),
            raters: maximum.model.confusion.iter().map(quality).collect(),
        }
    }
}
