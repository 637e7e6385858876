//! What `scumble report` is told.

use super::{Averaging, DeviceChoice, Precision, Print};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The data set, if it has moved since the training, or another one to judge all of
    pub(crate) data: Option<PathBuf>,
    /// The file to write; without it, report.html in the run folder
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace that file if it is there; the run's own report is made anew without this
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) precision: Precision,
    #[command(flatten)]
    pub(crate) averaging: Averaging,
    #[command(flatten)]
    pub(crate) print: Print,
}
