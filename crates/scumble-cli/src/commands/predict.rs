use super::{label_sets, open_model};
use crate::arguments::Predict;
use crate::failure::{Shown, Usage};
use crate::show;
use anyhow::Context;
use scumble_data::{
    Affine, MapFormat, MapWriter, Raster, Sidecar, list_images, read_image, read_info, write_sidecar,
};
use scumble_nn::{Predictor, Reading};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Predict) -> anyhow::Result<()> {
    let images = images(&arguments.images)?;
    let (mut model, file) = open_model(&arguments.model)?;
    if arguments.keep_shift {
        model.card.task = model.card.task.keeping_shift();
    }
    if arguments.uncalibrated {
        model.card.task = model.card.task.uncalibrated();
    }
    if arguments.label_sets {
        model.card.task.supports(Reading::Sets).map_err(|error| Usage(format!("--label-sets: {error}")))?;
    }
    let mut predictor = Predictor::open(model, &arguments.device.device)?.with_tile(arguments.tile);
    let task = predictor.card().task.clone();
    let sidecar = Sidecar {
        version: 1,
        kind: task.kind(),
        classes: task.classes().to_vec(),
        format: arguments.format,
        model: Some(file.display().to_string()),
    };
    if !arguments.overwrite {
        let taken = arguments.output.join("maps.json");
        if taken.exists() {
            let folder = arguments.output.display();
            let message =
                format!("{folder} holds maps already; --overwrite replaces them, or choose another folder");
            return Err(Usage(message).into());
        }
    }
    let bar = show::Bar::new("predicting", images.len() as u64);
    let mut failed = 0;
    for (id, path) in &images {
        let written = read_image(path)
            .map_err(anyhow::Error::from)
            .and_then(|image| {
                let named = (id.as_str(), read_info(path)?.affine);
                let mut files =
                    write_map(&mut predictor, &image, named, &arguments.output, arguments.format)?;
                if arguments.label_sets {
                    files.push(label_sets::write(&mut predictor, &image, id, &arguments.output)?);
                }
                Ok(files)
            })
            .with_context(|| path.display().to_string());
        match written {
            Ok(files) if arguments.json => show::json(&json!({"image": path, "maps": files})),
            Ok(files) => files.iter().for_each(|file| show::result(&file.display().to_string())),
            // One bad image must not cost the others.
            Err(error) => {
                failed += 1;
                show::error(&format!("error: {error:#}"));
            }
        }
        bar.step();
    }
    bar.done();
    if failed < images.len() {
        write_sidecar(&arguments.output, &sidecar)?;
    }
    if failed > 0 { Err(Shown.into()) } else { Ok(()) }
}

/// Predicts an image into files of a folder, band by band; they lie in space where `affine` says.
pub(crate) fn write_map(
    predictor: &mut Predictor,
    image: &Raster,
    (id, affine): (&str, Option<Affine>),
    folder: &Path,
    format: MapFormat,
) -> anyhow::Result<Vec<PathBuf>> {
    let task = predictor.card().task.clone();
    let mut writer =
        MapWriter::create(folder, id, format, task.kind(), task.classes(), image.height, image.width)?;
    if let Some(affine) = affine {
        writer.place(affine);
    }
    predictor.read_bands(image, &[Reading::Classes], &mut |rows| Ok(writer.write_rows(rows[0])?))?;
    Ok(writer.finish()?)
}

/// The images named, and those in the folders named, by the name that their maps get.
fn images(arguments: &[PathBuf]) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for argument in arguments {
        let files = list_images(argument)?;
        if files.is_empty() {
            anyhow::bail!("{}: no image in it (png, jpg, tif, npy, nii)", argument.display());
        }
        for (id, file) in files {
            if let Some(other) = found.insert(id.clone(), file.clone()) {
                let (a, b) = (other.display(), file.display());
                return Err(
                    Usage(format!("{a} and {b} would both be written as {id}; predict them apart")).into()
                );
            }
        }
    }
    Ok(found)
}
