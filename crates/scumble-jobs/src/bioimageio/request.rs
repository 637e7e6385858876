//! What is asked of a package, and what it gives back.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which model, where its package goes, and what only people know of it.
///
/// ```no_run
/// use scumble_jobs::bioimageio::{PackageRequest, package};
///
/// let request = PackageRequest {
///     authors: vec!["A. Author".into()],
///     license: Some("CC-BY-4.0".into()),
///     ..PackageRequest::new("run".into(), "vessels".into())
/// };
/// println!("{}", package(&request, &())?.description.display());
/// # Ok::<(), scumble_jobs::JobError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// The folder to write.
    pub output: PathBuf,
    /// The image that the package shows and is tested by; `None`: the first that the model's run has held out.
    #[serde(default)]
    pub image: Option<PathBuf>,
    /// What the model is called; `None`: by its classes.
    #[serde(default)]
    pub name: Option<String>,
    /// Who made it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Under which license, by its SPDX name.
    #[serde(default)]
    pub license: Option<String>,
    /// Replace files that are there.
    #[serde(default)]
    pub overwrite: bool,
}

impl PackageRequest {
    /// A package of this model in this folder, everything else as it comes.
    pub fn new(model: PathBuf, output: PathBuf) -> Self {
        Self { model, output, image: None, name: None, authors: Vec::new(), license: None, overwrite: false }
    }
}

/// What was written; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The model file.
    pub model: PathBuf,
    /// The folder written.
    pub output: PathBuf,
    /// The image that it is tested by.
    pub image: PathBuf,
    /// What the model is called.
    pub name: String,
    /// The file that describes it.
    pub description: PathBuf,
}
