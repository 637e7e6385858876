//! `scumble predict`: probability maps of images.

use crate::arguments::Predict;
use crate::failure::Usage;
use crate::failures::Failures;
use crate::show;
use anyhow::Context;
use scumble_data::read_text;
use scumble_jobs::open::is_named_model;
use scumble_jobs::predict::{Correction, PredictRequest, Rest, predict_each};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Predict) -> anyhow::Result<()> {
    let (members, mut images): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.images.iter().cloned().partition(|path| is_named_model(path));
    if let Some(list) = &arguments.list {
        images.extend(listed(list)?);
    }
    if images.is_empty() {
        return Err(Usage("only models are named, and no image to predict".into()).into());
    }
    let request = PredictRequest {
        model: arguments.model.clone(),
        members,
        images,
        output: arguments.output.clone(),
        format: arguments.format,
        slice_axis: arguments.slice_axis,
        tile: arguments.tile.tile,
        correction: match (arguments.keep_shift, arguments.uncalibrated) {
            (true, _) => Correction::None,
            (false, true) => Correction::Shift,
            (false, false) => Correction::Full,
        },
        rater: arguments.rater.clone(),
        label_sets: arguments.label_sets,
        disagreement: arguments.disagreement,
        products: arguments.products.asked(),
        adapt: arguments.adapt,
        part: arguments.part,
        skip_existing: arguments.skip_existing,
        overwrite: arguments.overwrite,
        device: arguments.device.device,
        precision: arguments.precision.precision,
        averaging: arguments.averaging.with(arguments.members.average),
    };
    let mut failures = Failures::default();
    let Rest { not_read, .. } =
        predict_each(&request, &show::Progress::default(), &mut |path, image| match image {
            Ok(image) if arguments.print.json => show::json(&image),
            Ok(image) => image.maps.iter().for_each(|file| show::result(&show::path(file))),
            Err(error) => failures.add(&path.display().to_string(), error),
        })?;
    if let Some(table) = request.products.table(&request.output).filter(|table| table.is_file()) {
        match arguments.print.json {
            true => show::json(&json!({ "table": table })),
            false => show::result(&show::path(&table)),
        }
    }
    if arguments.print.json && !not_read.is_empty() {
        let paths: Vec<String> = not_read.iter().map(|path| path.display().to_string()).collect();
        show::json(&json!({ "not_read": paths }));
    }
    failures.tell()
}

/// The paths of a list, a line each; empty lines are none.
fn listed(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let text = match list.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()).context("standard input")?,
        _ => read_text(list).with_context(|| show::path(list))?,
    };
    Ok(text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect())
}
