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
    /// Show so many patches among the pictures as a training would draw them, with their labels
    #[arg(long, value_name = "PATCHES", requires = "pictures", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) augment: Option<u16>,
    /// Settings of that training in TOML
    #[arg(long, value_name = "FILE", requires = "augment")]
    pub(crate) config: Option<PathBuf>,
    /// A setting of it over the file's, such as augment.noise=0.3
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "augment")]
    pub(crate) assignments: Vec<String>,
    /// Fail on suspicious masks, too, not on problems alone
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}
