//! What `scumble check` is told.

use super::{Images, Print};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The data set's folder
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// Write a picture for each pair of raters and a contact sheet of the most disputed images into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
    /// Replace pictures that are in the folder already
    #[arg(long, requires = "pictures")]
    pub(crate) overwrite: bool,
    /// Fail on suspicious masks, too, not on problems alone
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}
