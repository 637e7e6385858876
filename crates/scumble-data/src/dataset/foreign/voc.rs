//! Pascal VOC's folders.

use super::naming::Leaf;
use super::sets::{Owner, Sets};
use crate::dataset::listing::entries;
use crate::formats::is_image;
use crate::text::decoded;
use crate::{DataError, Part, read_text_file};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};

pub(super) const IMAGES: &str = "JPEGImages";
pub(super) const MASKS: &str = "SegmentationClass";
/// 255 is the border that is no class.
pub(super) const SETTINGS: &str = "labels = \"index\"\nignore_index = 255\n";

/// JPEGImages/ and SegmentationClass/; ImageSets/Segmentation/train.txt and val.txt say which part an image is of, if they
/// have none in common.
///
/// # Errors
/// A folder that cannot be read.
pub(super) fn find(root: &Path) -> Result<Option<Sets>, DataError> {
    let [images, masks] = [IMAGES, MASKS].map(|name| root.join(name));
    if !images.is_dir() || !masks.is_dir() {
        return Ok(None);
    }
    let parts = parts(&root.join("ImageSets/Segmentation"))?;
    let part = |leaf: &Leaf| parts.get(&leaf.name).copied();
    let mut sets = Sets::default();
    for leaf in leaves(&images, &mut sets)? {
        // An image without a mask is of no part that matters.
        sets.parts.entry(part(&leaf)).or_default().images.push(leaf);
    }
    for leaf in leaves(&masks, &mut sets)? {
        sets.add_mask(part(&leaf), Owner::Nobody, leaf);
    }
    Ok(Some(sets))
}

fn leaves(folder: &Path, sets: &mut Sets) -> Result<Vec<Leaf>, DataError> {
    let files = entries(folder)?.into_iter().filter(|path| !path.is_dir() && is_image(path));
    Ok(files.filter_map(|path| sets.leaf(path)).collect())
}

fn parts(folder: &Path) -> Result<BTreeMap<String, Part>, DataError> {
    let mut parts = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for part in Part::ALL {
        let path: PathBuf = folder.join(format!("{part}.txt"));
        let file = match read_text_file(&path) {
            Err(error) if error.kind() == NotFound => continue,
            file => file.map_err(DataError::io(&path))?,
        };
        let broken = |reason| DataError::Broken { path: path.clone(), format: "list", reason };
        for name in decoded(&file).map_err(broken)?.split_whitespace() {
            if parts.insert(name.to_owned(), part).is_some() {
                twice.insert(name.to_owned());
            }
        }
    }
    Ok(if twice.is_empty() { parts } else { BTreeMap::new() })
}
