//! What is asked of a package, and what it gives back.

use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use thiserror::Error;

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

/// Why there is no package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that nobody has.
    #[error("author {name:?}: a name is not empty and has no slash")]
    Author {
        /// The name.
        name: String,
    },
    /// What cannot be a license's short name.
    #[error(
        "license {name:?}: SPDX names licenses in letters, digits, dots, pluses and minuses, such as CC-BY-4.0"
    )]
    License {
        /// The name.
        name: String,
    },
    /// A name of nothing.
    #[error("the model's name is empty")]
    Name,
    /// No image to be tested by.
    #[error("{}: no image that it was trained on is found, and the package needs one to be tested by", model.display())]
    NoExample {
        /// The model file.
        model: PathBuf,
    },
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NoExample { .. } => Fault::Input,
            _ => Fault::Request,
        }
    }
}

impl PackageRequest {
    /// Refuses what BioImage.io would.
    pub(super) fn check(&self) -> Result<(), Error> {
        let short = |c: char| c.is_ascii_alphanumeric() || ".+-".contains(c);
        if let Some(name) =
            self.authors.iter().find(|name| name.trim().is_empty() || name.contains(['/', '\\']))
        {
            return Err(Error::Author { name: name.clone() });
        }
        if let Some(name) = self.license.as_ref().filter(|name| name.is_empty() || !name.chars().all(short)) {
            return Err(Error::License { name: name.clone() });
        }
        match &self.name {
            Some(name) if name.trim().is_empty() => Err(Error::Name),
            _ => Ok(()),
        }
    }

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
