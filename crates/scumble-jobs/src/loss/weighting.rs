//! What of the arrays of a loss counts, and how much.

use crate::written;
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;

/// What counts, and how much.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeighting {
    /// Which pixels count, bool or u8: without the class axis, or in full shape for independent classes.
    pub mask: Option<PathBuf>,
    /// Targets of exactly this value do not count; in JSON, which has no such number, NaN is "NaN".
    #[serde(with = "number")]
    pub ignore_value: Option<f64>,
    /// What pixels weigh: without the class axis, or in full shape for independent classes; axes of 1 and missing
    /// leading axes are repeated.
    pub weight: Option<PathBuf>,
    /// What each class weighs.
    #[serde(deserialize_with = "weights")]
    pub class_weights: Vec<f64>,
    /// What "yes" weighs over "no", for all independent classes or for each.
    #[serde(deserialize_with = "weights")]
    pub positive_weights: Vec<f64>,
    /// Share of an even label in every target.
    #[serde(deserialize_with = "share")]
    pub label_smoothing: f64,
    /// Take targets as they are, probabilities or not.
    pub unchecked: bool,
}

fn weights<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    written::checked(deserializer, |weights: &Vec<f64>| {
        match weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            Some(w) => Err(format!("a weight is {w}; it must be finite, 0 or more")),
            None => Ok(()),
        }
    })
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    written::checked(deserializer, |share| match (0.0..=1.0).contains(share) {
        true => Ok(()),
        false => Err(format!("label smoothing is {share}; it must be 0 to 1")),
    })
}

/// Any number, as a text where JSON has none for it.
mod number {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged, expecting = "a number, or \"NaN\"")]
    enum Number {
        Finite(f64),
        Other(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        let written = value.map(|value| match value.is_finite() {
            true => Number::Finite(value),
            false => Number::Other(value.to_string()),
        });
        written.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        let parse = |written| match written {
            Number::Finite(value) => Ok(value),
            Number::Other(text) => {
                text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no number, nor \"NaN\"")))
            }
        };
        Option::<Number>::deserialize(deserializer)?.map(parse).transpose()
    }
}
