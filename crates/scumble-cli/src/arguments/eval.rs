//! What `scumble eval` is told.

use super::boundary::Boundary;
use super::part::part;
use super::surface::Surface;
use super::{Against, Averaging, DeviceChoice, Groups, Images, Members, Missing, Precision, Print, Tile};
use clap::Args;
use scumble::score::Binning;
use scumble_jobs::judge::{Gate, MatchIou};
use scumble_jobs::part::Part;
use std::path::{Path, PathBuf};

/// What the sums of parts have answered already: they are of what was asked when the parts were judged.
const NOT_WITH_MERGE: [&str; 33] = [
    "paths",
    "part",
    "patterns",
    "region",
    "target",
    "unweighted",
    "allow_missing",
    "uncalibrated",
    "adapt",
    "rater",
    "label_sets",
    "uncertainty",
    "disagreement",
    "average",
    "boundary",
    "surface",
    "spacing",
    "objects",
    "samples",
    "diversity",
    "pictures",
    "tile",
    "device",
    "precision",
    "flips",
    "fast",
    "scales",
    "bins",
    "binning",
    "threshold",
    "group",
    "output",
    "skip_existing",
];

#[derive(Debug, Args)]
#[command(
    override_usage = "scumble eval [OPTIONS] <PREDICTIONS>... <DATA>\n       scumble eval [OPTIONS] --merge <SUMS>..."
)]
pub(crate) struct Eval {
    /// The predictions: a model file, a run folder, or a folder of probability maps (with --samples: of samples); of several
    /// models, named one after the other, the mean is judged. Last the data set, or a folder of label maps
    #[arg(required_unless_present = "merge", num_args = 2.., value_names = ["PREDICTIONS", "DATA"])]
    paths: Vec<PathBuf>,
    /// Judge this part of the images alone, by a hash of their names, and keep its sums in the folder of --output; --merge puts
    /// those of all parts together. 3/20 is the third of twenty; auto: that of a task of a Slurm array
    #[arg(long, value_name = "K/N", value_parser = part, requires = "output", conflicts_with = "boundary")]
    pub(crate) part: Option<Part>,
    /// Folder for the sums of parts, 3-of-20.json
    #[arg(short, long, value_name = "FOLDER", requires = "part")]
    pub(crate) output: Option<PathBuf>,
    /// Do nothing where the sums of the part are there: what was begun and stopped goes on
    #[arg(long, requires = "part")]
    pub(crate) skip_existing: bool,
    /// Put the sums of parts together, files or folders of them, without predictions and data: what one run over all images
    /// finds, to the last digit
    #[arg(long, value_name = "SUMS", num_args = 1.., conflicts_with_all = NOT_WITH_MERGE)]
    pub(crate) merge: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) images: Images,
    #[command(flatten)]
    pub(crate) against: Against,
    #[command(flatten)]
    pub(crate) missing: Missing,
    /// Judge the model without its calibration
    #[arg(long)]
    pub(crate) uncalibrated: bool,
    /// Judge the model as predict --adapt has it: adapted, without labels, to the images that are judged
    #[arg(long)]
    pub(crate) adapt: bool,
    /// Judge by the masks of this rater alone, and a model with task.raters = true by what it says that this rater would say
    #[arg(long, value_name = "NAME", conflicts_with_all = ["label_sets", "samples"])]
    pub(crate) rater: Option<String>,
    /// Judge the sets of overlapping labels, too: whether the model knows which labels go together
    #[arg(long)]
    pub(crate) label_sets: bool,
    /// Find out whether the predictions know where they err, too: how their entropy goes with the label's, the risk where
    /// only the surest pixels or images count, and calibration against each rater
    #[arg(long)]
    pub(crate) uncertainty: bool,
    /// Find out whether several models disagree where their mean errs, too: the risk where only the decisions count on which
    /// they agree most
    #[arg(long)]
    pub(crate) disagreement: bool,
    #[command(flatten)]
    pub(crate) members: Members,
    #[command(flatten)]
    pub(crate) boundary: Boundary,
    #[command(flatten)]
    pub(crate) surface: Surface,
    /// Find objects, too: the connected parts (8 neighbours) of each class that are found, missed and made up, matched where
    /// their IoU is above this, and how many there are, each counted by its probability
    #[arg(long, value_name = "IOU", num_args = 0..=1, default_missing_value = "0.5", value_parser = match_iou)]
    pub(crate) objects: Option<MatchIou>,
    /// The predictions are samples of a sampler such as a probabilistic U-Net, several masks of each image: ID/0.png,
    /// ID/1.png, .., or an array ID.npy [samples, height, width]. Their mean is judged as the probability map, and they as
    /// one crowd beside the raters: energy distance, matched IoU
    #[arg(long, conflicts_with = "diversity")]
    pub(crate) samples: bool,
    /// Judge the prediction as one opinion among the raters, drawing this many masks of each map: energy distance,
    /// matched IoU, and its rank where each rater in turn is the one to predict
    #[arg(long, value_name = "MASKS", num_args = 0..=1, default_missing_value = "16",
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) diversity: Option<u16>,
    /// Draw image, soft label, prediction and difference side by side into this folder, a PNG an image
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
    /// Write what was found into one HTML file, to be looked at
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write the scores of each image, class and rater into one CSV file, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Replace pictures, report and table that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) tile: Tile,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) precision: Precision,
    #[command(flatten)]
    pub(crate) averaging: Averaging,
    /// Bins of the reliability diagram
    #[arg(long, default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) bins: u32,
    /// Where the bins' edges are: equal-width, equal-mass, sklearn, torchmetrics, netcal
    #[arg(long, default_value_t, value_name = "CONVENTION")]
    pub(crate) binning: Binning,
    /// A class is predicted where its probability is at least this
    #[arg(long, default_value_t = 0.5, value_name = "PROBABILITY", value_parser = probability)]
    pub(crate) threshold: f64,
    #[command(flatten)]
    pub(crate) groups: Groups,
    /// Exit with 1 if this holds of the data set, such as 'calibration > 0.05' or 'dice[water] < 0.8' (repeat for more)
    #[arg(long, value_name = "CONDITION")]
    pub(crate) fail_if: Vec<Gate>,
    #[command(flatten)]
    pub(crate) print: Print,
}

impl Eval {
    /// A model, or maps; and more models.
    pub(crate) fn predictions(&self) -> &[PathBuf] {
        self.paths.split_last().map_or(&[], |(_, predictions)| predictions)
    }

    /// The data set.
    pub(crate) fn data(&self) -> &Path {
        self.paths.last().map_or(Path::new(""), PathBuf::as_path)
    }
}

fn probability(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "a probability is a number from 0 to 1".into())
}

fn match_iou(text: &str) -> Result<MatchIou, String> {
    let value = text.parse().ok().and_then(|value| MatchIou::new(value).ok());
    value.ok_or_else(|| "an IoU is a number from 0 to below 1".into())
}
