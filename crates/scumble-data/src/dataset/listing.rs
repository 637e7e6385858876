//! What lies in a folder: readable files by id, and subfolders. Nothing is decoded.

use super::MapFiles;
use super::annotations::{Owner, is_annotations};
use super::folders::SetFolders;
use super::roi::is_outlines;
use super::settings::{SETTINGS, Settings};
use crate::formats::{Slicing, composed, id_of, images_of, is_image, is_lossy, name_of};
use crate::maps::SIDECAR;
use crate::{DataError, LayoutProblem, Sidecar, SliceAxis};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

/// Readable files by id (their name without extension), volumes as the addresses of their slices. Hidden files and
/// unknown extensions are skipped; [`check_unread`](super::check_unread) names the latter.
pub(super) type Files = BTreeMap<String, PathBuf>;

/// The readable files of `folder`; none where there is no such folder. A folder that is called like a file is one of
/// them, and whoever reads it will say what it is.
///
/// # Errors
/// Two files of one id; a name that is no text.
pub(super) fn files(folder: &Path, slicing: Slicing) -> Result<Files, DataError> {
    readable(named(folder)?.into_iter(), slicing)
}

fn readable(paths: impl Iterator<Item = PathBuf>, slicing: Slicing) -> Result<Files, DataError> {
    let images = paths.filter(|path| is_image(path)).flat_map(|path| images_of(&path, slicing));
    by_id(images.filter_map(|path| Some((id_of(&path)?, path))))
}

/// Files, or folders, by what they are called.
///
/// # Errors
/// Two of one name.
fn by_id(named: impl Iterator<Item = (String, PathBuf)>) -> Result<Files, DataError> {
    let mut files = Files::new();
    for (id, second) in named {
        match files.entry(id) {
            Entry::Vacant(entry) => drop(entry.insert(second)),
            Entry::Occupied(entry) => {
                let (id, first) = (entry.key().clone(), entry.get().clone());
                return Err(DataError::Duplicate { id, first, second });
            }
        }
    }
    Ok(files)
}

/// The images to predict that a path names, by their own names without extension: an image or slice, a volume's slices, the images of a folder, or
/// those of a data set (its folder images/, pages and slices as its dataset.toml says).
///
/// # Errors
/// Two images of one id, a bad dataset.toml, a folder that cannot be read. A file whose name is no text is listed by its
/// path: whoever reads it will say so.
///
/// ```no_run
/// use scumble_data::list_images;
///
/// let slices = list_images("volume.nii.gz".as_ref())?;
/// assert_eq!(slices["volume@0000"], std::path::Path::new("volume.nii.gz@0000"));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn list_images(path: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    list_images_along(path, None)
}

/// The same with the slices of volumes along this axis, where it is not what dataset.toml says, or the volume's own.
///
/// # Errors
/// As [`list_images`].
pub fn list_images_along(
    path: &Path,
    axis: Option<SliceAxis>,
) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let images = match images_folder(path) {
        Some(folder) => {
            let slicing = if folder == path { Slicing::default() } else { Settings::read(path)?.slicing() };
            let slicing = Slicing { axis: axis.or(slicing.axis), ..slicing };
            let (texts, others): (Vec<_>, Vec<_>) =
                entries(&folder)?.into_iter().partition(|path| is_named(path));
            let files = readable(texts.into_iter(), slicing)?;
            files.into_values().chain(others).collect()
        }
        None => images_of(path, Slicing { axis, ..Slicing::default() }),
    };
    let named = |image: PathBuf| (name_of(&image).unwrap_or_else(|| format!("{image:?}")), image);
    Ok(images.into_iter().map(named).collect())
}

/// What lies where [`list_images`] looks for images and is none; nothing where the path is no folder.
///
/// # Errors
/// A folder that cannot be read.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// std::fs::write(folder.join("notes.txt"), "").unwrap();
/// assert_eq!(scumble_data::list_others(folder)?, [folder.join("notes.txt")]);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn list_others(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let Some(folder) = images_folder(path) else {
        return Ok(Vec::new());
    };
    let ours = |path: &PathBuf| [SIDECAR, SETTINGS].iter().any(|name| path.ends_with(name));
    Ok(entries(&folder)?
        .into_iter()
        .filter(|path| !ours(path) && is_named(path) && !is_image(path))
        .collect())
}

/// The folder that a path means by its images: that of a data set, or itself.
fn images_folder(path: &Path) -> Option<PathBuf> {
    let inner = SetFolders::new(path).images();
    if inner.is_dir() { Some(inner) } else { path.is_dir().then(|| path.to_owned()) }
}

/// Like [`files`], for label maps and masks.
///
/// # Errors
/// Also where one is a JPEG.
pub(super) fn exact_files(folder: &Path, slicing: Slicing) -> Result<Files, DataError> {
    let files = files(folder, slicing)?;
    match files.values().find(|path| is_lossy(path)) {
        Some(path) => Err(DataError::Lossy { path: path.clone() }),
        None => Ok(files),
    }
}

/// The subfolders by name, sorted; none where there is no such folder.
///
/// # Errors
/// Two of one name.
pub(super) fn subfolders(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let folders = named(folder)?.into_iter().filter(|path| path.is_dir());
    by_id(folders.filter_map(|path| Some((composed(path.file_name()?.to_str()?), path))))
}

/// Like [`exact_files`], with outlines drawn in ImageJ among them.
///
/// # Errors
/// As [`exact_files`].
pub(super) fn mask_files(folder: &Path, slicing: Slicing) -> Result<Files, DataError> {
    let files = exact_files(folder, slicing)?;
    let outlines = named(folder)?.into_iter().filter(|path| is_outlines(path));
    by_id(files.into_iter().chain(outlines.filter_map(|path| Some((id_of(&path)?, path)))))
}

/// The files of annotations, sorted; none where there is no such folder.
///
/// # Errors
/// A name that is no text; two files of one rater.
pub(super) fn annotation_files(folder: &Path, owner: Owner) -> Result<Vec<PathBuf>, DataError> {
    let files: Vec<PathBuf> = named(folder)?.into_iter().filter(|path| is_annotations(path, owner)).collect();
    // In a rater's folder there may be JSON of something else; two files of one image are found when they are read.
    if owner == Owner::File {
        by_id(files.iter().filter_map(|path| Some((id_of(path)?, path.clone()))))?;
    }
    Ok(files)
}

/// The label maps of a folder by id: the files in it, or those in its class folders, as `list` finds them.
///
/// `reserved` folders are no classes; a sidecar says which of both it is.
///
/// # Errors
/// A folder with both: which of them is the label?
pub(super) fn maps(
    folder: &Path,
    reserved: &[&str],
    sidecar: Option<&Sidecar>,
    list: impl Fn(&Path) -> Result<Files, DataError>,
) -> Result<BTreeMap<String, MapFiles>, DataError> {
    let direct = list(folder)?;
    let mut classes: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    let wanted = |name: &String| {
        !reserved.contains(&name.as_str()) && sidecar.is_none_or(|sidecar| sidecar.classes.contains(name))
    };
    let in_folders = sidecar.is_none_or(Sidecar::uses_class_folders);
    let is_class = |name: &String, path: &Path| in_folders && wanted(name) && !is_image(path);
    for (class, path) in subfolders(folder)?.into_iter().filter(|(name, path)| is_class(name, path)) {
        for (id, file) in list(&path)? {
            classes.entry(id).or_default().insert(class.clone(), file);
        }
    }
    if !direct.is_empty() && !classes.is_empty() {
        return Err(DataError::Layout { path: folder.to_owned(), problem: LayoutProblem::MapsAndFolders });
    }
    let direct = direct.into_iter().map(|(id, path)| (id, MapFiles::One(path)));
    Ok(direct.chain(classes.into_iter().map(|(id, files)| (id, MapFiles::Classes(files)))).collect())
}

/// What lies in a folder and is called by a text; what is not can be nobody's image or mask, and would be missed.
///
/// # Errors
/// A name that is no text.
fn named(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = entries(folder)?;
    match entries.iter().find(|path| !is_named(path)) {
        None => Ok(entries),
        Some(path) => Err(DataError::Layout { path: path.clone(), problem: LayoutProblem::Name }),
    }
}

/// Whether the name is written in UTF-8.
pub(super) fn is_named(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_str().is_some())
}

/// Whether a link to a folder is one to a folder around itself: what lies there is looked at already.
pub(super) fn leads_back(path: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    path.is_symlink()
        && real(path).zip(path.parent().and_then(real)).is_some_and(|(to, from)| from.starts_with(to))
}

/// What file managers leave in folders.
const LEFT_BEHIND: [&str; 2] = ["Thumbs.db", "desktop.ini"];

/// What lies in a folder, hidden files and what file managers leave aside, sorted; nothing where there is no such
/// folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(DataError::io(folder))? {
        let path = entry.map_err(DataError::io(folder))?.path();
        let name = path.file_name().unwrap_or_default();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        if !hidden && LEFT_BEHIND.iter().all(|left| !name.eq_ignore_ascii_case(left)) {
            entries.push(path);
        }
    }
    // The order of the file system is nobody's: messages and results must not depend on it.
    entries.sort();
    Ok(entries)
}
