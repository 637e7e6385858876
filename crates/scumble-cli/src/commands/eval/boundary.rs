//! `scumble eval --boundary`: how well boundaries are found.

use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show::{self, Table};
use scumble::score::boundary::{BoundaryOptions, BoundaryScores};
use scumble_jobs::JobError;
use scumble_jobs::boundary::{BoundaryRequest, Error, judge_boundaries};

pub(super) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let given = &arguments.boundary;
    let options = BoundaryOptions {
        thresholds: given.thresholds,
        max_distance: given.max_distance,
        suppress: given.nms,
        thin_raters: given.thin_raters,
    };
    let request = BoundaryRequest::new(&arguments.predictions()[0], arguments.data(), options);
    let mut request = request.map_err(|error| match error {
        Error::NoThreshold => Usage("--thresholds 0: there must be at least 1".into()).into(),
        error => anyhow::Error::from(JobError::from(error)),
    })?;
    request.members = arguments.predictions()[1..].to_vec();
    request.images = arguments.images.patterns.clone();
    request.region = arguments.against.region;
    request.allow_missing = arguments.missing.allow_missing;
    request.uncalibrated = arguments.uncalibrated;
    request.device = arguments.device.device;
    request.precision = arguments.precision.precision;
    request.averaging = arguments.averaging.with(arguments.members.average);
    request.tile = arguments.tile.tile;
    let judgement = judge_boundaries(&request, &show::Progress::default())?;
    if arguments.print.json {
        show::json(&judgement);
        return Ok(());
    }
    show::result(&text(&judgement.scores));
    let (missing, judged) = (judgement.missing.len(), judgement.scores.images.len());
    if missing > 0 {
        let (all, names) = (missing + judged, show::name(&judgement.missing.join(", ")));
        show::result(&format!("judged {judged} of {all} images: no map of {names}"));
    }
    for line in show::selection("judged", judged, &judgement.selection) {
        show::result(&line);
    }
    Ok(())
}

fn text(scores: &BoundaryScores) -> String {
    let number = |value: f64| format!("{value:.4}");
    let mut images = Table::new(&["image", "threshold", "recall", "precision", "F"]);
    for image in &scores.images {
        let cells = [image.threshold, image.recall, image.precision, image.f];
        images.row([image.image.clone()].into_iter().chain(cells.map(number)));
    }
    let (ods, ois) = (scores.ods, scores.ois);
    let mut all = Table::new(&["boundaries", "threshold", "recall", "precision", "F"]);
    let ods = [ods.threshold, ods.recall, ods.precision, ods.f].map(number);
    let ois = [ois.recall, ois.precision, ois.f].map(number);
    all.row(["one threshold (ODS)".to_owned()].into_iter().chain(ods));
    all.row(["each image's own (OIS)".to_owned(), "-".to_owned()].into_iter().chain(ois));
    format!("{images}\n\n{all}\naverage precision (AP) {:.4}", scores.ap)
}
