//! What deciding at a threshold finds: precision, recall and false alarms of each class.

use super::chart::{precision_recall, roc};
use super::content::Report;
use super::quantity::Unit;
use maud::{Markup, html};
use scumble::score::{ClassScores, Curve, CurvePoint};

/// Points of a curve.
const STEPS: usize = 200;

/// The curves of each class; `None` where there is nothing to be found.
pub(super) fn thresholds(report: &Report<'_>) -> Option<Markup> {
    let judgement = report.judgement;
    let curves = judgement.all.classes.iter().zip(&judgement.curves).filter_map(|(class, curve)| {
        let points = curve.points(STEPS);
        (!points.is_empty()).then(|| cards(class, curve, &points, judgement.scoring.threshold))
    });
    let curves: Vec<Markup> = curves.collect();
    let median = report.material.median().and_then(|median| {
        report.material.strips.iter().position(|strip| strip.id == median.id).map(|at| at + 1)
    });
    (!curves.is_empty()).then(|| {
        html! {
            p {
                "Who decides by a threshold finds part of what is there (recall), and part of what is found is there \
                 (precision). Both count a pixel by its soft label. The filled point is the threshold, here "
                (judgement.scoring.threshold) "; the ring is the best F1."
            }
            div.threshold-place {}
            div.cards {
                @for curve in &curves { (curve) }
                @if let Some(at) = median { div data-overlay-of={ "image-" (at) } {} }
            }
        }
    })
}

/// Both curves, with their points for the page's script.
fn cards(class: &ClassScores, curve: &Curve, points: &[CurvePoint], threshold: f64) -> Markup {
    let at = at(class, threshold);
    let best = curve.best_f1();
    let written: Vec<[Option<f64>; 4]> = points
        .iter()
        .map(|point| {
            [Some(point.threshold), Some(point.precision), Some(point.recall), point.false_positive_rate]
                .map(|number| number.map(|number| (1e5 * number).round() / 1e5))
        })
        .collect();
    let areas = curve.areas();
    let optional = |value: Option<f64>| value.map_or("-".into(), |value| Unit::Plain.words(value));
    html! {
        div.curves data-points=(serde_json::to_string(&written).expect("numbers")) {
            figure.card {
                (precision_recall(&class.class, points, at, best))
                figcaption {
                    strong { (class.class) } ": average precision " (optional(areas.average_precision)) "."
                    @if let Some(best) = best {
                        span data-best=(format!("{:.2}", best.threshold)) {
                            " The best F1, " (Unit::Plain.words(best.f1())) ", is at " (Unit::Probability.words(best.threshold)) "."
                        }
                    }
                    " " output.said { (said(at)) }
                }
            }
            figure.card {
                (roc(&class.class, points, at, best))
                figcaption { strong { (class.class) } ": area below the ROC curve " (optional(areas.roc_auc)) ". " }
            }
        }
    }
}

/// The point of the threshold itself, between those of the curve.
fn at(class: &ClassScores, threshold: f64) -> Option<CurvePoint> {
    let found = class.decisions?.soft;
    let (precision, recall) = (found.precision?, found.recall?);
    Some(CurvePoint {
        threshold,
        precision,
        recall,
        false_positive_rate: found.specificity.map(|share| 1.0 - share),
    })
}

fn said(at: Option<CurvePoint>) -> String {
    at.map_or(String::new(), |point| {
        format!(
            "At {}: precision {:.3}, recall {:.3}, F1 {:.3}.",
            Unit::Probability.words(point.threshold),
            point.precision,
            point.recall,
            point.f1()
        )
    })
}
