//! `scumble predict`: probability maps of images.

use crate::arguments::Predict;
use crate::failure::{self, Shown};
use crate::show;
use scumble_jobs::JobError;
use scumble_jobs::predict::{Correction, PredictRequest, predict_each};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Predict) -> anyhow::Result<()> {
    let request = PredictRequest {
        model: arguments.model.clone(),
        images: arguments.images.clone(),
        output: arguments.output.clone(),
        format: arguments.format,
        tile: arguments.tile.tile,
        correction: match (arguments.keep_shift, arguments.uncalibrated) {
            (true, _) => Correction::None,
            (false, true) => Correction::Shift,
            (false, false) => Correction::Full,
        },
        label_sets: arguments.label_sets,
        overwrite: arguments.overwrite,
        device: arguments.device.device,
    };
    let mut failures = Failures::default();
    let not_read = predict_each(&request, &show::Progress::default(), &mut |path, image| match image {
        Ok(image) if arguments.print.json => show::json(&image),
        Ok(image) => image.maps.iter().for_each(|file| show::result(&file.display().to_string())),
        Err(error) => failures.add(path, error),
    })?;
    if arguments.print.json && !not_read.is_empty() {
        show::json(&json!({ "not_read": not_read }));
    }
    match failures.0.is_empty() {
        true => Ok(()),
        false => {
            failures.tell();
            Err(Shown.into())
        }
    }
}

/// Images that failed, by cause: the first message is shown at once, the others of the same cause are one line.
#[derive(Default)]
struct Failures(BTreeMap<String, Vec<PathBuf>>);

impl Failures {
    /// Names that are shown of those that failed like another.
    const SHOWN: usize = 10;

    fn add(&mut self, path: &Path, error: JobError) {
        let message = failure::message(&error.into());
        let cause = message.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&message);
        let images = self.0.entry(cause.to_owned()).or_default();
        if images.is_empty() {
            show::error(&format!("error: {message}"));
        }
        images.push(path.to_owned());
    }

    fn tell(&self) {
        for (cause, images) in &self.0 {
            let [_, others @ ..] = &images[..] else { continue };
            if others.is_empty() {
                continue;
            }
            let names = others.iter().take(Self::SHOWN).map(|path| path.display().to_string());
            let names = names.collect::<Vec<_>>().join(", ");
            let more = match others.len().checked_sub(Self::SHOWN) {
                None | Some(0) => String::new(),
                Some(more) => format!(" and {more} more"),
            };
            let count = show::counted(others.len(), "other image");
            show::error(&format!("error: the same of {count} ({names}{more}): {cause}"));
        }
    }
}
