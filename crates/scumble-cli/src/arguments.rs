//! The command line: a file for each command.

mod against;
mod boundary;
mod calibrate;
mod check;
mod compare;
mod completions;
mod convert;
mod demo;
mod eval;
mod examples;
mod export;
mod fuse;
mod groups;
mod import;
mod info;
mod init;
mod loss;
mod man;
mod part;
mod predict;
mod products;
mod report;
mod surface;
mod train;

pub(crate) use against::Against;
pub(crate) use calibrate::Calibrate;
pub(crate) use check::Check;
pub(crate) use compare::Compare;
pub(crate) use completions::Completions;
pub(crate) use convert::Convert;
pub(crate) use demo::Demo;
pub(crate) use eval::Eval;
pub(crate) use export::Export;
pub(crate) use fuse::Fuse;
pub(crate) use groups::Groups;
pub(crate) use import::Import;
pub(crate) use info::Info;
pub(crate) use init::Init;
pub(crate) use loss::Loss;
pub(crate) use man::Man;
pub(crate) use predict::Predict;
pub(crate) use products::Products;
pub(crate) use report::Report;
pub(crate) use train::Train;

use clap::{Args, Parser, Subcommand};
use scumble_nn::{Device, FlipsChoice, Mean, PrecisionChoice, Scales};
use std::num::NonZeroUsize;

/// Classify pixels whose labels are probabilities: raters' masks or soft maps in, soft labels, a classifier trained
/// with the right cross entropy, probability maps out, and an honest judgement of them.
#[derive(Debug, Parser)]
#[command(name = "scumble", version, max_term_width = 100, after_help = examples::SCUMBLE)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job on a small made-up data set whose truth is known: try this first
    #[command(after_help = examples::DEMO)]
    Demo(Demo),
    /// Look at a data set before training: integrity, sizes, raters' agreement, entropy floor
    #[command(after_help = examples::CHECK)]
    Check(Check),
    /// Bring a data set of another layout into ours, with links or copies: nnU-Net, Pascal VOC, images and masks,
    /// annotations of COCO, Label Studio, CVAT, labelme and QuPath
    Import(Import),
    /// Make soft labels of raters' masks: mean, majority, STAPLE or Dawid-Skene
    #[command(after_help = examples::FUSE)]
    Fuse(Fuse),
    /// Train a classifier on a data set
    #[command(after_help = examples::TRAIN)]
    Train(Train),
    /// Write probability maps of images, and what is made of them: masks, objects, outlines
    #[command(after_help = examples::PREDICT)]
    Predict(Box<Predict>),
    /// Write maps in another format, and what is made of maps: masks, objects, outlines
    #[command(after_help = examples::CONVERT)]
    Convert(Convert),
    /// Judge a model or probability maps against soft labels and raters
    #[command(after_help = examples::EVAL)]
    Eval(Box<Eval>),
    /// Explain a run in one HTML file: curves, calibration, pictures, scores
    #[command(after_help = examples::REPORT)]
    Report(Report),
    /// Make a model's probabilities true on images it has not seen, and store how in the model file
    #[command(after_help = examples::CALIBRATE)]
    Calibrate(Calibrate),
    /// Write a model as ONNX, which other programs run: normalisation and calibration are inside
    #[command(after_help = examples::EXPORT)]
    Export(Export),
    /// Runs side by side: settings, training, and which predicts better on the same images
    #[command(after_help = examples::COMPARE)]
    Compare(Compare),
    /// The loss itself on arrays: value, floor, excess, gradient, map
    #[command(after_help = examples::LOSS)]
    Loss(Box<Loss>),
    /// Say what a model, run, data set, image or map is
    #[command(after_help = examples::INFO)]
    Info(Info),
    /// Write a config file with every setting explained
    #[command(after_help = examples::INIT)]
    Init(Init),
    /// Print or write manual pages
    #[command(after_help = examples::MAN)]
    Man(Man),
    /// Print completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct DeviceChoice {
    /// Where to compute: cpu, or in builds with these features cuda, cuda:1, wgpu
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: Device,
}

#[derive(Debug, Args)]
pub(crate) struct Precision {
    /// The numbers in which a model runs: f32, bf16 (half of the memory, 8 bits of precision), or auto: bf16 where this
    /// processor is faster in it
    #[arg(long, default_value = "auto", value_name = "PRECISION")]
    pub(crate) precision: PrecisionChoice,
}

/// What a model's predictions are averaged over.
#[derive(Debug, Args)]
pub(crate) struct Averaging {
    /// Average each prediction over turns and flips of the image: on (those that the training had; of a calibrated model
    /// those that it was calibrated on), all (eight), flips (four), turns (four) or off
    #[arg(long, value_name = "FLIPS", default_value = "on", num_args = 0..=1, default_missing_value = "on")]
    flips: FlipsChoice,
    /// Predict from the image as it is alone, several times faster
    #[arg(long, conflicts_with = "flips")]
    fast: bool,
    /// Average each prediction over these sizes of the image, as multiples of its own: such as .5,1,1.5 [default: 1; of a
    /// calibrated model what it was calibrated on]
    #[arg(long, value_name = "SCALES", conflicts_with = "fast")]
    scales: Option<Scales>,
}

impl Averaging {
    /// What is asked for of one model.
    pub(crate) fn asked(&self) -> scumble_nn::Averaging {
        self.with(Mean::default())
    }

    /// What is asked for of several models.
    pub(crate) fn with(&self, mean: Mean) -> scumble_nn::Averaging {
        let (flips, scales) = (self.flips, self.scales.clone());
        match self.fast {
            true => scumble_nn::Averaging { mean, ..scumble_nn::Averaging::none() },
            false => scumble_nn::Averaging { flips, scales, mean },
        }
    }
}

/// How several models are averaged.
#[derive(Debug, Args)]
pub(crate) struct Members {
    /// What is averaged of several models: logits (better calibrated) or probability
    #[arg(long, value_name = "WHAT", default_value_t)]
    pub(crate) average: Mean,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The words of a line as a shell takes them apart.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                letter => words.last_mut().expect("a word").push(letter),
            }
        }
        words
    }

    #[test]
    fn every_command_has_examples_and_takes_them() {
        let root = Arguments::command();
        for command in root.get_subcommands().chain([&root]) {
            let name = command.get_name();
            let help = command.clone().render_long_help().to_string();
            let (_, examples) =
                help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name}: no examples"));
            let lines: Vec<&str> = examples.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            assert!(!lines.is_empty(), "{name}");
            for line in lines {
                let parsed = Arguments::try_parse_from(words(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(name == "scumble" || line.starts_with(&format!("scumble {name}")), "{name}: {line}");
            }
        }
    }
}
