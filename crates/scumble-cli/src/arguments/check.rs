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
    /// Write pictures of the disagreement into this folder: the most disputed images, all raters beside each other, the
    /// most different pairs of them, and masks that look like those of other images
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
