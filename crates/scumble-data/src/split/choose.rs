//! Which images are held out: a share by hashes of their groups, patterns, or a band of each.

use super::{Band, SplitError, Validation};
use crate::formats::composed;
use globset::Glob;
use std::collections::{BTreeMap, BTreeSet};

/// Which images to learn from and which to judge by, as indices in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Images to learn from.
    pub train: Vec<usize>,
    /// Images to judge by.
    pub validation: Vec<usize>,
    /// The band that is held out of each image; `train` and `validation` then both hold all images. It is set
    /// for a share of a single image, too.
    pub band: Option<Band>,
}

impl Split {
    /// The groups that stand on both sides, sorted; `groups` has the name of each image's. None where a band of each
    /// image is held out.
    pub fn parted<'g>(&self, groups: &[&'g str]) -> BTreeSet<&'g str> {
        if self.band.is_some() {
            return BTreeSet::new();
        }
        let of = |side: &[usize]| side.iter().filter_map(|&image| groups.get(image).copied()).collect();
        let (train, validation): (BTreeSet<&str>, BTreeSet<&str>) = (of(&self.train), of(&self.validation));
        train.intersection(&validation).copied().collect()
    }
}

/// Splits images, each a (name, name of its group), as `validation` says.
///
/// A share is of the images, as near as whole groups, one after the other, come to it: at least one group and never all. Which ones is decided
/// by a hash of seed and group: neither the order of the files nor the machine matters, and adding an image moves few
/// others. A share s of one image, or of the images of one group, is the last rows of each, 1 - s to 1.
///
/// With [`Validation::None`] all are learnt from.
///
/// Images that are named may part a group: [`Split::parted`] tells.
///
/// ```
/// use scumble_data::{Validation, split};
///
/// let coast = [("dune", "dune"), ("creek", "creek"), ("reef", "sea"), ("spit", "sea"), ("bar", "sea")];
/// let shared = split(&coast, &Validation::Share(0.6), 7)?;
/// assert_eq!(shared.validation, [0, 2, 3, 4]); // the sea is three of them, the dune had come first
/// let named = split(&coast, &Validation::Images(vec!["*e*f".into(), "dune".into()]), 7)?;
/// assert_eq!(named.validation, [0, 2]);
/// assert!(named.parted(&coast.map(|(_, group)| group)).contains("sea"));
/// let single = split(&[("samson", "samson")], &Validation::default(), 7)?;
/// assert_eq!(single.band.unwrap().to_string(), "rows 0.8..1");
/// # Ok::<(), scumble_data::SplitError>(())
/// ```
///
/// # Errors
/// No image; a share outside 0..1; a pattern that is wrong or matches nothing; nothing left to train on.
pub fn split(images: &[(&str, &str)], validation: &Validation, seed: u64) -> Result<Split, SplitError> {
    if images.is_empty() {
        return Err(SplitError::Empty);
    }
    let banded = |band| {
        let all: Vec<usize> = (0..images.len()).collect();
        Split { train: all.clone(), validation: all, band: Some(band) }
    };
    let one_group = images.iter().all(|(_, group)| *group == images[0].1);
    let held = match validation {
        Validation::Share(share) if !(*share > 0.0 && *share < 1.0) => return Err(SplitError::Share(*share)),
        Validation::Share(share) if one_group => {
            return Ok(banded(Band::rows(1.0 - share, 1.0)?));
        }
        Validation::Share(share) => chosen(images, *share, seed),
        Validation::Images(patterns) => named(images, patterns)?,
        Validation::Band(band) => return Ok(banded(*band)),
        Validation::None => vec![false; images.len()],
    };
    let (validation, train): (Vec<usize>, Vec<usize>) = (0..images.len()).partition(|&i| held[i]);
    if train.is_empty() {
        return Err(SplitError::NothingLeft { count: images.len() });
    }
    Ok(Split { train, validation, band: None })
}

/// The images of groups in the order of their hashes, each group that brings their number nearer to the share.
fn chosen(images: &[(&str, &str)], share: f64, seed: u64) -> Vec<bool> {
    let count = images.len();
    let wanted = ((share * count as f64).round() as usize).clamp(1, count - 1);
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    images.iter().for_each(|(_, group)| *sizes.entry(group).or_default() += 1);
    let hash = |group: &str| {
        *blake3::Hasher::new().update(&seed.to_le_bytes()).update(group.as_bytes()).finalize().as_bytes()
    };
    let mut order: Vec<(&str, usize)> = sizes.into_iter().collect();
    order.sort_by_cached_key(|(group, _)| hash(group));
    let mut held = 0;
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    for &(group, size) in &order {
        let nearer = (held + size).abs_diff(wanted) < held.abs_diff(wanted);
        if nearer && held + size < count {
            held += size;
            chosen.insert(group);
        }
    }
    // Every group is more than twice what is wanted: the smallest, which is the nearest.
    if let Some(&(smallest, _)) = order.iter().min_by_key(|(_, size)| *size).filter(|_| chosen.is_empty()) {
        chosen.insert(smallest);
    }
    images.iter().map(|(_, group)| chosen.contains(group)).collect()
}

/// The images that match a pattern; every pattern must match one.
fn named(images: &[(&str, &str)], patterns: &[String]) -> Result<Vec<bool>, SplitError> {
    let mut held = vec![false; images.len()];
    if patterns.is_empty() {
        return Err(SplitError::Form("[]".to_owned()));
    }
    for pattern in patterns {
        let matcher = Glob::new(&composed(pattern))
            .map_err(|error| SplitError::Pattern {
                pattern: pattern.clone(),
                reason: error.kind().to_string(),
            })?
            .compile_matcher();
        let mut found = false;
        for (_, held) in images.iter().zip(&mut held).filter(|((id, _), _)| matcher.is_match(id)) {
            (*held, found) = (true, true);
        }
        if !found {
            let examples: Vec<&str> = images.iter().take(3).map(|(id, _)| *id).collect();
            let (count, examples) = (images.len(), examples.join(", "));
            return Err(SplitError::NoMatch { pattern: pattern.clone(), count, examples });
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images that are each its own group.
    fn apart<'i>(ids: &[&'i str]) -> Vec<(&'i str, &'i str)> {
        ids.iter().map(|id| (*id, *id)).collect()
    }

    #[test]
    fn the_choice_does_not_depend_on_the_order_of_the_files() {
        let names: Vec<String> = (0..30).map(|i| format!("image-{i}")).collect();
        let forwards: Vec<&str> = names.iter().map(String::as_str).collect();
        let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
        let held = |ids: &[&str], seed| {
            let split = split(&apart(ids), &Validation::Share(0.2), seed).unwrap();
            let mut held: Vec<String> = split.validation.iter().map(|&i| ids[i].to_owned()).collect();
            held.sort();
            held
        };
        assert_eq!(held(&forwards, 1).len(), 6);
        assert_eq!(held(&forwards, 1), held(&backwards, 1));
        assert_ne!(held(&forwards, 1), held(&forwards, 2));
    }

    #[test]
    fn both_sides_have_an_image_and_share_none() {
        let ids = ["a", "b", "c"];
        for count in 2..=3 {
            for share in [0.001, 0.2, 0.5, 0.999] {
                let split = split(&apart(&ids[..count]), &Validation::Share(share), 0).unwrap();
                assert!(!split.train.is_empty() && !split.validation.is_empty());
                let mut all = [split.train, split.validation].concat();
                all.sort();
                assert_eq!(all, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_cannot_be_split_says_why() {
        let ids = ["a1", "a2", "b1", "b2"];
        let images = |patterns: &[&str]| Validation::Images(patterns.iter().map(|p| p.to_string()).collect());
        for (validation, part) in [
            (images(&["c*"]), "no image matches \"c*\"; there are 4 images, such as a1, a2, b1"),
            (images(&["*"]), "all 4 images are held out"),
            (images(&["a["]), "the pattern \"a[\" cannot be read"),
            (images(&[]), "a list of images"),
            (Validation::Share(f64::NAN), "between 0 and 1"),
        ] {
            let message = split(&apart(&ids), &validation, 0).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(split(&[], &Validation::default(), 0), Err(SplitError::Empty));
    }

    #[test]
    fn a_band_holds_something_out_of_every_image() {
        let band: Band = "columns 0..0.3".parse().unwrap();
        let split = split(&apart(&["a", "b"]), &Validation::Band(band), 0).unwrap();
        assert_eq!(split, Split { train: vec![0, 1], validation: vec![0, 1], band: Some(band) });
    }

    /// Groups of one to five images; whatever share and seed, no group is on both sides.
    #[test]
    fn a_share_never_parts_a_group() {
        let names: Vec<(String, String)> = (0..12u32)
            .flat_map(|group| (0..=group % 5).map(move |i| (format!("p{group}-{i}"), format!("p{group}"))))
            .collect();
        let images: Vec<(&str, &str)> =
            names.iter().map(|(id, group)| (id.as_str(), group.as_str())).collect();
        let groups: Vec<&str> = images.iter().map(|(_, group)| *group).collect();
        for share in [0.01, 0.2, 0.34, 0.5, 0.9, 0.99] {
            for seed in 0..20 {
                let split = split(&images, &Validation::Share(share), seed).unwrap();
                assert!(split.parted(&groups).is_empty(), "{share} {seed}");
                assert!(!split.train.is_empty() && !split.validation.is_empty());
                // There are groups of one image, so the share is met but where all but the last group are taken.
                let wanted = (share * images.len() as f64).round().max(1.0);
                let off = (split.validation.len() as f64 - wanted).abs();
                assert!(
                    off <= if share < 0.9 { 2.0 } else { 5.0 },
                    "{share} {seed}: {}",
                    split.validation.len()
                );
            }
        }
    }

    #[test]
    fn one_group_of_many_images_is_split_as_one_image_is() {
        let volume = [("v@0000", "v"), ("v@0001", "v"), ("v@0002", "v")];
        let split = split(&volume, &Validation::Share(0.25), 0).unwrap();
        assert_eq!((split.train.len(), split.validation.len()), (3, 3));
        assert_eq!(split.band.unwrap().to_string(), "rows 0.75..1");
    }

    #[test]
    fn large_groups_leave_one_on_each_side() {
        let images = [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("b2", "b"), ("c1", "b")];
        for share in [0.01, 0.5, 0.99] {
            let split = split(&images, &Validation::Share(share), 3).unwrap();
            assert_eq!(split.validation.len(), 3, "{share}");
        }
    }
}
