//! What `scumble demo` is told.

use super::{DeviceChoice, Print};
use clap::Args;
use std::path::PathBuf;

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
    #[command(flatten)]
    pub(crate) print: Print,
}
