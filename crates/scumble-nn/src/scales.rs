//! The sizes at which an image is predicted.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Sizes at which an image is predicted, as multiples of its own: at least one, none twice.
///
/// ```
/// use scumble_nn::Scales;
///
/// let scales: Scales = ".5,1,1.5".parse()?;
/// assert_eq!(scales.list(), [0.5, 1.0, 1.5]);
/// assert_eq!(scales.to_string(), "0.5,1,1.5");
/// assert_eq!(Scales::default().list(), [1.0]);
/// assert!("1,9".parse::<Scales>().is_err());
/// # Ok::<(), scumble_nn::WrongScales>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Scales(Vec<f64>);

/// Scales that cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WrongScales {
    /// No number.
    #[error("\"{0}\" is no number")]
    Number(String),
    /// No scale at all.
    #[error("there must be at least one scale")]
    None,
    /// Too small or too large to say anything, or no number.
    #[error("a scale is from {least} to {most}, not {scale}", least = Scales::LEAST, most = Scales::MOST)]
    Range {
        /// What was given.
        scale: f64,
    },
    /// One that counts twice.
    #[error("the scale {0} is named twice")]
    Twice(f64),
}

impl Scales {
    /// The least.
    pub const LEAST: f64 = 0.1;
    /// The largest.
    pub const MOST: f64 = 4.0;

    /// Checks them.
    ///
    /// # Errors
    /// No scale, one that is not within [`LEAST`](Self::LEAST) and [`MOST`](Self::MOST), one that is named twice.
    pub fn new(scales: Vec<f64>) -> Result<Self, WrongScales> {
        if scales.is_empty() {
            return Err(WrongScales::None);
        }
        for (at, scale) in scales.iter().enumerate() {
            if !(Self::LEAST..=Self::MOST).contains(scale) {
                return Err(WrongScales::Range { scale: *scale });
            }
            if scales[..at].contains(scale) {
                return Err(WrongScales::Twice(*scale));
            }
        }
        Ok(Self(scales))
    }

    /// Each of them.
    pub fn list(&self) -> &[f64] {
        &self.0
    }
}

impl Default for Scales {
    /// The image's own size.
    fn default() -> Self {
        Self(vec![1.0])
    }
}

impl TryFrom<Vec<f64>> for Scales {
    type Error = WrongScales;

    fn try_from(scales: Vec<f64>) -> Result<Self, WrongScales> {
        Self::new(scales)
    }
}

impl From<Scales> for Vec<f64> {
    fn from(scales: Scales) -> Self {
        scales.0
    }
}

impl fmt::Display for Scales {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(f64::to_string).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Scales {
    type Err = WrongScales;

    fn from_str(text: &str) -> Result<Self, WrongScales> {
        let number = |text: &str| text.trim().parse().map_err(|_| WrongScales::Number(text.trim().into()));
        Self::new(text.split(',').map(number).collect::<Result<_, _>>()?)
    }
}
