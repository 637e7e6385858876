//! What `scumble man` is told.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is printed; without it, the page of the program
    #[arg(conflicts_with = "output")]
    pub(crate) command: Option<String>,
    /// Folder for all pages, scumble.1 and one a command
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Replace pages that are there, such as those of another version
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
}
