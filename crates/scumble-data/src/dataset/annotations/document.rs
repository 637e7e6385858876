//! What a file of annotations says: shapes by image and by rater.

use super::bad_entry::BadEntry;
use super::shape::Shape;
use crate::DataError;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One file of annotations.
pub(in crate::dataset) struct Document {
    pub(super) path: PathBuf,
    /// The name of its format.
    pub(super) format: &'static str,
    pub(super) entries: Entries,
}

/// What is in a file: its images and categories are sound, and of its annotations it is known which are.
#[derive(Default)]
pub(super) struct Entries {
    /// The names, in the order of the file where it lists them, else by the alphabet.
    pub(super) categories: Vec<String>,
    /// Whether the file lists its categories, those of no annotation among them.
    pub(super) lists_categories: bool,
    pub(super) opinions: BTreeMap<Key, Opinion>,
    /// What is wrong with images and categories: then nothing can be used.
    pub(super) faults: Vec<BadEntry>,
    /// Bad annotations of no image of the file.
    pub(super) strays: Vec<BadEntry>,
    /// What is no mark of anybody, and how often it is there.
    pub(super) left_out: BTreeMap<String, usize>,
}

/// Whose opinion it is, and of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// None: the rater by whom the file is called.
    pub(super) rater: Option<String>,
    /// The id that the image has in the data set: its file's name without extension.
    pub(super) image: String,
}

/// What one rater says of one image.
#[derive(Default)]
pub(super) struct Opinion {
    /// (height, width), if the file says it.
    pub(super) size: Option<(usize, usize)>,
    /// The sound ones, in the order in which they lie above each other.
    pub(super) marked: Vec<Marked>,
    /// The bad ones.
    pub(super) bad: Vec<BadEntry>,
}

/// One shape of a category.
pub(super) struct Marked {
    /// The place in the categories.
    pub(super) category: usize,
    pub(super) shape: Shape,
}

impl Document {
    /// The images that it lists, by their ids in a data set; one of several raters several times.
    pub(in crate::dataset) fn image_ids(&self) -> impl Iterator<Item = &str> {
        self.entries.opinions.keys().map(|key| key.image.as_str())
    }

    /// The name of its format.
    pub(in crate::dataset) fn format(&self) -> &'static str {
        self.format
    }

    /// All that is wrong with it.
    pub(super) fn problems(&self) -> impl Iterator<Item = DataError> {
        let entries = &self.entries;
        let of_images = entries.opinions.values().flat_map(|opinion| &opinion.bad);
        entries.faults.iter().chain(of_images).chain(&entries.strays).map(|entry| entry.error(&self.path))
    }
}

impl Entries {
    /// Counts what is no mark.
    pub(super) fn leave_out(&mut self, what: impl Into<String>) {
        *self.left_out.entry(what.into()).or_default() += 1;
    }
}
