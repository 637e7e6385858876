//! Images and masks side by side in one folder.

use super::naming::{Leaf, image_core, mask_affix};
use super::plan::Several;
use super::role::{self, Role};
use super::sets::{Owner, Sets, first_rater};
use crate::dataset::listing::{entries, subfolders};
use crate::dataset::roi::is_outlines;
use crate::formats::{is_image, is_lossy};
use crate::{DataError, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// s0.png and s0_mask.png, s0.jpg and s0.png, s0.png and s0.roi: in the folder, or in those of its parts.
///
/// # Errors
/// A folder that cannot be read; names that could be those of raters and of classes.
pub(super) fn find(root: &Path, several: Option<Several>) -> Result<Sets, DataError> {
    let mut sets = Sets::default();
    look(root, None, &mut sets)?;
    for (name, folder) in subfolders(root)? {
        if let (Some(part), None) = role::of_folder(&name) {
            look(&folder, Some(part), &mut sets)?;
        }
    }
    sets.parts.retain(|_, set| !set.masks.is_empty());
    sets.decide(root, several)?;
    Ok(sets)
}

fn look(folder: &Path, part: Option<Part>, sets: &mut Sets) -> Result<(), DataError> {
    let (outlines, rasters): (Vec<_>, Vec<_>) = entries(folder)?
        .into_iter()
        .filter(|path| !path.is_dir() && (is_image(path) || is_outlines(path)))
        .partition(|path| is_outlines(path));
    let leaves: Vec<Leaf> = rasters.into_iter().filter_map(|path| sets.leaf(path)).collect();
    let owners = owners(&leaves);
    // Where most files have nothing to do with each other, they are all images or all maps.
    if 2 * owners.iter().flatten().count() < leaves.len() - owners.iter().flatten().count()
        && outlines.is_empty()
    {
        return Ok(());
    }
    for (leaf, owner) in leaves.into_iter().zip(owners) {
        match owner {
            Some(owner) => sets.add_mask(part, owner, leaf),
            None => sets.parts.entry(part).or_default().images.push(leaf),
        }
    }
    for path in outlines {
        if let Some(leaf) = sets.leaf(path) {
            sets.add_mask(part, first_rater(), leaf);
        }
    }
    Ok(())
}

/// Whose mask each file is; None for an image.
fn owners(leaves: &[Leaf]) -> Vec<Option<Owner>> {
    let mut names: BTreeMap<&str, Vec<&Leaf>> = BTreeMap::new();
    leaves.iter().for_each(|leaf| names.entry(&leaf.name).or_default().push(leaf));
    // A photograph beside a map of its name.
    let twins =
        |pair: &Vec<&Leaf>| pair.len() == 2 && pair.iter().filter(|leaf| is_lossy(&leaf.path)).count() == 1;
    if !names.is_empty() && names.values().all(twins) {
        return leaves.iter().map(|leaf| (!is_lossy(&leaf.path)).then_some(Owner::Nobody)).collect();
    }
    let images: BTreeSet<&str> = names.keys().copied().filter(|name| mask_affix(name).is_none()).collect();
    let cores: BTreeSet<&str> = images.iter().flat_map(|name| [*name, image_core(name)]).collect();
    let owner = |leaf: &Leaf| {
        let (core, affix) = mask_affix(&leaf.name)?;
        let role = role::of_affix(&affix.text()).filter(|_| cores.contains(core))?;
        Some(match role {
            Role::Rater(name) => Owner::Rater(name, None),
            Role::Masks(Some(added)) => Owner::Added(added),
            _ => Owner::Nobody,
        })
    };
    leaves.iter().map(owner).collect()
}
