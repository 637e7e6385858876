//! Judging by parts: many machines judge the images of their part each, and what they found is put together without the data.

mod error;
mod file;
mod merge;
mod question;

pub use error::Error;
pub use merge::{MergeRequest, merge};

use super::collect::collect;
use super::images::Looks;
use super::request::JudgeRequest;
use super::{Opened, known, open, reader, seen};
use crate::outputs::{sweep_old, writable};
use crate::part::Part;
use crate::{JobError, Observer};
use file::{Sums, read_header};
use question::Question;
use scumble_data::write_atomically;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A judgement of which one part is to be found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRequest {
    /// The judgement of all images. Conditions, tables and pages are of all images, and are asked for where the parts are put
    /// together.
    pub judge: JudgeRequest,
    /// The part: of its images alone labels and predictions are read.
    pub part: Part,
    /// Folder for the sums of all parts: a file each, `3-of-20.json`.
    pub output: PathBuf,
    /// Do nothing where the part's file is there: what was begun and stopped goes on.
    #[serde(default)]
    pub skip_existing: bool,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartResult {
    /// Which it is.
    pub part: Part,
    /// The file of its sums.
    pub sums: PathBuf,
    /// How many images of it were judged, slices of volumes counting one each; `None` where the file was there.
    pub images: Option<usize>,
    /// How many images there are in all.
    pub of: usize,
}

/// Judges the images of one part, and writes what [`merge`] needs of them: a few thousand bytes each. Which images are judged,
/// and what fits what, is found out as for all.
///
/// # Errors
/// As [`judge`](super::judge()); what is of all images and cannot be put together; a file that is there, of this part unless it is
/// to be skipped, or of another judgement.
pub fn judge_part(request: &PartRequest, observer: &dyn Observer) -> Result<PartResult, JobError> {
    alone(&request.judge)?;
    let Opened { request: asked, mut predictions, dataset, selection } = open(&request.judge, observer)?;
    let dataset = &seen(&predictions, &dataset, observer)?;
    let known = known(&asked, &predictions, dataset, selection)?;
    let question = Question::new(&asked, &known, &predictions, dataset)?;
    let path = request.output.join(file::name(&request.part));
    let of = dataset.items().len();
    let result = |images| PartResult { part: request.part, sums: path.clone(), images, of };
    if request.skip_existing && path.is_file() {
        let there = read_header(&path)?;
        question.must_be(&there.question, &path)?;
        observer.note(&format!("part {}: {} is there already", request.part, path.display()));
        return Ok(result(None));
    }
    writable([path.clone()], dataset.files(), asked.overwrite)?;
    let reader = reader(&asked, &predictions, dataset, &known.task)?;
    std::fs::create_dir_all(&request.output).map_err(JobError::io(&request.output))?;
    sweep_old(&request.output);
    let looks = Looks { whole: false, shown: false, look: &mut |_, _| Ok(()) };
    let findings = collect(&mut predictions, &reader, (&asked, Some(&request.part)), observer, looks)?;
    let images = findings.images.items;
    observer.note(&format!("part {}: {images} of {of} images", request.part));
    write(&path, &Sums::new(request.part, question, findings))?;
    Ok(result(Some(images)))
}

fn write(path: &Path, sums: &Sums) -> Result<(), JobError> {
    Ok(write_atomically(path, |out| serde_json::to_writer(out, sums).map_err(Into::into))?)
}

/// Refuses what is of all images.
fn alone(request: &JudgeRequest) -> Result<(), Error> {
    let whole = [
        (
            request.adapt,
            "batch statistics are brought towards those of all images, and a part knows its own alone",
        ),
        (
            !request.gates.is_empty(),
            "conditions are of all images: ask for them where the parts are put together",
        ),
        (
            !request.written.is_empty(),
            "tables are of all images: ask for them where the parts are put together",
        ),
        (
            request.report.is_some(),
            "a report shows images, which the sums of parts do not have: judge all in one run, or some that you name",
        ),
        (
            request.pictures.is_some(),
            "pictures are no part of what is put together: judge the images that you name without parts",
        ),
    ];
    match whole.into_iter().find(|(asked, _)| *asked) {
        Some((_, why)) => Err(Error::OfAll { why }),
        None => Ok(()),
    }
}
