//! What `scumble export` is told.

use super::Print;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A model file or a run folder
    pub(crate) model: PathBuf,
    /// The file to write, in ONNX
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["bioimageio", "web"])]
    pub(crate) output: Option<PathBuf>,
    /// Write a page that predicts in any browser, offline, into this HTML file instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "bioimageio", "image", "name", "author", "license"])]
    pub(crate) web: Option<PathBuf>,
    /// Write a package of BioImage.io into this folder instead
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    pub(crate) bioimageio: Option<PathBuf>,
    /// The image that the package shows and is tested by [default: the first that the run held out]
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(crate) image: Option<PathBuf>,
    /// What the package calls the model [default: by its classes]
    #[arg(long, conflicts_with = "output")]
    pub(crate) name: Option<String>,
    /// Who made the model; more of them by more of these
    #[arg(long, value_name = "NAME", conflicts_with = "output")]
    pub(crate) author: Vec<String>,
    /// The package's license, by its SPDX name, such as CC-BY-4.0
    #[arg(long, value_name = "SPDX", conflicts_with = "output")]
    pub(crate) license: Option<String>,
    /// Replace what is there
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}
