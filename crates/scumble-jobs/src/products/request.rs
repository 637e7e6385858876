//! What is asked to be made of maps.

use super::error::Error;
use super::threshold::Threshold;
use scumble_data::OBJECTS_TABLE;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The folders, each named for what is in it.
pub(super) const MASKS: &str = "masks";
pub(super) const UNCERTAINTY: &str = "uncertainty";
pub(super) const OBJECTS: &str = "objects";
pub(super) const OUTLINES: &str = "outlines";
pub(super) const CONTOURS: &str = "contours";

/// What is made of the maps of each image, besides the maps. Nothing, unless it is asked for.
///
/// ```
/// use scumble_jobs::products::Products;
///
/// let asked: Products = serde_json::from_str(r#"{"threshold": 0.4, "outlines": ["geojson"], "contours": [0.1, 0.9]}"#)?;
/// assert!(asked.writes_masks() && asked.decides());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Products {
    /// Hard masks, masks/ID.png, 255 where a class is predicted, or masks/CLASS/ID.png where classes overlap; of exclusive classes the
    /// index of the likeliest, 255 where nothing is known.
    pub masks: bool,
    /// The probability from which on a class is predicted, in masks, objects and outlines; asks for masks. None: 0.5. Exclusive
    /// classes have none.
    pub threshold: Option<Threshold>,
    /// The entropy of what is predicted in nats, uncertainty/ID.tif, f32: of overlapping classes each its own,
    /// uncertainty/CLASS/ID.tif.
    pub uncertainty: bool,
    /// The connected objects of the masks, numbered: objects/ID.tif, or objects/CLASS/ID.tif, and a line for each in objects.csv.
    pub objects: bool,
    /// Their outlines.
    pub outlines: Vec<OutlineFormat>,
    /// Lines where a class has these probabilities: contours/ID.geojson.
    pub contours: Vec<Level>,
}

/// How outlines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutlineFormat {
    /// outlines/ID.geojson: for QuPath in pixels, for QGIS in the coordinates of the map that the image lies on.
    GeoJson,
    /// outlines/ID.zip, or outlines/CLASS/ID.zip: for ImageJ's ROI manager.
    Roi,
}

impl FromStr for OutlineFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "geojson" => Ok(Self::GeoJson),
            "roi" => Ok(Self::Roi),
            _ => Err(format!("'{name}' is no format of outlines; known are geojson and roi")),
        }
    }
}

/// A probability between 0 and 1, at which there can be a contour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Level(f64);

impl Level {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Level {
    type Error = Error;

    fn try_from(level: f64) -> Result<Self, Error> {
        let sound = level > 0.0 && level < 1.0;
        sound.then_some(Self(level)).ok_or_else(|| Error::Level { level: level.to_string() })
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> f64 {
        level.0
    }
}

impl FromStr for Level {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = text.parse::<f64>().map_err(|_| Error::Level { level: text.to_owned() })?;
        Self::try_from(number)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Products {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether masks are written.
    pub fn writes_masks(&self) -> bool {
        self.masks || self.threshold.is_some()
    }

    /// Whether it is decided where a class is.
    pub fn decides(&self) -> bool {
        self.writes_masks() || self.objects || !self.outlines.is_empty()
    }

    /// The folders that are written into, and what is in each, in words.
    pub fn folders(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        [
            (self.writes_masks(), MASKS, "of the masks"),
            (self.uncertainty, UNCERTAINTY, "of the uncertainty"),
            (self.objects, OBJECTS, "of the objects"),
            (!self.outlines.is_empty(), OUTLINES, "of the outlines"),
            (!self.contours.is_empty(), CONTOURS, "of the contours"),
        ]
        .into_iter()
        .filter_map(|(asked, folder, of)| asked.then_some((folder, of)))
    }

    /// The table of objects in a folder of products, if it is asked for.
    pub fn table(&self, folder: &Path) -> Option<PathBuf> {
        self.objects.then(|| folder.join(OBJECTS_TABLE))
    }
}
