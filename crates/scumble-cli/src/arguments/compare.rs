//! What `scumble compare` is told.

use super::{Against, DeviceChoice, Images, Intervals};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Run folders, model files or folders of probability maps; all are held against the first
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// The data set to judge them on [default: the one that all runs were trained on, where it still is]
    #[arg(long, value_name = "DATA")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) images: Images,
    #[command(flatten)]
    pub(crate) against: Against,
    /// Side of the tiles in pixels
    #[arg(long, default_value_t = scumble_nn::predict::DEFAULT_TILE, value_name = "PIXELS")]
    pub(crate) tile: usize,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) intervals: Intervals,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
