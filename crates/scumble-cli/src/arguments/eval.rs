use super::{DeviceChoice, Images};
use clap::Args;
use scumble_data::{Band, Target};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// A model file, a run folder, or a folder of probability maps
    pub(crate) predictions: PathBuf,
    /// The data set, or a folder of label maps
    pub(crate) data: PathBuf,
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
    /// Judge the model without its calibration
    #[arg(long)]
    pub(crate) uncalibrated: bool,
    /// Judge the sets of overlapping labels, too: whether the model knows which labels go together
    #[arg(long)]
    pub(crate) label_sets: bool,
    /// Judge the prediction as one opinion among the raters, drawing this many masks of each map: energy distance,
    /// matched IoU, and its rank where each rater in turn is the one to predict
    #[arg(long, value_name = "SAMPLES", num_args = 0..=1, default_missing_value = "16",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) diversity: Option<u16>,
    /// Draw image, soft label, prediction and difference side by side into this folder, a PNG an image
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
    /// Side of the tiles in pixels
    #[arg(long, default_value_t = scumble_nn::DEFAULT_TILE, value_name = "PIXELS")]
    pub(crate) tile: usize,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
