//! What classes are called.

use super::item::MapFiles;
use scumble::Kind;
use std::collections::BTreeSet;

/// The class folders of all maps.
pub(super) fn class_folders<'a>(maps: impl Iterator<Item = &'a MapFiles>) -> BTreeSet<String> {
    maps.filter_map(|files| match files {
        MapFiles::Classes(classes) => Some(classes.keys().cloned()),
        MapFiles::One(_) | MapFiles::Coco(_) => None,
    })
    .flatten()
    .collect()
}

/// The categories of all annotations, each once, in the order of the first file that has them.
pub(super) fn categories(maps: &[&MapFiles]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for map in maps {
        let MapFiles::Coco(mask) = map else { continue };
        let new: Vec<&String> = mask.categories().iter().filter(|name| !names.contains(name)).collect();
        names.extend(new.into_iter().cloned());
    }
    names
}

/// Names for classes that have none.
pub(super) fn default_names(kind: Kind, classes: usize) -> Vec<String> {
    match kind {
        Kind::Binary => vec!["foreground".to_owned()],
        Kind::Multiclass => (0..classes.max(2)).map(|class| format!("class{class}")).collect(),
        Kind::Multilabel => (0..classes).map(|class| format!("class{class}")).collect(),
    }
}
