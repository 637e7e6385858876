//! Images that were judged one by one, and all of their pixels together.

use super::amounts::{Extent, Found, JudgedAmounts};
use super::error::Error;
use super::uncertainty::{ImageRisk, JudgedUncertainty};
use scumble::labels::LabelSpace;
use scumble::score::{
    Curve, FineSums, Groups, ImageSums, Intervals, Judge, JudgeOptions, Scores, Tally, Together,
    calibration_by_chance, intervals,
};
use scumble_data::Item;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Images that were judged one by one: the sums of each, and what is counted finely of all. Knows no file.
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
    space: LabelSpace,
    scoring: JudgeOptions,
    images: Vec<PooledImage>,
    fine: FineSums,
    /// The names that are taken.
    names: BTreeSet<String>,
}

/// One of them, or a volume.
#[derive(Debug, Clone)]
pub(super) struct PooledImage {
    /// Empty where it has none, as the group.
    pub(super) name: String,
    pub(super) group: String,
    pub(super) extent: Extent,
    pub(super) sums: ImageSums,
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
            space: space.clone(),
            scoring,
            images: Vec::new(),
            fine: FineSums::new(space, scoring),
            names: BTreeSet::new(),
        }
    }

    /// Images whose sums were kept, in their order.
    pub(super) fn of(
        space: &LabelSpace,
        scoring: JudgeOptions,
        images: Vec<PooledImage>,
        fine: FineSums,
    ) -> Self {
        Self { space: space.clone(), scoring, images, fine, names: BTreeSet::new() }
    }

    /// The images, and what is counted finely of all.
    pub(super) fn into_parts(self) -> (Vec<PooledImage>, FineSums) {
        (self.images, self.fine)
    }

    /// An empty judge, for one image.
    pub fn judge(&self) -> Judge {
        Judge::new(&self.space, self.scoring)
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        &self.space
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
        self.push(image, group, Extent::default(), judge);
        Ok(())
    }

    /// Adds an image of a data set, or a volume of so many slices, of which `item` is the first.
    pub(super) fn add_item(&mut self, name: &str, item: &Item, slices: Option<usize>, judge: &Judge) {
        self.push(name, item.group(), Extent::of(item, slices), judge);
    }

    fn push(&mut self, image: &str, group: &str, extent: Extent, judge: &Judge) {
        self.fine.add(judge);
        let (name, group) = (image.to_owned(), group.to_owned());
        self.images.push(PooledImage { name, group, extent, sums: judge.sums() });
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
        self.images.extend_from_slice(&other.images);
        self.fine.merge(&other.fine);
        self.names.extend(other.names.iter().cloned());
        Ok(())
    }

    /// All that was found.
    pub fn finish(self) -> PooledScores {
        let Self { space, scoring, mut images, fine, .. } = self;
        let mut together = Together::new(&space, scoring, &fine);
        for (place, image) in images.iter_mut().enumerate() {
            if image.name.is_empty() {
                image.name = (place + 1).to_string();
            }
            if image.group.is_empty() {
                image.group.clone_from(&image.name);
            }
            together.add(&image.sums);
        }
        let found = images.iter().map(|PooledImage { name, group, extent, sums }| Found {
            name,
            group,
            extent: *extent,
            amounts: sums.amounts(),
        });
        let amounts = JudgedAmounts::new(&found.collect::<Vec<_>>(), space.classes());
        let uncertainty = together.risk_coverage().map(|curve| {
            let sure = images.iter().filter_map(|PooledImage { name, group, sums, .. }| {
                let (confidence, risk) = sums.tally().confidence_and_risk()?;
                Some((ImageRisk { image: name.clone(), confidence, risk }, group))
            });
            JudgedUncertainty::new(curve.points(COVERAGE_STEPS), sure)
        });
        let (mut scores, mut groups, mut tallies) = (Vec::new(), Vec::new(), Vec::new());
        for PooledImage { name, group, sums, .. } in images {
            scores.push((name, sums.scores()));
            groups.push(group);
            tallies.push(sums.into_tally());
        }
        let in_groups = Groups::of(&groups);
        PooledScores {
            amounts,
            uncertainty,
            intervals: intervals(&tallies, &in_groups),
            calibration_by_chance: calibration_by_chance(&tallies, &in_groups),
            curves: together.curves(),
            all: together.scores(),
            space,
            scoring,
            images: scores,
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
            "images": ImagesJson(&self.images, Some(&self.groups)),
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

/// The scores of images with their groups; of slices without. They are written down one by one, as they may be many.
pub(super) struct ImagesJson<'a>(pub(super) &'a [(String, Scores)], pub(super) Option<&'a [String]>);

#[derive(Serialize)]
struct ImageJson<'a> {
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    scores: &'a Scores,
}

impl Serialize for ImagesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().enumerate().map(|(place, (image, scores))| ImageJson {
            image,
            group: self.1.and_then(|groups| groups.get(place)).map(String::as_str),
            scores,
        }))
    }
}

pub(super) fn curves_json(classes: &[String], curves: &[Curve]) -> Value {
    let curves = classes.iter().zip(curves);
    curves.map(|(class, curve)| json!({"class": class, "points": curve.points(CURVE_STEPS)})).collect()
}
