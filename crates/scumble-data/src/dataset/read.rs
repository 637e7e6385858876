//! Labels and masks of one item.

use super::coco::CocoMask;
use super::encoding::Encoding;
use super::item::{MapFiles, RaterFiles};
use super::place::same_place;
use super::roi::{self, is_outlines};
use super::{Dataset, Item, Target, values};
use crate::{Affine, DataError, Raster, RasterInfo, read_image, read_info, read_raster};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate};
use scumble::labels::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes};
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
            Target::Labels => self.counted_label(item)?,
            Target::Mean => self.mean(item)?,
            Target::Auto if item.label.is_some() => self.counted_label(item)?,
            Target::Auto => self.mean(item)?,
            Target::Staple | Target::DawidSkene => self.fused(item, target)?,
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
        let size = Size { pixels: labels.size(), affine: None, reference: reference.to_owned() };
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
        // Outlines have no size of their own.
        let reference = item.image.as_deref().or_else(|| item.files().find(|path| !is_outlines(path)));
        let reference = reference.ok_or_else(|| self.lacks(item, "image to say its size"))?.to_owned();
        let RasterInfo { height, width, affine, .. } = read_info(&reference)?;
        Ok(Size { pixels: (height, width), affine, reference })
    }

    /// The label file alone, without ignore/ and weights/.
    pub(super) fn label_file(&self, item: &Item) -> Result<SoftLabels, DataError> {
        let files = item.label.as_ref().ok_or_else(|| self.lacks(item, "label file"))?;
        let size = self.size(item)?;
        let meaning = &self.meaning;
        match files {
            MapFiles::One(path) => {
                if let Some(marks) = self.coloured(path, meaning.labels, &size)? {
                    return self.hard_label(marks, path);
                }
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
            MapFiles::Coco(_) => Err(self.lacks(item, "label file")),
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
        let indices = match self.meaning.labels {
            Encoding::OnOff => values::marks(raster, self.meaning.ignore_index, path)?.remove_axis(Axis(0)),
            _ => values::indices(raster, self.meaning.ignore_index, path)?,
        };
        self.hard_label(indices, path)
    }

    /// The marks of a map of colours, where maps of this encoding are such.
    fn coloured(
        &self,
        path: &Path,
        encoding: Encoding,
        size: &Size,
    ) -> Result<Option<Array2<u16>>, DataError> {
        match &self.meaning.colours {
            Some(colours) if encoding == Encoding::Colours => {
                colours.marks(&of_size(read_image(path)?, path, size)?, path).map(Some)
            }
            _ => Ok(None),
        }
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
            MapFiles::One(path) if is_outlines(path) => {
                if self.kind() == Kind::Binary {
                    return Ok(roi::marks(path, size.pixels)?.insert_axis(Axis(0)));
                }
                let problem = "outlines drawn in ImageJ have no class; store those of each class in a folder \
                     raters/NAME/CLASS/ (kind = \"multilabel\"), or masks of class indices";
                Err(DataError::Layout { path: path.clone(), problem: problem.to_owned() })
            }
            MapFiles::One(path) => {
                if let Some(marks) = self.coloured(path, self.meaning.masks, size)? {
                    return Ok(marks.insert_axis(Axis(0)));
                }
                let raster = sized(path, size)?;
                if self.meaning.masks == Encoding::Index {
                    return Ok(values::indices(&raster, ignore, path)?.insert_axis(Axis(0)));
                }
                self.require_channels(&raster, path, self.kind().groups(self.classes().len()))?;
                values::marks(&raster, ignore, path)
            }
            MapFiles::Coco(mask) => self.annotated(mask, size),
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
                    if is_outlines(path) {
                        planes.push(roi::marks(path, size.pixels)?.insert_axis(Axis(0)));
                        continue;
                    }
                    let raster = sized(path, size)?;
                    self.require_channels(&raster, path, 1)?;
                    planes.push(values::marks(&raster, ignore, path)?);
                }
                Ok(stack(&planes))
            }
        }
    }

    fn annotated(&self, mask: &CocoMask, size: &Size) -> Result<Array3<u16>, DataError> {
        let path = mask.path().to_owned();
        if mask.size() != size.pixels {
            let reference = size.reference.clone();
            return Err(DataError::Size { path, found: mask.size(), reference, expected: size.pixels });
        }
        mask.marks(self.kind(), self.classes()).map_err(|stranger| {
            let classes = self.classes().join(", ");
            let problem = format!(
                "annotations of the category '{stranger}', but the classes are {classes}; \
                 name them as the categories are in dataset.toml"
            );
            DataError::Layout { path, problem }
        })
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
    /// Where the image lies in space, if its file says so.
    pub(super) affine: Option<Affine>,
    pub(super) reference: PathBuf,
}

/// Decodes a map and holds it against the size of its image.
pub(super) fn sized(path: &Path, size: &Size) -> Result<Raster, DataError> {
    of_size(read_raster(path)?, path, size)
}

fn of_size(raster: Raster, path: &Path, size: &Size) -> Result<Raster, DataError> {
    let found = (raster.height, raster.width);
    let (path, reference) = (path.to_owned(), size.reference.clone());
    if found != size.pixels {
        return Err(DataError::Size { path, found, reference, expected: size.pixels });
    }
    // Two volumes of one size may still be turned against each other, and then no pixel belongs to its mask.
    if let Some(expected) = size.affine
        && let Some(found) = read_info(&path)?.affine
        && !same_place(&found, &expected)
    {
        return Err(DataError::Place { path, reference });
    }
    Ok(raster)
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
