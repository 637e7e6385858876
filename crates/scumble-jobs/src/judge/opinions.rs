//! The hard prediction beside every rater's mask and the label, class by class.

use super::error::Error;
use super::reader::JudgedImage;
use ndarray::{Array2, ArrayView2, Axis, Zip};
use scumble::labels::{Kind, UNSEEN};
use scumble::score::predicted;
use scumble_data::Prediction;
use std::collections::BTreeSet;

/// Where the probability of a label counts as yes.
const HALF: f64 = 0.5;
/// What the label is called beside the raters.
pub(super) const LABEL: &str = "label";

/// The hard prediction of one class beside one opinion of it.
pub(super) struct Opinion<'a> {
    /// Which class.
    pub(super) class: usize,
    /// A rater's name, or [`LABEL`].
    pub(super) against: &'a str,
    /// Where the class is predicted, [H, W].
    pub(super) predicted: Array2<bool>,
    /// Where it is, [H, W].
    pub(super) truth: Array2<bool>,
}

/// Looks at each class against each rater, then against the label. The prediction is cut at the threshold, the label at 0.5
/// (exclusive classes: the likeliest); pixels that are ignored, or that the rater did not see, lie outside of both masks.
pub(super) fn each_opinion(
    image: &JudgedImage<'_>,
    threshold: f64,
    look: &mut dyn FnMut(Opinion<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (labels, kind) = (image.labels, image.labels.kind());
    let valid = labels.valid();
    let on = match image.prediction {
        Prediction::F32(maps) => predicted(kind, maps.view(), threshold),
        Prediction::F64(maps) => predicted(kind, maps.view(), threshold),
    };
    let label = predicted(kind, labels.probabilities(), HALF);
    for class in 0..labels.classes() {
        let group = if kind == Kind::Multilabel { class } else { 0 };
        let valid = valid.index_axis(Axis(0), group);
        let (on, label) = (on.index_axis(Axis(0), class), label.index_axis(Axis(0), class));
        for (rater, mask) in image.raters {
            let marks = mask.marks();
            let marks = marks.index_axis(Axis(0), group);
            let state = if kind == Kind::Multiclass { class as u16 } else { 1 };
            let seen = Zip::from(&marks).and(&valid).map_collect(|mark, valid| *valid && *mark != UNSEEN);
            let truth = within(marks.mapv(|mark| mark == state).view(), seen.view());
            look(Opinion { class, against: rater, predicted: within(on, seen.view()), truth })?;
        }
        look(Opinion { class, against: LABEL, predicted: within(on, valid), truth: within(label, valid) })?;
    }
    Ok(())
}

/// Names of opinions, each once: the raters by name, then the label.
pub(super) fn in_order<'a>(against: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let names: BTreeSet<(bool, &str)> = against.map(|name| (name == LABEL, name)).collect();
    names.into_iter().map(|(_, name)| name).collect()
}

fn within(mask: ArrayView2<'_, bool>, seen: ArrayView2<'_, bool>) -> Array2<bool> {
    Zip::from(mask).and(seen).map_collect(|on, seen| *on && *seen)
}
