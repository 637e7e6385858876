//! Images that were judged one by one, and all of their pixels together.

use super::amounts::{FoundAmounts, JudgedAmounts};
use super::error::Error;
use super::uncertainty::{ImageRisk, JudgedUncertainty};
use scumble::labels::LabelSpace;
use scumble::score::{
    Curve, Groups, Intervals, Judge, JudgeOptions, Scores, Tally, calibration_by_chance, intervals,
};
use scumble_data::Item;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Images that were judged one by one: the scores of each, the sums of all. Knows no file.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::JudgeOptions;
/// use scumble_jobs::judge::PooledImages;
///
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
/// let mut pooled = PooledImages::new(&LabelSpace::new(Kind::Binary, ["water"])?, JudgeOptions::default());
/// for prediction in [0.3_f32, 0.4, 0.6] {
///     let mut judge = pooled.judge();
///     judge.add(&labels, array![[[prediction, 0.75]]].view(), NO_RATERS)?;
///     pooled.add("", "", &judge)?;
/// }
/// let found = pooled.finish();
/// assert_eq!((found.images[2].0.as_str(), found.all.pixels), ("3", 6));
/// assert!(found.intervals.unwrap().all["bias"].low < 0.08);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PooledImages {
    scoring: JudgeOptions,
    all: Judge,
    /// By name; of those without one, and without a group, it is empty.
    images: Vec<(String, Scores)>,
    groups: Vec<String>,
    tallies: Vec<Tally>,
    amounts: FoundAmounts,
    /// The names that are taken.
    names: BTreeSet<String>,
}

/// What was found of them. As JSON it is what `docs/json.md` describes, without what concerns files.
#[derive(Debug, Clone)]
pub struct PooledScores {
    /// What the labels are.
    pub space: LabelSpace,
    /// Which scores, and how they count.
    pub scoring: JudgeOptions,
    /// The scores of each image, by name, in the order in which they came.
    pub images: Vec<(String, Scores)>,
    /// What the group of each of these images is called.
    pub groups: Vec<String>,
    /// The scores over all images.
    pub all: Scores,
    /// How much of each class there is.
    pub amounts: JudgedAmounts,
    /// Whether the predictions know where they err, if asked for.
    pub uncertainty: Option<JudgedUncertainty>,
    /// Of the scores over all, by the jackknife over groups of images; `None` of fewer than two.
    pub intervals: Option<Intervals>,
    /// The calibration error that predictions without any would show on so few images.
    pub calibration_by_chance: Option<f64>,
    /// Of each class over all images.
    pub curves: Vec<Curve>,
    /// The sums behind the images' scores, in their order.
    pub(crate) tallies: Vec<Tally>,
}

/// Points of a risk-coverage curve: where the coverage passes a hundredth.
const COVERAGE_STEPS: usize = 100;
/// Points of a precision-recall or ROC curve: where recall or false positive rate passes a hundredth.
const CURVE_STEPS: usize = 100;

impl PooledImages {
    /// No image yet, of labels of this space.
    pub fn new(space: &LabelSpace, scoring: JudgeOptions) -> Self {
        Self {
            scoring,
            all: Judge::new(space, scoring),
            images: Vec::new(),
            groups: Vec::new(),
            tallies: Vec::new(),
            amounts: FoundAmounts::default(),
            names: BTreeSet::new(),
        }
    }

    /// An empty judge, for one image.
    pub fn judge(&self) -> Judge {
        Judge::new(self.all.space(), self.scoring)
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        self.all.space()
    }

    /// How many images were added.
    pub fn count(&self) -> usize {
        self.images.len()
    }

    /// Adds an image that a [`judge`](Self::judge) has judged. An image without a name is called by its place, counted from
    /// 1; one without a group is its own.
    ///
    /// # Errors
    /// A name that another image has; nothing is added then.
    ///
    /// # Panics
    /// A judge of other labels or options, or of an image that has not ended.
    pub fn add(&mut self, image: &str, group: &str, judge: &Judge) -> Result<(), Error> {
        if !image.is_empty() && !self.names.insert(image.to_owned()) {
            return Err(Error::Twice { image: image.to_owned() });
        }
        self.amounts.add_image(image, group, &judge.amounts());
        self.push(image, group, judge);
        Ok(())
    }

    /// Adds an image of a data set, or a volume of so many slices, of which `item` is the first.
    pub(super) fn add_item(&mut self, name: &str, item: &Item, slices: Option<usize>, judge: &Judge) {
        self.amounts.add((name, slices), item, &judge.amounts());
        self.push(name, item.group(), judge);
    }

    fn push(&mut self, image: &str, group: &str, judge: &Judge) {
        self.all.merge(judge);
        self.images.push((image.to_owned(), judge.scores()));
        self.groups.push(group.to_owned());
        self.tallies.push(judge.tally().clone());
    }

    /// Adds the images of another behind these.
    ///
    /// # Errors
    /// Other classes or options, a name that is in both; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.space() != other.space() || self.scoring != other.scoring {
            return Err(Error::OtherJudge { ours: self.space().clone(), theirs: other.space().clone() });
        }
        if let Some(image) = self.names.intersection(&other.names).next() {
            return Err(Error::Twice { image: image.clone() });
        }
        self.all.merge(&other.all);
        self.images.extend_from_slice(&other.images);
        self.groups.extend_from_slice(&other.groups);
        self.tallies.extend_from_slice(&other.tallies);
        self.amounts.merge(&other.amounts);
        self.names.extend(other.names.iter().cloned());
        Ok(())
    }

    /// All that was found.
    pub fn finish(self) -> PooledScores {
        let Self { scoring, all, mut images, mut groups, tallies, amounts, .. } = self;
        for (place, ((image, _), group)) in images.iter_mut().zip(&mut groups).enumerate() {
            if image.is_empty() {
                *image = (place + 1).to_string();
            }
            if group.is_empty() {
                group.clone_from(image);
            }
        }
        let uncertainty = all.risk_coverage().map(|curve| {
            let sure = images.iter().zip(&tallies).zip(&groups).filter_map(|(((image, _), tally), group)| {
                let (confidence, risk) = tally.confidence_and_risk()?;
                Some((ImageRisk { image: image.clone(), confidence, risk }, group))
            });
            JudgedUncertainty::new(curve.points(COVERAGE_STEPS), sure)
        });
        let in_groups = Groups::of(&groups);
        PooledScores {
            amounts: amounts.finish(all.space().classes()),
            uncertainty,
            intervals: intervals(&tallies, &in_groups),
            calibration_by_chance: calibration_by_chance(&tallies, &in_groups),
            curves: all.curves(),
            all: all.scores(),
            space: all.space().clone(),
            scoring,
            images,
            groups,
            tallies,
        }
    }
}

/// Of `docs/json.md`: keys of a version keep their meaning, new ones may come.
pub(super) const VERSION: u32 = 3;

impl Serialize for PooledScores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = json!({
            "version": VERSION,
            "kind": self.space.kind(),
            "settings": settings_json(&self.scoring),
            "images": images_json(&self.images, &self.groups),
            "groups": Groups::of(&self.groups).count(),
            "all": self.all,
            "intervals": self.intervals,
            "calibration_by_chance": self.calibration_by_chance,
            "amounts": self.amounts,
            "curves": curves_json(self.space.classes(), &self.curves),
        });
        if let Some(uncertainty) = &self.uncertainty {
            json["uncertainty"] = json!(uncertainty);
        }
        json.serialize(serializer)
    }
}

/// How it was judged, as far as the scores know.
pub(super) fn settings_json(scoring: &JudgeOptions) -> Value {
    json!({
        "by_raters": scoring.by_raters,
        "bins": scoring.bins,
        "binning": scoring.binning,
        "threshold": scoring.threshold,
    })
}

pub(super) fn images_json(images: &[(String, Scores)], groups: &[String]) -> Value {
    let images = images.iter().zip(groups);
    images.map(|((id, scores), group)| json!({"image": id, "group": group, "scores": scores})).collect()
}

pub(super) fn curves_json(classes: &[String], curves: &[Curve]) -> Value {
    let curves = classes.iter().zip(curves);
    curves.map(|(class, curve)| json!({"class": class, "points": curve.points(CURVE_STEPS)})).collect()
}
