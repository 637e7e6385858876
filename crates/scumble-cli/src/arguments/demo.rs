//! What `scumble demo` is told.

use super::{DeviceChoice, Print};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for everything; without it, a new folder scumble-demo
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// How many raters outline each image; with two or more, their votes tell how far the model is from the truth
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = raters)]
    pub(crate) raters: usize,
    /// Where the data set and all chance come from
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Epochs of training
    #[arg(long, default_value_t = 24)]
    pub(crate) epochs: u64,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) print: Print,
}

fn raters(text: &str) -> Result<usize, String> {
    let raters = text.parse().ok().filter(|raters| (1..=100).contains(raters));
    raters.ok_or_else(|| "1 to 100 raters".into())
}
