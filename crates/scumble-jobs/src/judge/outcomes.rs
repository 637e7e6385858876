//! What becomes of conditions: the score that each asks for, and whether there is such a one.

use super::beside::{Beside, NAMES};
use super::error::Error;
use super::gate::{Gate, GateOutcome};
use super::judgement::Judgement;
use super::opinions::LABEL;
use super::over_images::mean;
use super::request::JudgeRequest;
use super::surface::SurfaceRow;
use scumble::score::diversity::EmptyMasks;
use scumble::score::score_names;
use scumble::score::surface::SurfaceDistances;

/// Refuses conditions on a class that there is not, and on what was not asked for.
pub(super) fn check(request: &JudgeRequest, classes: &[String]) -> Result<(), Error> {
    for gate in &request.gates {
        if let Some(class) = gate.class().filter(|class| !classes.iter().any(|known| known == class)) {
            let (gate, class) = (gate.to_string(), class.to_owned());
            return Err(Error::GateClass { gate, class, known: classes.join(", ") });
        }
        let beside = NAMES.iter().find(|(name, _)| *name == gate.name());
        if let Some((name, beside)) = beside.filter(|(_, beside)| !asked(request, *beside)) {
            return Err(Error::GateBeside { gate: gate.to_string(), name, beside: *beside });
        }
    }
    Ok(())
}

fn asked(request: &JudgeRequest, beside: Beside) -> bool {
    match beside {
        Beside::Diversity => request.diversity.is_some() || request.samples,
        Beside::Surface => request.surface.is_some(),
        Beside::Objects => request.objects.is_some(),
    }
}

/// Asks every gate. A score that does not exist proves nothing, so its gate has failed.
pub(super) fn outcomes(judgement: &Judgement) -> Vec<GateOutcome> {
    judgement.request.gates.iter().map(|gate| gate.outcome(value(judgement, gate))).collect()
}

/// The score that a gate asks for; `None` where there is none.
fn value(judgement: &Judgement, gate: &Gate) -> Option<f64> {
    let Some(score) = score_names().iter().find(|score| score.name == gate.name()) else {
        return beside(judgement, gate.name(), gate.class());
    };
    match gate.class() {
        None => (score.of)(&judgement.all),
        Some(class) => (score.of_class)(judgement.all.classes.iter().find(|scores| scores.class == class)?),
    }
}

/// Of a class, or the mean over the classes that have one: distances by their mean over the images, objects by their counts
/// over all images, both against the label. Crowds are judged over all classes alone.
fn beside(judgement: &Judgement, name: &str, class: Option<&str>) -> Option<f64> {
    let crowd = judgement.diversity.as_ref().filter(|_| class.is_none());
    let energy = |empty| Some(crowd?.energy_distance(empty)?.distance);
    let matched = |empty| crowd?.matched_iou(empty).0;
    let classes =
        || judgement.task.classes().iter().filter(|known| class.is_none_or(|class| *known == class));
    let distance = |of: fn(&SurfaceDistances) -> f64| {
        let against = |class: &String, row: &&SurfaceRow| row.class == *class && row.against == LABEL;
        let rows = |class| judgement.surface.iter().flatten().filter(move |row| against(class, row));
        mean(classes().filter_map(|class| mean(rows(class).filter_map(|row| row.distances.as_ref().map(of)))))
    };
    let totals = || classes().filter_map(|class| judgement.objects.as_ref()?.total(class, LABEL));
    let scores = || totals().map(|total| total.counts.scores());
    match name {
        "energy_distance" => energy(EmptyMasks::Equal),
        "energy_distance_empty_ignored" => energy(EmptyMasks::Ignored),
        "matched_iou" => matched(EmptyMasks::Equal),
        "matched_iou_empty_ignored" => matched(EmptyMasks::Ignored),
        "hausdorff" => distance(|distances| distances.hausdorff),
        "hausdorff95" => distance(|distances| distances.hausdorff95),
        "hausdorff95_pooled" => distance(|distances| distances.hausdorff95_pooled),
        "average_surface_distance" => distance(|distances| distances.average),
        "objects_f1" => mean(scores().filter_map(|scores| scores.f1)),
        "segmentation_quality" => mean(scores().filter_map(|scores| scores.segmentation_quality)),
        "panoptic_quality" => mean(scores().filter_map(|scores| scores.panoptic_quality)),
        _ => None,
    }
}
