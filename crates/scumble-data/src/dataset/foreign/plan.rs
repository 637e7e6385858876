//! Where the files of another layout go in a data set.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A layout of another program, or of many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignLayout {
    /// imagesTr/, labelsTr/ and dataset.json, as nnU-Net has them.
    Nnunet,
    /// JPEGImages/, SegmentationClass/ and ImageSets/, as Pascal VOC has them.
    Voc,
    /// Annotations in COCO's JSON for a whole folder, or for train/ and val/.
    Coco,
    /// Annotations of Label Studio, CVAT, labelme or QuPath, for a whole folder, for parts, or one file an image.
    Annotations,
    /// Folders whose names say what lies in them: images/ and masks/, train/images/ and train/labels/, images/train/ and
    /// labels/train/, annotator_1/, gt/, ..
    Folders,
    /// Images and masks in one folder: s0.png and s0_mask.png.
    SideBySide,
}

impl ForeignLayout {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 6] =
        [Self::Nnunet, Self::Voc, Self::Coco, Self::Annotations, Self::Folders, Self::SideBySide];

    /// The name on command lines and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nnunet => "nnunet",
            Self::Voc => "voc",
            Self::Coco => "coco",
            Self::Annotations => "annotations",
            Self::Folders => "folders",
            Self::SideBySide => "side-by-side",
        }
    }
}

impl fmt::Display for ForeignLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ForeignLayout {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name);
        let known = Self::ALL.into_iter().find(|layout| layout.name() == name);
        known.ok_or_else(|| format!("'{name}' is no layout; known are {}", names.join(", ")))
    }
}

/// Whose several folders of masks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Several {
    /// Each is that of a rater.
    Raters,
    /// Each is that of a class.
    Classes,
}

/// Where the files of another layout go in a data set, and which do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportPlan {
    /// The folder that they come from.
    #[serde(serialize_with = "written")]
    pub source: PathBuf,
    /// What it was recognised as.
    pub layout: ForeignLayout,
    /// What was recognised, in words.
    pub found: String,
    /// The files that a data set has a place for.
    pub files: Vec<PlacedFile>,
    /// What it has none for.
    pub left_out: Vec<LeftOut>,
    /// The text of dataset.toml, where the layout says what its files cannot.
    pub settings: Option<String>,
}

/// A file of the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlacedFile {
    /// The file that it is, or those whose channels it stacks.
    #[serde(serialize_with = "all_written")]
    pub from: Vec<PathBuf>,
    /// Its place below the data set's folder.
    #[serde(serialize_with = "written")]
    pub to: PathBuf,
}

/// A file or folder that stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Which.
    #[serde(serialize_with = "written")]
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

impl LeftOut {
    pub(super) fn new(path: PathBuf, why: impl Into<String>) -> Self {
        Self { path, why: why.into() }
    }
}

/// A path as messages have it: JSON has no name that is not in Unicode.
fn written<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

fn all_written<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.display().to_string()))
}
