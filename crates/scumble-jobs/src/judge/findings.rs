//! All that was found of the images that were judged, and what it comes to.

use super::disagreement::Disagreement;
use super::diversity::Diversity;
use super::images::JudgedImages;
use super::judgement::Judgement;
use super::objects::Objects;
use super::outcomes;
use super::request::JudgeRequest;
use super::surface::SurfaceRow;
use crate::held_out::Selection;
use scumble_data::Averaged;
use scumble_nn::Task;

/// What is known of a judgement before any image is judged.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) task: Task,
    pub(super) averaged: Option<Averaged>,
    pub(super) selection: Selection,
    /// Names of the images without a prediction.
    pub(super) missing: Vec<String>,
}

/// What was found of the images, before their sums are added up.
pub(super) struct Findings {
    pub(super) images: JudgedImages,
    pub(super) surface: Option<Vec<SurfaceRow>>,
    pub(super) objects: Option<Objects>,
    pub(super) diversity: Option<Diversity>,
    pub(super) disagreement: Option<Disagreement>,
}

impl Findings {
    /// The judgement, without what a report shows beside it.
    pub(super) fn judgement(self, request: JudgeRequest, known: Known) -> Judgement {
        let Known { task, averaged, selection, missing } = known;
        let scores = self.images.finish(task, &request.settings, missing);
        let mut judgement = Judgement::new(request, selection, scores);
        judgement.averaged = averaged;
        judgement.surface = self.surface;
        judgement.objects = self.objects;
        judgement.diversity = self.diversity;
        judgement.disagreement = self.disagreement;
        judgement.gates = outcomes::outcomes(&judgement);
        judgement
    }
}
