//! What lies in a folder: readable files by id, and subfolders. Nothing is decoded.

use super::MapFiles;
use super::folders::SetFolders;
use super::roi::is_outlines;
use super::settings::Settings;
use crate::formats::{Pages, id_of, images_of, is_image, is_lossy};
use crate::{DataError, LayoutProblem, Sidecar};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

/// Readable files by id (their name without extension), volumes as the addresses of their slices. Hidden files and
/// unknown extensions are skipped; [`check_unread`](super::check_unread) names the latter.
pub(super) type Files = BTreeMap<String, PathBuf>;

/// The readable files of `folder`; none where there is no such folder.
///
/// # Errors
/// Two files of one id.
pub(super) fn files(folder: &Path, pages: Pages) -> Result<Files, DataError> {
    let mut files = Files::new();
    let readable = entries(folder)?.into_iter().filter(|path| !path.is_dir() && is_image(path));
    for path in readable.flat_map(|path| images_of(&path, pages)) {
        let Some(id) = id_of(&path) else {
            continue;
        };
        match files.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(path);
            }
            Entry::Occupied(entry) => {
                let (id, first) = (entry.key().clone(), entry.get().clone());
                return Err(DataError::Duplicate { id, first, second: path });
            }
        }
    }
    Ok(files)
}

/// The images to predict that a path names, by id: an image or slice, a volume's slices, the images of a folder, or
/// those of a data set (its folder images/, pages as its dataset.toml says).
///
/// # Errors
/// Two images of one id, a bad dataset.toml, a folder that cannot be read.
///
/// ```no_run
/// use scumble_data::list_images;
///
/// let slices = list_images("volume.nii.gz".as_ref())?;
/// assert_eq!(slices["volume@0000"], std::path::Path::new("volume.nii.gz@0000"));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn list_images(path: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let inner = SetFolders::new(path).images();
    if inner.is_dir() {
        return files(&inner, Settings::read(path)?.pages.unwrap_or_default());
    }
    if path.is_dir() {
        return files(path, Pages::default());
    }
    let images = images_of(path, Pages::default()).into_iter();
    Ok(images.map(|image| (id_of(&image).unwrap_or_else(|| image.display().to_string()), image)).collect())
}

/// Like [`files`], for label maps and masks.
///
/// # Errors
/// Also where one is a JPEG.
pub(super) fn exact_files(folder: &Path, pages: Pages) -> Result<Files, DataError> {
    let files = files(folder, pages)?;
    match files.values().find(|path| is_lossy(path)) {
        Some(path) => Err(DataError::Lossy { path: path.clone() }),
        None => Ok(files),
    }
}

/// The subfolders by name, sorted; none where there is no such folder.
pub(super) fn subfolders(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let folders = entries(folder)?.into_iter().filter(|path| path.is_dir());
    Ok(folders.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path))).collect())
}

/// Like [`exact_files`], with outlines drawn in ImageJ among them.
///
/// # Errors
/// As [`exact_files`].
pub(super) fn mask_files(folder: &Path, pages: Pages) -> Result<Files, DataError> {
    let mut files = exact_files(folder, pages)?;
    for path in entries(folder)?.into_iter().filter(|path| is_outlines(path) && path.is_file()) {
        let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) else {
            continue;
        };
        if let Some(first) = files.insert(id.clone(), path.clone()) {
            return Err(DataError::Duplicate { id, first, second: path });
        }
    }
    Ok(files)
}

/// Whether the extension is that of annotations.
pub(super) fn is_annotations(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The files of annotations by rater, sorted; none where there is no such folder.
pub(super) fn annotations(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let files = entries(folder)?.into_iter().filter(|path| is_annotations(path));
    Ok(files.filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path))).collect())
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
    for (class, path) in subfolders(folder)?.into_iter().filter(|(name, _)| in_folders && wanted(name)) {
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
