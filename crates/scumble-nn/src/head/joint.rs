//! The parameters of a joint family: a distribution over the sets of overlapping labels.

use super::distribution::{Distribution, TargetError, Validation, judge, log_odds, log_share};
use super::{HeadError, Reading, ReadingError};
use ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis};
use scumble::joint::{
    JointError, JointFamily, JointKind, JointTargets, joint_cross_entropy_gradient, joint_marginals,
    set_space, state_marginals,
};
use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
use scumble::loss::{Denominator, Loss, LossOptions};
use scumble::score::{Judge, Scores};

impl Distribution for JointFamily {
    fn classes(&self, _space: &LabelSpace) -> usize {
        self.labels()
    }

    fn fits(&self, space: &LabelSpace, calibrated: bool) -> Result<(), HeadError> {
        match space.kind() {
            Kind::Multilabel if calibrated => Err(HeadError::CalibratedSets(*self)),
            Kind::Multilabel => Ok(()),
            kind => Err(HeadError::Joint { family: *self, kind }),
        }
    }

    fn supports(&self, space: &LabelSpace, reading: Reading) -> Result<(), ReadingError> {
        match reading {
            Reading::Logits => Err(ReadingError::Joint { family: *self }),
            Reading::Correlations => Err(ReadingError::NoCorrelations),
            _ => reading.suits(space),
        }
    }

    fn logits(&self, _classes: usize) -> usize {
        self.parameters()
    }

    fn names(&self, classes: &[String]) -> Vec<String> {
        let own = || classes.iter().cloned();
        let pairs = |(i, j): (usize, usize)| format!("{} with {}", classes[i], classes[j]);
        let labels = classes.len();
        match self.kind() {
            JointKind::Independent => own().collect(),
            JointKind::Pairwise => {
                let rows = (0..labels).flat_map(|i| (i + 1..labels).map(move |j| (i, j)));
                own().chain(rows.map(pairs)).collect()
            }
            JointKind::Chain => {
                let rows = (0..labels).flat_map(|i| (0..i).map(move |j| (i, j)));
                own().chain(rows.map(pairs)).collect()
            }
            JointKind::Mixture => {
                let components = self.components();
                let shares = (0..components).map(|m| format!("component {m}"));
                let rows =
                    (0..components).flat_map(|m| own().map(move |name| format!("{name} in component {m}")));
                shares.chain(rows).collect()
            }
            JointKind::Powerset => (0..1usize << labels).map(|set| set_name(set, classes)).collect(),
        }
    }

    fn learns_sets(&self) -> bool {
        true
    }

    /// As if labels were independent.
    fn prior(&self, _kind: Kind, frequencies: &[f64], _shift: &[f32]) -> Vec<f32> {
        let marginal = |label: usize| {
            let with = frequencies.iter().enumerate().filter(|(set, _)| set >> label & 1 == 1);
            with.map(|(_, p)| p).sum::<f64>()
        };
        let fields: Vec<f32> = (0..self.labels()).map(|label| log_odds(marginal(label))).collect();
        let zeros = |count: usize| std::iter::repeat_n(0.0, count);
        match self.kind() {
            JointKind::Independent => fields,
            JointKind::Pairwise | JointKind::Chain => {
                let couplings = self.parameters() - self.labels();
                fields.into_iter().chain(zeros(couplings)).collect()
            }
            JointKind::Mixture => {
                // Components that begin alike would stay alike.
                let spread = |m: usize| m as f32 - (self.components() - 1) as f32 / 2.0;
                let rows = (0..self.components()).flat_map(|m| fields.iter().map(move |x| x + spread(m)));
                zeros(self.components()).chain(rows).collect()
            }
            JointKind::Powerset => frequencies.iter().map(|p| log_share(*p)).collect(),
        }
    }

    fn probabilities(&self, _kind: Kind, logits: Array4<f32>) -> Array4<f32> {
        joint_marginals(self, logits.view(), 1).expect("as many logits as the family has parameters")
    }

    fn family(&self, _space: &LabelSpace) -> Option<JointFamily> {
        Some(*self)
    }

    fn validation(&self, space: &LabelSpace, by_raters: bool) -> Box<dyn Validation> {
        let sets = set_space(space.count()).expect("a head of few labels");
        Box::new(SetValidation {
            sets: judge(&sets, by_raters),
            marginals: judge(space, by_raters),
            by_raters,
        })
    }
}

/// The cross entropy is that of the label sets, all else that of their marginals.
struct SetValidation {
    sets: Judge,
    marginals: Judge,
    by_raters: bool,
}

impl Validation for SetValidation {
    fn reading(&self) -> Reading {
        Reading::Sets
    }

    fn add_rows(&mut self, labels: &SoftLabels, maps: ArrayView3<'_, f32>) -> Result<(), TargetError> {
        self.sets.add_rows(labels, maps, NO_RATERS)?;
        let labels = marginal_labels(labels, self.by_raters)?;
        Ok(self.marginals.add_rows(&labels, marginals(maps)?.view(), NO_RATERS)?)
    }

    fn end_image(&mut self) {
        self.sets.end_image();
        self.marginals.end_image();
    }

    fn scores(&self) -> Scores {
        Scores { cross_entropy: self.sets.scores().cross_entropy, ..self.marginals.scores() }
    }

    fn of_classes(&self) -> &Judge {
        &self.marginals
    }
}

/// As [`Objective::gradient`](super::Objective::gradient).
pub(super) fn gradient(
    family: &JointFamily,
    logits: ArrayView4<'_, f32>,
    targets: ArrayView4<'_, f32>,
    weights: ArrayView4<'_, f32>,
) -> Result<(Loss, Array4<f32>), JointError> {
    let mask = weights.mapv(|w| w > 0.0);
    // Labels were checked when they were made; interpolation keeps them probabilities.
    let options = LossOptions::default()
        .mask(mask.view())
        .weights(weights)
        .denominator(Denominator::Weights)
        .unchecked();
    joint_cross_entropy_gradient(family, logits, JointTargets::Distribution(targets), &options)
}

/// The classes of a set, bit i being class i.
fn set_name(set: usize, classes: &[String]) -> String {
    let members = classes.iter().enumerate().filter(|(label, _)| set >> label & 1 == 1);
    let members: Vec<&str> = members.map(|(_, name)| name.as_str()).collect();
    if members.is_empty() { "none".into() } else { members.join(" and ") }
}

/// [2^K, H, W] to [K, H, W], within 0 to 1 whatever the rounding.
fn marginals(sets: ArrayView3<'_, f32>) -> Result<Array3<f32>, JointError> {
    Ok(state_marginals(sets, 0)?.mapv_into(|q| q.clamp(0.0, 1.0)))
}

fn marginal_labels(sets: &SoftLabels, by_raters: bool) -> Result<SoftLabels, TargetError> {
    let shares = marginals(sets.probabilities())?;
    let mut labels = SoftLabels::new(Kind::Multilabel, shares)?;
    let weights = sets.effective_weights(by_raters);
    labels.weigh(weights.index_axis(Axis(0), 0))?;
    labels.ignore(weights.index_axis(Axis(0), 0).mapv(|w| w == 0.0).view())?;
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_every_family_has_a_name_and_a_start() {
        let classes = ["cup", "disc", "rim"].map(String::from);
        for kind in JointKind::ALL {
            let family = JointFamily::new(kind, 3, 2).unwrap();
            let names = family.names(&classes);
            assert_eq!(names.len(), family.parameters(), "{kind}");
            assert!(names.iter().all(|name| names.iter().filter(|other| *other == name).count() == 1));
            let start = family.prior(Kind::Multilabel, &[0.125; 8], &[]);
            assert_eq!(start.len(), family.parameters(), "{kind}");
        }
        let names = JointFamily::pairwise(3).unwrap().names(&classes);
        assert_eq!(names[3..], ["cup with disc", "cup with rim", "disc with rim"]);
        let names = JointFamily::chain(3).unwrap().names(&classes);
        assert_eq!(names[3..], ["disc with cup", "rim with cup", "rim with disc"]);
        let names = JointFamily::powerset(3).unwrap().names(&classes);
        assert_eq!((names[0].as_str(), names[5].as_str()), ("none", "cup and rim"));
    }
}
