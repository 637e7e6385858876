//! Settings of the augmentation, checked once.

use super::AugmentationError;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The settings of the augmentation as a user writes them; [`check`](Self::check) makes them usable.
///
/// What is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentationOptions {
    /// Mirror rows and columns, each in half of the patches.
    pub flips: bool,
    /// Turn by 0, 90, 180 or 270 degrees. Leave it out where up and down mean something.
    pub turns: bool,
    /// Zoom: from the first to the second factor, uniform in its logarithm; 2 shows things twice as large.
    pub scale: [f32; 2],
    /// Rotate by up to this many degrees either way.
    pub rotate: f32,
    /// Change contrast by up to this share, brightness by up to this many deviations of the channel.
    pub colour: f32,
    /// Bend the grey levels between the darkest and the brightest of a patch by an exponent, of which this is the largest
    /// logarithm, either way: 0.7 is from a half to 2.
    pub gamma: f32,
    /// Blur by a Gaussian of up to this deviation, in pixels.
    pub blur: f32,
    /// Add noise of up to this deviation, in deviations of the channel.
    pub noise: f32,
    /// The share of the patches that `gamma` changes, and `blur`, and `noise`, each by itself. The others show what
    /// there is to see at home as it is.
    pub share: f32,
}

impl Default for AugmentationOptions {
    fn default() -> Self {
        Self {
            flips: true,
            turns: true,
            scale: [0.8, 1.25],
            rotate: 15.0,
            colour: 0.1,
            gamma: 0.5,
            blur: 1.5,
            noise: 0.3,
            share: 0.5,
        }
    }
}

impl AugmentationOptions {
    /// Patches as they are: only their place is random.
    const NONE: Self = Self {
        flips: false,
        turns: false,
        scale: [1.0, 1.0],
        rotate: 0.0,
        colour: 0.0,
        gamma: 0.0,
        blur: 0.0,
        noise: 0.0,
        share: 1.0,
    };
}

/// Below 0.1 a patch would show an image a hundred times as large, above 10 a handful of pixels.
const SCALE: RangeInclusive<f32> = 0.1..=10.0;
const ROTATE: RangeInclusive<f32> = 0.0..=180.0;
/// One and a half of it is taken from a gain of 1 at most (see `colour.rs`), which thus stays above 0.
const COLOUR: RangeInclusive<f32> = 0.0..=0.5;
/// Exponents from 1/7 to 7.
const GAMMA: RangeInclusive<f32> = 0.0..=2.0;
const BLUR: RangeInclusive<f32> = 0.0..=10.0;
const NOISE: RangeInclusive<f32> = 0.0..=5.0;
const SHARE: RangeInclusive<f32> = 0.0..=1.0;

impl AugmentationOptions {
    /// Checks the settings, once, so that drawing patches needs no checks.
    ///
    /// # Errors
    /// The setting at fault, what it is and what it may be.
    pub fn check(self) -> Result<Augmentation, AugmentationError> {
        let [low, high] = self.scale;
        for (name, value, allowed) in [
            ("scale", low, SCALE),
            ("scale", high, SCALE),
            ("rotate", self.rotate, ROTATE),
            ("colour", self.colour, COLOUR),
            ("gamma", self.gamma, GAMMA),
            ("blur", self.blur, BLUR),
            ("noise", self.noise, NOISE),
            ("share", self.share, SHARE),
        ] {
            if !allowed.contains(&value) {
                return Err(AugmentationError::Range { name, value, allowed });
            }
        }
        if low > high {
            return Err(AugmentationError::Reversed { low, high });
        }
        Ok(Augmentation(self))
    }
}

/// Checked settings of the augmentation. The default is every kind of it, in moderation.
///
/// ```
/// use scumble_data::{Augmentation, AugmentationOptions};
///
/// let gentle = AugmentationOptions { rotate: 5.0, turns: false, ..Default::default() }.check()?;
/// assert!(!gentle.options().turns);
/// let wrong = AugmentationOptions { scale: [0.0, 2.0], ..Default::default() }.check().unwrap_err();
/// assert_eq!(wrong.to_string(), "augmentation: scale = 0; it must be in 0.1 to 10");
/// # Ok::<(), scumble_data::AugmentationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "AugmentationOptions", into = "AugmentationOptions")]
pub struct Augmentation(AugmentationOptions);

impl Augmentation {
    /// Patches as they are: only their place is random.
    pub fn none() -> Self {
        Self(AugmentationOptions::NONE)
    }

    /// The settings inside.
    pub fn options(&self) -> AugmentationOptions {
        self.0
    }
}

impl TryFrom<AugmentationOptions> for Augmentation {
    type Error = AugmentationError;

    fn try_from(options: AugmentationOptions) -> Result<Self, Self::Error> {
        options.check()
    }
}

impl From<Augmentation> for AugmentationOptions {
    fn from(augmentation: Augmentation) -> Self {
        augmentation.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        assert_eq!(AugmentationOptions::default().check(), Ok(Augmentation::default()));
        assert_eq!(Augmentation::none().options().check(), Ok(Augmentation::none()));
    }

    #[test]
    fn a_config_holds_only_differences_and_no_typing_errors() {
        let read: Augmentation = toml::from_str("rotate = 0\nscale = [1, 1]").unwrap();
        let expected = AugmentationOptions { rotate: 0.0, scale: [1.0, 1.0], ..Default::default() };
        assert_eq!(read.options(), expected);
        for bad in ["rotation = 3", "colour = 0.6", "scale = [1.2, 0.8]", "rotate = nan", "rotate = -1"] {
            assert!(toml::from_str::<Augmentation>(bad).is_err(), "{bad}");
        }
    }
}
