//! The files of one image; nothing is decoded.

use super::annotations::Annotated;
use super::{Part, Target};
use crate::Grouping;
use crate::formats::name_of;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One image of a data set with everything that is known about it: files found, nothing decoded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub(super) id: String,
    pub(super) part: Option<Part>,
    pub(super) group: String,
    pub(super) image: Option<PathBuf>,
    pub(super) label: Option<MapFiles>,
    /// The raters behind the label.
    pub(super) counts: Option<PathBuf>,
    pub(super) raters: BTreeMap<String, RaterFiles>,
    pub(super) ignore: Option<PathBuf>,
    pub(super) weights: Option<PathBuf>,
}

/// The file or files of one label or mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MapFiles {
    /// One file for all classes.
    One(PathBuf),
    /// A file for each class, by its name.
    Classes(BTreeMap<String, PathBuf>),
    /// Annotations in a file, which other images and raters may share; only raters have them.
    Annotated(Annotated),
}

/// What one rater left about one image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RaterFiles {
    pub(super) mask: Option<MapFiles>,
    /// On where the rater did not look.
    pub(super) unseen: Option<PathBuf>,
}

impl Item {
    pub(super) fn new(id: String, part: Option<Part>) -> Self {
        let group = Grouping::default().group(&id).map_or_else(|_| id.clone(), str::to_owned);
        Self {
            id,
            part,
            group,
            image: None,
            label: None,
            counts: None,
            raters: BTreeMap::new(),
            ignore: None,
            weights: None,
        }
    }

    /// The name that its files share, without extension; unique in the data set.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The same as the image's file is called: ids have Unicode's composed form, names of files need not.
    pub fn name(&self) -> String {
        self.image.as_deref().and_then(name_of).unwrap_or_else(|| self.id.clone())
    }

    /// The subfolder (train, val, test) that it lies in, if the data set has those.
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// What the group of images that belong together is called: the volume of a slice, unless dataset.toml says more.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The image file, or the address of a slice in it (`stack.nii@0003`); None in a folder of maps alone.
    pub fn image(&self) -> Option<&Path> {
        self.image.as_deref()
    }

    /// Whether there is a label file (or one for some class).
    pub fn has_label(&self) -> bool {
        self.label.is_some()
    }

    /// The raters who marked this image, sorted.
    pub fn raters(&self) -> impl Iterator<Item = &str> {
        self.raters.iter().filter(|(_, files)| files.mask.is_some()).map(|(name, _)| name.as_str())
    }

    /// Whether there are files for the label of a target.
    pub fn has(&self, target: Target) -> bool {
        let masks = || self.raters().next().is_some();
        match target {
            Target::Auto => self.has_label() || masks(),
            Target::Labels => self.has_label(),
            Target::Mean | Target::Staple | Target::DawidSkene => masks(),
        }
    }

    /// What files of annotations say of the image.
    pub(super) fn annotations(&self) -> impl Iterator<Item = &Annotated> {
        self.raters.values().filter_map(|rater| rater.mask.as_ref()?.annotated())
    }

    /// The files that raters' masks are read from, the image's among them.
    pub fn opinion_files(&self) -> impl Iterator<Item = &Path> {
        let masks = self.raters.values().filter_map(|rater| rater.mask.as_ref());
        let unseen = self.raters.values().filter_map(|rater| rater.unseen.as_ref());
        masks.flat_map(MapFiles::paths).chain(unseen.chain(&self.image).map(PathBuf::as_path))
    }

    /// Every file of the item, or the address of its slice there.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let maps = self.label.iter().chain(self.raters.values().filter_map(|rater| rater.mask.as_ref()));
        let single = [&self.image, &self.counts, &self.ignore, &self.weights].into_iter().flatten();
        let unseen = self.raters.values().filter_map(|rater| rater.unseen.as_ref());
        maps.flat_map(MapFiles::paths).chain(single.chain(unseen).map(PathBuf::as_path))
    }
}

impl MapFiles {
    /// The annotations, if it is such.
    pub(super) fn annotated(&self) -> Option<&Annotated> {
        match self {
            MapFiles::Annotated(mask) => Some(mask),
            MapFiles::One(_) | MapFiles::Classes(_) => None,
        }
    }

    /// The files, by class name where there are several.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let (one, classes) = match self {
            MapFiles::One(path) => (Some(path.as_path()), None),
            MapFiles::Classes(files) => (None, Some(files.values())),
            MapFiles::Annotated(mask) => (Some(mask.path()), None),
        };
        one.into_iter().chain(classes.into_iter().flatten().map(PathBuf::as_path))
    }
}
