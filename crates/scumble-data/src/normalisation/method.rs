//! By which statistics images enter a network.

use serde::{Deserialize, Serialize};
use std::fmt;

/// By which statistics each channel is centred and scaled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormalisationMethod {
    /// Mean and deviation of all training images: what is bright stays bright. An image of another exposure than those
    /// enters as such.
    #[default]
    Dataset,
    /// Mean and deviation of the image itself: whatever its exposure, it enters alike.
    Image,
    /// Median of the image itself and half of the distance between its percentiles 2.5 and 97.5, over 1.96: for a
    /// normal distribution the deviation. A few saturated or empty pixels do not move them.
    Percentile,
    /// Half of the way between the two: the image's mean, and the logarithm of its deviation, lie half as far from those of
    /// the data set as they did, and no farther than half as far as any training image's. What is brighter stays
    /// brighter, and no exposure is one that the network has not seen. While training each patch keeps another share of
    /// what tells its image from the others, from nothing to all: the network learns from more exposures than there are.
    Both,
    /// As they are, in units of [`Raster::to_unit`](crate::Raster::to_unit).
    None,
}

impl NormalisationMethod {
    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            NormalisationMethod::Dataset => "dataset",
            NormalisationMethod::Image => "image",
            NormalisationMethod::Percentile => "percentile",
            NormalisationMethod::Both => "both",
            NormalisationMethod::None => "none",
        }
    }
}

impl fmt::Display for NormalisationMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
