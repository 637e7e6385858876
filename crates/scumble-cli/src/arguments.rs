//! The command line: a file for each command.

mod against;
mod boundary;
mod calibrate;
mod check;
mod compare;
mod completions;
mod demo;
mod eval;
mod fuse;
mod info;
mod init;
mod intervals;
mod loss;
mod predict;
mod report;
mod surface;
mod train;

pub(crate) use against::Against;
pub(crate) use calibrate::Calibrate;
pub(crate) use check::Check;
pub(crate) use compare::Compare;
pub(crate) use completions::Completions;
pub(crate) use demo::Demo;
pub(crate) use eval::Eval;
pub(crate) use fuse::Fuse;
pub(crate) use info::Info;
pub(crate) use init::Init;
pub(crate) use intervals::Intervals;
pub(crate) use loss::Loss;
pub(crate) use predict::Predict;
pub(crate) use report::Report;
pub(crate) use train::Train;

use clap::{Args, Parser, Subcommand};
use scumble_nn::Device;
use std::num::NonZeroUsize;

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
    /// Make soft labels of raters' masks: mean, majority, STAPLE or Dawid-Skene
    Fuse(Fuse),
    /// Train a classifier on a data set
    Train(Train),
    /// Write probability maps of images
    Predict(Predict),
    /// Judge a model or probability maps against soft labels and raters
    Eval(Eval),
    /// Explain a run in one HTML file: curves, calibration, pictures, scores
    Report(Report),
    /// Make a model's probabilities true on images it has not seen, and store how in the model file
    Calibrate(Calibrate),
    /// Runs side by side: settings, training, and which predicts better on the same images
    Compare(Compare),
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
pub(crate) struct DeviceChoice {
    /// Where to compute: cpu, or in builds with these features cuda, cuda:1, wgpu
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: Device,
}

/// What to do about images that nothing is predicted of.
#[derive(Debug, Args)]
pub(crate) struct Missing {
    /// Leave out images without a prediction, and say which; else they are an error
    #[arg(long)]
    pub(crate) allow_missing: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tile {
    /// Side of the tiles in pixels
    #[arg(long, default_value_t = scumble_nn::predict::DEFAULT_TILE, value_name = "PIXELS")]
    pub(crate) tile: NonZeroUsize,
}

/// How results are printed.
#[derive(Debug, Args)]
pub(crate) struct Print {
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Images {
    /// Only images whose name matches one of these patterns (repeat, or separate by commas); '*' is all. Without it,
    /// of the data that a run was trained on, those that it has not learnt from
    #[arg(long = "images", value_name = "GLOB", value_delimiter = ',')]
    pub(crate) patterns: Vec<String>,
}
