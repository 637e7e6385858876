//! Objects of the hard prediction, found and counted beside those of every rater's mask and of the label.

use super::error::Error;
use super::images::JudgedImage;
use super::opinions::{LABEL, Opinion, each_opinion};
use super::request::{MatchIou, Probability};
use ndarray::Axis;
use scumble::score::objects::{ObjectCounts, ObjectScores, objects};
use scumble_data::Prediction;
use serde::{Serialize, Serializer};
use serde_json::json;

/// Objects of one class against one opinion of where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectRow {
    /// The image's name.
    pub image: String,
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

    /// Looks at an image.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) -> Result<(), Error> {
        let Self { iou, classes, rows, .. } = self;
        each_opinion(image, self.threshold, &mut |Opinion { class, against, predicted, truth }| {
            let (predicted, truth, above) = (predicted.view(), truth.view(), iou.get());
            let counts = match image.prediction {
                Prediction::F32(maps) => objects(predicted, maps.index_axis(Axis(0), class), truth, above)?,
                Prediction::F64(maps) => objects(predicted, maps.index_axis(Axis(0), class), truth, above)?,
            };
            let (image, class, against) =
                (image.item.id().to_owned(), classes[class].clone(), against.to_owned());
            rows.push(ObjectRow { image, class, against, counts });
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
        let names = |row: &ObjectRow| row.against.clone();
        let mut against: Vec<String> = self.rows.iter().map(names).filter(|name| name != LABEL).collect();
        against.sort();
        against.dedup();
        against.push(LABEL.to_owned());
        let pairs = self.classes.iter().flat_map(|class| against.iter().map(move |name| (class, name)));
        pairs.filter_map(|(class, against)| self.total(class, against)).collect()
    }

    /// One class against one opinion; `None` where no image has it.
    pub fn total(&self, class: &str, against: &str) -> Option<ObjectTotal> {
        let rows: Vec<&ObjectRow> =
            self.rows.iter().filter(|row| row.class == class && row.against == against).collect();
        let mut counts = ObjectCounts::default();
        rows.iter().for_each(|row| counts.merge(&row.counts));
        let off = |row: &&ObjectRow| row.counts.expected - row.counts.scores().objects as f64;
        let mean =
            |of: &dyn Fn(f64) -> f64| rows.iter().map(|row| of(off(row))).sum::<f64>() / rows.len() as f64;
        (!rows.is_empty()).then(|| ObjectTotal {
            class: class.to_owned(),
            against: against.to_owned(),
            images: rows.len() as u64,
            counts,
            count_bias: mean(&|off| off),
            count_error: mean(&f64::abs),
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
    total: Option<Means>,
}

#[derive(Serialize)]
struct Means {
    images: u64,
    count_bias: f64,
    count_error: f64,
}

impl Serialize for Objects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let totals = self.totals();
        let all = totals.iter().map(|total| {
            let ObjectTotal { class, against, images, counts, count_bias, count_error } = total;
            let (images, count_bias, count_error) = (*images, *count_bias, *count_error);
            let total = Some(Means { images, count_bias, count_error });
            Named { image: None, class, against, scores: counts.scores(), total }
        });
        let images = self.rows.iter().map(|row| {
            let ObjectRow { image, class, against, counts } = row;
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
