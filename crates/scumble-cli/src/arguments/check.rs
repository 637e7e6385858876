use super::Images;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The data set's folder
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
