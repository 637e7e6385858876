//! Raters' masks: marks out of files of pixels, of outlines and of annotations.

use super::Dataset;
use super::annotations::Annotated;
use super::encoding::Encoding;
use super::geometry::Geometry;
use super::grey::with_channels;
use super::item::{MapFiles, RaterFiles};
use super::roi::{self, is_outlines};
use super::values::{Rule, stacked};
use crate::{DataError, Raster, UseProblem};
use ndarray::{Array2, Array3, Axis};
use scumble::labels::{Kind, RaterMask, UNSEEN};
use std::path::{Path, PathBuf};

impl Dataset {
    /// One rater's mask of one image.
    ///
    /// # Errors
    /// As [`sound_mask`](Self::sound_mask); an annotation that is bad, or may be of this image.
    pub(super) fn mask(
        &self,
        mask: &MapFiles,
        files: &RaterFiles,
        geometry: &Geometry,
    ) -> Result<RaterMask, DataError> {
        if let MapFiles::Annotated(annotations) = mask
            && let Some(problem) = annotations.first_problem()
        {
            return Err(problem);
        }
        self.sound_mask(mask, files, geometry)
    }

    /// The same by the annotations that are sound, for whoever says elsewhere what is wrong with the others.
    ///
    /// # Errors
    /// A broken file, another size or place than the image's, values that make no mask.
    pub(super) fn sound_mask(
        &self,
        mask: &MapFiles,
        files: &RaterFiles,
        geometry: &Geometry,
    ) -> Result<RaterMask, DataError> {
        let path = mask.paths().next().unwrap_or(Path::new(""));
        let marks = self.marks(mask, geometry)?;
        let mut mask = RaterMask::new(self.space(), marks).map_err(DataError::label(path))?;
        if let Some(path) = &files.unseen {
            let unseen = geometry.ignored(path)?;
            mask.hide(unseen.view()).map_err(DataError::label(path))?;
        }
        Ok(mask)
    }

    fn marks(&self, mask: &MapFiles, geometry: &Geometry) -> Result<Array3<u16>, DataError> {
        let rule = self.mask_rule();
        match mask {
            MapFiles::One(path) if is_outlines(path) => {
                if self.kind() == Kind::Binary {
                    return Ok(geometry.rows_of(roi::marks(path, geometry.size)?.insert_axis(Axis(0))));
                }
                Err(DataError::Unfit { path: path.clone(), problem: UseProblem::OutlinesOfClasses })
            }
            MapFiles::One(path) => self.marks_of_file(path, self.space().groups(), rule, geometry),
            MapFiles::Annotated(mask) => self.annotated(mask, geometry),
            MapFiles::Classes(files) if self.kind() == Kind::Multiclass => {
                let path = files.values().next().map_or(PathBuf::new(), PathBuf::clone);
                Err(DataError::Unfit { path, problem: UseProblem::FoldersOfExclusive })
            }
            MapFiles::Classes(files) => {
                let mut planes = Vec::new();
                for class in self.classes() {
                    // A rater without a file for this class has not judged it.
                    let Some(path) = files.get(class) else {
                        let (height, width) = geometry.read_size();
                        planes.push(Array3::from_elem((1, height, width), UNSEEN));
                        continue;
                    };
                    if is_outlines(path) {
                        planes.push(geometry.rows_of(roi::marks(path, geometry.size)?.insert_axis(Axis(0))));
                        continue;
                    }
                    planes.push(rule.marks(&with_channels(geometry.read(path)?, path, 1)?, path)?);
                }
                Ok(stacked(&planes))
            }
        }
    }

    /// How the numbers of the raters' masks are read.
    pub(super) fn mask_rule(&self) -> Rule {
        Rule { encoding: self.meaning.masks, ignore: self.meaning.ignore_index }
    }

    /// The marks of a file of pixels that has so many maps of marks, [maps, H, W].
    pub(super) fn marks_of_file(
        &self,
        path: &Path,
        maps: usize,
        rule: Rule,
        geometry: &Geometry,
    ) -> Result<Array3<u16>, DataError> {
        if let Some(marks) = self.coloured(path, rule.encoding, geometry)? {
            return Ok(marks.insert_axis(Axis(0)));
        }
        marks_of_raster(geometry.read(path)?, path, maps, rule)
    }

    fn annotated(&self, mask: &Annotated, geometry: &Geometry) -> Result<Array3<u16>, DataError> {
        let size = geometry.size;
        if let Some(found) = mask.size().filter(|found| *found != size) {
            let (path, reference) = (mask.path().to_owned(), geometry.reference.clone());
            return Err(DataError::Size { path, found, reference, expected: size });
        }
        let marks = mask.marks(self.kind(), self.classes(), &self.meaning.categories, size)?;
        Ok(geometry.rows_of(marks))
    }

    /// The marks of a map of colours, where maps of this encoding are such.
    pub(super) fn coloured(
        &self,
        path: &Path,
        encoding: Encoding,
        geometry: &Geometry,
    ) -> Result<Option<Array2<u16>>, DataError> {
        match &self.meaning.colours {
            Some(colours) if encoding == Encoding::Colours => {
                let picture = geometry.read_picture(path)?;
                colours.marks(&picture, path).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The marks that the numbers of a file are, [maps, H, W].
pub(super) fn marks_of_raster(
    raster: Raster,
    path: &Path,
    maps: usize,
    rule: Rule,
) -> Result<Array3<u16>, DataError> {
    let raster = with_channels(raster, path, maps)?;
    match rule.encoding {
        Encoding::Index => Ok(rule.indices(&raster, path)?.insert_axis(Axis(0))),
        _ => rule.marks(&raster, path),
    }
}
