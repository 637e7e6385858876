//! Which images are judged: those that a run has not learnt from, unless others are asked for.

use crate::fault::Fault;
use crate::{JobError, Observer};
use scumble_data::{Band, Dataset, Grouping, Item, Part, SplitError, Target, Unlabelled, listed};
use scumble_nn::Run;
use scumble_nn::train::RunData;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why these images are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// They are all that there are: no training on this data is known.
    #[default]
    All,
    /// They, or their region, were asked for.
    Named,
    /// They lie in test/, and nothing was learnt from them.
    Test,
    /// The training has held them out.
    #[serde(rename = "held out")]
    HeldOut,
}

/// Which images of a data set are judged, why these, and what is known of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Why these.
    pub rule: Rule,
    /// Only this band of each.
    pub region: Option<Band>,
    /// Names of the judged images that the model, or one of the models, has learnt from, as far as that is known.
    pub learnt: Vec<String>,
    /// Images that nothing can be held against; they are left out.
    pub unlabelled: Unlabelled,
    /// How many images with a label there are to choose from.
    pub of: usize,
}

/// What the user has said about images, and what they are for.
pub(crate) struct Choice<'a> {
    /// Whether images were named: then it is these.
    pub(crate) images: bool,
    /// The region, if one was named.
    pub(crate) region: Option<Band>,
    /// What they are held against.
    pub(crate) target: Target,
    /// Which belong together, if more is said of that than the run and the data set say.
    pub(crate) group: &'a Grouping,
    pub(crate) purpose: Purpose,
}

/// What images are chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To judge: those in test/ are there for it.
    Judge,
    /// To fit a calibration, which then learns from them: those in test/ are not.
    Fit,
}

/// Why there is nothing to judge.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Every image was learnt from by some run.
    #[error("{}: no image with a label that none of the runs has learnt from", data.display())]
    NothingHeldOut {
        /// The data set.
        data: PathBuf,
    },
    /// A run whose record names a region that is none.
    #[error(transparent)]
    Band(#[from] SplitError),
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// Keeps the images of a data set that are judged of predictions, each of a run folder, a model file or maps.
///
/// Of data that is not that of a training all images are; else those in test/, if they are to be judged and nothing was
/// learnt from them; else what all runs have held out to validate by, images or a band of each. Whoever names images, or
/// a folder within the training's data, gets these. The images are in the groups of the run, if it has a pattern.
pub(crate) fn choose(
    predictions: &[&Path],
    dataset: Dataset,
    asked: &Choice<'_>,
    observer: &dyn Observer,
) -> Result<(Dataset, Selection), JobError> {
    let mut records = Vec::new();
    for path in predictions {
        records.extend(Record::of(path, &dataset, observer)?);
    }
    let own = records.iter().map(|record| &record.group).find(|group| !group.is_default());
    let group = Some(asked.group).filter(|group| !group.is_default()).or(own);
    let dataset = if let Some(group) = group { dataset.grouped(group)? } else { dataset };
    let (dataset, unlabelled) = dataset.labelled(asked.target)?;
    if let Some(mixed) = dataset.mixed_labels(asked.target) {
        observer.note(&mixed);
    }
    let of = dataset.items().len();
    let (rule, names, region) = rule(&records, &dataset, asked, observer);
    let dataset = dataset.keep(&names);
    if dataset.items().is_empty() {
        return Err(Error::NothingHeldOut { data: dataset.root().into() }.into());
    }
    let learnt = |item: &&Item| records.iter().any(|record| record.learnt(item, region.as_ref()));
    let learnt: Vec<String> = dataset.items().iter().filter(learnt).map(|item| item.id().into()).collect();
    if !learnt.is_empty() {
        observer.warning(&format!(
            "{} trained on {} of these {} images, which favours it; others, or a region that was held out, judge it fairly",
            if predictions.len() == 1 { "the model was" } else { "a run was" },
            learnt.len(),
            dataset.items().len()
        ));
    }
    Ok((dataset, Selection { rule, region, learnt, unlabelled, of }))
}

/// Why which images, and which region of them.
fn rule(
    records: &[Record],
    dataset: &Dataset,
    asked: &Choice<'_>,
    observer: &dyn Observer,
) -> (Rule, Vec<String>, Option<Band>) {
    let items = dataset.items();
    let those = |wanted: &dyn Fn(&Item) -> bool| -> Vec<String> {
        items.iter().filter(|item| wanted(item)).map(|item| item.id().to_owned()).collect()
    };
    let part_of_it = records.iter().any(|record| record.around);
    if asked.images || part_of_it || records.is_empty() {
        let named = asked.images || part_of_it || asked.region.is_some();
        return (if named { Rule::Named } else { Rule::All }, those(&|_| true), asked.region);
    }
    // What a training that knows of no such folder has not learnt from may be judged as what it has held out.
    let unlearnt_in = |part: Part| {
        let learnt = |item: &Item| records.iter().any(|record| named(&record.data.train, item));
        those(&|item| item.part() == Some(part) && !learnt(item))
    };
    let test = unlearnt_in(Part::Test);
    if asked.purpose == Purpose::Judge && !test.is_empty() {
        return (Rule::Test, test, asked.region);
    }
    let val = unlearnt_in(Part::Val);
    if !val.is_empty() {
        return (Rule::HeldOut, val, asked.region);
    }
    let unknown = those(&|item| !records.iter().any(|record| record.knows(item)));
    if !unknown.is_empty() {
        observer.note(&format!("not judged, as the training knows nothing of them: {}", listed(&unknown)));
    }
    let held_out = those(&|item| records.iter().all(|record| named(&record.data.validation, item)));
    let mut bands: Vec<Band> = records.iter().filter_map(|record| record.band).collect();
    bands.dedup();
    match (asked.region, &bands[..]) {
        (None, [band]) => (Rule::HeldOut, held_out, Some(*band)),
        (Some(region), bands) if !bands.iter().all(|band| band.contains(&region)) => {
            (Rule::Named, held_out, Some(region))
        }
        (region, _) => (Rule::HeldOut, held_out, region),
    }
}

fn named(names: &[String], item: &Item) -> bool {
    names.iter().any(|name| name == item.id())
}

/// What a training has learnt from of a data set.
struct Record {
    data: RunData,
    band: Option<Band>,
    group: Grouping,
    /// Whether the data set is but a part of the training's.
    around: bool,
}

impl Record {
    /// Of the run that a model is of, if it was trained on this data set, a part of it or more of it.
    fn of(path: &Path, dataset: &Dataset, observer: &dyn Observer) -> Result<Option<Self>, JobError> {
        let Some(run) = run_of(path)? else { return Ok(None) };
        let (data, config) = (run.info()?.data, run.config(&[])?.data);
        let band = data.band.as_deref().map(str::parse).transpose().map_err(Error::Band)?;
        let record =
            |around| Ok(Some(Self { band, group: config.group.clone(), around, data: data.clone() }));
        let full = |path: &Path| path.canonicalize().ok();
        if let (Some(theirs), Some(ours)) = (full(&data.path), full(dataset.root())) {
            if theirs.starts_with(&ours) {
                return record(false);
            }
            if ours.starts_with(&theirs) {
                return record(true);
            }
        }
        let alike = |item: &&Item| named(&data.train, item);
        let alike: Vec<&str> = dataset.items().iter().filter(alike).map(Item::id).collect();
        if alike.is_empty() {
            return Ok(None);
        }
        if is_unchanged(dataset.root(), &config.images, &data) {
            return record(false);
        }
        observer.note(&format!(
            "the model was trained on images of these names, though not in this data set as it is: {}",
            listed(&alike)
        ));
        Ok(None)
    }

    /// Whether anything is known of an image.
    fn knows(&self, item: &Item) -> bool {
        [&self.data.train, &self.data.validation, &self.data.unlabelled]
            .iter()
            .any(|names| named(names, item))
    }

    /// Whether a region of an image was learnt from.
    fn learnt(&self, item: &Item, region: Option<&Band>) -> bool {
        let held_out = |band: &Band| region.is_some_and(|region| band.contains(region));
        named(&self.data.train, item) && !self.band.as_ref().is_some_and(held_out)
    }
}

/// Whether a folder holds what a run was trained on: the images of these patterns, as they were.
pub(crate) fn is_unchanged(folder: &Path, images: &[String], data: &RunData) -> bool {
    let dataset = Dataset::open(folder).and_then(|dataset| dataset.filter(images));
    dataset.and_then(|dataset| dataset.fingerprint()).is_ok_and(|found| found == data.fingerprint)
}

/// The run whose folder this is, or in whose folder this model file lies.
///
/// # Errors
/// A run folder that cannot be read.
pub(crate) fn run_of(path: &Path) -> Result<Option<Run>, JobError> {
    let folder = match path.is_file() {
        // Beside run.json, or among the checkpoints.
        true => path.ancestors().skip(1).take(2).find(|folder| folder.join("run.json").exists()),
        false => Some(path).filter(|folder| folder.join("run.json").exists()),
    };
    Ok(folder.map(Run::open).transpose()?)
}
