use crate::PredictError;
use ndarray::{Array4, Axis, Slice};
use scumble::calibrate::Calibrator;
use scumble::joint::{JointFamily, joint_distribution, joint_marginals};
use scumble::labels::Kind;
use serde::{Deserialize, Serialize};

/// Maps of label sets are made for up to so many labels: 2^8 of them already are 1 KiB a pixel.
pub(crate) const MOST_SET_LABELS: usize = 8;

/// How the votes of a pixel's raters are taken to come about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Each judges alone: the cross entropy, weighted by their number.
    #[default]
    Binomial,
    /// Their opinions go together, the same correlation between any two: [`scumble::loss::beta_binomial_loss`]. A
    /// class has a second logit, that of the correlation.
    BetaBinomial,
}

impl Likelihood {
    fn is_binomial(&self) -> bool {
        *self == Self::Binomial
    }
}

/// What a network answers at each pixel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Binary, multiclass or multilabel.
    pub kind: Kind,
    /// The classes' names in the order of the maps (binary: one, the name of class 1).
    pub classes: Vec<String>,
    /// The family of distributions over label sets that the logits are parameters of; none: a logit is a class's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointFamily>,
    /// What the logits are parameters of for each class.
    #[serde(default, skip_serializing_if = "Likelihood::is_binomial")]
    pub likelihood: Likelihood,
    /// How far class weights in training have moved each logit away from that of the label; prediction takes it back.
    /// Empty: not at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shift: Vec<f32>,
    /// What makes the probabilities true, once the shift is off; none: they are as the network has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibrator>,
}

impl Task {
    /// A task whose logits are those of the labels.
    pub fn new(kind: Kind, classes: Vec<String>) -> Self {
        Self {
            kind,
            classes,
            joint: None,
            likelihood: Likelihood::Binomial,
            shift: Vec::new(),
            calibration: None,
        }
    }

    /// K: maps of the label.
    pub fn outputs(&self) -> usize {
        self.classes.len()
    }

    /// Logits a pixel: one a class, or the parameters of the joint family; with the beta-binomial likelihood
    /// one of the mean for each class, then one of the correlation for each.
    pub fn logits(&self) -> usize {
        match self.likelihood {
            Likelihood::Binomial => self.joint.map_or(self.outputs(), |family| family.parameters()),
            Likelihood::BetaBinomial => 2 * self.outputs(),
        }
    }

    /// The family of the label sets, that of independent labels unless another is set; `None` for other kinds than
    /// multilabel, and beyond 64 labels.
    pub fn family(&self) -> Option<JointFamily> {
        let independent = || JointFamily::independent(self.classes.len()).ok();
        (self.kind == Kind::Multilabel).then(|| self.joint.or_else(independent)).flatten()
    }

    /// Whether maps of label sets can be predicted.
    ///
    /// # Errors
    /// A task that is not multilabel or has more than 8 labels.
    pub fn has_sets(&self) -> Result<(), PredictError> {
        let labels = self.outputs();
        if self.kind == Kind::Multilabel && labels <= MOST_SET_LABELS {
            return Ok(());
        }
        Err(PredictError::NoSets { kind: self.kind, labels })
    }

    /// Probabilities of the 2^K label sets [N, 2^K, H, W] from logits, bit i of a set being class i; `None` for other
    /// kinds than multilabel, and beyond 12 labels.
    pub fn states(&self, logits: Array4<f32>) -> Option<Array4<f32>> {
        let family = self.family()?;
        joint_distribution(&family, self.calibrated(logits).view(), 1).ok()
    }

    /// Probabilities [N, K, H, W] from logits [N, K, H, W]: softmax over exclusive classes, else a sigmoid
    /// each, once the shift is taken off and the calibration applied. With a joint family, each label's
    /// marginal from its parameters [N, P, H, W]; with the beta-binomial likelihood the means, from
    /// [N, 2 K, H, W].
    pub fn probabilities(&self, logits: Array4<f32>) -> Array4<f32> {
        let mut logits = self.calibrated(logits);
        if let Some(family) = &self.joint {
            return joint_marginals(family, logits.view(), 1)
                .expect("as many logits as the family has parameters");
        }
        match self.kind {
            Kind::Binary | Kind::Multilabel => logits.mapv_inplace(sigmoid),
            Kind::Multiclass => {
                for mut pixel in logits.lanes_mut(Axis(1)) {
                    let largest = pixel.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    pixel.mapv_inplace(|x| (x - largest).exp());
                    let sum: f32 = pixel.sum();
                    pixel.mapv_inplace(|e| e / sum);
                }
            }
        }
        logits
    }

    fn calibrated(&self, logits: Array4<f32>) -> Array4<f32> {
        let mut logits = self.unshifted(logits);
        if let Some(calibration) = &self.calibration {
            calibration.apply(self.kind, logits.view_mut());
        }
        logits
    }

    /// Logits of the label: the shift is taken off, no calibration applied.
    pub(crate) fn unshifted(&self, mut logits: Array4<f32>) -> Array4<f32> {
        if self.likelihood == Likelihood::BetaBinomial {
            logits = logits.slice_axis(Axis(1), Slice::from(..self.outputs())).to_owned();
        }
        for (mut plane, &shift) in logits.axis_iter_mut(Axis(1)).zip(&self.shift) {
            plane.mapv_inplace(|x| x - shift);
        }
        logits
    }
}

/// 1 / (1 + exp(-x)) without overflow.
fn sigmoid(x: f32) -> f32 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn probabilities_stay_probabilities_at_huge_logits() {
        let task = |kind, n| Task::new(kind, vec![String::new(); n]);
        let logits = array![[[[1e4f32]], [[-1e4]], [[0.0]]]];
        let q = task(Kind::Multiclass, 3).probabilities(logits.clone());
        assert_eq!(q, array![[[[1.0]], [[0.0]], [[0.0]]]]);
        let q = task(Kind::Multilabel, 3).probabilities(logits);
        assert_eq!(q, array![[[[1.0]], [[0.0]], [[0.5]]]]);
    }

    #[test]
    fn correlations_have_no_part_in_the_probability() {
        let mut task = Task::new(Kind::Multilabel, vec![String::new(); 2]);
        task.likelihood = Likelihood::BetaBinomial;
        assert_eq!(task.logits(), 4);
        let q = task.probabilities(array![[[[0.0f32]], [[1e4]], [[3.0]], [[-2.0]]]]);
        assert_eq!(q, array![[[[0.5]], [[1.0]]]]);
    }

    #[test]
    fn a_shift_is_taken_off_before_the_logits_are_read() {
        let classes = vec!["a".to_string(), "b".to_string()];
        let mut task = Task::new(Kind::Multilabel, classes.clone());
        task.shift = vec![3f32.ln(), 0.0];
        // Odds of 3 that were 1, and odds of 1.
        let q = task.probabilities(array![[[[3f32.ln()]], [[0.0]]]]);
        assert_eq!(q, array![[[[0.5]], [[0.5]]]]);
        task = Task::new(Kind::Multiclass, classes);
        task.shift = vec![3f32.ln(), 0.0];
        let q = task.probabilities(array![[[[3f32.ln()]], [[0.0]]]]);
        assert_eq!(q, array![[[[0.5]], [[0.5]]]]);
    }
}
