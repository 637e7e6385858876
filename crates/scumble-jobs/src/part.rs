//! A share of the images, by their names: so that many machines at work on one list predict each image once.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// One of several parts of a list of images. An image is in the part that a hash of its name says, whatever else is in the list:
/// parts are disjoint, together all, and about as large as each other.
///
/// ```
/// use scumble_jobs::part::Part;
///
/// let parts: Vec<Part> = (1..=3).map(|index| format!("{index}/3").parse()).collect::<Result<_, _>>()?;
/// assert_eq!(parts.iter().filter(|part| part.has("01L")).count(), 1);
/// assert!("4/3".parse::<Part>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Part {
    /// Counted from 1.
    index: u64,
    of: u64,
}

impl Part {
    /// Part `index`, counted from 1, of so many; `None` where there is no such part.
    pub fn new(index: u64, of: u64) -> Option<Self> {
        (1..=of).contains(&index).then_some(Self { index, of })
    }

    /// Whether the image, or volume, of this name is in it.
    pub fn has(&self, name: &str) -> bool {
        hash_of(name) % self.of == self.index - 1
    }

    /// Which it is, counted from 1, of how many.
    pub fn place(&self) -> (u64, u64) {
        (self.index, self.of)
    }
}

/// A number that depends on the name alone: the first eight bytes of its SHA-256.
pub(crate) fn hash_of(name: &str) -> u64 {
    let hash = Sha256::digest(name);
    hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').map(|(index, of)| (index.parse(), of.parse()));
        let part = match numbers {
            Some((Ok(index), Ok(of))) => Self::new(index, of),
            _ => None,
        };
        part.ok_or_else(|| format!("'{text}' is no part; 1/20 to 20/20 are those of twenty"))
    }
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_in_one_part_and_parts_are_about_even() {
        let parts: Vec<Part> = (1..=20).map(|index| Part::new(index, 20).unwrap()).collect();
        let mut images = [0; 20];
        for image in 0..20_000 {
            let name = format!("image{image}");
            let of: Vec<usize> = (0..20).filter(|&part| parts[part].has(&name)).collect();
            assert_eq!(of.len(), 1);
            images[of[0]] += 1;
        }
        // A thousand each, give or take four deviations.
        assert!(images.iter().all(|&count: &i32| (count - 1000).abs() < 125), "{images:?}");
    }

    #[test]
    fn the_part_of_a_name_is_the_same_for_ever() {
        // The first eight bytes of SHA-256("01L"), by Python's hashlib, leave 4 and 13 by 7 and 20.
        assert!(Part::new(5, 7).unwrap().has("01L"));
        assert!(Part::new(14, 20).unwrap().has("01L"));
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "3", "0/3", "4/3", "1/0", "a/3", "1/3/5", "-1/3"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
