//! The turns and flips that are asked for.

use super::Views;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The turns and flips that a prediction is to average.
///
/// ```
/// use scumble_nn::{FlipsChoice, Views};
///
/// assert_eq!("all".parse::<FlipsChoice>()?.fixed(), Some(Views::ALL));
/// assert_eq!(FlipsChoice::On.fixed(), None);
/// let error = "twice".parse::<FlipsChoice>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown flips "twice": use on, all, flips, turns or off"#);
/// # Ok::<(), scumble_nn::UnknownFlips>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlipsChoice {
    /// Those that the model's training had; of a calibrated model those that its calibration was fitted to.
    #[default]
    On,
    /// All eight.
    All,
    /// The four flips, with the half turn.
    Flips,
    /// The four quarter turns.
    Turns,
    /// The image as it is.
    Off,
}

/// A name of flips that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown flips {name:?}: use on, all, flips, turns or off")]
pub struct UnknownFlips {
    /// What was given.
    pub name: String,
}

impl FlipsChoice {
    const NAMES: [(Self, &str); 5] = [
        (Self::On, "on"),
        (Self::All, "all"),
        (Self::Flips, "flips"),
        (Self::Turns, "turns"),
        (Self::Off, "off"),
    ];

    /// The views, whatever the model; `None`: its own.
    pub fn fixed(self) -> Option<Views> {
        match self {
            Self::On => None,
            Self::All => Some(Views::ALL),
            Self::Flips => Some(Views::FLIPS),
            Self::Turns => Some(Views::TURNS),
            Self::Off => Some(Views::ONE),
        }
    }
}

impl fmt::Display for FlipsChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(choice, _)| choice == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for FlipsChoice {
    type Err = UnknownFlips;

    fn from_str(name: &str) -> Result<Self, UnknownFlips> {
        let found = Self::NAMES.iter().find(|(_, known)| *known == name).map(|(choice, _)| *choice);
        found.ok_or_else(|| UnknownFlips { name: name.into() })
    }
}
