//! What is wrong with a folder as such, found without deciding what its maps mean: all of it, where
//! [`Dataset::open`](super::Dataset::open) stops at the first.

use super::Part;
use super::listing::subfolders;
use crate::formats::{is_image, is_lossy};
use crate::{DataError, read_raster};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of files, and what they are.
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
/// in two parts, ignore/ and weights/ of no item. None where there is no such folder.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path();
/// std::fs::create_dir(root.join("labels")).unwrap();
/// std::fs::write(root.join("labels/a.jpg"), "").unwrap();
/// std::fs::write(root.join("labels/b.jpeg"), "").unwrap();
/// assert_eq!(scumble_data::layout_problems(root).len(), 2);
/// ```
pub fn layout_problems(root: &Path) -> Vec<DataError> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    for set in sets(root) {
        let folders = folders(&set);
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
                let problem = "belongs to no image, label or mask; rename or remove it".to_owned();
                problems.push(DataError::Layout { path: path.clone(), problem });
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

/// The errors of all files of a data set's folder that cannot be decoded.
pub fn unreadable_files(root: &Path) -> Vec<DataError> {
    let folders = sets(root).iter().flat_map(|set| folders(set)).collect::<Vec<_>>();
    let files: Vec<&PathBuf> = folders.iter().flat_map(|folder| &folder.files).collect();
    files.par_iter().filter_map(|path| read_raster(path).err()).collect()
}

/// The folder itself if it is a data set, and its parts; else it is a bare folder of maps.
fn sets(root: &Path) -> Vec<PathBuf> {
    let parts: Vec<PathBuf> = Part::ALL.into_iter().map(|part| root.join(part.name())).collect();
    let found: Vec<PathBuf> = [root.to_owned()].into_iter().chain(parts).filter(|set| is_set(set)).collect();
    if found.is_empty() { vec![root.to_owned()] } else { found }
}

fn is_set(folder: &Path) -> bool {
    ["images", "labels", "raters"].into_iter().any(|name| folder.join(name).is_dir())
}

fn folders(set: &Path) -> Vec<Folder> {
    let at = |path: PathBuf, sort| Folder { files: files(&path), sort };
    if !is_set(set) {
        return maps(set, &[]);
    }
    let mut found = vec![at(set.join("images"), Sort::Images)];
    found.extend(maps(&set.join("labels"), &[]));
    for rater in below(&set.join("raters")) {
        found.extend(maps(&rater, &["ignore"]));
        found.push(at(rater.join("ignore"), Sort::Besides));
    }
    found.extend(["ignore", "weights"].map(|name| at(set.join(name), Sort::Besides)));
    found
}

/// A folder of maps and its class folders.
fn maps(folder: &Path, reserved: &[&str]) -> Vec<Folder> {
    let classes = below(folder).into_iter();
    let classes = classes.filter(|path| reserved.iter().all(|name| !path.ends_with(name)));
    let folders = [folder.to_owned()].into_iter().chain(classes);
    folders.map(|path| Folder { files: files(&path), sort: Sort::Maps }).collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    subfolders(folder).map(|folders| folders.into_values().collect()).unwrap_or_default()
}

/// The readable files, sorted; none where the folder cannot be read.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut files: Vec<PathBuf> =
        entries.filter(|path| !path.is_dir() && is_image(path) && !hidden(path)).collect();
    files.sort();
    files
}

fn id(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn duplicate(first: &Path, second: &Path) -> DataError {
    DataError::Duplicate { id: id(second), first: first.to_owned(), second: second.to_owned() }
}
