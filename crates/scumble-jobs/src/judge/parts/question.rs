//! What all parts of one judgement have in common: what was asked, of which images and predictions.

use super::error::Error;
use crate::held_out::Selection;
use crate::judge::findings::Known;
use crate::judge::request::JudgeRequest;
use crate::predictions::Predictions;
use crate::{JobError, open};
use scumble_data::Averaged;
use scumble_data::{Dataset, file_of, open_file};
use scumble_nn::Task;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was asked, of which images and predictions. Parts that differ in it are not put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) request: JudgeRequest,
    pub(super) task: Task,
    pub(super) averaged: Option<Averaged>,
    /// How finely the predictions are known: the least probability that is believed.
    pub(super) resolution: f64,
    /// How many images there are, slices of volumes counting one each.
    pub(super) images: usize,
    pub(super) selection: Selection,
    /// Names of the images without a prediction.
    pub(super) missing: Vec<String>,
    /// A hash of the images' names and groups, of the names of all files and their lengths.
    pub(super) data: String,
    /// A hash of the models' files, or of the names and lengths of the maps or samples.
    pub(super) predictions: String,
}

impl Question {
    pub(super) fn new(
        request: &JudgeRequest,
        known: &Known,
        predictions: &Predictions,
        dataset: &Dataset,
    ) -> Result<Self, JobError> {
        let Known { task, averaged, selection, missing } = known.clone();
        let mut data = Hash::default();
        for item in dataset.items() {
            data.text(item.id());
            data.text(item.group());
        }
        data.files(dataset.files(), dataset.root())?;
        let mut predicted = Hash::default();
        match predictions {
            Predictions::Model(_) => {
                for model in request.models() {
                    let mut files = open::model_files(model);
                    files.retain(|file| {
                        file.extension().is_some_and(|is| is == "safetensors") || file == model
                    });
                    files.sort();
                    files.iter().try_for_each(|file| predicted.content(file))?;
                }
            }
            Predictions::Maps { maps, .. } => predicted.files(maps.files(), maps.root())?,
            Predictions::Samples(samples) => predicted.files(samples.files(), &request.predictions)?,
        }
        // What is said of all where the parts are put together, and whether a file may be replaced, asks nothing.
        let request = JudgeRequest { overwrite: false, ..request.clone() };
        Ok(Self {
            request,
            task,
            averaged,
            resolution: predictions.resolution().edge(),
            selection,
            missing,
            images: dataset.items().len(),
            data: data.finish(),
            predictions: predicted.finish(),
        })
    }

    /// Refuses the question of a file that is another one.
    pub(super) fn must_be(&self, found: &Self, path: &Path) -> Result<(), Error> {
        if self == found {
            return Ok(());
        }
        let json = |question: &Self| serde_json::to_value(question).unwrap_or_default();
        let (what, found, expected) =
            difference(String::new(), &json(found), &json(self)).unwrap_or_default();
        Err(Error::Other { path: path.to_owned(), what, found, expected })
    }
}

/// Where two values differ first, in words, and what they are there.
fn difference(place: String, found: &Value, expected: &Value) -> Option<(String, String, String)> {
    if found == expected {
        return None;
    }
    if let (Value::Object(there), Value::Object(here)) = (found, expected) {
        let keys = here.keys().chain(there.keys().filter(|key| !here.contains_key(*key)));
        let inner = keys.map(|key| {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            difference(place, there.get(key).unwrap_or(&Value::Null), here.get(key).unwrap_or(&Value::Null))
        });
        return inner.flatten().next();
    }
    const LONG: usize = 80;
    let short = |value: &Value| match value.to_string() {
        text if text.chars().count() > LONG => text.chars().take(LONG).chain("..".chars()).collect(),
        text => text,
    };
    Some((place, short(found), short(expected)))
}

/// Of texts and files, so that no two lists of them are one.
#[derive(Default)]
struct Hash(Sha256);

impl Hash {
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }

    /// Names below a root, and lengths.
    fn files<'f>(&mut self, files: impl Iterator<Item = &'f Path>, root: &Path) -> Result<(), JobError> {
        let mut last: Option<PathBuf> = None;
        for path in files.map(file_of) {
            // The slices of a volume name its file many times.
            if last.as_deref() == Some(path) {
                continue;
            }
            let below = path.strip_prefix(root).unwrap_or(path);
            self.text(&below.to_string_lossy());
            let length = fs::metadata(path).map_err(JobError::io(path))?.len();
            self.0.update(length.to_le_bytes());
            last = Some(path.to_owned());
        }
        Ok(())
    }

    fn content(&mut self, path: &Path) -> Result<(), JobError> {
        let mut file = open_file(path).map_err(JobError::io(path))?;
        let mut content = Sha256::new();
        io::copy(&mut file, &mut Writer(&mut content)).map_err(JobError::io(path))?;
        self.0.update(content.finalize());
        Ok(())
    }

    fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

struct Writer<'h>(&'h mut Sha256);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
