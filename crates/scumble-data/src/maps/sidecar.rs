//! maps.json: what a folder of maps means.

use super::MapFormat;
use crate::formats::composed;
use crate::text::decoded;
use crate::{DataError, SettingsProblem, SliceAxis, read_text_file, write_atomically};
use scumble::labels::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The sidecar's file name.
pub(crate) const SIDECAR: &str = "maps.json";

/// What a folder of probability maps means: maps.json, so that class order and meaning travel with the files.
///
/// ```
/// use scumble::labels::Kind;
/// use scumble_data::{MapFormat, Sidecar, write_sidecar};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// let sidecar = Sidecar::new(Kind::Multilabel, ["cup", "disc"], MapFormat::Png16, None);
/// let path = write_sidecar(folder, &sidecar)?;
/// assert!(path.ends_with("maps.json"));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sidecar {
    /// The version of this file; [`Sidecar::VERSION`] when written by this program.
    pub version: u32,
    /// What the maps mean.
    pub kind: Kind,
    /// Class names in the order of the maps; one for binary.
    pub classes: Vec<String>,
    /// How the maps are stored.
    pub format: MapFormat,
    /// Which model made them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Which models more, whose predictions are averaged with those of the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// The rater who would say so, if it is not what raters say together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rater: Option<String>,
    /// The axis along which the slices of volumes follow one another, where somebody has chosen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_axis: Option<SliceAxis>,
    /// What the predictions are averaged over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub averaged: Option<Averaged>,
}

/// What a model's prediction is averaged over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Averaged {
    /// How many turns and flips of the image; 1 is the image as it is.
    pub views: usize,
    /// Whether it was flipped.
    pub flips: bool,
    /// Whether it was turned by quarters.
    pub turns: bool,
    /// Sizes of the image, as multiples of its own.
    pub scales: Vec<f64>,
    /// How many models.
    pub models: usize,
    /// What was averaged of several models: logits or probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<String>,
    /// How many images the batch statistics were brought half of the way to, if they are not the training's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<usize>,
}

impl fmt::Display for Averaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.views, self.flips, self.turns) {
            (1, ..) => "1 view of the image",
            (_, true, true) => "8 views of the image, flipped and turned",
            (_, true, false) => "4 views of the image, flipped",
            _ => "4 views of the image, turned",
        })?;
        if self.scales != [1.0] {
            let scales: Vec<String> = self.scales.iter().map(f64::to_string).collect();
            write!(f, ", at scales {}", scales.join(", "))?;
        }
        if let (2.., Some(mean)) = (self.models, &self.mean) {
            write!(f, ", by {} models, the mean of their {mean}", self.models)?;
        }
        match self.adapted {
            Some(1) => f.write_str(", adapted to 1 image"),
            Some(images) => write!(f, ", adapted to {images} images"),
            None => Ok(()),
        }
    }
}

impl Sidecar {
    /// The version that this program writes, and the newest that it reads.
    pub const VERSION: u32 = 1;

    /// A sidecar of the present version.
    pub fn new(
        kind: Kind,
        classes: impl IntoIterator<Item = impl Into<String>>,
        format: MapFormat,
        model: Option<String>,
    ) -> Self {
        let classes = classes.into_iter().map(Into::into).collect();
        let (version, members) = (Self::VERSION, Vec::new());
        Self { version, kind, classes, format, model, members, rater: None, slice_axis: None, averaged: None }
    }

    /// The same of predictions averaged over this, and over those of more models.
    pub fn with_averaged(self, averaged: Averaged, members: Vec<String>) -> Self {
        Self { averaged: Some(averaged), members, ..self }
    }

    /// Whether each class has a folder of its own.
    pub(crate) fn uses_class_folders(&self) -> bool {
        self.kind != Kind::Binary && self.format != MapFormat::Npy
    }
}

/// Writes `folder`/maps.json, in place of an older one; the folder is created where it is missing.
///
/// # Errors
/// What the operating system refuses.
pub fn write_sidecar(folder: &Path, sidecar: &Sidecar) -> Result<PathBuf, DataError> {
    fs::create_dir_all(folder).map_err(DataError::io(folder))?;
    let path = folder.join(SIDECAR);
    write_atomically(&path, |out| {
        serde_json::to_writer_pretty(&mut *out, sidecar)?;
        out.write_all(b"\n")
    })?;
    Ok(path)
}

/// Reads `folder`/maps.json; `None` where there is none.
///
/// # Errors
/// A file that cannot be read or understood, or that a newer scumble wrote.
pub fn read_sidecar(folder: &Path) -> Result<Option<Sidecar>, DataError> {
    let path = folder.join(SIDECAR);
    let file = match read_text_file(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DataError::io(&path)(error)),
    };
    let wrong = DataError::settings(&path);
    let text = decoded(&file).map_err(|reason| wrong(SettingsProblem::Syntax(reason)))?;
    let mut sidecar: Sidecar =
        serde_json::from_str(&text).map_err(|error| wrong(SettingsProblem::Syntax(error.to_string())))?;
    // As the names of folders are.
    sidecar.classes.iter_mut().for_each(|class| *class = composed(class));
    if sidecar.version > Sidecar::VERSION {
        return Err(wrong(SettingsProblem::Newer { found: sidecar.version, newest: Sidecar::VERSION }));
    }
    Ok(Some(sidecar))
}
