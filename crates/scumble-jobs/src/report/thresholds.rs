//! What deciding at a threshold finds: precision and recall of each class.

use super::chart::precision_recall;
use crate::judge::Judgement;
use crate::numbers::optional;
use maud::{Markup, html};
use scumble::score::{ClassScores, Curve};

/// Points of a curve.
const STEPS: usize = 200;

/// A curve for each class; `None` where there is nothing to be found.
pub(super) fn thresholds(judgement: &Judgement) -> Option<Markup> {
    let curves = judgement.all.classes.iter().zip(&judgement.curves).filter_map(|(class, curve)| {
        let points = curve.points(STEPS);
        (!points.is_empty()).then(|| card(class, curve, judgement.scoring.threshold))
    });
    let cards: Vec<Markup> = curves.collect();
    (!cards.is_empty()).then(|| {
        html! {
            p {
                "Who decides by a threshold finds part of what is there (recall), and part of what is found is there \
                 (precision). Both count a pixel by its soft label. The ring is the threshold " (judgement.scoring.threshold) "."
            }
            div.cards { @for card in &cards { (card) } }
        }
    })
}

fn card(class: &ClassScores, curve: &Curve, threshold: f64) -> Markup {
    let points: Vec<(f64, f64)> =
        curve.points(STEPS).iter().map(|point| (point.recall, point.precision)).collect();
    let mark =
        class.decisions.and_then(|decisions| Some((decisions.soft.recall?, decisions.soft.precision?)));
    html! {
        figure.card {
            (precision_recall(&class.class, &points, mark, threshold))
            figcaption {
                strong { (class.class) } ": average precision " (optional(curve.areas().average_precision))
                ", area below the ROC curve " (optional(curve.areas().roc_auc))
            }
        }
    }
}
