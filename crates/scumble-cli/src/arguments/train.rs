//! What `scumble train` is told.

use super::{DeviceChoice, Print};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(mut_arg("json", |arg| arg.help("One JSON object at the end instead of text")))]
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
    /// Share no work, whatever launcher of MPI has started this
    #[arg(long)]
    pub(crate) alone: bool,
    /// Give up on ranks of MPI that are silent for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rank_timeout: u64,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) print: Print,
}
