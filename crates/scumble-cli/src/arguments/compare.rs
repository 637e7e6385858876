//! What `scumble compare` is told.

use super::{Against, Averaging, DeviceChoice, Groups, Images, Missing, Precision, Print, Tile};
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
    #[command(flatten)]
    pub(crate) missing: Missing,
    #[command(flatten)]
    pub(crate) tile: Tile,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) precision: Precision,
    #[command(flatten)]
    pub(crate) averaging: Averaging,
    #[command(flatten)]
    pub(crate) groups: Groups,
    #[command(flatten)]
    pub(crate) print: Print,
}
