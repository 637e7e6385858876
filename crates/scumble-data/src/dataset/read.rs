//! Labels and masks of one item.

use super::encoding::Encoding;
use super::item::{MapFiles, RaterFiles};
use super::{Dataset, Item, Target, values};
use crate::{DataError, Raster, read_raster, read_size};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate};
use scumble::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes};
use std::path::{Path, PathBuf};

impl Dataset {
    /// The soft label of an item, with its ignore/ and weights/ applied.
    ///
    /// Pixels are ignored where ignore/ID is not zero and where a float label is NaN. Values of weights/ID are
    /// taken as they are: 2 in an 8-bit file is the weight 2.
    ///
    /// # Errors
    /// No such label, a broken file, another size than the image, values that make no label; see [`DataError`].
    pub fn labels(&self, item: &Item, target: Target) -> Result<SoftLabels, DataError> {
        let mut labels = match target {
            Target::Labels => self.label_file(item)?,
            Target::Mean => self.mean(item)?,
            Target::Auto if item.label.is_some() => self.label_file(item)?,
            Target::Auto => self.mean(item)?,
        };
        self.apply_ignore_and_weights(item, &mut labels)?;
        Ok(labels)
    }

    /// What ignore/ID and weights/ID say of a label of the item.
    pub(super) fn apply_ignore_and_weights(
        &self,
        item: &Item,
        labels: &mut SoftLabels,
    ) -> Result<(), DataError> {
        let reference = item.image.as_deref().or_else(|| item.files().next()).unwrap_or(Path::new(""));
        let size = Size { pixels: labels.size(), reference: reference.to_owned() };
        if let Some(path) = &item.ignore {
            let ignore = ignored(path, &size)?;
            labels.ignore(ignore.view()).map_err(DataError::label(path))?;
        }
        if let Some(path) = &item.weights {
            let weights = weights(path, &size)?;
            labels.weigh(weights.view()).map_err(DataError::label(path))?;
        }
        Ok(())
    }

    /// The masks of all raters who marked this image, sorted by their names.
    ///
    /// # Errors
    /// As [`labels`](Self::labels).
    pub fn rater_masks(&self, item: &Item) -> Result<Vec<(String, RaterMask)>, DataError> {
        let size = self.size(item)?;
        let present = item
            .raters
            .iter()
            .filter_map(|(name, files)| files.mask.as_ref().map(|mask| (name, mask, files)));
        present.map(|(name, mask, files)| Ok((name.clone(), self.mask(mask, files, &size)?))).collect()
    }

    fn mean(&self, item: &Item) -> Result<SoftLabels, DataError> {
        let masks = self.rater_masks(item)?;
        let Some((_, first)) = masks.first() else {
            return Err(self.lacks(item, "rater's mask"));
        };
        let (_, height, width) = first.marks().dim();
        let mut votes = Votes::new(self.kind(), self.classes().len(), (height, width));
        for (name, mask) in &masks {
            votes.add(mask).map_err(|source| {
                let files = item.raters.get(name).and_then(|files| files.mask.as_ref());
                let path = files.and_then(|files| files.paths().next()).unwrap_or(Path::new(name)).to_owned();
                DataError::Label { path, source }
            })?;
        }
        Ok(votes.into_labels())
    }

    pub(super) fn lacks(&self, item: &Item, what: &'static str) -> DataError {
        DataError::NoLabel { id: item.id.clone(), what, root: self.root().to_owned() }
    }

    /// The size that the item's maps must have, from the header of the image (else of the first map).
    pub(super) fn size(&self, item: &Item) -> Result<Size, DataError> {
        let reference = item.image.as_deref().or_else(|| item.files().next());
        let reference = reference.ok_or_else(|| self.lacks(item, "file"))?.to_owned();
        let (height, width, _) = read_size(&reference)?;
        Ok(Size { pixels: (height, width), reference })
    }

    /// The label file alone, without ignore/ and weights/.
    pub(super) fn label_file(&self, item: &Item) -> Result<SoftLabels, DataError> {
        let files = item.label.as_ref().ok_or_else(|| self.lacks(item, "label file"))?;
        let size = self.size(item)?;
        let meaning = &self.meaning;
        match files {
            MapFiles::One(path) => {
                let raster = sized(path, &size)?;
                let indices = meaning.labels == Encoding::Index
                    || (meaning.labels == Encoding::OnOff && raster.channels == 1);
                if self.kind() == Kind::Multiclass && indices {
                    return self.index_label(&raster, path);
                }
                self.require_channels(&raster, path, self.classes().len())?;
                let planes = values::planes(&raster, meaning.labels, path)?;
                let tolerance = values::tolerance(&raster, meaning.labels, raster.channels);
                SoftLabels::with_ignored(self.kind(), planes, tolerance).map_err(DataError::label(path))
            }
            MapFiles::Classes(files) => {
                let mut planes = Vec::new();
                let mut tolerance: Option<f64> = None;
                for class in self.classes() {
                    let path =
                        files.get(class).ok_or_else(|| self.lacks(item, "label file for every class"))?;
                    let raster = sized(path, &size)?;
                    self.require_channels(&raster, path, 1)?;
                    planes.push(values::planes(&raster, meaning.labels, path)?);
                    let own = values::tolerance(&raster, meaning.labels, self.classes().len());
                    tolerance = tolerance.into_iter().chain(own).reduce(f64::max);
                }
                let planes = stack(&planes);
                SoftLabels::with_ignored(self.kind(), planes, tolerance).map_err(|source| {
                    let path = self.culprit(files.values(), &source);
                    DataError::Label { path, source }
                })
            }
        }
    }

    fn index_label(&self, raster: &Raster, path: &Path) -> Result<SoftLabels, DataError> {
        let mut indices = match self.meaning.labels {
            Encoding::OnOff => values::marks(raster, self.meaning.ignore_index, path)?.remove_axis(Axis(0)),
            _ => values::indices(raster, self.meaning.ignore_index, path)?,
        };
        let unlabelled = indices.mapv(|index| index == UNSEEN);
        indices.mapv_inplace(|index| if index == UNSEEN { 0 } else { index });
        let mut labels =
            SoftLabels::from_indices(indices.view(), self.classes().len()).map_err(DataError::label(path))?;
        labels.ignore(unlabelled.view()).map_err(DataError::label(path))?;
        Ok(labels)
    }

    /// One rater's mask of one image.
    pub(super) fn mask(
        &self,
        mask: &MapFiles,
        files: &RaterFiles,
        size: &Size,
    ) -> Result<RaterMask, DataError> {
        let path = mask.paths().next().unwrap_or(Path::new(""));
        let marks = self.marks(mask, size)?;
        let mut mask =
            RaterMask::new(self.kind(), self.classes().len(), marks).map_err(DataError::label(path))?;
        if let Some(path) = &files.unseen {
            let unseen = ignored(path, size)?;
            mask.hide(unseen.view()).map_err(DataError::label(path))?;
        }
        Ok(mask)
    }

    fn marks(&self, mask: &MapFiles, size: &Size) -> Result<Array3<u16>, DataError> {
        let ignore = self.meaning.ignore_index;
        match mask {
            MapFiles::One(path) => {
                let raster = sized(path, size)?;
                if self.meaning.masks == Encoding::Index {
                    return Ok(values::indices(&raster, ignore, path)?.insert_axis(Axis(0)));
                }
                self.require_channels(&raster, path, self.kind().groups(self.classes().len()))?;
                values::marks(&raster, ignore, path)
            }
            MapFiles::Classes(files) if self.kind() == Kind::Multiclass => {
                let path = files.values().next().map_or(PathBuf::new(), PathBuf::clone);
                let problem = "a rater's mask of exclusive classes is one index map an image; \
                     class folders are for overlapping ones (kind = \"multilabel\")";
                Err(DataError::Layout { path, problem: problem.to_owned() })
            }
            MapFiles::Classes(files) => {
                let mut planes = Vec::new();
                for class in self.classes() {
                    // A rater without a file for this class has not judged it.
                    let Some(path) = files.get(class) else {
                        planes.push(Array3::from_elem((1, size.pixels.0, size.pixels.1), UNSEEN));
                        continue;
                    };
                    let raster = sized(path, size)?;
                    self.require_channels(&raster, path, 1)?;
                    planes.push(values::marks(&raster, ignore, path)?);
                }
                Ok(stack(&planes))
            }
        }
    }

    fn require_channels(&self, raster: &Raster, path: &Path, expected: usize) -> Result<(), DataError> {
        if raster.channels == expected {
            return Ok(());
        }
        let advice = match expected {
            1 => "a map of one class is grey",
            _ => "the maps have one channel a class",
        };
        Err(DataError::Channels { path: path.to_owned(), found: raster.channels, expected, advice })
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

/// The size that maps must have, and the file that says so.
pub(super) struct Size {
    pub(super) pixels: (usize, usize),
    pub(super) reference: PathBuf,
}

/// Decodes a map and holds it against the size of its image.
pub(super) fn sized(path: &Path, size: &Size) -> Result<Raster, DataError> {
    let raster = read_raster(path)?;
    let found = (raster.height, raster.width);
    if found == size.pixels {
        return Ok(raster);
    }
    let (path, reference) = (path.to_owned(), size.reference.clone());
    Err(DataError::Size { path, found, reference, expected: size.pixels })
}

/// True where the map is not zero.
pub(super) fn ignored(path: &Path, size: &Size) -> Result<Array2<bool>, DataError> {
    Ok(values::nonzero(&sized(path, size)?))
}

/// Pixel weights, the numbers as the file has them.
pub(super) fn weights(path: &Path, size: &Size) -> Result<Array2<f32>, DataError> {
    let raster = sized(path, size)?;
    if raster.channels != 1 {
        let advice = "a pixel has one weight";
        return Err(DataError::Channels {
            path: path.to_owned(),
            found: raster.channels,
            expected: 1,
            advice,
        });
    }
    Ok(Array2::from_shape_fn(size.pixels, |(y, x)| raster.raw(y, x, 0)))
}

/// Planes [1, H, W] of one size -> [K, H, W].
fn stack<T: Copy>(planes: &[Array3<T>]) -> Array3<T> {
    let views: Vec<ArrayView3<'_, T>> = planes.iter().map(|plane| plane.view()).collect();
    concatenate(Axis(0), &views).expect("every plane was held against one size, and there is a class")
}
