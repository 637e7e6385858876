//! What is asked of a comparison.

use super::error::Error;
use crate::judge::JudgeSettings;
use scumble_nn::{DEFAULT_TILE, Device};
use std::path::PathBuf;

/// What to compare, and on which images.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareRequest {
    pub(super) runs: Vec<PathBuf>,
    /// The data set to judge them on; none: the one that all runs were trained on, where it still is.
    pub data: Option<PathBuf>,
    /// Only images whose id matches one of these globs; none: those that no run has learnt from.
    pub images: Vec<String>,
    /// The label, the region, the weight of a pixel, and the chance of the intervals.
    pub settings: JudgeSettings,
    /// Where to compute.
    pub device: Device,
    /// Side of the tiles in pixels.
    pub tile: usize,
}

impl CompareRequest {
    /// Run folders, model files or folders of probability maps; all are held against the first.
    ///
    /// # Errors
    /// Fewer than two.
    pub fn new(runs: Vec<PathBuf>) -> Result<Self, Error> {
        if runs.len() < 2 {
            return Err(Error::Alone);
        }
        Ok(Self {
            runs,
            data: None,
            images: Vec::new(),
            settings: JudgeSettings::default(),
            device: Device::default(),
            tile: DEFAULT_TILE,
        })
    }
}
