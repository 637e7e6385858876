//! What `scumble export` is told.

use super::Print;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A model file or a run folder
    pub(crate) model: PathBuf,
    /// The file to write, in ONNX
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}
