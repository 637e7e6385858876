//! What `scumble info` is told.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Info {
    /// A model file, run folder, data set, image or map
    pub(crate) path: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
