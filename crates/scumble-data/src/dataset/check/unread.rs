//! What lies in the folders of a data set and is not read: it is said, never passed over.

use super::folder::sets;
use crate::dataset::annotations::{Owner, is_annotations, is_something_else};
use crate::dataset::folders::SetFolders;
use crate::dataset::foreign::{Role, of_folder};
use crate::dataset::listing::{entries, is_named};
use crate::dataset::roi::is_outlines;
use crate::dataset::settings::SETTINGS;
use crate::formats::is_image;
use crate::maps::{OBJECTS_TABLE, SIDECAR};
use crate::{DataError, LayoutProblem};
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

/// What lies where images, label maps and masks belong and is none: files that no reader takes, folders that are not
/// looked into, files of no rater; masks and parts in folders of other names. Hidden files and what file managers leave are no part of it.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path();
/// std::fs::create_dir_all(root.join("raters/anna")).unwrap();
/// std::fs::write(root.join("raters/anna/a.gif"), "").unwrap();
/// assert!(scumble_data::check_unread(root)[0].to_string().contains("a.gif: is not read"));
/// ```
pub fn check_unread(root: &Path) -> Vec<DataError> {
    let mut unread = Unread::default();
    unread.other_parts(root);
    for set in sets(root) {
        let folders = SetFolders::new(&set);
        if !folders.exist() {
            unread.bare(&set);
            continue;
        }
        unread.files(&folders.images(), &IMAGES);
        unread.maps(&folders.labels(), &LABELS, &LABELS);
        for path in unread.listed(&folders.raters()) {
            match path.is_dir() {
                true => unread.maps(&path, &MASKS, &OF_CLASS),
                false if is_annotations(&path, Owner::File) => {}
                false => unread.push(path, LayoutProblem::NoRater),
            }
        }
        unread.other_masks(&set);
        unread.files(&folders.ignore(), &LABELS);
        unread.files(&folders.weights(), &LABELS);
    }
    unread.0
}

/// What is read in a folder, and how a message lists it.
struct Readable {
    is_read: fn(&Path) -> bool,
    list: &'static str,
}

const IMAGES: Readable =
    Readable { is_read: is_image, list: "png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz" };
/// JPEG among label maps is a fault of its own.
const LABELS: Readable =
    Readable { is_read: is_image, list: "png, tif, tiff, bmp, webp, npy, npz, nii and nii.gz" };
const MASKS: Readable = Readable {
    is_read: |path| {
        is_image(path) || is_outlines(path) || is_annotations(path, Owner::Folder) && !is_something_else(path)
    },
    list: "png, tif, tiff, bmp, webp, npy, npz, nii, nii.gz, zip and roi of ImageJ, json of labelme and geojson of QuPath",
};
/// Annotations have classes of their own.
const OF_CLASS: Readable = Readable {
    is_read: |path| is_image(path) || is_outlines(path),
    list: "png, tif, tiff, bmp, webp, npy, npz, nii, nii.gz, and zip and roi of ImageJ",
};

#[derive(Default)]
struct Unread(Vec<DataError>);

impl Unread {
    /// Parts of a data set under names that are not looked for, such as valid/ or Train/.
    fn other_parts(&mut self, root: &Path) {
        for path in entries(root).unwrap_or_default().into_iter().filter(|path| path.is_dir()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let (Some(part), None) = of_folder(&name)
                && fs::canonicalize(root.join(part.name())).ok() != fs::canonicalize(&path).ok()
                && SetFolders::new(&path).exist()
            {
                self.push(path, LayoutProblem::OtherPart { part: part.name() });
            }
        }
    }

    /// Masks beside images that have no others.
    fn other_masks(&mut self, set: &Path) {
        let folders = SetFolders::new(set);
        if folders.labels().is_dir() || folders.raters().is_dir() {
            return;
        }
        for path in entries(set).unwrap_or_default().into_iter().filter(|path| path.is_dir()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if matches!(of_folder(&name).1, Some(Role::Masks(_) | Role::Rater(_) | Role::Raters)) {
                self.push(path, LayoutProblem::OtherMasks);
            }
        }
    }

    /// A folder of maps and its class folders.
    fn maps(&mut self, folder: &Path, readable: &Readable, of_class: &Readable) {
        for path in self.listed(folder) {
            match path.is_dir() {
                true => self.files(&path, of_class),
                false if path.ends_with(SIDECAR) => {}
                false => self.file(path, readable),
            }
        }
    }

    /// Any folder may be taken for one of maps: only beside a map a file is missed.
    fn bare(&mut self, folder: &Path) {
        let (folders, files): (Vec<_>, Vec<_>) =
            self.listed(folder).into_iter().partition(|path| path.is_dir());
        // What says what maps mean, and what is made of them.
        let ours =
            |path: &PathBuf| [SIDECAR, SETTINGS, OBJECTS_TABLE].iter().any(|name| path.ends_with(name));
        let inner: Vec<_> = folders.iter().map(|folder| self.listed(folder)).collect();
        for mut files in iter::once(files).chain(inner) {
            files.retain(|path| !ours(path));
            if files.iter().any(|path| is_image(path)) {
                files.into_iter().filter(|path| !path.is_dir()).for_each(|path| self.file(path, &LABELS));
            }
        }
    }

    /// A folder of files alone.
    fn files(&mut self, folder: &Path, readable: &Readable) {
        for path in self.listed(folder) {
            match path.is_dir() {
                true if is_image(&path) => {}
                true if entries(&path).is_ok_and(|inside| inside.is_empty()) => {}
                true => self.push(path, LayoutProblem::UnreadFolder),
                false => self.file(path, readable),
            }
        }
    }

    fn file(&mut self, path: PathBuf, readable: &Readable) {
        if !(readable.is_read)(&path) {
            self.push(path, LayoutProblem::Unread { readable: readable.list });
        }
    }

    /// What lies in a folder; nothing where it cannot be read, which opening the data set says. What is called by no
    /// text cannot be anybody's mask of anything.
    fn listed(&mut self, folder: &Path) -> Vec<PathBuf> {
        let all = entries(folder).unwrap_or_default().into_iter();
        let (named, nameless): (Vec<_>, Vec<_>) = all.partition(|path| is_named(path));
        nameless.into_iter().for_each(|path| self.push(path, LayoutProblem::Name));
        named
    }

    fn push(&mut self, path: PathBuf, problem: LayoutProblem) {
        self.0.push(DataError::Layout { path, problem });
    }
}
