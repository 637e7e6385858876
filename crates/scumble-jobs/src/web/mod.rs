//! A model as a page that predicts: one HTML file, which a browser opens without a network.

mod page;

use crate::outputs::{sweep_old, writable};
use crate::{JobError, Observer, open};
use scumble::Kind;
use scumble_data::write_atomically;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Which model, and where its page goes.
///
/// ```no_run
/// use scumble_jobs::web::{WebRequest, web};
///
/// let request = WebRequest { model: "run".into(), output: "model.html".into(), overwrite: false };
/// println!("{} bytes", web(&request, &())?.bytes);
/// # Ok::<(), scumble_jobs::JobError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// The page.
    pub output: PathBuf,
    /// Replace a file that is there.
    #[serde(default)]
    pub overwrite: bool,
}

/// What was written; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WebResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The model file.
    pub model: PathBuf,
    /// The page.
    pub output: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Binary, multiclass or multilabel.
    pub kind: Kind,
    /// The classes' names in the order of the maps.
    pub classes: Vec<String>,
    /// Channels of its images.
    pub channels: usize,
}

/// Why there is no page.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A build of scumble without the program that a page runs.
    #[error("this scumble has no program for pages: {reason}")]
    NoProgram {
        /// What its build lacked.
        reason: &'static str,
    },
    /// A model that needs more of a volume than the image that is dropped on a page.
    #[error("{}: the model sees {context} slices on either side of an image, and a page is given the image alone", path.display())]
    Context {
        /// The model.
        path: PathBuf,
        /// Its slices.
        context: usize,
    },
}

/// The program that a page runs, in WebAssembly, compressed by gzip.
#[cfg(feature = "web")]
const PROGRAM: Result<&[u8], &str> = scumble_web::PROGRAM;
#[cfg(not(feature = "web"))]
const PROGRAM: Result<&[u8], &str> = Err("it was built without the feature `web`");

/// Writes a page that predicts whatever image is dropped on it, as [`predict`](crate::predict::predict) does on the CPU in f32.
///
/// # Errors
/// A build without the page's program, a model that cannot be read, a file that is there or cannot be written.
pub fn web(request: &WebRequest, observer: &dyn Observer) -> Result<WebResult, JobError> {
    let WebRequest { model, output, overwrite } = request;
    let program = PROGRAM.map_err(|reason| Error::NoProgram { reason })?;
    let read = open::model_files(model);
    let (model, file) = open::model(model)?;
    if model.card.context > 0 {
        return Err(Error::Context { path: file, context: model.card.context }.into());
    }
    writable([output.clone()], read.iter().map(PathBuf::as_path), *overwrite)?;
    if model.card.views.is_none() && model.card.task.calibration().is_none() {
        observer.note("the page predicts from 1 view: the model does not say how its training turned and flipped images");
    }
    let written = page::page(&model, program).into_string();
    sweep_old(output.parent().unwrap_or(Path::new("")));
    write_atomically(output, |out| out.write_all(written.as_bytes()))?;
    let card = model.card;
    Ok(WebResult {
        version: 1,
        model: file,
        output: output.clone(),
        bytes: written.len() as u64,
        kind: card.task.kind(),
        classes: card.task.classes().to_vec(),
        channels: card.network.channels(),
    })
}
