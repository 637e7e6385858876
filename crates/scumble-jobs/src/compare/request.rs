//! What is asked of a comparison.

use super::error::Error;
use crate::judge::JudgeSettings;
use crate::written;
use scumble_data::Grouping;
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, PrecisionChoice};
use serde::{Deserialize, Deserializer, Serialize};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What to compare, and on which images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    #[serde(deserialize_with = "several_runs")]
    pub(super) runs: Vec<PathBuf>,
    /// The data set to judge them on; none: the one that all runs were trained on, where it still is.
    #[serde(default)]
    pub data: Option<PathBuf>,
    /// Only images whose id matches one of these globs; none: those that no run has learnt from.
    #[serde(default)]
    pub images: Vec<String>,
    /// Which images belong together; the default: as the first run that says it, or the data set.
    #[serde(default)]
    pub group: Grouping,
    /// The label, the region, and the weight of a pixel.
    #[serde(default)]
    pub settings: JudgeSettings,
    /// Compare on the images that all have predicted where some lack others; else these are an error.
    #[serde(default)]
    pub allow_missing: bool,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
    /// Side of the tiles in pixels.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
}

impl CompareRequest {
    /// Run folders, model files or folders of probability maps; all are held against the first.
    ///
    /// # Errors
    /// Fewer than two.
    pub fn new(runs: Vec<PathBuf>) -> Result<Self, Error> {
        several(&runs)?;
        Ok(Self {
            runs,
            data: None,
            images: Vec::new(),
            group: Grouping::default(),
            settings: JudgeSettings::default(),
            allow_missing: false,
            device: Device::default(),
            precision: PrecisionChoice::default(),
            averaging: Averaging::default(),
            tile: DEFAULT_TILE,
        })
    }
}

fn several(runs: &[PathBuf]) -> Result<(), Error> {
    if runs.len() < 2 { Err(Error::Alone) } else { Ok(()) }
}

fn several_runs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    written::checked(deserializer, |runs: &Vec<PathBuf>| several(runs))
}
