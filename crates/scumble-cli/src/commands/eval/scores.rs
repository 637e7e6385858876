//! The scores of a judgement as tables.

use super::more;
use crate::show;
use scumble_jobs::judge::Judgement;

/// Chance, amounts, consensus, uncertainty.
fn more_lines(judgement: &Judgement) -> Option<String> {
    let lines = [
        more::chance(judgement),
        more::amounts(&judgement.amounts),
        more::consensus(&judgement.all),
        judgement.uncertainty.as_ref().and_then(more::uncertainty),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Each image, the data set with intervals, each class, each rater; the label sets if they were judged.
pub(super) fn tell(judgement: &Judgement) {
    let images = judgement.images.iter().map(|(id, scores)| show::image_row(id, scores));
    let intervals = judgement.intervals.as_ref();
    let tables = [
        Some(show::row_table("image", images)),
        Some(show::truth(&judgement.all, intervals)),
        Some(show::score_table(&judgement.all, intervals)),
        more_lines(judgement),
        show::class_table(&judgement.all),
        show::rater_table(&judgement.all),
    ];
    show::result(&tables.into_iter().flatten().collect::<Vec<_>>().join("\n\n"));
    if let Some((sets, ce)) = judgement.label_sets.as_ref().and_then(|sets| Some((sets, sets.cross_entropy?)))
    {
        let nearness =
            sets.truth.as_ref().map_or(String::new(), |truth| format!("; {}", show::nearness(truth)));
        let ce = show::with_floor(ce.value, ce.floor, ce.excess);
        show::result(&format!("\nlabel sets: cross entropy {ce} a pixel{nearness}"));
    }
    if !judgement.missing.is_empty() {
        let (judged, missing) = (judgement.seen().count(), judgement.missing.len());
        let (all, names) = (judged + missing, show::name(&judgement.missing.join(", ")));
        show::result(&format!("\njudged {judged} of {all} images: no prediction of {names}"));
    }
    let (images, groups) = (judgement.images.len(), judgement.in_groups().count());
    let seen = judgement.seen().count();
    let told = show::selection("judged", seen, &judgement.selection);
    let slices =
        (seen != images).then(|| format!("slices of a volume are judged as one image: {images} in all"));
    let told: Vec<String> = told.into_iter().chain(slices).chain(show::groups(groups, images)).collect();
    if !told.is_empty() {
        show::result(&format!("\n{}", told.join("\n")));
    }
}
