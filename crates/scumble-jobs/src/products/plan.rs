//! What is asked for, held against the classes: which thresholds, which files.

use super::error::Error;
use super::request::{CONTOURS, MASKS, OBJECTS, OUTLINES, OutlineFormat, Products, UNCERTAINTY};
use super::table::Row;
use crate::JobError;
use scumble::labels::Kind;
use scumble_data::{DataError, MapFormat, MapWriter, ROI_REACH, admit_work, read_text, write_atomically};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The index of pixels that nothing is known of, in masks of exclusive classes.
pub(super) const UNKNOWN: u8 = 255;

/// What nobody has named a threshold for is predicted from here on, as the judge has it.
const USUAL: f64 = 0.5;

/// What is made of every image's maps, and what has come together of all so far.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) asked: Products,
    pub(super) kind: Kind,
    pub(super) classes: Vec<String>,
    /// Of each class; exclusive classes have none.
    pub(super) thresholds: Vec<f64>,
    pub(super) rows: Vec<Row>,
    /// Whether anything has been made.
    pub(super) begun: bool,
}

impl Plan {
    /// `best`: at which threshold a model's F1 was best, class by class; of maps without a model nothing.
    ///
    /// # Errors
    /// What these classes do not have.
    pub(crate) fn new(
        asked: &Products,
        kind: Kind,
        classes: &[String],
        best: Option<&[Option<f64>]>,
    ) -> Result<Self, Error> {
        let exclusive = kind == Kind::Multiclass;
        let thresholds = match &asked.threshold {
            Some(_) if exclusive => return Err(Error::Exclusive),
            Some(threshold) => threshold.of(classes, best)?,
            None if exclusive => Vec::new(),
            None => vec![USUAL; classes.len()],
        };
        if exclusive && asked.writes_masks() && classes.len() > usize::from(UNKNOWN) {
            return Err(Error::ManyClasses { classes: classes.len() });
        }
        let (rows, begun) = (Vec::new(), false);
        Ok(Self { asked: asked.clone(), kind, classes: classes.to_vec(), thresholds, rows, begun })
    }

    /// Whether there is nothing to make.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// K, how many maps an image has.
    pub(crate) fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Asks whether all that is asked for can be made of an image of this size.
    ///
    /// # Errors
    /// More memory than there is, an image that a format cannot say.
    pub(crate) fn admit(&self, height: usize, width: usize, path: &Path) -> Result<(), JobError> {
        let side = height.max(width);
        if self.asked.outlines.contains(&OutlineFormat::Roi) && side > ROI_REACH {
            return Err(Error::Far { side }.into());
        }
        // Of each pixel its maps and masks, and of one class at a time objects, outlines and contours.
        let each = 16 * self.classes.len() as u64 + 32;
        let bytes = (height as u64).saturating_mul(width as u64).saturating_mul(each);
        let too_large = |source| {
            let what = format!("maps of {height} x {width} pixels, and what is made of them,");
            DataError::TooLarge { path: path.to_owned(), what, source }
        };
        Ok(admit_work(bytes).map_err(too_large)?)
    }

    /// The threshold of each class, in words; nothing of exclusive classes.
    pub(crate) fn thresholds(&self) -> Option<String> {
        let each = self.classes.iter().zip(&self.thresholds).map(|(class, at)| format!("{class} {at:.4}"));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| each.join(", "))
    }

    /// The files of an image.
    ///
    /// # Errors
    /// An id or class that cannot be a file's name.
    pub(crate) fn files(&self, folder: &Path, id: &str) -> Result<Vec<PathBuf>, DataError> {
        let mut files = Vec::new();
        if self.asked.writes_masks() {
            files.extend(self.by_question(folder, MASKS, id, "png")?);
        }
        if self.asked.uncertainty {
            files.extend(self.by_question(folder, UNCERTAINTY, id, "tif")?);
        }
        if self.asked.objects {
            files.extend(self.by_class(folder, OBJECTS, id, "tif")?);
        }
        for format in &self.asked.outlines {
            match format {
                OutlineFormat::GeoJson => files.push(one(folder, OUTLINES, id, "geojson")?),
                OutlineFormat::Roi => files.extend(self.by_class(folder, OUTLINES, id, "zip")?),
            }
        }
        if !self.asked.contours.is_empty() {
            files.push(one(folder, CONTOURS, id, "geojson")?);
        }
        Ok(files)
    }

    /// The files that are of all images.
    pub(crate) fn common_files(&self, folder: &Path) -> Vec<PathBuf> {
        let masks = self.asked.writes_masks().then(|| settings_file(folder));
        masks.into_iter().chain(self.asked.table(folder)).collect()
    }

    /// Writes what is of all images, if there is any.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub(crate) fn finish(&self, folder: &Path) -> Result<(), JobError> {
        if !self.begun {
            return Ok(());
        }
        if self.asked.writes_masks() {
            write_atomically(&settings_file(folder), |out| out.write_all(self.settings().as_bytes()))?;
        }
        if let Some(table) = self.asked.table(folder) {
            write_atomically(&table, |out| Row::write_all(&self.rows, out))?;
        }
        Ok(())
    }

    /// dataset.toml of masks that are there and were decided otherwise.
    pub(crate) fn other_masks(&self, folder: &Path) -> Option<PathBuf> {
        let path = Some(settings_file(folder)).filter(|_| self.asked.writes_masks())?;
        let there = read_text(&path).ok()?;
        (there != self.settings()).then_some(path)
    }

    /// dataset.toml of the masks, which are labels.
    fn settings(&self) -> String {
        // A string of JSON is one of TOML.
        let classes = serde_json::to_string(&self.classes).expect("names");
        let indices = match self.kind {
            Kind::Multiclass => format!("labels = \"index\"\nignore_index = {UNKNOWN}\n"),
            Kind::Binary | Kind::Multilabel => String::new(),
        };
        let decided = match self.thresholds() {
            Some(each) => format!("the probability is at least: {each}"),
            None => "it is the likeliest".to_owned(),
        };
        // No name may end the comment.
        let decided = decided.replace(char::is_control, " ");
        format!("# A class is where {decided}.\nkind = \"{}\"\nclasses = {classes}\n{indices}", self.kind)
    }

    /// A file, or where classes overlap one of each.
    pub(super) fn by_question(
        &self,
        folder: &Path,
        of: &str,
        id: &str,
        extension: &str,
    ) -> Result<Vec<PathBuf>, DataError> {
        match self.kind {
            Kind::Multilabel => self.by_class(folder, of, id, extension),
            Kind::Binary | Kind::Multiclass => Ok(vec![one(folder, of, id, extension)?]),
        }
    }

    /// A file, or where there are several classes one of each.
    pub(super) fn by_class(
        &self,
        folder: &Path,
        of: &str,
        id: &str,
        extension: &str,
    ) -> Result<Vec<PathBuf>, DataError> {
        // As maps are named.
        let maps = MapWriter::files(&folder.join(of), id, MapFormat::Tiff, self.kind, &self.classes)?;
        Ok(maps.into_iter().map(|file| file.with_extension(extension)).collect())
    }
}

/// The one file of an image.
pub(super) fn one(folder: &Path, of: &str, id: &str, extension: &str) -> Result<PathBuf, DataError> {
    let maps = MapWriter::files(&folder.join(of), id, MapFormat::Npy, Kind::Binary, &[])?;
    Ok(maps[0].with_extension(extension))
}

fn settings_file(folder: &Path) -> PathBuf {
    folder.join(MASKS).join("dataset.toml")
}
