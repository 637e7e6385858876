//! What one wants to know of a data set first: is it sound, what is in it, how far do its raters agree.

mod flags;
mod pictures;
mod summary;
mod sums;

pub use flags::MaskFlag;
pub use summary::{
    ChannelSummary, ClassAgreement, ClassSummary, DirectedAgreement, DisputedImage, MaskAgreement,
    OutlyingSamples, PairAgreement, RaterAgreement, RatersPerImage, SameMask, Size, Summary, WithoutData,
};

use crate::outputs::apart;
use crate::{JobError, Observer, Steps, open};
use pictures::Pictures;
use rayon::prelude::*;
use scumble_data::{DataError, Dataset, ImageSummary, check_files, check_layout, check_level, check_unread};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use sums::Sums;

/// Which data set to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The data set's folder.
    pub data: PathBuf,
    /// Only images that match one of these patterns; none: all, and the folder as such.
    #[serde(default)]
    pub images: Vec<String>,
    /// Write pictures of the disagreement into this folder: the most disputed images, the raters beside each other, their
    /// pairs, and masks that look like those of other images.
    #[serde(default)]
    pub pictures: Option<PathBuf>,
    /// Replace pictures that are in the folder already.
    #[serde(default)]
    pub overwrite: bool,
    /// Show among the pictures what a training would learn from.
    #[serde(default)]
    pub augmented: Option<Augmented>,
}

/// Patches to show as a training would draw them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmented {
    /// How many.
    pub patches: usize,
    /// A file of settings of the training in TOML, over the defaults.
    #[serde(default)]
    pub config: Option<PathBuf>,
    /// Settings over those, as KEY=VALUE.
    #[serde(default)]
    pub assignments: Vec<String>,
}

/// What was found; what JSON says of it is this, and `docs/checking.md` explains every key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The data set's folder.
    pub data: PathBuf,
    /// What is there. None where it is not known what the maps mean; that is among the problems.
    #[serde(flatten)]
    pub summary: Option<Summary>,
    /// What is wrong, file by file.
    pub problems: Vec<String>,
}

/// Reads every file of a data set, says what is wrong with it and sums up what is there.
///
/// # Errors
/// A folder that holds no data set, patterns that no image matches, pictures that would be replaced or cannot be
/// written. What is wrong with the files is no error but a [problem](CheckResult::problems).
pub fn check(request: &CheckRequest, observer: &dyn Observer) -> Result<CheckResult, JobError> {
    let pictures = match &request.pictures {
        Some(folder) => Some(Pictures::into(folder, request.overwrite)?),
        None => None,
    };
    let augmented = match &request.augmented {
        Some(asked) => Some((asked.patches, open::settings(asked.config.as_deref(), &asked.assignments)?)),
        None => None,
    };
    if let Some(error) = check_level(&request.data) {
        return Err(error.into());
    }
    let dataset = match Dataset::open_with_gaps(&request.data) {
        Ok(dataset) => dataset,
        Err(DataError::NoDataset { path, found }) if !check_unread(&path).is_empty() => {
            return Ok(not_understood(&request.data, &DataError::NoDataset { path, found }));
        }
        Err(error) if error.is_no_set() => return Err(error.into()),
        Err(error) => return Ok(not_understood(&request.data, &error)),
    };
    if let Some(folder) = &request.pictures {
        apart(folder, dataset.files())?;
    }
    let all = request.images.is_empty();
    let dataset = if all { dataset } else { dataset.filter(&request.images)? };

    let images = dataset.items().len();
    let steps = Steps::new(observer, "checking", (images + 1) as u64);
    let (sums, mut problems) = look(&dataset, &steps)?;
    if sums.labelled > 0 && sums.counts_nothing() {
        problems.push(DataError::NothingCounts { root: dataset.root().to_owned() }.to_string());
    }
    if all {
        problems.extend(check_layout(&request.data).iter().map(ToString::to_string));
    }
    // A file that cannot be read has no fingerprint; it is among the problems.
    let fingerprint = dataset.fingerprint().ok();
    steps.step();
    let summary = Summary::of(&sums, &dataset, fingerprint);
    if let Some(pictures) = &pictures {
        pictures.write(&dataset, &sums, &summary, observer)?;
        if let Some((patches, config)) = &augmented {
            pictures.write_augmented(&dataset, config, *patches, observer)?;
        }
    }
    let summary = Some(summary);
    Ok(CheckResult { version: 1, data: dataset.root().to_owned(), summary, problems })
}

/// One look at every item, in parallel; summed in their order, so that nothing depends on the number of threads.
fn look(dataset: &Dataset, steps: &Steps<'_>) -> Result<(Sums, Vec<String>), JobError> {
    let look_at = |place: usize| {
        steps.go_on()?;
        let (sums, found) = Sums::of(dataset, place);
        steps.step();
        Ok((sums, (found.errors, found.image)))
    };
    let looked: Result<Vec<_>, JobError> = (0..dataset.items().len()).into_par_iter().map(look_at).collect();
    let (parts, found): (Vec<Sums>, Vec<_>) = looked?.into_iter().unzip();
    let mut all = Sums::empty(dataset);
    parts.into_iter().for_each(|part| all.merge(part));
    let (errors, images): (Vec<Vec<DataError>>, Vec<Option<ImageSummary>>) = found.into_iter().unzip();
    let mut problems: Vec<String> = errors.iter().flatten().map(ToString::to_string).collect();
    problems.extend(dataset.conflicts(&images).iter().map(ToString::to_string));
    Ok((all, problems))
}

/// Without knowing what the maps mean nothing can be summed up, but all that is wrong with the files can be said.
fn not_understood(root: &Path, error: &DataError) -> CheckResult {
    let (layout, files) = (check_layout(root), check_files(root));
    let mut problems = Vec::new();
    let mut known = HashSet::new();
    for problem in [error].into_iter().chain(&layout).chain(&files).map(ToString::to_string) {
        if known.insert(problem.clone()) {
            problems.push(problem);
        }
    }
    CheckResult { version: 1, data: root.to_owned(), summary: None, problems }
}
