//! What `scumble info` is told.

use super::Print;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Info {
    /// A model file, run folder, data set, volume, image or map
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) print: Print,
}
