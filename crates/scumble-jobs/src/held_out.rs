//! Which images a run has not learnt from.

use scumble_data::{Band, Dataset, Item};
use scumble_nn::{Run, RunData};
use std::path::Path;

/// What may be judged of a data set, or calibrated on.
pub(crate) struct HeldOut {
    /// Names of the images.
    pub(crate) images: Vec<String>,
    /// Only this band of each.
    pub(crate) region: Option<Band>,
    /// How many of the images were trained on, as far as is known.
    pub(crate) seen: usize,
}

impl HeldOut {
    /// Of a data set that runs were trained on, what all of them held out to validate by; else the whole of it.
    ///
    /// `asked`: the user has said which images or which region, and gets them.
    pub(crate) fn choose(runs: &[&Path], dataset: &Dataset, region: Option<Band>, asked: bool) -> Self {
        let trained: Vec<RunData> = runs.iter().filter_map(|run| trained_on(run, dataset)).collect();
        let mut items: Vec<&Item> = dataset.items().iter().collect();
        let mut region = region;
        let named = |names: &[String], item: &Item| names.iter().any(|name| name == item.id());
        if !asked {
            let bands: Vec<&String> = trained.iter().filter_map(|data| data.band.as_ref()).collect();
            if bands.len() == trained.len() && bands.windows(2).all(|pair| pair[0] == pair[1]) {
                region = bands.first().and_then(|band| band.parse().ok());
            }
            items.retain(|item| {
                trained.iter().all(|data| data.validation.is_empty() || named(&data.validation, item))
            });
        }
        let seen = |item: &&&Item| {
            trained.iter().any(|data| named(&data.train, item) && !(data.band.is_some() && region.is_some()))
        };
        let seen = items.iter().filter(seen).count();
        Self { images: items.iter().map(|item| item.id().to_string()).collect(), region, seen }
    }
}

/// What a run was trained on, if it was this data set, a part of it or more of it.
fn trained_on(run: &Path, dataset: &Dataset) -> Option<RunData> {
    // A model file lies in its run.
    let folder = if run.is_file() { run.parent()? } else { run };
    let data = Run::open(folder).ok()?.info().ok()?.data;
    let (theirs, ours) = (data.path.canonicalize().ok()?, dataset.root().canonicalize().ok()?);
    (theirs.starts_with(&ours) || ours.starts_with(&theirs)).then_some(data)
}
