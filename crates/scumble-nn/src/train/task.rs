//! The task and the objective that settings ask for, of a data set.

use super::TrainError;
use crate::config::ClassBalance;
use crate::head::{ClassLoss, Head, Objective};
use crate::{Config, Task};
use scumble::joint::JointKind;
use scumble::labels::{Kind, LabelSpace};
use scumble::loss::{ClassMass, LossKind};
use scumble_data::{Dataset, Item};
use std::collections::BTreeSet;

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

/// The same of the raters who have marked any of these images, each of whom has a say.
pub(super) fn of_raters<'i>(
    task: Task,
    dataset: &Dataset,
    images: impl Iterator<Item = &'i Item>,
) -> Result<Task, TrainError> {
    let names: BTreeSet<&str> = images.flat_map(Item::raters).collect();
    match names.is_empty() {
        true => Err(TrainError::NoRaters { path: dataset.root().into() }),
        false => Ok(task.with_raters(names).expect("settings of classes, and names that differ")),
    }
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
    let train = &config.train;
    let as_asked = |loss: ClassLoss| {
        let loss = loss.with_terms(&train.loss).with_class_weights(&train.class_weights);
        match train.balance {
            ClassBalance::None => loss,
            ClassBalance::Dataset => loss.balanced(mass),
        }
    };
    match task.objective() {
        Objective::Classes(loss) => Objective::Classes(as_asked(loss)),
        Objective::Raters(loss, raters) => Objective::Raters(as_asked(loss), raters),
        own => own,
    }
}
