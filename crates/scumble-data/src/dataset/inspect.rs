use super::item::{MapFiles, RaterFiles};
use super::lint::decoded;
use super::read::{Size, ignored, sized, weights};
use super::roi::is_outlines;
use super::{Dataset, Item, values};
use crate::{DataError, ImageSummary, is_image, read_image, read_info};
use ndarray::ArrayView2;
use scumble::labels::{Kind, RaterMask, SoftLabels, Votes};
use std::collections::BTreeMap;
use std::path::Path;

/// All that one look at an item finds: every file is decoded once.
#[derive(Debug)]
pub struct Inspection {
    /// What is wrong, file by file.
    pub errors: Vec<DataError>,
    /// The image, if there is one that can be read.
    pub image: Option<ImageSummary>,
    /// The label with ignore/ and weights/ applied: the label file's, else the mean of the masks that can be read.
    pub labels: Option<SoftLabels>,
    /// The masks that can be read, by rater; unseen where ignore/ says that nothing counts.
    pub masks: Vec<(String, RaterMask)>,
}

impl Dataset {
    /// Decodes every file of an item and says all that is wrong with it, and what is right.
    ///
    /// Files that cannot be read, samples of the image that are no finite numbers, maps of another size than the
    /// image (if that cannot be read: than the first map that can), values that make no label or mask, weights that
    /// are negative, a label without image, an image without label.
    pub fn inspect(&self, item: &Item) -> Inspection {
        let mut errors = Errors::default();
        let image = item.image.as_deref().and_then(|path| errors.keep(image(path)));
        if item.image.is_none() && self.items().iter().any(|item| item.image.is_some()) {
            errors.push(DataError::NoImage { id: item.id.clone(), root: self.root().to_owned() });
        }
        if item.label.is_none() && item.raters().next().is_none() {
            errors.push(self.lacks(item, "label"));
        }
        let mut found = Inspection { errors: Vec::new(), image, labels: None, masks: Vec::new() };
        match self.reference(item) {
            Some(size) => self.inspect_maps(item, &size, &mut found, &mut errors),
            // Nothing to hold the maps against; each says itself why it cannot be read.
            None => {
                for path in item.files().filter(|path| is_outlines(path) || is_image(path)) {
                    errors.keep(decoded(path));
                }
                // Outlines and annotations may be sound, and yet nothing says how large their image is.
                if errors.0.is_empty() {
                    errors.keep(self.size(item));
                }
            }
        }
        found.errors = errors.0;
        found
    }

    fn inspect_maps(&self, item: &Item, size: &Size, found: &mut Inspection, errors: &mut Errors) {
        if let Some(files) = &item.label {
            match self.counted_label(item) {
                Ok(labels) => found.labels = Some(labels),
                Err(error) => {
                    self.each_map(files, size, errors);
                    // With a broken image the label itself may be sound.
                    if found.image.is_some() || item.image.is_none() {
                        errors.push(error);
                    }
                }
            }
        }
        for (name, files) in &item.raters {
            if let Some(mask) = self.inspect_rater(files, size, errors) {
                found.masks.push((name.clone(), mask));
            }
        }
        if let Some(ignore) = item.ignore.as_ref().and_then(|path| errors.keep(ignored(path, size))) {
            // Masks and ignored pixels were held against one size.
            found.masks.retain_mut(|(_, mask)| mask.hide(ignore.view()).is_ok());
        }
        if item.label.is_none() {
            found.labels = self.votes(&found.masks);
        }
        if let Some(path) = &item.weights {
            errors.keep(sound_weights(path, size));
        }
        if let Some(mut labels) = found.labels.take() {
            // What is wrong with these files is in the list already.
            found.labels = self.apply_ignore_and_weights(item, &mut labels).is_ok().then_some(labels);
        }
    }

    fn inspect_rater(&self, files: &RaterFiles, size: &Size, errors: &mut Errors) -> Option<RaterMask> {
        let mask = files.mask.as_ref()?;
        match self.mask(mask, files, size) {
            Ok(mask) => Some(mask),
            Err(error) => {
                if let MapFiles::Classes(classes) = mask {
                    for (class, path) in classes {
                        let one = BTreeMap::from([(class.clone(), path.clone())]);
                        errors.keep(self.mask(&MapFiles::Classes(one), &RaterFiles::default(), size));
                    }
                }
                errors.push(error);
                if let Some(path) = &files.unseen {
                    errors.keep(ignored(path, size));
                }
                None
            }
        }
    }

    /// The files of a label, each on its own: the first that is wrong does not hide the next.
    fn each_map(&self, files: &MapFiles, size: &Size, errors: &mut Errors) {
        for path in files.paths() {
            let check = || {
                let raster = sized(path, size)?;
                if matches!(files, MapFiles::Classes(_)) && raster.channels == 1 {
                    let plane = values::planes(&raster, self.meaning.labels, path)?;
                    SoftLabels::with_ignored(Kind::Binary, plane, None).map_err(DataError::label(path))?;
                }
                Ok(())
            };
            errors.keep(check());
        }
    }

    /// The size that the item's maps must have: the image's, else that of the first map that can be read.
    fn reference(&self, item: &Item) -> Option<Size> {
        let of_file = |path: &Path| {
            let alone = Item { image: Some(path.to_owned()), ..Item::new(item.id.clone(), item.part) };
            self.size(&alone).ok()
        };
        item.image.as_deref().and_then(of_file).or_else(|| item.files().find_map(of_file))
    }

    fn votes(&self, masks: &[(String, RaterMask)]) -> Option<SoftLabels> {
        let (_, first) = masks.first()?;
        let (_, height, width) = first.marks().dim();
        let mut votes = Votes::new(self.kind(), self.classes().len(), (height, width));
        masks.iter().try_for_each(|(_, mask)| votes.add(mask)).ok()?;
        Some(votes.into_labels())
    }
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

fn image(path: &Path) -> Result<ImageSummary, DataError> {
    let raster = read_image(path)?;
    let summary = ImageSummary::new(&raster, read_info(path)?.numbers);
    match crate::first_non_finite(&raster) {
        None => Ok(summary),
        Some((row, column, channel)) => {
            let value = f64::from(raster.raw(row, column, channel));
            let problem = format!("in channel {channel} is no finite number; replace it in the image");
            Err(DataError::Value { path: path.to_owned(), row, column, value, problem })
        }
    }
}

fn sound_weights(path: &Path, size: &Size) -> Result<(), DataError> {
    check_weights(weights(path, size)?.view()).map_err(DataError::label(path))
}

/// The labels' own rule for weights, on a label made for it.
fn check_weights(weights: ArrayView2<'_, f32>) -> Result<(), scumble::labels::LabelError> {
    let (height, width) = weights.dim();
    SoftLabels::new(Kind::Binary, ndarray::Array3::zeros((1, height, width)))?.weigh(weights)
}
