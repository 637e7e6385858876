//! Which images belong together, by their names.

use crate::formats::composed;
use regex::Regex;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Which images belong together, by their names: the slices of a volume, or what a pattern says, such as the images of
/// a patient. Images of a group are alike, so none of them is held out while another is learnt from.
///
/// A pattern is a regular expression with one capture `( )`, which is what the group is called; it is searched anywhere
/// in the name and must find something in each. As a text it is itself, and the default is empty.
///
/// ```
/// use scumble_data::Grouping;
///
/// let eyes: Grouping = r"^(\d+)[LR]".parse()?;
/// assert_eq!((eyes.group("01L")?, eyes.group("01R")?), ("01", "01"));
/// assert_eq!(Grouping::default().group("brain@0003")?, "brain");
/// assert_eq!(eyes.group("left").unwrap_err().to_string(), r#"the pattern "^(\\d+)[LR]" finds no group in "left""#);
/// # Ok::<(), scumble_data::GroupingError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Grouping(Option<Regex>);

/// Why images cannot be grouped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GroupingError {
    /// A text that is no regular expression.
    #[error("{pattern:?} is no regular expression: {reason}")]
    Pattern {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pattern that does not say which part names the group, or says it twice.
    #[error(
        "{pattern:?} has {found} captures; one ( ) says what the group is called, such as ^(\\d+); others are \
         written (?: )"
    )]
    Captures {
        /// The pattern.
        pattern: String,
        /// Its captures.
        found: usize,
    },
    /// A name in which a pattern finds nothing.
    #[error("the pattern {pattern:?} finds no group in {id:?}")]
    NoGroup {
        /// The pattern.
        pattern: String,
        /// The name.
        id: String,
    },
}

impl Grouping {
    /// Whether no pattern is given.
    pub fn is_default(&self) -> bool {
        self.0.is_none()
    }

    /// What the group of an image is called.
    ///
    /// # Errors
    /// [`GroupingError::NoGroup`]: nothing is found, or an empty text.
    pub fn group<'i>(&self, id: &'i str) -> Result<&'i str, GroupingError> {
        let Some(pattern) = &self.0 else {
            return Ok(volume(id));
        };
        let found = pattern.captures(id).and_then(|captures| captures.get(1)).map(|found| found.as_str());
        found
            .filter(|name| !name.is_empty())
            .ok_or_else(|| GroupingError::NoGroup { pattern: pattern.as_str().to_owned(), id: id.to_owned() })
    }
}

/// Of a slice, `brain@0003`, the volume; of another image its own name.
fn volume(id: &str) -> &str {
    let number = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.rsplit_once('@') {
        Some((volume, slice)) if number(slice.trim_start_matches(['x', 'y', 'z'])) && !volume.is_empty() => {
            volume
        }
        _ => id,
    }
}

impl PartialEq for Grouping {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().map(Regex::as_str) == other.0.as_ref().map(Regex::as_str)
    }
}

impl Eq for Grouping {}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("", Regex::as_str))
    }
}

impl FromStr for Grouping {
    type Err = GroupingError;

    fn from_str(pattern: &str) -> Result<Self, GroupingError> {
        if pattern.is_empty() {
            return Ok(Self::default());
        }
        let owned = || pattern.to_owned();
        let regex = Regex::new(&composed(pattern)).map_err(|error| GroupingError::Pattern {
            pattern: owned(),
            reason: last_line(&error.to_string()),
        })?;
        match regex.captures_len() - 1 {
            1 => Ok(Self(Some(regex))),
            found => Err(GroupingError::Captures { pattern: owned(), found }),
        }
    }
}

/// The reason alone: what is before it draws the pattern over several lines.
fn last_line(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default().trim();
    last.trim_start_matches("error: ").to_owned()
}

impl Serialize for Grouping {
    /// As it is displayed.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Grouping {
    /// As it is parsed.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_of_their_volume_and_nothing_else_is() {
        let grouping = Grouping::default();
        for (id, group) in [
            ("brain@0003", "brain"),
            ("brain@12345", "brain"),
            ("brain@x0003", "brain"),
            ("a@b@0000", "a@b"),
            ("brain", "brain"),
            ("brain@3", "brain@3"),
            ("anna@home", "anna@home"),
            ("@0001", "@0001"),
            ("brain@00x1", "brain@00x1"),
        ] {
            assert_eq!(grouping.group(id), Ok(group), "{id}");
        }
    }

    #[test]
    fn a_pattern_names_the_group_by_its_capture() {
        let group = |pattern: &str, id| pattern.parse::<Grouping>()?.group(id).map(str::to_owned);
        assert_eq!(group("(.*)@.*", "a@b").unwrap(), "a");
        assert_eq!(group(r"_p(\d+)_(?:L|R)", "x_p07_L").unwrap(), "07");
        // What is no number is a group of its own, if the pattern says so.
        assert_eq!(group(r"^(\d+|.*)", "12L").unwrap(), "12");
        assert_eq!(group(r"^(\d+|.*)", "left").unwrap(), "left");
        assert_eq!(group("^(ä+)", "äüx").unwrap(), "ä");
        for (pattern, part) in [
            (r"^\d+", "has 0 captures"),
            (r"^(\d+)([LR])", "has 2 captures"),
            (r"^(\d+", "is no regular expression: unclosed group"),
            (r"^(\d*)", "finds no group in \"left\""),
            (r"^(\d+)", "finds no group in \"left\""),
            (r"left|(\d+)", "finds no group in \"left\""),
        ] {
            let message = group(pattern, "left").unwrap_err().to_string();
            assert!(message.contains(part), "{pattern}: {message}");
        }
    }
}
