//! How the names of masks follow from those of their images.

use super::role;
use crate::formats::id_of;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A file and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) path: PathBuf,
    /// The folders between the one that is looked at and the file, joined by `/`.
    pub(super) folder: String,
    /// The file's name without extension.
    pub(super) name: String,
}

impl Leaf {
    pub(super) fn new(path: PathBuf, folder: &str) -> Option<Self> {
        let name = id_of(&path)?;
        Some(Self { path, folder: folder.to_owned(), name })
    }
}

/// What stands before and behind what image and mask share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Affix {
    before: String,
    after: String,
}

impl Affix {
    pub(super) fn new(before: &str, after: &str) -> Self {
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    pub(super) fn strip<'a>(&self, name: &'a str) -> Option<&'a str> {
        let core = name.strip_prefix(&self.before[..])?.strip_suffix(&self.after[..])?;
        (!core.is_empty()).then_some(core)
    }

    fn length(&self) -> usize {
        self.before.len() + self.after.len()
    }
}

/// How the names of masks follow from those of the images.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Naming {
    image: Affix,
    mask: Affix,
}

/// Masks whose names add the same.
pub(super) struct Group {
    /// What they add.
    pub(super) added: Affix,
    /// The masks' places, with those of their images.
    pub(super) pairs: Vec<(usize, usize)>,
}

/// Names that are tried out to find how they follow.
const SAMPLE: usize = 32;

/// Masks with their images, by what their names add. Those that are in none have no image.
///
/// `affixes` is [what all images may add](image_affixes), those of other parts, too.
pub(super) fn groups(images: &[Leaf], affixes: &[Affix], masks: &[Leaf]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut rest: Vec<usize> = (0..masks.len()).collect();
    while !rest.is_empty() {
        let leaves: Vec<&Leaf> = rest.iter().map(|&at| &masks[at]).collect();
        // A few that are left over are rather of no image than named in a way of their own.
        let enough = if groups.is_empty() { images.len().min(masks.len()) } else { images.len() };
        let Some(naming) = Naming::find(images, affixes, &leaves, enough) else {
            return groups;
        };
        let found = naming.pairs(images, &leaves);
        groups.push(Group {
            added: naming.mask,
            pairs: rest.iter().zip(&found).filter_map(|(&mask, image)| Some((mask, (*image)?))).collect(),
        });
        rest =
            rest.into_iter().zip(found).filter(|(_, image)| image.is_none()).map(|(mask, _)| mask).collect();
    }
    groups
}

impl Naming {
    /// The one by which most masks have an image; None if that is less than half of what is `enough`.
    fn find(images: &[Leaf], affixes: &[Affix], masks: &[&Leaf], enough: usize) -> Option<Self> {
        let mut best: Option<(usize, usize, Self)> = None;
        for image in affixes {
            let cores: HashSet<(&str, &str)> = cores(images, image).map(|(key, _)| key).collect();
            for mask in mask_affixes(&cores, masks) {
                let found = |leaf: &&&Leaf| {
                    mask.strip(&leaf.name).is_some_and(|core| cores.contains(&(&leaf.folder[..], core)))
                };
                let (count, length) = (masks.iter().filter(found).count(), image.length() + mask.length());
                if best.as_ref().is_none_or(|(most, least, _)| (count, *least) > (*most, length)) {
                    best = Some((count, length, Self { image: image.clone(), mask }));
                }
            }
        }
        let (count, _, naming) = best?;
        (count > 0 && 2 * count >= enough).then_some(naming)
    }

    /// The place of each mask's image.
    fn pairs(&self, images: &[Leaf], masks: &[&Leaf]) -> Vec<Option<usize>> {
        let by_core: HashMap<(&str, &str), usize> = cores(images, &self.image).collect();
        let image_of = |mask: &&Leaf| by_core.get(&(&mask.folder[..], self.mask.strip(&mask.name)?)).copied();
        masks.iter().map(image_of).collect()
    }
}

fn cores<'a>(images: &'a [Leaf], affix: &'a Affix) -> impl Iterator<Item = ((&'a str, &'a str), usize)> + 'a {
    let core = |(place, leaf): (usize, &'a Leaf)| Some(((&leaf.folder[..], affix.strip(&leaf.name)?), place));
    images.iter().enumerate().filter_map(core)
}

/// What names of images may have around what they share with masks: nothing, or what all of them have.
pub(super) fn image_affixes(images: &[&Leaf]) -> Vec<Affix> {
    let mut affixes = vec![Affix::default()];
    let Some(first) = images.first().map(|leaf| &leaf.name[..]) else {
        return affixes;
    };
    let common = |common: fn(&str, &str) -> usize| {
        images.iter().fold(first.len(), |length, leaf| length.min(common(first, &leaf.name)))
    };
    let before = &first[..common(common_prefix)];
    let after = &first[first.len() - common(common_suffix)..];
    // A number belongs to the name.
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    for (before, after) in [(before, ""), ("", after)] {
        if before.len() + after.len() > 0
            && images.iter().all(|leaf| before.len() + after.len() < leaf.name.len())
        {
            affixes.push(Affix::new(before, after));
        }
    }
    affixes
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

fn common_suffix(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// What some masks have around the longest name of an image in theirs, most frequent first.
fn mask_affixes(cores: &HashSet<(&str, &str)>, masks: &[&Leaf]) -> Vec<Affix> {
    let mut votes: BTreeMap<Affix, usize> = BTreeMap::new();
    votes.insert(Affix::default(), 0);
    for leaf in masks.iter().step_by(masks.len().div_ceil(SAMPLE).max(1)) {
        let name = &leaf.name[..];
        let ends: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
        let pieces = ends.iter().flat_map(|&from| ends.iter().map(move |&to| (from, to)));
        let held = pieces.filter(|&(from, to)| {
            from < to && is_whole(name, from, to) && cores.contains(&(&leaf.folder[..], &name[from..to]))
        });
        // Of those as long a word of its own, else the first: a_mask is of a, and so is no letter of mask.
        if let Some((from, to)) =
            held.max_by_key(|&(from, to)| (to - from, is_word(name, from, to), usize::MAX - from))
        {
            *votes.entry(Affix::new(&name[..from], &name[to..])).or_default() += 1;
        }
    }
    let mut affixes: Vec<(Affix, usize)> = votes.into_iter().collect();
    affixes.sort_by_key(|(affix, votes)| (usize::MAX - votes, affix.length()));
    affixes.into_iter().take(4).map(|(affix, _)| affix).collect()
}

/// Whether no number is cut in two: 1 is no part of 10.
fn is_whole(name: &str, from: usize, to: usize) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let cut = |at: usize| digit(name[..at].chars().next_back()) && digit(name[at..].chars().next());
    !cut(from) && !cut(to)
}

/// Whether neither letter nor number stands beside a piece of a name.
fn is_word(name: &str, from: usize, to: usize) -> bool {
    let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !joined(name[..from].chars().next_back()) && !joined(name[to..].chars().next())
}

/// A name taken apart into what it is of and what it adds, if that speaks of a mask: `s0` and `_mask`.
pub(super) fn mask_affix(name: &str) -> Option<(&str, Affix)> {
    let cuts: Vec<usize> =
        name.char_indices().filter(|(_, c)| !c.is_alphanumeric()).map(|(at, _)| at).collect();
    // As little as speaks of a mask, but three words at most.
    let suffix = cuts
        .iter()
        .rev()
        .take(3)
        .filter(|&&at| at > 0)
        .find_map(|&at| role::of_affix(&name[at..]).map(|_| (&name[..at], Affix::new("", &name[at..]))));
    suffix.or_else(|| {
        cuts.iter().take(3).filter(|&&at| at > 0).find_map(|&at| {
            let after = at + name[at..].chars().next().map_or(0, char::len_utf8);
            let (before, core) = name.split_at(after);
            let speaks = !core.is_empty() && role::of_affix(before).is_some();
            speaks.then(|| (core, Affix::new(before, "")))
        })
    })
}

/// An image's name without what says that it is an image: `s0` of `s0_image`.
pub(super) fn image_core(name: &str) -> &str {
    let mut cuts = name.char_indices().filter(|(_, c)| !c.is_alphanumeric());
    let first = cuts.next();
    let last = cuts.next_back().or(first);
    match (first, last) {
        (_, Some((at, _))) if at > 0 && role::is_image_affix(&name[at..]) => &name[..at],
        (Some((at, c)), _) if at > 0 && role::is_image_affix(&name[..at]) => &name[at + c.len_utf8()..],
        _ => name,
    }
}

impl Affix {
    /// Both sides in one, for whoever wants to know what they say.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }
}

/// The files' names for messages.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(names: &[&str]) -> Vec<Leaf> {
        names.iter().map(|name| Leaf::new(PathBuf::from(format!("{name}.png")), "").unwrap()).collect()
    }

    fn affixes(images: &[Leaf]) -> Vec<Affix> {
        image_affixes(&images.iter().collect::<Vec<_>>())
    }

    fn paired(images: &[&str], masks: &[&str]) -> Vec<Option<usize>> {
        let (images, masks) = (leaves(images), leaves(masks));
        let mut found = vec![None; masks.len()];
        for (mask, image) in
            groups(&images, &affixes(&images), &masks).into_iter().flat_map(|group| group.pairs)
        {
            found[mask] = Some(image);
        }
        found
    }

    #[test]
    fn masks_find_their_images_by_whatever_all_names_add() {
        let all = [Some(0), Some(1), Some(2)];
        for (images, masks) in [
            (["s0", "s1", "s2"], ["s0", "s1", "s2"]),
            (["s0", "s1", "s2"], ["s0_mask", "s1_mask", "s2_mask"]),
            (["s0", "s1", "s2"], ["mask-s0", "mask-s1", "mask-s2"]),
            (["1", "10", "11"], ["m1", "m10", "m11"]),
            (["img_001", "img_002", "img_010"], ["mask_001", "mask_002", "mask_010"]),
            (["a_sat", "b_sat", "c_sat"], ["a_mask", "b_mask", "c_mask"]),
            (["photo1", "photo2", "photo3"], ["label1", "label2", "label3"]),
            (["\u{e9}1", "\u{e9}2", "\u{e9}3"], ["\u{e9}1-\u{fc}", "\u{e9}2-\u{fc}", "\u{e9}3-\u{fc}"]),
        ] {
            assert_eq!(paired(&images, &masks), all, "{images:?} {masks:?}");
        }
        assert_eq!(paired(&["a", "b", "c"], &["b_gt", "z_gt", "a_gt"]), [Some(1), None, Some(0)]);
        assert_eq!(paired(&["a", "b", "c"], &["x", "y", "z"]), [None; 3]);
        assert_eq!(paired(&[], &["x"]), [None]);
        // Without its image a mask is not that of another.
        assert_eq!(paired(&["s0", "s1"], &["s0_mask", "s1_mask", "s10_mask"]), [Some(0), Some(1), None]);
    }

    #[test]
    fn masks_of_one_folder_are_told_apart_by_what_their_names_add() {
        let masks = leaves(&["a1_cup", "a1_disc", "a2_cup", "a2_disc", "a3_cup"]);
        let images = leaves(&["a1", "a2"]);
        let groups = groups(&images, &affixes(&images), &masks).into_iter();
        let mut found: Vec<(String, Vec<(usize, usize)>)> =
            groups.map(|group| (group.added.text(), group.pairs)).collect();
        found.sort();
        let expected = [("_cup", vec![(0, 0), (2, 1)]), ("_disc", vec![(1, 0), (3, 1)])];
        assert_eq!(found, expected.map(|(added, pairs)| (added.to_owned(), pairs)));
    }

    #[test]
    fn a_name_is_taken_apart_where_it_speaks_of_a_mask() {
        for (name, core, added) in [
            ("s0_mask", "s0", "_mask"),
            ("mask_s0", "s0", "mask_"),
            ("Image_01L_1stHO", "Image_01L", "_1stHO"),
            ("a_b_expert_2", "a_b", "_expert_2"),
        ] {
            let (found, affix) = mask_affix(name).unwrap();
            assert_eq!((found, &affix.text()[..]), (core, added));
        }
        assert!(mask_affix("s0").is_none() && mask_affix("mask").is_none() && mask_affix("a_b").is_none());
        assert_eq!(["s0_image", "img-7", "s0", "image"].map(image_core), ["s0", "7", "s0", "image"]);
    }
}
