//! What is wrong with a data set: with its folder, with each item, between items.

mod folder;
mod item;
mod unread;

pub use folder::{check_files, check_layout};
pub use item::ItemCheck;
pub use unread::check_unread;

use super::layout::no_such_image;
use super::{Dataset, Item};
use crate::{DataError, ImageSummary};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
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
    /// Decodes every file and returns all that is wrong, in the order of the items: what
    /// [`check_item`](Self::check_item) finds in each, then what [`conflicts`](Self::conflicts) between them.
    ///
    /// `progress` is called with (items done, items in all) from several threads.
    pub fn check(&self, progress: &(dyn Fn(usize, usize) + Sync)) -> Vec<Problem> {
        let done = AtomicUsize::new(0);
        let look = |item: &Item| {
            let found = self.check_item(item);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.items().len());
            (found.errors, found.image)
        };
        let (errors, images): (Vec<_>, Vec<_>) = self.items().par_iter().map(look).unzip();
        let of_item = |(item, errors): (&Item, Vec<DataError>)| {
            let id = item.id.clone();
            errors.into_iter().map(move |error| Problem { id: id.clone(), error })
        };
        let mut problems: Vec<Problem> = self.items().iter().zip(errors).flat_map(of_item).collect();
        problems.extend(self.conflicts(&images));
        problems
    }

    /// What is wrong between the images: another number of channels than most have, the same pixels twice, annotations
    /// of none of their file's images (under the first item that the file is about).
    ///
    /// `images` has the summary of each item's image, in the order of the items.
    pub fn conflicts(&self, images: &[Option<ImageSummary>]) -> Vec<Problem> {
        let images = self.items().iter().zip(images);
        let images: Vec<(&Item, &Path, &ImageSummary)> =
            images.filter_map(|(item, image)| Some((item, item.image()?, image.as_ref()?))).collect();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        images.iter().for_each(|(_, _, image)| *counts.entry(image.channels.len()).or_default() += 1);
        let usual = counts.iter().max_by_key(|(_, count)| **count).map_or(0, |(channels, _)| *channels);
        let mut problems = self.strays();
        let mut firsts: HashMap<[u8; 32], &Path> = HashMap::new();
        for (item, path, image) in images {
            if image.channels.len() != usual {
                let (path, found) = (path.to_owned(), image.channels.len());
                let advice = "all images of a set have the same channels";
                let error = DataError::Channels { path, found, expected: usual, advice };
                problems.push(Problem { id: item.id.clone(), error });
            }
            let first = *firsts.entry(image.content).or_insert(path);
            if first != path {
                let error = DataError::SameImage { first: first.to_owned(), second: path.to_owned() };
                problems.push(Problem { id: item.id.clone(), error });
            }
        }
        problems
    }

    /// Annotations of no image, file by file, and of images that are not there.
    fn strays(&self) -> Vec<Problem> {
        let mut files: BTreeSet<&Path> = BTreeSet::new();
        let masks = self.items().iter().flat_map(|item| item.annotations().map(move |mask| (item, mask)));
        let one_of_each = masks.filter(|(_, mask)| files.insert(mask.path()));
        let strays = one_of_each
            .flat_map(|(item, mask)| mask.strays().map(|error| Problem { id: item.id.clone(), error }));
        let absent = self.absent.iter().flat_map(|(path, images)| {
            images.chunks(1).map(|image| Problem { id: image[0].clone(), error: no_such_image(path, image) })
        });
        strays.chain(absent).collect()
    }
}
