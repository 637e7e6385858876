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
    /// Those of the data set while training, and for a prediction half of the way to those of the image: its mean, and the
    /// logarithm of its deviation, lie half as far from the usual as they did, and no farther than half as far as any
    /// training image's (a deviation half as large as the least of them counts as such). What is brighter stays brighter,
    /// and the network is asked of exposures in the middle of those that it has learnt from, never of others.
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
