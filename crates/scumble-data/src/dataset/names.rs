//! What classes are called, and which lies in which.

use super::annotations::Annotated;
use super::item::MapFiles;
use super::settings::Settings;
use crate::SettingsProblem;
use scumble::labels::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// The class folders of all maps.
pub(super) fn class_folders<'a>(maps: impl Iterator<Item = &'a MapFiles>) -> BTreeSet<String> {
    maps.filter_map(|files| match files {
        MapFiles::Classes(classes) => Some(classes.keys().cloned()),
        MapFiles::One(_) | MapFiles::Annotated(_) => None,
    })
    .flatten()
    .collect()
}

/// The categories of all annotations, each name once, in the order of the first file that has them.
pub(super) fn categories(maps: &[&MapFiles]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in files_of_annotations(maps).flat_map(Annotated::categories) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The names that several categories of one file have, sorted.
pub(super) fn shared_categories(maps: &[&MapFiles]) -> BTreeSet<String> {
    let of_file = |mask: &Annotated| {
        let mut once = BTreeSet::new();
        mask.categories().iter().filter(|name| !once.insert(*name)).cloned().collect::<Vec<_>>()
    };
    files_of_annotations(maps).flat_map(of_file).collect()
}

/// What is no mark of anybody in files of annotations, with the numbers of each; None if there is nothing.
pub(super) fn left_out(maps: &[&MapFiles]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (what, count) in files_of_annotations(maps).flat_map(Annotated::left_out) {
        *counts.entry(what).or_default() += count;
    }
    let words: Vec<String> = counts.iter().map(|(what, count)| format!("{what} ({count})")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The formats of annotations, each once.
pub(super) fn formats(maps: &[&MapFiles]) -> BTreeSet<&'static str> {
    files_of_annotations(maps).map(Annotated::format).collect()
}

/// One mask of each file of annotations: its categories are the file's.
pub(super) fn files_of_annotations<'a>(maps: &[&'a MapFiles]) -> impl Iterator<Item = &'a Annotated> {
    let mut seen = BTreeSet::new();
    maps.iter().filter_map(|map| map.annotated()).filter(move |mask| seen.insert(mask.path()))
}

/// Names for classes that have none.
pub(super) fn default_names(kind: Kind, classes: usize) -> Vec<String> {
    match kind {
        Kind::Binary => vec!["foreground".to_owned()],
        Kind::Multiclass => (0..classes.max(2)).map(|class| format!("class{class}")).collect(),
        Kind::Multilabel => (0..classes).map(|class| format!("class{class}")).collect(),
    }
}

/// The order that `nested` declares, as indices of the classes.
pub(super) fn nesting(
    settings: &Settings,
    kind: Kind,
    classes: &[String],
) -> Result<Vec<usize>, SettingsProblem> {
    let Some(nested) = &settings.nested else {
        return Ok(Vec::new());
    };
    if kind != Kind::Multilabel {
        return Err(SettingsProblem::NestedKind(kind));
    }
    let order: Option<Vec<usize>> =
        nested.iter().map(|name| classes.iter().position(|class| class == name)).collect();
    let every = |order: &Vec<usize>| {
        order.len() == classes.len() && (0..classes.len()).all(|class| order.contains(&class))
    };
    order.filter(every).ok_or_else(|| SettingsProblem::NestedClasses(classes.to_vec()))
}
