//! Images and the masks that belong to them, however they were found; from there to their places in a data set.

use super::naming::{Affix, Leaf, file_name, groups, image_affixes};
use super::plan::{LeftOut, PlacedFile, Several};
use super::role::{self, Role, counts};
use crate::dataset::folders::SetFolders;
use crate::dataset::roi::is_outlines;
use crate::error::ImportProblem;
use crate::formats::{is_lossy, name_of};
use crate::{DataError, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Whose masks are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Nobody's by name: they are the labels.
    Nobody,
    /// Told apart by what a name adds; it is not known whether this is a rater or a class.
    Added(String),
    /// A rater, and the class if each has a folder of its own.
    Rater(String, Option<String>),
    Class(String),
    Ignore,
    Weights,
}

/// The rater of masks that have no name of their own.
pub(super) fn first_rater() -> Owner {
    Owner::Rater("rater1".to_owned(), None)
}

/// The ending of Cityscapes' masks of indices, beside which lie masks of colours and of instances.
const CITYSCAPES: &str = "_labelIds";

impl Owner {
    /// Of masks whose names add this to those of others.
    fn adding(&self, affix: &str) -> Self {
        let tidy = affix.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        match (self, role::of_affix(affix)) {
            (Self::Rater(name, None), _) if !tidy.is_empty() => Self::Rater(name.clone(), Some(tidy)),
            (Self::Nobody | Self::Added(_), Some(Role::Rater(name))) => Self::Rater(name, None),
            (Self::Nobody | Self::Added(_), Some(Role::Masks(Some(added)))) => Self::Added(added),
            (Self::Nobody | Self::Added(_), None) if !tidy.is_empty() => Self::Added(tidy),
            _ => self.clone(),
        }
    }
}

/// Images and masks of one part.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    pub(super) images: Vec<Leaf>,
    pub(super) masks: BTreeMap<Owner, Vec<Leaf>>,
}

/// All parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets {
    pub(super) parts: BTreeMap<Option<Part>, Set>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Files in their places.
pub(super) struct Placed {
    pub(super) files: Vec<PlacedFile>,
    pub(super) left_out: Vec<LeftOut>,
    /// How many masks have found their image.
    pub(super) pairs: usize,
    /// A mask of another name than its image's.
    pub(super) renamed: Option<(PathBuf, PathBuf)>,
}

impl Sets {
    pub(super) fn is_imageless(&self) -> bool {
        self.parts.values().all(|set| set.images.is_empty())
    }

    /// A file by its name; left out if that is no text.
    pub(super) fn leaf(&mut self, path: PathBuf) -> Option<Leaf> {
        let leaf = Leaf::new(path.clone(), "");
        if leaf.is_none() {
            self.left_out.push(LeftOut::new(path, "its name is not in Unicode"));
        }
        leaf
    }

    pub(super) fn add_mask(&mut self, part: Option<Part>, owner: Owner, leaf: Leaf) {
        match is_lossy(&leaf.path) {
            true => self.left_out.push(LeftOut::new(leaf.path, "JPEG changes values, so it is no mask")),
            false => self.parts.entry(part).or_default().masks.entry(owner).or_default().push(leaf),
        }
    }

    /// Decides whose the masks are that only a name tells apart.
    ///
    /// # Errors
    /// Names that could be those of raters and of classes, where nobody has said which.
    pub(super) fn decide(&mut self, root: &Path, several: Option<Several>) -> Result<(), DataError> {
        self.take_folders_apart();
        self.tell_names_apart();
        let owners: BTreeSet<Owner> = self.parts.values().flat_map(|set| set.masks.keys().cloned()).collect();
        let added: Vec<&String> = owners.iter().filter_map(added).collect();
        let nobodys = owners.contains(&Owner::Nobody);
        let alone =
            added.len() == 1 && !nobodys && !owners.iter().any(|owner| matches!(owner, Owner::Rater(..)));
        let several = match several {
            None if alone || added.is_empty() => None,
            // Second masks of an image need not be those of a second rater.
            None if !nobodys && added.iter().all(|name| counts(name)) => Some(Several::Raters),
            None => {
                let names = added.into_iter().cloned().collect();
                let problem = ImportProblem::Several { names };
                return Err(DataError::Import { path: root.to_owned(), problem });
            }
            said => said,
        };
        let decided = |owner: Owner| match (owner, several) {
            (Owner::Added(name), Some(Several::Raters)) => Owner::Rater(name, None),
            (Owner::Added(name), Some(Several::Classes)) => Owner::Class(name),
            (Owner::Added(_), None) => Owner::Nobody,
            (other, _) => other,
        };
        for set in self.parts.values_mut() {
            let mut masks: BTreeMap<Owner, Vec<Leaf>> = BTreeMap::new();
            for (owner, leaves) in std::mem::take(&mut set.masks) {
                for leaf in leaves {
                    let owner = match decided(owner.clone()) {
                        // Outlines and labels are two things.
                        Owner::Nobody if is_outlines(&leaf.path) => first_rater(),
                        owner => owner,
                    };
                    masks.entry(owner).or_default().push(leaf);
                }
            }
            set.masks = masks;
        }
        Ok(())
    }

    /// Folders among masks that images do not have are those of raters or of classes; within a rater's, of classes.
    fn take_folders_apart(&mut self) {
        for set in self.parts.values_mut() {
            let known: BTreeSet<&str> = set.images.iter().map(|leaf| &leaf.folder[..]).chain([""]).collect();
            let mut masks: BTreeMap<Owner, Vec<Leaf>> = BTreeMap::new();
            for (owner, leaves) in std::mem::take(&mut set.masks) {
                for mut leaf in leaves {
                    let (first, rest) = leaf.folder.split_once('/').unwrap_or((&leaf.folder, ""));
                    let owner = match owner.clone() {
                        owner if known.contains(&leaf.folder[..]) => owner,
                        Owner::Nobody => Owner::Added(first.to_owned()),
                        Owner::Rater(name, None) => Owner::Rater(name, Some(first.to_owned())),
                        owner => owner,
                    };
                    if !known.contains(&leaf.folder[..]) {
                        leaf.folder = rest.to_owned();
                    }
                    masks.entry(owner).or_default().push(leaf);
                }
            }
            set.masks = masks;
        }
    }

    /// What names of images may add, as all of them tell it.
    fn image_affixes(&self) -> Vec<Affix> {
        image_affixes(&self.parts.values().flat_map(|set| &set.images).collect::<Vec<_>>())
    }

    /// Masks of one folder of which several are of one image are told apart by what their names add.
    fn tell_names_apart(&mut self) {
        let affixes = self.image_affixes();
        let left_out = &mut self.left_out;
        for set in self.parts.values_mut() {
            let mut masks: BTreeMap<Owner, Vec<Leaf>> = BTreeMap::new();
            for (owner, leaves) in std::mem::take(&mut set.masks) {
                let groups = groups(&set.images, &affixes, &leaves);
                let mut seen = BTreeSet::new();
                let several =
                    groups.iter().flat_map(|group| &group.pairs).any(|(_, image)| !seen.insert(*image));
                let added: Vec<String> = groups.iter().map(|group| group.added.text()).collect();
                let indices = added.iter().any(|added| added.ends_with(CITYSCAPES));
                let mut owners = vec![Some(owner.clone()); leaves.len()];
                for (group, added) in groups.iter().zip(&added).filter(|_| several) {
                    let owner = match indices {
                        true => added.ends_with(CITYSCAPES).then(|| owner.clone()),
                        false => Some(owner.adding(added)),
                    };
                    group.pairs.iter().for_each(|(mask, _)| owners[*mask] = owner.clone());
                }
                for (leaf, owner) in leaves.into_iter().zip(owners) {
                    match owner {
                        Some(owner) => masks.entry(owner).or_default().push(leaf),
                        None => {
                            let why = format!("the mask ending with {CITYSCAPES} is taken");
                            left_out.push(LeftOut::new(leaf.path, why));
                        }
                    }
                }
            }
            set.masks = masks;
        }
    }

    /// Gives every image that has a mask its place, and every mask that has an image the same name.
    ///
    /// # Errors
    /// Two files for one place.
    pub(super) fn place(self) -> Result<Placed, DataError> {
        let level = Level::of(&self.parts)?;
        let (affixes, imageless) = (self.image_affixes(), self.is_imageless());
        let mut placed = Placed { files: Vec::new(), left_out: self.left_out, pairs: 0, renamed: None };
        let mut places: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        for (part, set) in &self.parts {
            let base = part.map_or(PathBuf::new(), |part| PathBuf::from(part.name()));
            let folders = SetFolders::new(&base);
            let mut masked = vec![false; set.images.len()];
            for (owner, leaves) in &set.masks {
                for (leaf, image) in leaves.iter().zip(pairs(set, &affixes, leaves, imageless)) {
                    let Some(image) = image else {
                        placed
                            .left_out
                            .push(LeftOut::new(leaf.path.clone(), "there is no image of this name"));
                        continue;
                    };
                    if let Some(image) = image {
                        masked[image] |= !matches!(owner, Owner::Ignore | Owner::Weights);
                        let image = &set.images[image];
                        if image.name != leaf.name && placed.renamed.is_none() {
                            placed.renamed = Some((image.path.clone(), leaf.path.clone()));
                        }
                    }
                    let name = level.name(*part, image.map_or(leaf, |image| &set.images[image]));
                    let folder = folder_of(&folders, owner);
                    placed.add(&mut places, &folder, &name, leaf)?;
                    placed.pairs += 1;
                }
            }
            for (leaf, masked) in set.images.iter().zip(masked) {
                match masked {
                    true => placed.add(&mut places, &folders.images(), &level.name(*part, leaf), leaf)?,
                    false => placed.left_out.push(LeftOut::new(leaf.path.clone(), "there is no mask of it")),
                }
            }
        }
        placed.files.sort_by(|a, b| a.to.cmp(&b.to));
        Ok(placed)
    }
}

impl Placed {
    fn add(
        &mut self,
        places: &mut BTreeMap<PathBuf, PathBuf>,
        folder: &Path,
        name: &str,
        leaf: &Leaf,
    ) -> Result<(), DataError> {
        if let Some(first) = places.insert(folder.join(name), leaf.path.clone()) {
            return Err(DataError::Duplicate { id: name.to_owned(), first, second: leaf.path.clone() });
        }
        let own = file_name(&leaf.path);
        let extension = name_of(&leaf.path).and_then(|stem| own.get(stem.len()..).map(str::to_owned));
        let to = folder.join(format!("{name}{}", extension.unwrap_or_default()));
        self.files.push(PlacedFile { from: vec![leaf.path.clone()], to });
        Ok(())
    }
}

/// For each mask, its image; `Some(None)` where no set has any.
fn pairs(set: &Set, affixes: &[Affix], masks: &[Leaf], imageless: bool) -> Vec<Option<Option<usize>>> {
    let mut found = vec![imageless.then_some(None); masks.len()];
    for (mask, image) in groups(&set.images, affixes, masks).into_iter().flat_map(|group| group.pairs) {
        found[mask] = Some(Some(image));
    }
    found
}

fn folder_of(folders: &SetFolders, owner: &Owner) -> PathBuf {
    match owner {
        Owner::Rater(name, None) => folders.rater(name),
        Owner::Rater(name, Some(class)) => folders.rater(name).join(class),
        Owner::Class(class) => folders.labels().join(class),
        Owner::Nobody | Owner::Added(_) => folders.labels(),
        Owner::Ignore => folders.ignore(),
        Owner::Weights => folders.weights(),
    }
}

fn added(owner: &Owner) -> Option<&String> {
    match owner {
        Owner::Added(name) => Some(name),
        _ => None,
    }
}

/// What images must be called so that no two have one name: as their files, with their folder before it, or with their
/// part, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Name,
    Folder,
    Part,
}

impl Level {
    /// # Errors
    /// Two images of one name in one folder.
    fn of(parts: &BTreeMap<Option<Part>, Set>) -> Result<Self, DataError> {
        let images = || parts.iter().flat_map(|(part, set)| set.images.iter().map(move |leaf| (*part, leaf)));
        let twice = |level: Level| {
            let mut names: BTreeMap<String, &Leaf> = BTreeMap::new();
            images().find_map(|(part, leaf)| {
                let name = level.name(part, leaf);
                let first = names.insert(name.clone(), leaf)?;
                Some(DataError::Duplicate { id: name, first: first.path.clone(), second: leaf.path.clone() })
            })
        };
        let distinct = [Self::Name, Self::Folder].into_iter().find(|level| twice(*level).is_none());
        match distinct {
            Some(level) => Ok(level),
            None => twice(Self::Part).map_or(Ok(Self::Part), Err),
        }
    }

    fn name(self, part: Option<Part>, leaf: &Leaf) -> String {
        let part = part.filter(|_| self == Level::Part).map(|part| format!("{part}_")).unwrap_or_default();
        match self {
            Level::Folder | Level::Part if !leaf.folder.is_empty() => {
                format!("{part}{}_{}", leaf.folder.replace('/', "_"), leaf.name)
            }
            _ => format!("{part}{}", leaf.name),
        }
    }
}
