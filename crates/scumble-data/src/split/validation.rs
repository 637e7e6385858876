//! What is held out, as it is written in a config.

use super::{Band, SplitError};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What is held out for validation.
///
/// In a config it is a number, a list or a text; as a text it is one of the same:
///
/// ```
/// use scumble_data::Validation;
///
/// for text in ["0.2", r#"["scene-1*","scene-27"]"#, "rows 0.7..1", "columns 0..0.3", "none"] {
///     assert_eq!(text.parse::<Validation>()?.to_string(), text);
/// }
/// # Ok::<(), scumble_data::SplitError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Validation {
    /// A share of the images, above 0 and below 1; at least one, never all.
    Share(f64),
    /// The images whose name matches one of these glob patterns.
    Images(Vec<String>),
    /// A band of each image.
    Band(Band),
    /// Nothing: all is learnt from, and nothing is known of how well.
    None,
}

/// How nothing is written.
const NONE: &str = "none";

impl Default for Validation {
    fn default() -> Self {
        Self::Share(0.2)
    }
}

impl Validation {
    fn share(share: f64) -> Result<Self, SplitError> {
        if share > 0.0 && share < 1.0 { Ok(Self::Share(share)) } else { Err(SplitError::Share(share)) }
    }
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::Images(patterns) => f.write_str(&serde_json::to_string(patterns).map_err(|_| fmt::Error)?),
            Self::Band(band) => band.fmt(f),
            Self::None => f.write_str(NONE),
        }
    }
}

impl FromStr for Validation {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let text = text.trim();
        if let Ok(share) = text.parse() {
            return Self::share(share);
        }
        if text.starts_with('[') {
            let patterns = serde_json::from_str(text).map_err(|_| SplitError::Form(text.to_owned()))?;
            return Ok(Self::Images(patterns));
        }
        if text == NONE {
            return Ok(Self::None);
        }
        text.parse().map(Self::Band)
    }
}

impl Serialize for Validation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share(share) => serializer.serialize_f64(*share),
            Self::Images(patterns) => patterns.serialize(serializer),
            Self::Band(band) => serializer.collect_str(band),
            Self::None => serializer.serialize_str(NONE),
        }
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = Validation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a share of the images (0.2), a list of images, or a band (\"rows 0.7..1\", \"columns 0..0.3\"), \
             or \"none\"",
        )
    }

    fn visit_f64<E: de::Error>(self, share: f64) -> Result<Validation, E> {
        Validation::share(share).map_err(E::custom)
    }

    // Whole numbers are never a share; their error says so better than "expected a share".
    fn visit_i64<E: de::Error>(self, share: i64) -> Result<Validation, E> {
        self.visit_f64(share as f64)
    }

    fn visit_u64<E: de::Error>(self, share: u64) -> Result<Validation, E> {
        self.visit_f64(share as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Validation, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Validation, A::Error> {
        let mut patterns = Vec::new();
        while let Some(pattern) = items.next_element()? {
            patterns.push(pattern);
        }
        Ok(Validation::Images(patterns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        validation: Validation,
    }

    #[test]
    fn every_form_is_read_and_written() {
        let band = "columns 0..0.3".parse().unwrap();
        for (text, validation) in [
            ("validation = 0.25\n", Validation::Share(0.25)),
            ("validation = [\"a*\", \"b\"]\n", Validation::Images(vec!["a*".into(), "b".into()])),
            ("validation = \"columns 0..0.3\"\n", Validation::Band(band)),
            ("validation = \"none\"\n", Validation::None),
        ] {
            let config = Config { validation };
            assert_eq!(toml::from_str::<Config>(text).unwrap(), config);
            assert_eq!(toml::to_string(&config).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_form_is_told_the_forms() {
        for (text, part) in [
            ("validation = 1", "validation = 1: a share"),
            ("validation = 0.0", "between 0 and 1"),
            ("validation = \"row 0.1..0.2\"", "columns 0..0.3"),
            ("validation = \"rows 0.9..0.2\"", "from a smaller to a larger"),
            ("validation = true", "a list of images, or a band"),
        ] {
            let message = toml::from_str::<Config>(text).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
