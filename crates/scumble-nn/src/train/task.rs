//! The task and the objective that settings ask for, of a data set.

use super::TrainError;
use crate::config::ClassBalance;
use crate::head::{Head, Objective};
use crate::{Config, Task};
use scumble::joint::JointKind;
use scumble::labels::{Kind, LabelSpace};
use scumble::loss::{ClassMass, LossKind};
use scumble_data::Dataset;

/// The task of a data set under these settings, which have been checked.
pub(super) fn task(dataset: &Dataset, config: &Config) -> Result<Task, TrainError> {
    let (settings, train) = (&config.task, &config.train);
    let kind = settings.kind.kind().unwrap_or(dataset.kind());
    let space = LabelSpace::new(kind, classes(dataset, kind))?;
    let found = train.class_weights.len();
    if found != 0 && found != space.count() {
        let names = space.classes().join(", ");
        return Err(TrainError::ClassWeights { found, classes: space.count(), names });
    }
    let joint = settings.joint;
    let head = Head::of(&space, joint, train.likelihood, settings.components)?;
    let plain =
        train.loss.is_empty() && train.class_weights.is_empty() && train.balance == ClassBalance::None;
    if joint != JointKind::Independent && !plain {
        return Err(TrainError::JointLoss { joint });
    }
    let instead = if kind == Kind::Multiclass { LossKind::Softmax } else { LossKind::Sigmoid };
    for term in &train.loss {
        if matches!(term.kind, LossKind::Sigmoid | LossKind::Softmax) && term.kind != instead {
            return Err(TrainError::OtherLoss { loss: term.kind, kind, instead });
        }
    }
    Ok(Task::new(space).with_head(head).expect("the head was chosen for these labels"))
}

/// What the classes of a data set are called where they are to be of another kind.
fn classes(dataset: &Dataset, kind: Kind) -> Vec<String> {
    let mut classes = dataset.classes().to_vec();
    match (dataset.kind(), kind) {
        // One map becomes two exclusive ones, and back.
        (Kind::Binary, Kind::Multiclass) => {
            let taken = classes.iter().any(|name| name == "background");
            classes.insert(0, if taken { "not background" } else { "background" }.into());
        }
        (Kind::Multiclass, Kind::Binary) if classes.len() == 2 => drop(classes.remove(0)),
        _ => {}
    }
    classes
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
