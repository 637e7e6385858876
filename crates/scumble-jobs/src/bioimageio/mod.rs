//! A model as a package of [BioImage.io](https://bioimage.io), which ilastik, deepImageJ and others open.

mod description;
mod example;
mod request;

pub use request::{Error, PackageRequest, PackageResult};

use crate::held_out::run_of;
use crate::outputs::{apart, sweep_old, writable};
use crate::picture::Picture;
use crate::{JobError, Observer, open};
use description::{Named, described, readme};
use example::{Sizes, planes};
use scumble_data::{Dataset, Samples, read_image_in_context, write_array, write_atomically};
use scumble_nn::{Averaging, Device, Precision, Predictor, onnx};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What describes the package; it is written last, so that a package with it is whole.
const DESCRIPTION: &str = "rdf.yaml";
const WEIGHTS: &str = "weights.onnx";
const INPUT: &str = "test_input.npy";
const OUTPUT: &str = "test_output.npy";
const COVER: &str = "cover.png";
const README: &str = "README.md";

/// Its pictures are at most this wide and high.
const COVER_SIDE: usize = 480;

/// Writes a model as a package: description, ONNX, README, cover, and an image with what the model says of it, by which
/// others test that they run it rightly.
///
/// # Errors
/// Names or a license that no package has; a model that cannot be read or has no ONNX file; no image, or one that is not the
/// model's kind; files that are there or cannot be written.
pub fn package(request: &PackageRequest, observer: &dyn Observer) -> Result<PackageResult, JobError> {
    request.check()?;
    let folder = &request.output;
    let mut read = open::model_files(&request.model);
    let (model, file) = open::model(&request.model)?;
    let image = match &request.image {
        Some(image) => image.clone(),
        None => held_out_image(&file)?.ok_or_else(|| Error::NoExample { model: file.clone() })?,
    };
    read.push(image.clone());
    let files = [DESCRIPTION, WEIGHTS, INPUT, OUTPUT, COVER, README].map(|name| folder.join(name));
    apart(folder, read.iter().map(PathBuf::as_path))?;
    if folder.exists() && !folder.is_dir() {
        return Err(JobError::io(folder)(ErrorKind::NotADirectory.into()));
    }
    writable(files, read.iter().map(PathBuf::as_path), request.overwrite)?;
    let weights = onnx::export(&model).map_err(|error| JobError::from(error).of(file.display()))?;
    let sizes = Sizes::of(&model.card.network);
    let example = sizes.middle(&read_image_in_context(&image, model.card.context)?);
    let averaging = Averaging::none();
    let card = model.card.clone();
    let said = Predictor::open_all(vec![model], &Device::Cpu, Precision::F32, averaging)
        .and_then(|mut predictor| predictor.predict(&example))
        .map_err(|error| JobError::from(error).of(image.display()))?;
    std::fs::create_dir_all(folder).map_err(JobError::io(folder))?;
    // An older description is not one of what is written now.
    let description = folder.join(DESCRIPTION);
    if description.exists() {
        std::fs::remove_file(&description).map_err(JobError::io(&description))?;
    }
    sweep_old(folder);
    write(&folder.join(WEIGHTS), &weights)?;
    write_array(&folder.join(INPUT), planes(&example).view())?;
    write_array(&folder.join(OUTPUT), said.view().insert_axis(ndarray::Axis(0)))?;
    let [seen, maps] =
        [Picture::image(&example.own_slice(card.context)), Picture::probabilities(said.view())];
    Picture::row(&[seen.fit(COVER_SIDE), maps.fit(COVER_SIDE)]).write(&folder.join(COVER))?;
    let named = Named::of(request, &card);
    write(&folder.join(README), readme(&named, &card).as_bytes())?;
    let hashed = |name: &str| {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(JobError::io(&path))?;
        Ok::<_, JobError>(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    // Floats have no end.
    let full = match example.samples {
        Samples::U8(_) | Samples::U16(_) => Some(example.full_scale()),
        Samples::F32(_) | Samples::F64(_) => None,
    };
    let [weights, input, output] = [WEIGHTS, INPUT, OUTPUT].map(hashed);
    let described = described(&named, &card, (&sizes, full), [weights?, input?, output?]);
    write(&description, described.as_bytes())?;
    if request.authors.is_empty() || request.license.is_none() {
        observer.note("the collection of BioImage.io takes packages that name their authors and a license");
    }
    Ok(PackageResult {
        version: 1,
        model: file,
        output: folder.clone(),
        image,
        name: named.name,
        description,
    })
}

/// The first image that the model's run has held out, or learnt from where there is none; `None` where it is not there.
fn held_out_image(model: &Path) -> Result<Option<PathBuf>, JobError> {
    let Some(run) = run_of(model)? else { return Ok(None) };
    let data = run.info()?.data;
    let Ok(dataset) = Dataset::open(&data.path) else { return Ok(None) };
    let first = data.validation.iter().chain(&data.train).next();
    let item = first.and_then(|name| dataset.items().iter().find(|item| item.id() == name));
    Ok(item.and_then(|item| item.image()).map(Path::to_owned))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), JobError> {
    Ok(write_atomically(path, |out| out.write_all(bytes))?)
}
