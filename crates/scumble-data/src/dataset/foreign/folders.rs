//! Folders whose names say what lies in them.

use super::naming::Leaf;
use super::plan::{LeftOut, Several};
use super::role::{self, Role};
use super::sets::{Owner, Sets, first_rater};
use crate::dataset::folders::SetFolders;
use crate::dataset::listing::{entries, is_named, leads_back};
use crate::dataset::roi::is_outlines;
use crate::formats::{composed, is_image};
use crate::{DataError, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders deeper than this are not looked into.
const DEPTH: usize = 6;

/// images/ and masks/, in capitals, with parts inside or around, with annotators' folders: whatever the names say.
///
/// # Errors
/// A folder that cannot be read; names that could be those of raters and of classes.
pub(super) fn find(root: &Path, several: Option<Several>) -> Result<Sets, DataError> {
    let mut found = Found::default();
    found.look(root, &Place::default(), DEPTH)?;
    let mut sets = found.sets;
    for (part, images) in found.direct {
        // Images beside the folder of their masks.
        if let Some(set) = sets.parts.get_mut(&part)
            && set.images.is_empty()
        {
            set.images = images;
        }
    }
    sets.parts.retain(|_, set| !set.masks.is_empty());
    // Without any image only the names of several annotators say that these are masks, and then not in our own layout.
    let owners: BTreeSet<&Owner> = sets.parts.values().flat_map(|set| set.masks.keys()).collect();
    let annotators = owners.len() > 1 && owners.iter().all(|owner| matches!(owner, Owner::Rater(..)));
    if sets.is_imageless() && (!annotators || SetFolders::new(root).exist()) {
        return Ok(Sets::default());
    }
    sets.decide(root, several)?;
    Ok(sets)
}

#[derive(Default)]
struct Found {
    sets: Sets,
    /// Images in folders whose names say nothing.
    direct: BTreeMap<Option<Part>, Vec<Leaf>>,
}

/// Where a folder lies.
#[derive(Clone, Default)]
struct Place {
    part: Option<Part>,
    role: Option<Role>,
    /// The folders below the one that had the role.
    within: String,
}

impl Found {
    fn look(&mut self, folder: &Path, place: &Place, depth: usize) -> Result<(), DataError> {
        for path in entries(folder)? {
            if !path.is_dir() {
                self.file(path, place);
            } else if !is_named(&path) {
                self.sets.left_out.push(LeftOut::new(path, "its name is not written in UTF-8"));
            } else if leads_back(&path) {
                self.sets.left_out.push(LeftOut::new(path, "it leads back to a folder around it"));
            } else if depth > 0
                && let Some(name) = path.file_name().and_then(|name| name.to_str())
                && let Some(inner) = place.below(&composed(name))
            {
                self.look(&path, &inner, depth - 1)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, place: &Place) {
        let readable = is_image(&path) || (is_outlines(&path) && place.holds_masks());
        let leaf = readable.then(|| Leaf::new(path.clone(), &place.within)).flatten();
        let Some(leaf) = leaf else {
            if place.role.is_some() {
                self.sets.left_out.push(LeftOut::new(path, "is not read"));
            }
            return;
        };
        let owner = match &place.role {
            None => return self.direct.entry(place.part).or_default().push(leaf),
            Some(Role::Images) => {
                return self.sets.parts.entry(place.part).or_default().images.push(leaf);
            }
            Some(Role::Masks(None)) => Owner::Nobody,
            Some(Role::Masks(Some(added))) => Owner::Added(added.clone()),
            Some(Role::Rater(name)) => Owner::Rater(name.clone(), None),
            Some(Role::Raters) => first_rater(),
            Some(Role::Ignore) => Owner::Ignore,
            Some(Role::Weights) => Owner::Weights,
        };
        self.sets.add_mask(place.part, owner, leaf);
    }
}

impl Place {
    /// That of a subfolder; None where nothing is looked for in it.
    fn below(&self, name: &str) -> Option<Self> {
        let (part, role) = role::of_folder(name);
        let nested = || match &self.within[..] {
            "" => name.to_owned(),
            within => format!("{within}/{name}"),
        };
        let at_part = |part: Option<Part>| part.filter(|_| self.part.is_none());
        let here = |role: Role| Self { part: part.or(self.part), role: Some(role), within: String::new() };
        match (&self.role, role) {
            (None, None) => at_part(part).map(|part| Self { part: Some(part), ..self.clone() }),
            (None, Some(role)) => Some(here(role)),
            (Some(Role::Images), Some(role @ (Role::Masks(_) | Role::Rater(_)))) => Some(here(role)),
            (Some(Role::Masks(_)), Some(role @ Role::Rater(_))) => Some(here(role)),
            (Some(Role::Raters), _) if at_part(part).is_none() => Some(here(Role::Rater(name.to_owned()))),
            (Some(_), _) => match at_part(part) {
                Some(part) => Some(Self { part: Some(part), ..self.clone() }),
                None => Some(Self { within: nested(), ..self.clone() }),
            },
        }
    }

    fn holds_masks(&self) -> bool {
        matches!(self.role, Some(Role::Masks(_) | Role::Rater(_) | Role::Raters))
    }
}
