//! What a judgement has found.

#[cfg(test)]
use super::amounts::AmountUnit;
use super::amounts::JudgedAmounts;
use super::disagreement::Disagreement;
use super::diversity::Diversity;
use super::gallery::Thumbnail;
use super::gate::GateOutcome;
use super::images::ImageScores;
use super::objects::Objects;
#[cfg(test)]
use super::pooled::PooledScores;
use super::pooled::{ImagesJson, VERSION, curves_json, settings_json};
use super::request::JudgeRequest;
use super::shown::MEDIAN;
use super::strip::Strip;
use super::surface::{SurfaceRow, SurfaceSummary, summaries};
use super::uncertainty::JudgedUncertainty;
use super::volume::volume_of;
use crate::held_out::Selection;
use ndarray::ArrayView3;
use scumble::agreement::Agreement;
use scumble::score::{Curve, Groups, Intervals, JudgeOptions, Scores, Tally};
use scumble_data::Averaged;
use scumble_nn::Task;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::HashSet;

/// All scores, of each image and over all, and whatever else was asked for. As JSON it is what `docs/json.md` describes.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// What was asked.
    pub request: JudgeRequest,
    /// What is predicted: kind, classes, calibration.
    pub task: Task,
    /// What a model's predictions are averaged over; none of maps.
    pub averaged: Option<Averaged>,
    /// Which scores, and how they count.
    pub scoring: JudgeOptions,
    /// The scores of each image, by name, in the data set's order; a volume is one of them.
    pub images: Vec<(String, Scores)>,
    /// The scores of each slice of the volumes.
    pub slices: Vec<(String, Scores)>,
    /// What the group of each of these images is called.
    pub groups: Vec<String>,
    /// Names of the images without a prediction.
    pub missing: Vec<String>,
    /// Names of the images far outside of what the model was trained on; none of maps.
    pub unlike: Vec<String>,
    /// The scores over all images.
    pub all: Scores,
    /// How much of each class there is, as predicted and by the raters.
    pub amounts: JudgedAmounts,
    /// Whether the predictions know where they err, if asked for.
    pub uncertainty: Option<JudgedUncertainty>,
    /// Of the scores over all, by the jackknife over groups of images; `None` of fewer than two.
    pub intervals: Option<Intervals>,
    /// The calibration error that predictions without any would show on so few images.
    pub calibration_by_chance: Option<f64>,
    /// Of each class over all images.
    pub curves: Vec<Curve>,
    /// Of the sets of overlapping labels, if asked for.
    pub label_sets: Option<Scores>,
    /// What became of each condition.
    pub gates: Vec<GateOutcome>,
    /// Distances between outlines, if asked for.
    pub surface: Option<Vec<SurfaceRow>>,
    /// Objects found and counted, if asked for.
    pub objects: Option<Objects>,
    /// Whether the models disagree where their mean errs, if asked for.
    pub disagreement: Option<Disagreement>,
    /// The prediction among the raters, if asked for.
    pub diversity: Option<Diversity>,
    /// Why these images, and what the model has learnt from of them.
    pub selection: Selection,
    /// What a report shows beside the scores, if asked for.
    pub material: Option<ReportMaterial>,
    /// The sums behind the images' scores, in their order.
    pub(crate) tallies: Vec<Tally>,
}

/// What a report shows beside the scores.
#[derive(Debug, Clone)]
pub struct ReportMaterial {
    /// What the data set is called: its folder's name.
    pub(crate) name: String,
    /// Its content, as a hash.
    pub(crate) fingerprint: String,
    /// Its raters.
    pub(crate) raters: Vec<String>,
    /// Whether the labels are what the raters say, neither other maps nor a truth inferred from them.
    pub(crate) opinions: bool,
    /// Of the raters with each other on the judged images.
    pub(crate) agreement: Agreement,
    /// Some of the images, to be looked at, best to worst.
    pub(crate) strips: Vec<Strip>,
    /// The worst images made small, worst first.
    pub(crate) gallery: Vec<Thumbnail>,
}

impl ReportMaterial {
    /// The image in the middle; of two the better.
    pub(crate) fn median(&self) -> Option<&Strip> {
        self.strips.iter().find(|strip| strip.place == MEDIAN).or(self.strips.first())
    }
}

impl Judgement {
    /// The scores alone.
    pub(super) fn new(request: JudgeRequest, mut selection: Selection, scores: ImageScores) -> Self {
        let ImageScores { task, pooled, slices, missing, unlike, sets } = scores;
        let judged: HashSet<&str> = pooled.images.iter().map(|(image, _)| &**image).collect();
        for learnt in &mut selection.learnt {
            if let Some(volume) = volume_of(learnt).filter(|volume| judged.contains(volume)) {
                *learnt = volume.to_owned();
            }
        }
        selection.learnt.retain(|image| judged.contains(&**image));
        selection.learnt.dedup();
        Self {
            request,
            task,
            averaged: None,
            scoring: pooled.scoring,
            images: pooled.images,
            slices,
            groups: pooled.groups,
            missing,
            unlike,
            all: pooled.all,
            amounts: pooled.amounts,
            uncertainty: pooled.uncertainty,
            intervals: pooled.intervals,
            calibration_by_chance: pooled.calibration_by_chance,
            curves: pooled.curves,
            label_sets: sets,
            gates: Vec::new(),
            surface: None,
            objects: None,
            disagreement: None,
            diversity: None,
            selection,
            material: None,
            tallies: pooled.tallies,
        }
    }

    /// What can be looked at, with its scores: images, and of volumes their slices.
    pub fn seen(&self) -> impl Iterator<Item = (&str, &Scores)> {
        let volumes: HashSet<&str> = self.slices.iter().filter_map(|(slice, _)| volume_of(slice)).collect();
        let images = self.images.iter().filter(move |(image, _)| !volumes.contains(&**image));
        images.chain(&self.slices).map(|(name, scores)| (&**name, scores))
    }

    /// Which images belong together.
    pub fn in_groups(&self) -> Groups {
        Groups::of(&self.groups)
    }

    /// The distances between outlines over all images; none unless they were asked for.
    pub fn surface_summary(&self) -> Vec<SurfaceSummary> {
        self.surface.as_ref().map_or_else(Vec::new, |rows| summaries(rows, self.task.classes()))
    }

    /// Whether some condition held under which the predictions are not good enough, or could not be told.
    pub fn failed(&self) -> bool {
        self.gates.iter().any(|gate| gate.failed)
    }

    /// Adds the truth [K, H, W] behind an image's label, to be shown if the image is.
    pub(crate) fn add_truth(&mut self, image: &str, truth: ArrayView3<'_, f32>) {
        let strips = self.material.iter_mut().flat_map(|material| &mut material.strips);
        strips.filter(|strip| strip.id == image).for_each(|strip| strip.add_truth(truth));
    }

    /// All but images and slices, which may be many.
    fn json(&self) -> Value {
        let asked = &self.request.settings;
        let mut settings = settings_json(&self.scoring);
        settings["target"] = json!(asked.target);
        settings["region"] = json!(asked.region.map(|region| region.to_string()));
        settings["calibration_applied"] = json!(self.task.calibration());
        settings["averaged"] = json!(self.averaged);
        settings["rater"] = json!(self.request.rater);
        let mut json = json!({
            "version": VERSION,
            "predictions": self.request.predictions,
            "members": self.request.members,
            "data": self.request.data,
            "kind": self.task.kind(),
            "settings": settings,
            "images": null,
            "slices": null,
            "without_prediction": self.missing,
            "unlike_training": self.unlike,
            "rule": self.selection.rule,
            "learnt_from": self.selection.learnt,
            "unlabelled": self.selection.unlabelled.images,
            "groups": self.in_groups().count(),
            "all": self.all,
            "intervals": self.intervals,
            "calibration_by_chance": self.calibration_by_chance,
            "amounts": self.amounts,
            "curves": curves_json(self.task.classes(), &self.curves),
            "label_sets": self.label_sets.as_ref().and_then(sets_json),
            "gates": self.gates,
        });
        if let Some(uncertainty) = &self.uncertainty {
            json["uncertainty"] = json!(uncertainty);
        }
        if let Some(surface) = &self.surface {
            json["surface"] = json!(surface);
            json["surface_summary"] = json!(self.surface_summary());
        }
        if let Some(disagreement) = &self.disagreement {
            json["disagreement"] = json!(disagreement);
        }
        if let Some(objects) = &self.objects {
            json["objects"] = json!(objects);
        }
        if let Some(diversity) = &self.diversity {
            json["diversity"] = json!(diversity);
        }
        json
    }
}

/// Of the label sets: `value`, `floor` and `excess` of their log loss, and what votes tell of the truth.
fn sets_json(sets: &Scores) -> Option<Value> {
    let mut json = json!(sets.cross_entropy?);
    json["truth"] = json!(sets.truth);
    Some(json)
}

impl Serialize for Judgement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.json();
        let entries = json.as_object().into_iter().flatten();
        let mut all = serializer.serialize_map(None)?;
        for (key, value) in entries {
            match &**key {
                "images" => all.serialize_entry(key, &ImagesJson(&self.images, Some(&self.groups)))?,
                "slices" => all.serialize_entry(key, &ImagesJson(&self.slices, None))?,
                _ => all.serialize_entry(key, value)?,
            }
        }
        all.end()
    }
}

#[cfg(test)]
use scumble::labels::{Kind, LabelSpace};

#[cfg(test)]
impl Judgement {
    /// Scores alone, and nothing to show beside them.
    pub(crate) fn of(kind: Kind, all: Scores, images: &[(&str, Scores)]) -> Self {
        let names = all.classes.iter().map(|class| class.class.clone());
        let space = LabelSpace::new(kind, names).expect("classes of such labels");
        let agreement = Agreement::new(&space);
        let pooled = PooledScores {
            space: space.clone(),
            scoring: JudgeOptions::default(),
            images: images.iter().map(|(id, scores)| (id.to_string(), scores.clone())).collect(),
            groups: images.iter().map(|(id, _)| id.to_string()).collect(),
            tallies: Vec::new(),
            all,
            amounts: JudgedAmounts { unit: AmountUnit::Pixels, classes: Vec::new(), images: Vec::new() },
            uncertainty: None,
            intervals: None,
            calibration_by_chance: None,
            curves: Vec::new(),
        };
        let (missing, unlike) = (Vec::new(), Vec::new());
        let scores =
            ImageScores { task: Task::new(space), pooled, slices: Vec::new(), missing, unlike, sets: None };
        let mut judgement = Self::new(JudgeRequest::new("maps", "data"), Selection::default(), scores);
        judgement.material = Some(ReportMaterial {
            name: "data".into(),
            fingerprint: String::new(),
            raters: Vec::new(),
            opinions: false,
            agreement,
            strips: Vec::new(),
            gallery: Vec::new(),
        });
        judgement
    }
}
