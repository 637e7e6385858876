//! Objects of the hard prediction, found and counted beside those of every rater's mask and of the label.

use super::error::Error;
use super::opinions::{Opinion, each_opinion, in_order};
use super::over_images::{interval, mean};
use super::reader::JudgedImage;
use super::request::{MatchIou, Probability};
use ndarray::Axis;
use scumble::score::objects::{ObjectCounts, ObjectScores, objects};
use scumble::score::{Interval, Scale};
use scumble_data::Prediction;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeMap;

/// Objects of one class against one opinion of where they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectRow {
    /// The image's name.
    pub image: String,
    /// What its group is called.
    pub group: String,
    /// The class's name.
    pub class: String,
    /// A rater's name, or "label".
    pub against: String,
    /// What was found.
    pub counts: ObjectCounts,
}

/// The same over all images.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectTotal {
    /// The class's name.
    pub class: String,
    /// A rater's name, or "label".
    pub against: String,
    /// How many images there is such an opinion of.
    pub images: u64,
    /// Their objects together.
    pub counts: ObjectCounts,
    /// Mean over the images of the expected number of objects less the number that there is.
    pub count_bias: f64,
    /// Mean over the images of the absolute difference of the two.
    pub count_error: f64,
    /// 95 % intervals over groups of images of F1, panoptic quality and the bias, by these names; without those that cannot be
    /// told.
    pub intervals: BTreeMap<&'static str, Interval>,
}

/// What was found of each image's objects, and of all together.
#[derive(Debug, Clone)]
pub struct Objects {
    iou: MatchIou,
    classes: Vec<String>,
    threshold: f64,
    rows: Vec<ObjectRow>,
}

impl Objects {
    /// Nothing looked at yet.
    pub(super) fn new(classes: Vec<String>, iou: MatchIou, threshold: Probability) -> Self {
        Self { iou, classes, threshold: threshold.get(), rows: Vec::new() }
    }

    /// Adds what was found elsewhere.
    pub(super) fn add_rows(&mut self, rows: Vec<ObjectRow>) {
        self.rows.extend(rows);
    }

    /// Puts the images in order.
    pub(super) fn sort(&mut self, place: impl Fn(&str) -> usize) {
        self.rows.sort_by_key(|row| place(&row.image));
    }

    /// Looks at an image.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) -> Result<(), Error> {
        let Self { iou, classes, rows, .. } = self;
        each_opinion(image, self.threshold, &mut |Opinion { class, against, predicted, truth }| {
            let (predicted, truth, above) = (predicted.view(), truth.view(), iou.get());
            let counts = match image.prediction {
                Prediction::F32(maps) => objects(predicted, maps.index_axis(Axis(0), class), truth, above)?,
                Prediction::F64(maps) => objects(predicted, maps.index_axis(Axis(0), class), truth, above)?,
            };
            let (image, group) = (image.item.id().to_owned(), image.item.group().to_owned());
            let (class, against) = (classes[class].clone(), against.to_owned());
            rows.push(ObjectRow { image, group, class, against, counts });
            Ok(())
        })
    }

    /// Above which IoU objects are the same.
    pub fn iou(&self) -> f64 {
        self.iou.get()
    }

    /// Of each image each class against each of its raters, then against the label.
    pub fn rows(&self) -> &[ObjectRow] {
        &self.rows
    }

    /// Over all images: of each class against the raters, by name, then against the label.
    pub fn totals(&self) -> Vec<ObjectTotal> {
        let against = in_order(self.rows.iter().map(|row| &*row.against));
        let pairs = self.classes.iter().flat_map(|class| against.iter().map(move |name| (class, *name)));
        pairs.filter_map(|(class, against)| self.total(class, against)).collect()
    }

    /// One class against one opinion; `None` where no image has it.
    pub fn total(&self, class: &str, against: &str) -> Option<ObjectTotal> {
        let rows = self.rows.iter().filter(|row| row.class == class && row.against == against);
        let rows: Vec<(&str, ObjectCounts)> = rows.map(|row| (&*row.group, row.counts)).collect();
        let off = |counts: &ObjectCounts| counts.expected - counts.scores().objects as f64;
        let all = |kept: &mut dyn Iterator<Item = &ObjectCounts>| {
            kept.fold(ObjectCounts::default(), |mut all, counts| {
                all.merge(counts);
                all
            })
        };
        let counts = || rows.iter().map(|(_, counts)| counts);
        let intervals = [
            ("f1", interval(&rows, Scale::Share, |kept| all(kept).scores().f1)),
            ("panoptic_quality", interval(&rows, Scale::Share, |kept| all(kept).scores().panoptic_quality)),
            ("count_bias", interval(&rows, Scale::Real, |kept| mean(kept.map(off)))),
        ];
        Some(ObjectTotal {
            class: class.to_owned(),
            against: against.to_owned(),
            images: rows.len() as u64,
            counts: all(&mut counts()),
            count_bias: mean(counts().map(off))?,
            count_error: mean(counts().map(|counts| off(counts).abs()))?,
            intervals: intervals.into_iter().filter_map(|(name, interval)| Some((name, interval?))).collect(),
        })
    }
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    class: &'a str,
    against: &'a str,
    #[serde(flatten)]
    scores: ObjectScores,
    #[serde(flatten)]
    total: Option<Means<'a>>,
}

#[derive(Serialize)]
struct Means<'a> {
    images: u64,
    count_bias: f64,
    count_error: f64,
    intervals: &'a BTreeMap<&'static str, Interval>,
}

impl Serialize for Objects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let totals = self.totals();
        let all = totals.iter().map(|total| {
            let ObjectTotal { class, against, images, counts, count_bias, count_error, intervals } = total;
            let (images, count_bias, count_error) = (*images, *count_bias, *count_error);
            let total = Some(Means { images, count_bias, count_error, intervals });
            Named { image: None, class, against, scores: counts.scores(), total }
        });
        let images = self.rows.iter().map(|row| {
            let ObjectRow { image, class, against, counts, .. } = row;
            Named { image: Some(image), class, against, scores: counts.scores(), total: None }
        });
        json!({
            "iou": self.iou(),
            "all": all.collect::<Vec<_>>(),
            "images": images.collect::<Vec<_>>(),
        })
        .serialize(serializer)
    }
}
