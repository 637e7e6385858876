//! The command line.

mod loss;

pub(crate) use loss::Loss;

use clap::{Args, Parser, Subcommand};
use scumble_data::{Band, MapFormat, Target};
use scumble_nn::Device;
use std::path::PathBuf;

/// Classify pixels whose labels are probabilities: raters' masks or soft maps in, soft labels, a classifier trained
/// with the right cross entropy, probability maps out, and an honest judgement of them.
#[derive(Debug, Parser)]
#[command(name = "scumble", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job on a small made-up data set whose truth is known: try this first
    Demo(Demo),
    /// Look at a data set before training: integrity, sizes, raters' agreement, entropy floor
    Check(Check),
    /// Train a classifier on a data set
    Train(Train),
    /// Write probability maps of images
    Predict(Predict),
    /// Judge a model or probability maps against soft labels and raters
    Eval(Eval),
    /// The loss itself on arrays: value, floor, excess, gradient, map
    Loss(Box<Loss>),
    /// Say what a model, run, data set, image or map is
    Info(Info),
    /// Write a config file with every setting explained
    Init(Init),
    /// Print completions for a shell
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for everything; without it, a new folder scumble-demo
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Where the data set and all chance come from
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Epochs of training
    #[arg(long, default_value_t = 24)]
    pub(crate) epochs: u64,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeviceChoice {
    /// Where to compute: cpu, or in builds with these features cuda, cuda:1, wgpu
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: Device,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The data set's folder
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Images {
    /// Only images whose name matches one of these patterns (repeat, or separate by commas)
    #[arg(long = "images", value_name = "GLOB", value_delimiter = ',')]
    pub(crate) patterns: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// The data set's folder
    pub(crate) data: PathBuf,
    /// The run folder to write; holds the model at the end
    #[arg(short, long, value_name = "RUN")]
    pub(crate) output: PathBuf,
    /// Settings in TOML; `scumble init` writes one with every setting explained
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) config: Option<PathBuf>,
    /// A setting over the file's, such as train.epochs=80 or data.validation='["09*"]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) assignments: Vec<String>,
    /// Go on where the run stopped, exactly
    #[arg(long)]
    pub(crate) resume: bool,
    /// Start the run in this folder again
    #[arg(long, conflicts_with = "resume")]
    pub(crate) overwrite: bool,
    /// Say at the end where the time went
    #[arg(long)]
    pub(crate) profile: bool,
    /// Pause after this many epochs; --resume goes on exactly
    #[arg(long, value_name = "EPOCHS")]
    pub(crate) pause_after: Option<u64>,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    /// One JSON object at the end instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// A model file or a run folder
    pub(crate) model: PathBuf,
    /// Images, or folders of images
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// Folder for the maps
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// npy (f32, exact), tiff (f32), png16 (65535 = 1) or png8 (preview)
    #[arg(long, default_value = "npy")]
    pub(crate) format: MapFormat,
    /// Side of the tiles in pixels: smaller takes less memory and more time
    #[arg(long, default_value_t = scumble_nn::DEFAULT_TILE, value_name = "PIXELS")]
    pub(crate) tile: usize,
    /// Leave in the probabilities what class weights in training have put there
    #[arg(long)]
    pub(crate) keep_shift: bool,
    /// Write the most probable set of overlapping labels, too: label_sets/ID.png, bit i being class i
    #[arg(long)]
    pub(crate) label_sets: bool,
    /// Replace maps that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    /// One JSON object a map instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

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
    /// Judge the sets of overlapping labels, too: whether the model knows which labels go together
    #[arg(long)]
    pub(crate) label_sets: bool,
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

#[derive(Debug, Args)]
pub(crate) struct Info {
    /// A model file, run folder, data set, image or map
    pub(crate) path: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The file to write
    #[arg(default_value = "scumble.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
