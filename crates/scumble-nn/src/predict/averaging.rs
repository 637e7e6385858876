//! What a prediction is to be averaged over.

use crate::{FlipsChoice, Scales};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a prediction is to be averaged over; the default is what the models are best with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Averaging {
    /// Turns and flips of the image.
    pub flips: FlipsChoice,
    /// Sizes of the image, as multiples of its own; none: those that the model's calibration was fitted to, else its own.
    pub scales: Option<Scales>,
    /// What is averaged of several models.
    pub mean: Mean,
}

impl Averaging {
    /// Over nothing: the image as it is, the fastest.
    pub fn none() -> Self {
        Self { flips: FlipsChoice::Off, scales: Some(Scales::default()), ..Self::default() }
    }
}

/// What is averaged of several models. Of the views of one model it is logits.
///
/// ```
/// use scumble_nn::Mean;
///
/// assert_eq!("probability".parse::<Mean>()?, Mean::Probability);
/// let error = "odds".parse::<Mean>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown mean "odds": use logits or probability"#);
/// # Ok::<(), scumble_nn::predict::UnknownMean>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mean {
    /// Logits, each model's shift taken off and its calibration applied: the geometric mean of probabilities, divided by
    /// its sum.
    #[default]
    Logits,
    /// Probabilities.
    Probability,
}

/// A name of a mean that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown mean {name:?}: use logits or probability")]
pub struct UnknownMean {
    /// What was given.
    pub name: String,
}

impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Logits => "logits",
            Self::Probability => "probability",
        })
    }
}

impl FromStr for Mean {
    type Err = UnknownMean;

    fn from_str(name: &str) -> Result<Self, UnknownMean> {
        match name {
            "logits" => Ok(Self::Logits),
            "probability" => Ok(Self::Probability),
            _ => Err(UnknownMean { name: name.into() }),
        }
    }
}
