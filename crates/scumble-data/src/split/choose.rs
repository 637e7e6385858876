//! Which images are held out: a share by hashes of names, patterns, or a band of each.

use super::{Band, SplitError, Validation};
use crate::formats::composed;
use globset::Glob;

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

/// Splits images, named by `ids`, as `validation` says.
///
/// A share is rounded to whole images, at least one and never all. Which ones is decided by a hash of seed and
/// name: neither the order of the files nor the machine matters, and adding an image moves few others.
/// A share s of one image is its last rows, 1 - s to 1.
///
/// ```
/// use scumble_data::{Validation, split};
///
/// let ids = ["dune", "creek", "reef", "spit", "bar"];
/// let shared = split(&ids, &Validation::Share(0.2), 7)?;
/// assert_eq!((shared.train.len(), shared.validation.len()), (4, 1));
/// let named = split(&ids, &Validation::Images(vec!["*e*f".into(), "bar".into()]), 7)?;
/// assert_eq!(named.validation, [2, 4]);
/// let single = split(&["samson"], &Validation::default(), 7)?;
/// assert_eq!(single.band.unwrap().to_string(), "rows 0.8..1");
/// # Ok::<(), scumble_data::SplitError>(())
/// ```
///
/// # Errors
/// No image; a share outside 0..1; a pattern that is wrong or matches nothing; nothing left to train on.
pub fn split(ids: &[&str], validation: &Validation, seed: u64) -> Result<Split, SplitError> {
    if ids.is_empty() {
        return Err(SplitError::Empty);
    }
    let banded = |band| {
        let all: Vec<usize> = (0..ids.len()).collect();
        Split { train: all.clone(), validation: all, band: Some(band) }
    };
    let held = match validation {
        Validation::Share(share) if !(*share > 0.0 && *share < 1.0) => return Err(SplitError::Share(*share)),
        Validation::Share(share) if ids.len() == 1 => {
            return Ok(banded(Band::rows(1.0 - share, 1.0)?));
        }
        Validation::Share(share) => chosen(ids, *share, seed),
        Validation::Images(patterns) => named(ids, patterns)?,
        Validation::Band(band) => return Ok(banded(*band)),
    };
    let (validation, train): (Vec<usize>, Vec<usize>) = (0..ids.len()).partition(|&i| held[i]);
    if train.is_empty() {
        return Err(SplitError::NothingLeft { count: ids.len() });
    }
    Ok(Split { train, validation, band: None })
}

/// The images with the smallest hashes.
fn chosen(ids: &[&str], share: f64, seed: u64) -> Vec<bool> {
    let count = ((share * ids.len() as f64).round() as usize).clamp(1, ids.len() - 1);
    let hash = |id: &str| {
        *blake3::Hasher::new().update(&seed.to_le_bytes()).update(id.as_bytes()).finalize().as_bytes()
    };
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_cached_key(|&i| (hash(ids[i]), i));
    let mut held = vec![false; ids.len()];
    order[..count].iter().for_each(|&i| held[i] = true);
    held
}

/// The images that match a pattern; every pattern must match one.
fn named(ids: &[&str], patterns: &[String]) -> Result<Vec<bool>, SplitError> {
    let mut held = vec![false; ids.len()];
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
        for (_, held) in ids.iter().zip(&mut held).filter(|(id, _)| matcher.is_match(id)) {
            (*held, found) = (true, true);
        }
        if !found {
            let examples = ids[..ids.len().min(3)].join(", ");
            return Err(SplitError::NoMatch { pattern: pattern.clone(), count: ids.len(), examples });
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_does_not_depend_on_the_order_of_the_files() {
        let names: Vec<String> = (0..30).map(|i| format!("image-{i}")).collect();
        let forwards: Vec<&str> = names.iter().map(String::as_str).collect();
        let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
        let held = |ids: &[&str], seed| {
            let split = split(ids, &Validation::Share(0.2), seed).unwrap();
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
                let split = split(&ids[..count], &Validation::Share(share), 0).unwrap();
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
            let message = split(&ids, &validation, 0).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(split(&[], &Validation::default(), 0), Err(SplitError::Empty));
    }

    #[test]
    fn a_band_holds_something_out_of_every_image() {
        let band: Band = "columns 0..0.3".parse().unwrap();
        let split = split(&["a", "b"], &Validation::Band(band), 0).unwrap();
        assert_eq!(split, Split { train: vec![0, 1], validation: vec![0, 1], band: Some(band) });
    }
}
