//! Whether the numbers of images mean the same everywhere, and so must stay.

use crate::missing::Gap;
use crate::{Raster, Samples};
use std::fmt;

/// Units in which a number means the same in every image, whoever recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsoluteUnits {
    /// Of computed tomography: air is -1000, water 0.
    Hounsfield,
    /// The share of the light that a surface sends back, by band.
    Reflectance,
}

/// The least and the largest sample of some images, and how many channels they have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Channels of each image.
    pub channels: usize,
    /// The least sample, as the file has it.
    pub least: f64,
    /// The largest.
    pub largest: f64,
}

impl Extent {
    /// Of an image whose samples are no plain counts; None of 8 and 16 bits, and where nothing is said.
    pub(crate) fn of_floats(image: &Raster, gap: Gap) -> Option<Self> {
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        let range = |[low, high]: [f64; 2], v: f64| {
            if gap.is(v as f32) { [low, high] } else { [low.min(v), high.max(v)] }
        };
        let [least, largest] = match &image.samples {
            Samples::U8(_) | Samples::U16(_) => none,
            Samples::F32(v) => v.iter().map(|&v| f64::from(v)).fold(none, range),
            Samples::F64(v) => v.iter().copied().fold(none, range),
        };
        (least <= largest).then_some(Self { channels: image.channels, least, largest })
    }

    /// That of both.
    pub fn merge(self, other: Self) -> Self {
        let (least, largest) = (self.least.min(other.least), self.largest.max(other.largest));
        Self { channels: self.channels.min(other.channels), least, largest }
    }

    /// The units in which float samples of this extent are, where they can be told: air and something denser than water in
    /// one channel, or shares of light in four bands or more.
    ///
    /// ```
    /// use scumble_data::{AbsoluteUnits, Extent};
    ///
    /// let units = |channels, least, largest| Extent { channels, least, largest }.units();
    /// assert_eq!(units(1, -1024.0, 3071.0), Some(AbsoluteUnits::Hounsfield));
    /// assert_eq!(units(12, 0.001, 1.07), Some(AbsoluteUnits::Reflectance));
    /// // Three bands between 0 and 1 are a picture, of any exposure.
    /// assert_eq!(units(3, 0.0, 1.0), None);
    /// ```
    pub fn units(self) -> Option<AbsoluteUnits> {
        let Self { channels, least, largest } = self;
        // Scanners pad with -1024, -2000 or -3024, and end at 3071 or, with metal, at 15 bits.
        let tomography =
            channels == 1 && (-4096.0..=-900.0).contains(&least) && (50.0..=32767.0).contains(&largest);
        // Noise goes a little below 0, and what shines above 1.
        let shares = channels >= 4 && (-0.1..1.0).contains(&least) && largest > 0.1 && largest <= 2.0;
        match (tomography, shares) {
            (true, _) => Some(AbsoluteUnits::Hounsfield),
            (_, true) => Some(AbsoluteUnits::Reflectance),
            _ => None,
        }
    }
}

impl fmt::Display for AbsoluteUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AbsoluteUnits::Hounsfield => "Hounsfield units",
            AbsoluteUnits::Reflectance => "reflectance",
        })
    }
}
