//! What classes are called, and which lies in which.

use super::item::MapFiles;
use super::settings::Settings;
use crate::SettingsProblem;
use scumble::labels::Kind;
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
        for name in mask.categories() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
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
