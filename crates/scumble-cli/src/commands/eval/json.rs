use super::Judgement;
use super::gate::Outcome;
use crate::arguments::Eval;
use serde_json::{Value, json};

/// Of `docs/json.md`: keys of a version keep their meaning, new ones may come.
const VERSION: u32 = 2;

/// Points of a curve: where recall or false positive rate passes a hundredth.
const CURVE_STEPS: usize = 100;

/// Everything that was found, as `docs/json.md` describes it.
pub(super) fn output(arguments: &Eval, judgement: &Judgement, gates: &[Outcome<'_>]) -> Value {
    let images = judgement.images.iter().map(|(id, scores)| json!({"image": id, "scores": scores}));
    let curves = judgement.task.classes().iter().zip(&judgement.curves);
    json!({
        "version": VERSION,
        "predictions": arguments.predictions,
        "data": arguments.data,
        "kind": judgement.task.kind(),
        "settings": {
            "by_raters": judgement.scoring.by_raters,
            "bins": judgement.scoring.bins,
            "binning": judgement.scoring.binning,
            "threshold": judgement.scoring.threshold,
            "bootstrap": arguments.intervals.bootstrap,
            "seed": arguments.intervals.seed,
            "target": arguments.against.target,
            "region": arguments.against.region.map(|region| region.to_string()),
            "calibration_applied": judgement.task.calibration(),
        },
        "images": images.collect::<Vec<_>>(),
        "without_prediction": judgement.missing,
        "all": judgement.all,
        "intervals": judgement.intervals,
        "curves": curves
            .map(|(class, curve)| json!({"class": class, "points": curve.points(CURVE_STEPS)}))
            .collect::<Vec<_>>(),
        "label_sets": judgement.sets.as_ref().and_then(|sets| sets.cross_entropy),
        "gates": gates,
    })
}
