//! The label file of an item: its numbers as probabilities, with the counts of raters beside it.

use super::encoding::Encoding;
use super::geometry::Geometry;
use super::grey::with_channels;
use super::item::MapFiles;
use super::values::{Rule, stacked};
use super::{Dataset, Item};
use crate::{DataError, Raster};
use ndarray::{Array2, Array3, Axis};
use scumble::labels::{Kind, LabelError, SoftLabels, UNSEEN};
use std::path::{Path, PathBuf};

/// The label that a file has.
pub(super) struct FileLabel {
    pub(super) labels: SoftLabels,
    /// The probabilities with all digits, [K, H, W], where a file has 64-bit floats.
    pub(super) wide: Option<Array3<f64>>,
}

impl From<SoftLabels> for FileLabel {
    fn from(labels: SoftLabels) -> Self {
        Self { labels, wide: None }
    }
}

impl Dataset {
    /// The label file with the counts beside it, where there are any; without ignore/ and weights/.
    ///
    /// # Errors
    /// No label file, a broken one, another geometry, values that make no label.
    pub(super) fn label_file(&self, item: &Item, geometry: &Geometry) -> Result<FileLabel, DataError> {
        let FileLabel { labels, wide } = self.uncounted_label(item, geometry)?;
        let Some(path) = &item.counts else { return Ok(FileLabel { labels, wide }) };
        let label = item.label.iter().flat_map(|files| files.paths()).next().unwrap_or(path);
        Ok(FileLabel { labels: self.with_counts(labels, path, &geometry.said_by(label))?, wide })
    }

    fn uncounted_label(&self, item: &Item, geometry: &Geometry) -> Result<FileLabel, DataError> {
        let files = item.label.as_ref().ok_or_else(|| self.lacks(item, "label file"))?;
        let (meaning, rule) = (&self.meaning, self.label_rule());
        match files {
            MapFiles::One(path) => {
                if let Some(marks) = self.coloured(path, meaning.labels, geometry)? {
                    return Ok(self.hard_label(marks, path)?.into());
                }
                let raster = geometry.read_wide(path)?;
                let indices = meaning.labels == Encoding::Index
                    || (meaning.labels == Encoding::OnOff && raster.channels != self.classes().len());
                if self.kind() == Kind::Multiclass && indices {
                    return Ok(self.index_label(&with_channels(raster, path, 1)?, path)?.into());
                }
                let raster = with_channels(raster, path, self.classes().len())?;
                let planes = rule.planes(&raster, path)?;
                let tolerance = rule.tolerance(&raster, raster.channels);
                let labels = SoftLabels::with_ignored(self.kind(), planes, tolerance);
                Ok(FileLabel {
                    labels: labels.map_err(DataError::label(path))?,
                    wide: rule.wide_planes(&raster),
                })
            }
            MapFiles::Annotated(_) => Err(self.lacks(item, "label file")),
            MapFiles::Classes(files) => {
                let (mut planes, mut wide) = (Vec::new(), Vec::new());
                let mut tolerance: Option<f64> = None;
                for class in self.classes() {
                    let path =
                        files.get(class).ok_or_else(|| self.lacks(item, "label file for every class"))?;
                    let raster = with_channels(geometry.read_wide(path)?, path, 1)?;
                    planes.push(rule.planes(&raster, path)?);
                    wide.push(rule.wide_planes(&raster));
                    let own = rule.tolerance(&raster, self.classes().len());
                    tolerance = tolerance.into_iter().chain(own).reduce(f64::max);
                }
                let wide = wide.iter().any(Option::is_some).then(|| {
                    let planes = wide.into_iter().zip(&planes);
                    let widened = planes.map(|(wide, plane)| wide.unwrap_or_else(|| plane.mapv(f64::from)));
                    stacked(&widened.collect::<Vec<_>>())
                });
                let planes = stacked(&planes);
                let labels = SoftLabels::with_ignored(self.kind(), planes, tolerance).map_err(|source| {
                    let path = self.culprit(files.values(), &source);
                    DataError::Label { path, source }
                })?;
                Ok(FileLabel { labels, wide })
            }
        }
    }

    /// How the numbers of label files are read.
    pub(super) fn label_rule(&self) -> Rule {
        Rule { encoding: self.meaning.labels, ignore: self.meaning.ignore_index }
    }

    fn index_label(&self, raster: &Raster, path: &Path) -> Result<SoftLabels, DataError> {
        let rule = self.label_rule();
        let indices = match rule.encoding {
            Encoding::OnOff => rule.marks(raster, path)?.remove_axis(Axis(0)),
            _ => rule.indices(raster, path)?,
        };
        self.hard_label(indices, path)
    }

    /// The label that class indices (of a binary set: 0 and 1) make, ignored where they are [`UNSEEN`].
    fn hard_label(&self, mut marks: Array2<u16>, path: &Path) -> Result<SoftLabels, DataError> {
        let unlabelled = marks.mapv(|mark| mark == UNSEEN);
        marks.mapv_inplace(|mark| if mark == UNSEEN { 0 } else { mark });
        let mut labels = match self.kind() {
            Kind::Binary => SoftLabels::from_mask(marks.mapv(|mark| mark != 0).view()),
            _ => SoftLabels::from_indices(marks.view(), self.classes().len())
                .map_err(DataError::label(path))?,
        };
        labels.ignore(unlabelled.view()).map_err(DataError::label(path))?;
        Ok(labels)
    }

    /// The file of the class that an error names, else the first.
    fn culprit<'a>(
        &self,
        mut files: impl Iterator<Item = &'a PathBuf> + Clone,
        error: &LabelError,
    ) -> PathBuf {
        let class = match error {
            LabelError::OutOfRange { class, .. } | LabelError::NotANumber { class, .. } => Some(*class),
            _ => None,
        };
        let name = class.and_then(|class| self.classes().get(class));
        let is_named = |path: &&PathBuf| {
            path.parent()
                .and_then(Path::file_name)
                .zip(name)
                .is_some_and(|(folder, name)| folder == name.as_str())
        };
        files.clone().find(is_named).or_else(|| files.next()).cloned().unwrap_or_default()
    }
}
