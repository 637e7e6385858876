//! The task and the objective that settings ask for, of a data set.

use super::TrainError;
use crate::config::ClassBalance;
use crate::head::{Head, Likelihood, Objective};
use crate::task::MOST_SET_LABELS;
use crate::{Config, Task};
use scumble::joint::{JointFamily, JointKind};
use scumble::labels::{Kind, LabelSpace};
use scumble::loss::{ClassMass, LossKind};
use scumble_data::Dataset;

/// The task of a data set under these settings, which have been checked.
pub(super) fn task(dataset: &Dataset, config: &Config) -> Result<Task, TrainError> {
    let kind = config.task.kind.kind().unwrap_or(dataset.kind());
    let mut classes = dataset.classes().to_vec();
    match (dataset.kind(), kind) {
        // One map becomes two exclusive ones, and back.
        (Kind::Binary, Kind::Multiclass) => classes.insert(0, "background".into()),
        (Kind::Multiclass, Kind::Binary) if classes.len() == 2 => drop(classes.remove(0)),
        _ => {}
    }
    let found = config.train.class_weights.len();
    if found != 0 && found != classes.len() {
        let names = classes.join(", ");
        return Err(TrainError::ClassWeights { found, classes: classes.len(), names });
    }
    let head = match (config.task.joint, config.train.likelihood) {
        (JointKind::Independent, Likelihood::Binomial) => Head::Classes,
        (JointKind::Independent, Likelihood::BetaBinomial) if kind == Kind::Multiclass => {
            return Err(TrainError::LikelihoodKind { kind });
        }
        (JointKind::Independent, Likelihood::BetaBinomial) => Head::BetaBinomial,
        _ => Head::Joint(family(kind, classes.len(), config)?),
    };
    let instead = if kind == Kind::Multiclass { LossKind::Softmax } else { LossKind::Sigmoid };
    for term in &config.train.loss {
        if matches!(term.kind, LossKind::Sigmoid | LossKind::Softmax) && term.kind != instead {
            return Err(TrainError::OtherLoss { loss: term.kind, kind, instead });
        }
    }
    let space = LabelSpace::new(kind, classes)?;
    Ok(Task::new(space).with_head(head).expect("the head was chosen for these labels"))
}

/// The joint family that the settings ask for.
fn family(kind: Kind, labels: usize, config: &Config) -> Result<JointFamily, TrainError> {
    let (joint, train) = (config.task.joint, &config.train);
    if kind != Kind::Multilabel {
        return Err(TrainError::JointKind { joint, kind });
    }
    if !train.loss.is_empty() || !train.class_weights.is_empty() || train.balance != ClassBalance::None {
        return Err(TrainError::JointLoss { joint });
    }
    let family = JointFamily::new(joint, labels, config.task.components)?;
    if labels > MOST_SET_LABELS {
        return Err(TrainError::JointLabels { joint, labels });
    }
    Ok(family)
}

/// What the settings minimise; only a loss of classes has terms and class weights.
pub(super) fn objective(task: &Task, config: &Config, mass: &ClassMass) -> Objective {
    match task.objective() {
        Objective::Classes(loss) => {
            let train = &config.train;
            let loss = loss.with_terms(&train.loss).with_class_weights(&train.class_weights);
            Objective::Classes(match train.balance {
                ClassBalance::None => loss,
                ClassBalance::Dataset => loss.balanced(mass),
            })
        }
        own => own,
    }
}
