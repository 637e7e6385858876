use super::fingerprint::content;
use super::item::RaterFiles;
use super::read::{ignored, weights};
use super::{Dataset, Item};
use crate::{DataError, read_image};
use ndarray::ArrayView2;
use rayon::prelude::*;
use scumble::{Kind, SoftLabels};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Something wrong with one item of a data set.
#[derive(Debug)]
pub struct Problem {
    /// The item's id.
    pub id: String,
    /// What is wrong; the message names the file.
    pub error: DataError,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Dataset {
    /// Decodes every file and returns all that is wrong, in the order of the items.
    ///
    /// Files that cannot be read, sizes that differ from the image's, values that make no label or mask, weights
    /// that are negative, images without label or mask, labels without image, the same image twice.
    ///
    /// `progress` is called with (items done, items in all) from several threads.
    pub fn check(&self, progress: &(dyn Fn(usize, usize) + Sync)) -> Vec<Problem> {
        let done = AtomicUsize::new(0);
        let needs_image = self.items().iter().any(|item| item.image.is_some());
        let found: Vec<(Vec<Problem>, Option<blake3::Hash>)> = self
            .items()
            .par_iter()
            .map(|item| {
                let problems = self.check_item(item, needs_image);
                let image = item.image.as_ref().and_then(|path| content(path).ok());
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.items().len());
                (problems, image)
            })
            .collect();
        let mut images: HashMap<blake3::Hash, &Item> = HashMap::new();
        let mut problems = Vec::new();
        for (item, (found, image)) in self.items().iter().zip(found) {
            problems.extend(found);
            let Some(image) = image else { continue };
            let first = *images.entry(image).or_insert(item);
            if first.id != item.id
                && let (Some(first), Some(second)) = (first.image.clone(), item.image.clone())
            {
                let error = DataError::SameImage { first, second };
                problems.push(Problem { id: item.id.clone(), error });
            }
        }
        problems
    }

    fn check_item(&self, item: &Item, needs_image: bool) -> Vec<Problem> {
        let mut errors = Vec::new();
        match &item.image {
            Some(path) => errors.extend(read_image(path).err()),
            None if needs_image => {
                errors.push(DataError::NoImage { id: item.id.clone(), root: self.root().to_owned() });
            }
            None => {}
        }
        if item.label.is_none() && item.raters().next().is_none() {
            errors.push(self.lacks(item, "label"));
        }
        // Without a size nothing can be held against it, and the file at fault is in the list already (unless it
        // is a label's, in a set without images).
        match self.size(item) {
            Ok(size) => {
                if item.label.is_some() {
                    errors.extend(self.counted_label(item).err());
                }
                for files in item.raters.values() {
                    errors.extend(self.check_rater(files, &size).err());
                }
                errors.extend(item.ignore.as_ref().and_then(|path| ignored(path, &size).err()));
                errors.extend(item.weights.as_ref().and_then(|path| {
                    let check = || {
                        let weights = weights(path, &size)?;
                        check_weights(weights.view()).map_err(DataError::label(path))
                    };
                    check().err()
                }));
            }
            Err(error) if item.image.is_none() => errors.push(error),
            Err(_) => {}
        }
        errors.into_iter().map(|error| Problem { id: item.id.clone(), error }).collect()
    }

    fn check_rater(&self, files: &RaterFiles, size: &super::read::Size) -> Result<(), DataError> {
        match &files.mask {
            Some(mask) => self.mask(mask, files, size).map(drop),
            None => files.unseen.as_ref().map_or(Ok(()), |path| ignored(path, size).map(drop)),
        }
    }
}

/// The labels' own rule for weights, on a label made for it.
fn check_weights(weights: ArrayView2<'_, f32>) -> Result<(), scumble::LabelError> {
    let (height, width) = weights.dim();
    SoftLabels::new(Kind::Binary, ndarray::Array3::zeros((1, height, width)))?.weigh(weights)
}
