//! Which images train and which validate.

use super::{RunData, TrainError};
use crate::head::Head;
use crate::{Config, Observer};
use scumble_data::{Dataset, Item, Part, Split, SplitError, Target, Unlabelled, Validation, listed, split};
use std::collections::BTreeSet;

/// Which images take part in a training, and which do not.
pub(super) struct Chosen {
    /// Of the data set's items.
    pub(super) split: Split,
    /// What the group of each item is called.
    groups: Vec<String>,
    /// Images that have nothing to learn from, and images to validate by that have nothing to be held against.
    left_out: Vec<Unlabelled>,
    /// Images that are there to be judged, once.
    test: usize,
    /// What the target takes, where it is not the same for all images.
    mixed: Option<String>,
}

impl Chosen {
    /// The folders `train` and `val` where they exist, else as the settings say; of a run that goes on, as it is
    /// `recorded`. Images without the label that they would be there for are left out.
    pub(super) fn choose(
        dataset: &Dataset,
        config: &Config,
        head: &Head,
        recorded: Option<&RunData>,
    ) -> Result<Self, TrainError> {
        let items = dataset.items();
        let groups: Vec<String> =
            dataset.groups(&config.data.group)?.into_iter().map(str::to_owned).collect();
        let target = |asked: Target| head.distribution().target(asked);
        let learnt = target(config.data.target.label());
        let judged = target(config.data.validation_target.label(config.data.target));
        let of = |part: Part| -> Vec<usize> {
            (0..items.len()).filter(|&i| items[i].part() == Some(part)).collect()
        };
        let (test, mixed) = (of(Part::Test).len(), dataset.mixed_labels(learnt));
        if let Some(record) = recorded {
            let split = as_recorded(items, record)?;
            return Ok(Self { split, groups, left_out: Vec::new(), test, mixed });
        }
        let (mut train, mut validation) = (of(Part::Train), of(Part::Val));
        let parts = !train.is_empty() && !validation.is_empty();
        if !parts {
            // A test folder is never learnt from.
            train = (0..items.len()).filter(|&i| items[i].part() != Some(Part::Test)).collect();
        }
        let mut left_out = vec![take_away(items, &mut train, learnt)];
        if train.is_empty() {
            return Err(match left_out[0].is_empty() {
                true => TrainError::NothingToLearn { path: dataset.root().into() },
                false => dataset.none_labelled(learnt).into(),
            });
        }
        let mut band = None;
        if !parts {
            let drawn = drawn(items, &groups, &train, config)?;
            (train, validation, band) = (drawn.train, drawn.validation, drawn.band);
        }
        left_out.push(take_away(items, &mut validation, judged));
        if validation.is_empty() && config.data.validation != Validation::None {
            let unlabelled = Box::new(left_out.remove(1));
            return Err(TrainError::NothingToValidate { unlabelled });
        }
        Ok(Self { split: Split { train, validation, band }, groups, left_out, test, mixed })
    }

    /// Names of the images that have nothing to learn from or to be held against.
    pub(super) fn left_out(&self) -> Vec<String> {
        self.left_out.iter().flat_map(|left_out| left_out.images.clone()).collect()
    }

    /// Says which images take part, which do not, and what is doubtful about that.
    pub(super) fn tell(&self, dataset: &Dataset, what: &str, observer: &dyn Observer) {
        let Split { train, validation, band } = &self.split;
        let names = |images: &[usize]| listed(images.iter().map(|&i| dataset.items()[i].id()));
        let held_out = match band {
            Some(band) => format!("{band} of each"),
            None if validation.is_empty() => "none: nothing will tell how well it does".into(),
            None => format!("{}: {}", self.count(validation), names(validation)),
        };
        observer.note(&format!("{what}; training on {}, validating on {held_out}", self.count(train)));
        if self.test > 0 {
            observer.note(&format!(
                "{} in test/ and so neither learnt from nor validated by",
                counted(self.test)
            ));
        }
        for unlabelled in self.left_out.iter().filter(|unlabelled| !unlabelled.is_empty()) {
            observer.note(&unlabelled.to_string());
        }
        if let Some(mixed) = &self.mixed {
            observer.note(mixed);
        }
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        let parted = self.split.parted(&groups);
        if !parted.is_empty() {
            observer.warning(&format!(
                "images of one group are learnt from and validated by, which flatters: {}",
                listed(parted)
            ));
        }
    }

    /// How many images, and of how many groups where these are fewer.
    fn count(&self, images: &[usize]) -> String {
        let groups: BTreeSet<&String> = images.iter().map(|&i| &self.groups[i]).collect();
        match groups.len() {
            groups if groups == images.len() => counted(groups),
            1 => format!("{} of 1 group", counted(images.len())),
            groups => format!("{} of {groups} groups", counted(images.len())),
        }
    }
}

/// Takes away the images without the label of a target, and says which.
fn take_away(items: &[Item], images: &mut Vec<usize>, target: Target) -> Unlabelled {
    let unlabelled = Unlabelled::of(images.iter().map(|&i| &items[i]), target);
    images.retain(|&i| items[i].has(target));
    unlabelled
}

/// Of `images`, the places of the data set's items, those that the settings hold out.
fn drawn(items: &[Item], groups: &[String], images: &[usize], config: &Config) -> Result<Split, SplitError> {
    let named: Vec<(&str, &str)> = images.iter().map(|&i| (items[i].id(), groups[i].as_str())).collect();
    let mut split = split(&named, &config.data.validation, config.data.seed)?;
    for index in split.train.iter_mut().chain(&mut split.validation) {
        *index = images[*index];
    }
    Ok(split)
}

/// The split that a run began with.
fn as_recorded(items: &[Item], record: &RunData) -> Result<Split, TrainError> {
    let place = |name: &String| {
        let place = items.iter().position(|item| item.id() == name);
        place.ok_or_else(|| TrainError::NotThere { path: record.path.clone(), image: name.clone() })
    };
    let places = |names: &[String]| names.iter().map(place).collect::<Result<Vec<usize>, _>>();
    let band = record.band.as_deref().map(str::parse).transpose()?;
    Ok(Split { train: places(&record.train)?, validation: places(&record.validation)?, band })
}

fn counted(images: usize) -> String {
    if images == 1 { "1 image".into() } else { format!("{images} images") }
}
