//! Which of several predictions is better on the same images, and whether that is more than chance.

use super::error::Error;
use super::request::CompareRequest;
use crate::held_out::Selection;
use crate::judge::{JudgeRequest, JudgeSettings, Judgement, judge_data};
use crate::open::Running;
use crate::predictions::Predictions;
use crate::{JobError, Observer};
use scumble::score::{Groups, Jackknife, PairedDifference, Scores, Tally, Turn, score_names};
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
pub const SCORES: [Score; 5] = [
    Score { name: "truth_distance", lower_is_better: true },
    Score { name: "excess", lower_is_better: true },
    Score { name: "brier", lower_is_better: true },
    Score { name: "calibration", lower_is_better: true },
    Score { name: "dice", lower_is_better: false },
];

/// One value of each.
type Values = [Option<f64>; SCORES.len()];

fn values(scores: &Scores) -> Values {
    SCORES.map(|score| {
        score_names().iter().find(|named| named.name == score.name).and_then(|named| (named.of)(scores))
    })
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
    pub values: Vec<Values>,
    /// How much each contestant but the first is above it, score by score.
    pub against_first: Vec<[Difference; SCORES.len()]>,
}

/// By how much a contestant's score is above that of the first, on the same images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// `None` where it is not known.
    pub found: Option<PairedDifference>,
    /// Which is better, and whether that can be said.
    pub verdict: Verdict,
}

/// What can be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is no such score.
    Unknown,
    /// It is the same on every image, to the digits of a 32-bit float.
    Equal,
    /// Too few groups of images to say.
    TooFew,
    /// There may be none.
    NotShown,
    /// Better than the first.
    Better,
    /// Worse than the first.
    Worse,
}

impl Verdict {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "cannot be told",
            Self::Equal => "equal",
            Self::TooFew => "too few images to say",
            Self::NotShown => "no difference shown",
            Self::Better => "better",
            Self::Worse => "worse",
        }
    }
}

impl Difference {
    fn new(score: Score, found: Option<PairedDifference>, equal: bool) -> Self {
        let verdict = match found {
            None => Verdict::Unknown,
            Some(_) if equal => Verdict::Equal,
            Some(found) => match found.shown() {
                None => Verdict::TooFew,
                Some(false) => Verdict::NotShown,
                Some(true) if (found.value < 0.0) == score.lower_is_better => Verdict::Better,
                Some(true) => Verdict::Worse,
            },
        };
        Self { found, verdict }
    }

    /// Whether the interval has 0 in it where the test shows a difference, or has not where it shows none: they are two methods.
    pub fn at_odds(&self) -> bool {
        let Some(interval) = self.found.and_then(|found| found.interval) else { return false };
        let apart = interval.low > 0.0 || interval.high < 0.0;
        match self.verdict {
            Verdict::Better | Verdict::Worse => !apart,
            Verdict::NotShown | Verdict::TooFew => apart,
            Verdict::Unknown | Verdict::Equal => false,
        }
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "difference": self.found.map(|found| found.value),
            "interval": self.found.and_then(|found| found.interval),
            "chance": self.found.and_then(|found| found.chance),
            "groups_needed": self.found.and_then(|found| found.groups_needed),
            "verdict": self.verdict.name(),
        })
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
    let runs: Vec<&Path> = request.runs.iter().map(PathBuf::as_path).collect();
    let running =
        Running::new(&runs, (request.device, request.precision), &request.averaging, request.tile, observer);
    let judged = |run: &PathBuf| {
        let mut predictions = Predictions::open(&[run], dataset, &running)?;
        predictions.tell(&request.averaging, observer);
        let request = JudgeRequest {
            settings: *settings,
            allow_missing: request.allow_missing,
            ..JudgeRequest::new(run, dataset.root())
        };
        judge_data(&request, &mut predictions, dataset, Selection::default(), observer, None)
    };
    request.runs.iter().map(judged).collect()
}

impl Contest {
    pub(super) fn new(
        data: &Path,
        names: &[String],
        judged: &[Judgement],
        mut selection: Selection,
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
        let common = |id: &String| judged.iter().all(|judged| image(judged, id).is_some());
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
        let on = |judged| images.iter().filter_map(|id| image(judged, id)).collect::<Vec<_>>();
        let of_first = on(first);
        let against_first = |other| differences(&of_first, &on(other), &groups);
        Ok(Self {
            data: data.into(),
            missing,
            selection,
            groups: groups.count(),
            values: judged.iter().map(|judged| values(&sum(&on(judged)).scores())).collect(),
            against_first: others.iter().map(against_first).collect(),
            images,
        })
    }
}

/// An image's scores, and the sums behind them.
type Image<'j> = (&'j Scores, &'j Tally);

fn image<'j>(judged: &'j Judgement, id: &str) -> Option<Image<'j>> {
    let mut images = judged.images.iter().zip(&judged.tallies);
    images.find(|((image, _), _)| image == id).map(|((_, scores), tally)| (scores, tally))
}

/// # Panics
/// No image.
fn sum(images: &[Image<'_>]) -> Tally {
    Tally::drawn(images.iter().map(|(_, tally)| *tally), &vec![1; images.len()]).expect("there is an image")
}

/// By how much another's scores are above those of the first, on the same images.
fn differences(first: &[Image<'_>], other: &[Image<'_>], groups: &Groups) -> [Difference; SCORES.len()] {
    // A group goes one way as a whole, so its sums are enough.
    let groups = groups.at_most(Jackknife::MOST_GROUPS);
    let of_group = |images: &[Image<'_>], group: usize| {
        let inside = images.iter().zip(groups.indices()).filter(|(_, of)| **of == group);
        sum(&inside.map(|(image, _)| *image).collect::<Vec<_>>())
    };
    let sums: Vec<(Tally, Tally)> =
        (0..groups.count()).map(|group| (of_group(first, group), of_group(other, group))).collect();
    let nothing = Tally::drawn(sums.iter().map(|(first, _)| first), &vec![0; sums.len()]).expect("a group");
    let found = PairedDifference::each(&Groups::each(sums.len()), |turns| {
        let (mut of_first, mut of_other) = (nothing.clone(), nothing.clone());
        for ((first, other), turn) in sums.iter().zip(turns) {
            let (first, other) = match turn {
                Turn::AsItIs => (first, other),
                Turn::Exchanged => (other, first),
                Turn::LeftOut => continue,
            };
            of_first.add_times(first, 1);
            of_other.add_times(other, 1);
        }
        let pairs = values(&of_other.scores()).into_iter().zip(values(&of_first.scores()));
        pairs.map(|(other, first)| Some(other? - first?)).collect()
    });
    let equal = |at: usize| {
        let mut pairs = first.iter().zip(other);
        pairs.all(|((first, _), (other, _))| same(values(first)[at], values(other)[at]))
    };
    std::array::from_fn(|at| Difference::new(SCORES[at], found[at], equal(at)))
}

/// Whether two scores differ by the rounding of 32-bit probabilities at most.
fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 + 1e-6 * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
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
