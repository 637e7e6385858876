//! A model as a file that other programs run.

use crate::outputs::{sweep_old, writable};
use crate::{JobError, Observer, open};
use scumble::Kind;
use scumble_data::{NormalisationMethod, write_atomically};
use scumble_nn::{Scales, Views, onnx};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which model, and where its file goes.
///
/// ```no_run
/// use scumble_jobs::export::{ExportRequest, export};
///
/// let request = ExportRequest { model: "run".into(), output: "model.onnx".into(), overwrite: false };
/// println!("{} bytes", export(&request, &())?.bytes);
/// # Ok::<(), scumble_jobs::JobError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// The file in ONNX.
    pub output: PathBuf,
    /// Replace a file that is there.
    #[serde(default)]
    pub overwrite: bool,
}

/// What was written; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The model file.
    pub model: PathBuf,
    /// The file written.
    pub output: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Binary, multiclass or multilabel.
    pub kind: Kind,
    /// The classes' names in the order of the maps.
    pub classes: Vec<String>,
    /// Channels of its images.
    pub channels: usize,
    /// By which statistics images enter.
    pub normalisation: NormalisationMethod,
    /// How many pixels around a tile its prediction depends on.
    pub halo: usize,
    /// The multiple at which tiles begin.
    pub stride: usize,
    /// Whether tiles give what the whole image gives.
    pub tiles: bool,
}

/// Writes a model as ONNX: the prediction from one view of an image, calibrated.
///
/// # Errors
/// A model that cannot be read or has no ONNX file, a file that is there or cannot be written.
pub fn export(request: &ExportRequest, observer: &dyn Observer) -> Result<ExportResult, JobError> {
    let ExportRequest { model, output, overwrite } = request;
    let read = open::model_files(model);
    let (model, file) = open::model(model)?;
    writable([output.clone()], read.iter().map(PathBuf::as_path), *overwrite)?;
    let written = onnx::export(&model).map_err(|error| JobError::from(error).of(file.display()))?;
    sweep_old(output.parent().unwrap_or(Path::new("")));
    write_atomically(output, |out| out.write_all(&written))?;
    let tiles = onnx::by_tiles(&model.card);
    let card = model.card;
    let (views, scales) = (card.views(), card.scales());
    if card.task.calibration().is_some() && (views != Views::ONE || scales != Scales::default()) {
        observer.warning(&format!(
            "the model's calibration was fitted to predictions from the mean of {views}{}, the exported graph predicts from \
             one view: it may not hold",
            if scales == Scales::default() { String::new() } else { format!(", at scales {scales}") }
        ));
    }
    Ok(ExportResult {
        version: 1,
        model: file,
        output: output.clone(),
        bytes: written.len() as u64,
        kind: card.task.kind(),
        classes: card.task.classes().to_vec(),
        channels: card.network.channels(),
        normalisation: card.normalisation.method(),
        halo: card.network.halo(),
        stride: card.network.stride(),
        tiles,
    })
}
