use super::{DeviceChoice, Images};
use clap::Args;
use scumble_data::{Band, Target};
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
    /// Judge only a band of each image, such as 'rows 0.7..1'
    #[arg(long, value_name = "BAND")]
    pub(crate) region: Option<Band>,
    /// What to judge against: labels, mean (of the raters), auto (labels if there are any)
    #[arg(long, default_value = "auto")]
    pub(crate) target: Target,
    /// Count every pixel once, not once per rater
    #[arg(long)]
    pub(crate) unweighted: bool,
    /// Side of the tiles in pixels
    #[arg(long, default_value_t = scumble_nn::DEFAULT_TILE, value_name = "PIXELS")]
    pub(crate) tile: usize,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
