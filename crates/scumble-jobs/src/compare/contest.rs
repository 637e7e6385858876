//! Which of several predictions is better on the same images, and whether that is more than chance.

use super::error::Error;
use super::request::CompareRequest;
use crate::held_out::Selection;
use crate::judge::{JudgeRequest, JudgeSettings, Judgement, judge_data};
use crate::predictions::Predictions;
use crate::{JobError, Observer};
use scumble::score::{Bootstrap, Groups, Interval, Tally, score_names};
use scumble_data::Dataset;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A score's name, as a judgement has it, and which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Its name.
    pub name: &'static str,
    /// Whether less of it is better.
    pub lower_is_better: bool,
}

/// What is compared.
pub const SCORES: [Score; 4] = [
    Score { name: "excess", lower_is_better: true },
    Score { name: "brier", lower_is_better: true },
    Score { name: "calibration", lower_is_better: true },
    Score { name: "dice", lower_is_better: false },
];

impl Score {
    /// Of all pixels of the images together, each of which counts as often as it was drawn.
    fn of(&self, images: &[&Tally], times: &[u32]) -> Option<f64> {
        let scores = Tally::drawn(images.iter().copied(), times)?.scores();
        score_names().iter().find(|named| named.name == self.name).and_then(|named| (named.of)(&scores))
    }
}

/// Contestants on the images that all of them have predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    /// The data set.
    pub data: PathBuf,
    /// Names of the images.
    pub images: Vec<String>,
    /// Names of the images that some contestant has no prediction of, which are left out.
    pub missing: Vec<String>,
    /// Why these images, and what some run has learnt from of them.
    pub selection: Selection,
    /// How many groups they are of.
    pub groups: usize,
    /// Each contestant's values of the [scores](SCORES).
    pub values: Vec<[Option<f64>; SCORES.len()]>,
    /// How much each contestant but the first is above it, score by score.
    pub against_first: Vec<[Difference; SCORES.len()]>,
}

/// By how much a contestant's score is above that of the first, on the same draws of images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// On the images as they are.
    pub value: Option<f64>,
    /// From drawing the groups of images anew.
    pub interval: Option<Interval>,
    lower_is_better: bool,
}

impl Difference {
    /// In words.
    pub fn verdict(&self) -> &'static str {
        match &self.interval {
            None => "cannot be told",
            Some(interval) if interval.low <= 0.0 && interval.high >= 0.0 => "no difference seen",
            Some(interval) if (interval.high < 0.0) == self.lower_is_better => "better",
            Some(_) => "worse",
        }
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"difference": self.value, "interval": self.interval, "verdict": self.verdict()})
            .serialize(serializer)
    }
}

/// Each contestant's scores, image by image.
pub(super) fn judge_contestants(
    request: &CompareRequest,
    settings: &JudgeSettings,
    dataset: &Dataset,
    observer: &dyn Observer,
) -> Result<Vec<Judgement>, JobError> {
    let judged = |run: &PathBuf| {
        let mut predictions = Predictions::open(run, dataset, &request.device, request.tile)?;
        let request = JudgeRequest {
            settings: *settings,
            allow_missing: request.allow_missing,
            ..JudgeRequest::new(run, dataset.root())
        };
        judge_data(&request, &mut predictions, dataset, Selection::default(), observer, &mut |_| Ok(()))
    };
    request.runs.iter().map(judged).collect()
}

impl Contest {
    pub(super) fn new(
        data: &Path,
        names: &[String],
        judged: &[Judgement],
        mut selection: Selection,
        bootstrap: &Bootstrap,
    ) -> Result<Self, Error> {
        let (first, others) = judged.split_first().ok_or(Error::Alone)?;
        for (name, other) in names.iter().skip(1).zip(others) {
            let (a, b) = (&first.task, &other.task);
            if (a.kind(), a.classes().len()) != (b.kind(), b.classes().len()) {
                return Err(Error::Questions {
                    first: names[0].clone(),
                    first_labels: (a.kind(), a.classes().join(", ")),
                    other: name.clone(),
                    other_labels: (b.kind(), b.classes().join(", ")),
                });
            }
        }
        let common = |id: &String| judged.iter().all(|judged| tally(judged, id).is_some());
        let images: Vec<String> = first.images.iter().map(|(id, _)| id.clone()).filter(common).collect();
        if images.is_empty() {
            return Err(Error::NothingInCommon { data: data.into() });
        }
        let mut missing: Vec<String> = judged.iter().flat_map(|judged| judged.missing.clone()).collect();
        missing.sort_unstable();
        missing.dedup();
        selection.learnt.retain(|image| images.contains(image));
        let group = |id: &String| {
            let at = first.images.iter().position(|(image, _)| image == id)?;
            first.groups.get(at)
        };
        let groups = Groups::of(images.iter().map(group));
        let once = vec![1; images.len()];
        let tallies = |judged| images.iter().filter_map(|id| tally(judged, id)).collect::<Vec<_>>();
        let of_first = tallies(first);
        let values = |judged| {
            let tallies = tallies(judged);
            SCORES.map(|score| score.of(&tallies, &once))
        };
        let differences = |other| {
            let of_other = tallies(other);
            SCORES.map(|score| {
                let above = |times: &[u32]| Some(score.of(&of_other, times)? - score.of(&of_first, times)?);
                Difference {
                    value: above(&once),
                    interval: bootstrap.interval(&groups, above),
                    lower_is_better: score.lower_is_better,
                }
            })
        };
        Ok(Self {
            data: data.into(),
            missing,
            selection,
            groups: groups.count(),
            values: judged.iter().map(values).collect(),
            against_first: others.iter().map(differences).collect(),
            images,
        })
    }
}

fn tally<'j>(judged: &'j Judgement, id: &str) -> Option<&'j Tally> {
    let mut images = judged.images.iter().zip(&judged.tallies);
    images.find(|((image, _), _)| image == id).map(|(_, tally)| tally)
}

impl Serialize for Contest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn by_name<T: Serialize>(values: &[T; SCORES.len()]) -> Value {
            SCORES.iter().zip(values).map(|(score, value)| (score.name.to_string(), json!(value))).collect()
        }
        json!({
            "data": self.data,
            "images": self.images,
            "without_prediction": self.missing,
            "rule": self.selection.rule,
            "trained_on": self.selection.learnt.len(),
            "learnt_from": self.selection.learnt,
            "unlabelled": self.selection.unlabelled.images,
            "groups": self.groups,
            "values": self.values.iter().map(by_name).collect::<Vec<_>>(),
            "against_first": self.against_first.iter().map(by_name).collect::<Vec<_>>(),
        })
        .serialize(serializer)
    }
}
