//! What is wrong with one item, file by file: the reader stops at the first error, this goes on.

use super::folder::decoded;
use crate::dataset::annotations::Annotated;
use crate::dataset::geometry::Geometry;
use crate::dataset::grey::with_channels;
use crate::dataset::item::{MapFiles, RaterFiles};
use crate::dataset::read::ItemData;
use crate::dataset::roi::is_outlines;
use crate::dataset::rows::bands;
use crate::dataset::{Dataset, Item, Target};
use crate::{DataError, ImageSummary, Raster, ValueProblem, counted, is_image, read_info};
use ndarray::{Array2, Array3, ArrayView2, Axis, Slice};
use scumble::labels::{Kind, RaterMask, SoftLabels};
use std::collections::BTreeMap;
use std::path::Path;

/// What is wrong with an item, and what can be read of it: every file is decoded once.
#[derive(Debug)]
pub struct ItemCheck {
    /// What is wrong, file by file.
    pub errors: Vec<DataError>,
    /// The image, if there is one that can be read.
    pub image: Option<ImageSummary>,
    /// The label with ignore/ and weights/ applied: the label file's, else the mean of the masks that can be read.
    pub labels: Option<SoftLabels>,
    /// How many pixels would count, had the image data there.
    pub unlearnt: u64,
    /// The masks that can be read, by rater; unseen where ignore/ says that nothing counts.
    pub masks: Vec<(String, RaterMask)>,
}

impl Dataset {
    /// Decodes every file of an item and says all that is wrong with it, and what is right.
    ///
    /// Files that cannot be read, samples of the image that are no finite numbers, maps of another size than the
    /// image (if that cannot be read: than the first map that can), values that make no label or mask, weights that
    /// are negative, bad annotations (the mask is that of the others), a label without image, an image without label.
    pub fn check_item(&self, item: &Item) -> ItemCheck {
        self.check_item_with(item, None)
    }

    /// The same, the label being shown to `look` and not kept: by bands of rows, if the item is large.
    pub fn check_item_showing(&self, item: &Item, look: &mut dyn FnMut(&SoftLabels)) -> ItemCheck {
        self.check_item_with(item, Some(look))
    }

    fn check_item_with(&self, item: &Item, look: Option<&mut dyn FnMut(&SoftLabels)>) -> ItemCheck {
        let mut errors = Errors::default();
        let image = item.image.as_deref().and_then(|path| errors.keep(self.open_image(path)));
        if item.image.is_none() && self.items().iter().any(|item| item.image.is_some()) {
            errors.push(self.no_image(item));
        }
        if item.label.is_none() && item.raters().next().is_none() {
            errors.push(self.lacks(item, "label"));
        }
        let mut found =
            ItemCheck { errors: Vec::new(), image: None, labels: None, unlearnt: 0, masks: Vec::new() };
        let mut counted = None;
        match self.reference(item) {
            Some(geometry) => {
                let mut data = self.check_maps(item, &geometry, image.is_some(), &mut errors);
                let empty = image.as_ref().and_then(Raster::said_without_data);
                counted = judge(&data, empty.as_ref(), look, &mut found, &mut errors);
                data.without_data = empty;
                found.masks = data.into_opinions();
            }
            // Nothing to hold the maps against; each says itself why it cannot be read.
            None => {
                for path in item.files().filter(|path| is_outlines(path) || is_image(path)) {
                    errors.keep(decoded(path));
                }
                // Outlines and annotations may be sound, and yet nothing says how large their image is.
                if errors.0.is_empty() {
                    errors.keep(self.geometry(item));
                }
            }
        }
        if let (Some(image), Some(path)) = (image, &item.image) {
            let judged = item.label.is_some() || item.raters().next().is_some();
            found.image = errors.keep(summary(path, &image, judged, counted.as_ref()));
        }
        found.errors = errors.0;
        found.errors.extend(item.annotations().flat_map(Annotated::problems));
        found
    }

    fn check_maps<'d>(
        &'d self,
        item: &'d Item,
        geometry: &Geometry,
        readable: bool,
        errors: &mut Errors,
    ) -> ItemData<'d> {
        let mut data = ItemData::empty(self, item);
        if let Some(files) = &item.label {
            match self.geometry(item).and_then(|own| self.label_file(item, &own)) {
                Ok(label) => data.label_file = Some(label.labels),
                Err(error) => {
                    self.each_map(files, geometry, errors);
                    // With a broken image the label itself may be sound.
                    if readable || item.image.is_none() {
                        errors.push(error);
                    }
                }
            }
        }
        for (name, files) in &item.raters {
            if let Some(mask) = self.check_rater(files, geometry, errors) {
                data.raters.push((name.clone(), mask));
            }
        }
        data.ignore = item.ignore.as_ref().and_then(|path| errors.keep(geometry.ignored(path)));
        data.weights = item.weights.as_ref().and_then(|path| errors.keep(sound_weights(path, geometry)));
        data
    }

    fn check_rater(&self, files: &RaterFiles, geometry: &Geometry, errors: &mut Errors) -> Option<RaterMask> {
        let mask = files.mask.as_ref()?;
        match self.sound_mask(mask, files, geometry) {
            Ok(mask) => Some(mask),
            Err(error) => {
                if let MapFiles::Classes(classes) = mask {
                    for (class, path) in classes {
                        let one = BTreeMap::from([(class.clone(), path.clone())]);
                        errors.keep(self.mask(&MapFiles::Classes(one), &RaterFiles::default(), geometry));
                    }
                }
                errors.push(error);
                if let Some(path) = &files.unseen {
                    errors.keep(geometry.ignored(path));
                }
                None
            }
        }
    }

    /// The files of a label, each on its own: the first that is wrong does not hide the next.
    fn each_map(&self, files: &MapFiles, geometry: &Geometry, errors: &mut Errors) {
        for path in files.paths() {
            let check = || {
                let raster = geometry.read(path)?;
                if matches!(files, MapFiles::Classes(_)) {
                    let plane = self.label_rule().planes(&with_channels(raster, path, 1)?, path)?;
                    SoftLabels::with_ignored(Kind::Binary, plane, None).map_err(DataError::label(path))?;
                }
                Ok(())
            };
            errors.keep(check());
        }
    }

    /// The size that the item's maps must have: the image's, else that of the first map that can be read.
    fn reference(&self, item: &Item) -> Option<Geometry> {
        let of_file = |path: &Path| {
            let alone = Item { image: Some(path.to_owned()), ..Item::new(item.id.clone(), item.part) };
            self.geometry(&alone).ok()
        };
        item.image.as_deref().and_then(of_file).or_else(|| item.files().find_map(of_file))
    }
}

/// Shows the label, or keeps it, and tells where it counts, [H, W]; nothing does where the image is `empty`. Without what is
/// to be ignored a label would say what nobody meant, and is none.
fn judge(
    data: &ItemData<'_>,
    empty: Option<&Array2<bool>>,
    look: Option<&mut dyn FnMut(&SoftLabels)>,
    found: &mut ItemCheck,
    errors: &mut Errors,
) -> Option<Array2<bool>> {
    let item = data.item();
    let complete =
        item.ignore.is_some() == data.ignore.is_some() && item.weights.is_some() == data.weights.is_some();
    let size = data.size().filter(|_| complete)?;
    let mut counts = Vec::with_capacity(size.0 * size.1);
    match (&bands(size, data.dataset.classes().len())[..], look) {
        (bands @ [_, _, ..], Some(look)) => {
            for band in bands {
                let empty = empty.map(|empty| empty.slice_axis(Axis(0), Slice::from(band.clone())));
                let (labels, unlearnt) = label(&data.rows(band.clone()), empty, &mut counts, errors)?;
                found.unlearnt += unlearnt;
                look(&labels);
            }
        }
        (_, look) => {
            let (labels, unlearnt) = label(data, empty.map(|empty| empty.view()), &mut counts, errors)?;
            found.unlearnt = unlearnt;
            match look {
                Some(look) => look(&labels),
                None => found.labels = Some(labels),
            }
        }
    }
    Array2::from_shape_vec(size, counts).ok()
}

/// The label without the pixels that are `empty`, and how many of these would count; where it counts is appended.
fn label(
    data: &ItemData<'_>,
    empty: Option<ArrayView2<'_, bool>>,
    counts: &mut Vec<bool>,
    errors: &mut Errors,
) -> Option<(SoftLabels, u64)> {
    let mut labels = data.labels(Target::Auto).ok()?;
    let mut unlearnt = 0;
    if let Some(empty) = empty {
        let would = counted(&labels);
        unlearnt = would.iter().zip(empty).filter(|(counts, empty)| **counts && **empty).count() as u64;
        errors.keep(labels.ignore(empty).map_err(DataError::label(data.path())));
    }
    counts.extend(counted(&labels));
    Some((labels, unlearnt))
}

/// What was found wrong so far; nothing twice.
#[derive(Default)]
struct Errors(Vec<DataError>);

impl Errors {
    fn push(&mut self, error: DataError) {
        let message = error.to_string();
        if self.0.iter().all(|known| known.to_string() != message) {
            self.0.push(error);
        }
    }

    fn keep<T>(&mut self, result: Result<T, DataError>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

/// What the image looks like where it counts. NaN may be where nobody looks, but not where a label counts.
fn summary(
    path: &Path,
    image: &Raster,
    judged: bool,
    counted: Option<&Array2<bool>>,
) -> Result<ImageSummary, DataError> {
    let counted = counted.map(|counted| counted.view());
    let wrong = if judged { crate::first_non_finite(image, counted) } else { None };
    match wrong {
        None => Ok(ImageSummary::new(image, read_info(path)?.numbers, counted)),
        Some((row, column, channel)) => {
            let value = f64::from(image.raw(row, column, channel));
            let problem = ValueProblem::NotFinite { channel };
            Err(DataError::Value { path: path.to_owned(), row, column, value, problem })
        }
    }
}

fn sound_weights(path: &Path, geometry: &Geometry) -> Result<Array2<f32>, DataError> {
    let weights = geometry.weights(path)?;
    // The labels' own rule for weights, on a label made for it.
    let label = SoftLabels::new(Kind::Binary, Array3::zeros((1, geometry.size.0, geometry.size.1)));
    label.and_then(|mut label| label.weigh(weights.view())).map_err(DataError::label(path))?;
    Ok(weights)
}
