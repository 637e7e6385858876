//! What `scumble init` is told.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The file to write
    #[arg(default_value = "scumble.toml")]
    pub(crate) file: PathBuf,
}
