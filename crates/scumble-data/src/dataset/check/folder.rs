//! What is wrong with a folder as such, found without deciding what its maps mean: all of it, where
//! [`Dataset::open`](crate::Dataset::open) stops at the first.

use super::check_unread;
use crate::dataset::Part;
use crate::dataset::annotations::{self, Owner};
use crate::dataset::folders::SetFolders;
use crate::dataset::listing::{annotation_files, entries};
use crate::dataset::roi::{self, is_outlines};
use crate::dataset::settings::Settings;
use crate::formats::{Slicing, id_of, images_of, is_image, is_lossy};
use crate::{DataError, LayoutProblem, read_raster};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder of files, slices by their address, and what they are.
struct Folder {
    sort: Sort,
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Images,
    Maps,
    /// ignore/ and weights/: they say something about an item that exists without them.
    Besides,
}

/// All that is wrong with the folder of a data set: two files of one id, JPEG where exact values are needed, one id
/// in two parts, ignore/ and weights/ of no item, and [what is not read](super::check_unread). None where there is no such folder.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path();
/// std::fs::create_dir(root.join("labels")).unwrap();
/// std::fs::write(root.join("labels/a.jpg"), "").unwrap();
/// std::fs::write(root.join("labels/b.jpeg"), "").unwrap();
/// assert_eq!(scumble_data::check_layout(root).len(), 2);
/// ```
pub fn check_layout(root: &Path) -> Vec<DataError> {
    let mut problems = check_unread(root);
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    let slicing = slicing(root);
    for set in sets(root) {
        let folders = folders(&set, slicing);
        let mut ids: BTreeMap<String, PathBuf> = BTreeMap::new();
        for folder in &folders {
            let mut in_folder: BTreeMap<String, &Path> = BTreeMap::new();
            for path in &folder.files {
                if folder.sort != Sort::Images && is_lossy(path) {
                    problems.push(DataError::Lossy { path: path.clone() });
                }
                if let Some(first) = in_folder.get(&id(path)) {
                    problems.push(duplicate(first, path));
                }
                in_folder.entry(id(path)).or_insert(path);
                if folder.sort != Sort::Besides {
                    ids.entry(id(path)).or_insert_with(|| path.clone());
                }
            }
        }
        for path in folders.iter().filter(|folder| folder.sort == Sort::Besides).flat_map(|f| &f.files) {
            if !ids.contains_key(&id(path)) {
                problems.push(DataError::Layout { path: path.clone(), problem: LayoutProblem::Stray });
            }
        }
        for (id, path) in ids {
            match known.get(&id) {
                Some(first) => problems.push(duplicate(first, &path)),
                None => drop(known.insert(id, path)),
            }
        }
    }
    problems
}

/// The errors of all files of a data set's folder that cannot be decoded, and of all bad annotations.
pub fn check_files(root: &Path) -> Vec<DataError> {
    let (slicing, sets) = (slicing(root), sets(root));
    let folders = sets.iter().flat_map(|set| folders(set, slicing)).collect::<Vec<_>>();
    let files: Vec<&PathBuf> = folders.iter().flat_map(|folder| &folder.files).collect();
    let mut errors: Vec<DataError> = files.par_iter().filter_map(|path| decoded(path).err()).collect();
    for raters in sets.iter().map(|set| SetFolders::new(set).raters()) {
        let all = annotation_files(&raters, Owner::File).unwrap_or_default();
        errors.extend(all.iter().flat_map(|path| annotations::problems(path, Owner::File)));
        for rater in below(&raters) {
            let all = annotation_files(&rater, Owner::Folder).unwrap_or_default();
            errors.extend(all.iter().flat_map(|path| annotations::problems(path, Owner::Folder)));
        }
    }
    errors
}

/// Decodes a file of pixels or of outlines.
pub(super) fn decoded(path: &Path) -> Result<(), DataError> {
    match is_outlines(path) {
        true => roi::outlines(path).map(drop),
        false => read_raster(path).map(drop),
    }
}

/// How files are taken apart, as far as dataset.toml can be read.
fn slicing(root: &Path) -> Slicing {
    Settings::read(root).map(|settings| settings.slicing()).unwrap_or_default()
}

/// The folder itself if it is a data set, and its parts; else it is a bare folder of maps.
pub(super) fn sets(root: &Path) -> Vec<PathBuf> {
    let parts: Vec<PathBuf> = Part::ALL.into_iter().map(|part| root.join(part.name())).collect();
    let found: Vec<PathBuf> =
        [root.to_owned()].into_iter().chain(parts).filter(|set| SetFolders::new(set).exist()).collect();
    if found.is_empty() { vec![root.to_owned()] } else { found }
}

fn folders(set: &Path, slicing: Slicing) -> Vec<Folder> {
    let at = |path: PathBuf, sort| Folder { files: files(&path, slicing, is_image), sort };
    let folders = SetFolders::new(set);
    if !folders.exist() {
        return maps(set, &[], slicing, is_image);
    }
    let mut found = vec![at(folders.images(), Sort::Images)];
    found.extend(maps(&folders.labels(), &[], slicing, is_image));
    for rater in below(&folders.raters()) {
        found
            .extend(maps(&rater, &[SetFolders::IGNORE], slicing, |path| is_image(path) || is_outlines(path)));
        found.push(at(SetFolders::unseen_in(&rater), Sort::Besides));
    }
    found.extend([folders.ignore(), folders.weights()].map(|folder| at(folder, Sort::Besides)));
    found
}

/// A folder of maps and its class folders.
fn maps(folder: &Path, reserved: &[&str], slicing: Slicing, readable: fn(&Path) -> bool) -> Vec<Folder> {
    let classes = below(folder).into_iter();
    let classes = classes.filter(|path| reserved.iter().all(|name| !path.ends_with(name)));
    let folders = [folder.to_owned()].into_iter().chain(classes);
    folders.map(|path| Folder { files: files(&path, slicing, readable), sort: Sort::Maps }).collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let folders = entries(folder).unwrap_or_default().into_iter();
    folders.filter(|path| path.is_dir() && !is_image(path)).collect()
}

/// The readable files, sorted, volumes as the addresses of their slices; none where the folder cannot be read.
fn files(folder: &Path, slicing: Slicing, readable: fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = entries(folder).unwrap_or_default().into_iter();
    let files = entries.filter(|path| readable(path));
    files.flat_map(|path| images_of(&path, slicing)).collect()
}

fn id(path: &Path) -> String {
    id_of(path).unwrap_or_default()
}

fn duplicate(first: &Path, second: &Path) -> DataError {
    DataError::Duplicate { id: id(second), first: first.to_owned(), second: second.to_owned() }
}
