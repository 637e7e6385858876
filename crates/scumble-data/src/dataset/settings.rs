//! dataset.toml.

use super::colours::Colour;
use crate::formats::{Pages, SliceAxis, Slicing, composed};
use crate::text::decoded;
use crate::{DataError, Grouping, SettingsProblem, read_text_file};
use scumble::labels::Kind;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::Path;

/// The name of the optional file at the root of a data set.
pub(super) const SETTINGS: &str = "dataset.toml";

/// dataset.toml: what the files cannot say themselves.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) kind: Option<Kind>,
    pub(super) classes: Option<Vec<String>>,
    pub(super) labels: Option<Declared>,
    /// The value that means "nobody knows" in label maps and masks.
    pub(super) ignore_index: Option<i64>,
    /// Overlapping classes of which each lies inside the one before.
    pub(super) nested: Option<Vec<String>>,
    /// Colours of maps, by class.
    pub(super) colours: Option<BTreeMap<String, Colour>>,
    /// The colour that means "nobody knows".
    pub(super) ignore_colour: Option<Colour>,
    /// What the pages of a TIFF are.
    pub(super) pages: Option<Pages>,
    /// The axis of the slices of volumes, where it is not that of the longest side of their voxels.
    pub(super) slices: Option<SliceAxis>,
    /// How far a map may lie from its image, in pixels, where both say where they lie.
    pub(super) affine_tolerance: Option<f64>,
    /// Which images belong together.
    pub(super) group: Option<Grouping>,
    /// The number that stands in images where there is no data, for files that do not say it.
    pub(super) nodata: Option<f64>,
}

/// What integers in label maps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Declared {
    /// Probabilities, full scale = 1.
    Soft,
    /// Class indices.
    Index,
}

const KEYS: &[&str] = &[
    "kind",
    "classes",
    "labels",
    "ignore_index",
    "nested",
    "colours",
    "ignore_colour",
    "pages",
    "slices",
    "affine_tolerance",
    "group",
    "nodata",
];

/// How alike two names must be (Jaro-Winkler, 0 to 1) for one to be suggested for the other.
const ALIKE: f64 = 0.75;

impl Settings {
    /// Reads `root`/dataset.toml; all unset where there is none.
    ///
    /// # Errors
    /// A key that does not exist (the message suggests one that does), a value of the wrong type, classes that do
    /// not fit the kind.
    pub(super) fn read(root: &Path) -> Result<Self, DataError> {
        let path = root.join(SETTINGS);
        let file = match read_text_file(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Self::default()),
            Err(error) => return Err(DataError::io(&path)(error)),
        };
        let wrong = DataError::settings(&path);
        let text = decoded(&file).map_err(|reason| wrong(SettingsProblem::Syntax(reason)))?;
        let syntax = |error: toml::de::Error| wrong(SettingsProblem::Syntax(error.to_string()));
        let table: toml::Table = text.parse().map_err(syntax)?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let suggestion = suggest(key, KEYS.iter().copied());
            return Err(DataError::UnknownKey {
                path: path.clone(),
                key: key.clone(),
                suggestion,
                known: KEYS,
            });
        }
        let mut settings: Self = toml::from_str(&text).map_err(syntax)?;
        // As the names of folders and categories are.
        settings.classes.iter_mut().chain(&mut settings.nested).flatten().for_each(compose);
        settings.colours = settings
            .colours
            .map(|colours| colours.into_iter().map(|(class, colour)| (composed(&class), colour)).collect());
        settings.check().map_err(wrong)?;
        Ok(settings)
    }

    /// How files of several images are taken apart.
    pub(super) fn slicing(&self) -> Slicing {
        Slicing { pages: self.pages.unwrap_or_default(), axis: self.slices }
    }

    fn check(&self) -> Result<(), SettingsProblem> {
        let colours = self.colours.as_ref().map_or(0, BTreeMap::len);
        if self.kind == Some(Kind::Binary) && self.classes.is_none() && colours > 1 {
            return Err(SettingsProblem::BinaryColours);
        }
        if let Some(pixels) = self.affine_tolerance.filter(|pixels| !(0.0..f64::INFINITY).contains(pixels)) {
            return Err(SettingsProblem::Tolerance(pixels.to_string()));
        }
        self.classes.as_ref().map_or(Ok(()), |classes| check_classes(self.kind, classes))
    }
}

/// Whether labels, of a kind if it is known, can have such classes.
pub(super) fn check_classes(kind: Option<Kind>, classes: &[String]) -> Result<(), SettingsProblem> {
    if let Some(twice) = classes.iter().enumerate().find(|(at, name)| classes[..*at].contains(name)) {
        return Err(SettingsProblem::Twice(twice.1.clone()));
    }
    let count = classes.len();
    match kind {
        _ if count == 0 || classes.iter().any(String::is_empty) => Err(SettingsProblem::Nameless),
        Some(Kind::Binary) if count > 1 => {
            Err(SettingsProblem::BinaryClasses { count, last: classes[count - 1].clone() })
        }
        Some(Kind::Multiclass) if count < 2 => Err(SettingsProblem::OneClass),
        _ => Ok(()),
    }
}

fn compose(name: &mut String) {
    *name = composed(name);
}

/// The known name that is most like `name`, if any is like it at all.
pub(super) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
