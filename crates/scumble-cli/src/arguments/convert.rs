//! What `scumble convert` is told.

use super::{Images, Print, Products};
use clap::Args;
use scumble_data::MapFormat;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(mut_arg("patterns", |arg| arg.help("Only images whose name matches one of these patterns (repeat, or separate by commas)")))]
#[command(mut_arg("json", |arg| arg.help("One JSON object an image instead of text")))]
pub(crate) struct Convert {
    /// A folder of maps, or a data set, of whose labels/ it is
    pub(crate) maps: PathBuf,
    /// Folder for what is made
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// What the maps become: npy, tiff, nifti (f32), png16 (65535 = 1) or png8 (255 = 1); without it no maps are written
    #[arg(long)]
    pub(crate) format: Option<MapFormat>,
    #[command(flatten)]
    pub(crate) images: Images,
    /// Replace what is there; what is read is never written over
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) print: Print,
    #[command(flatten)]
    pub(crate) products: Products,
}
