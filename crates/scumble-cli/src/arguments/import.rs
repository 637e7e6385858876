//! What `scumble import` is told.

use super::Print;
use clap::{Args, ValueEnum};
use scumble_data::{ForeignLayout, Several};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  scumble import DOWNLOADED -o DATA --dry-run
  scumble import DOWNLOADED -o DATA
  scumble import Dataset042_Lagoons -o DATA --layout nnunet
  scumble import SLIDES -o DATA --several raters --copy";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// The folder as it is; nothing in it is moved or changed
    pub(crate) source: PathBuf,
    /// Folder for the data set, new or empty
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// The layout of the source
    #[arg(long, value_enum, default_value_t = LayoutName::Auto)]
    pub(crate) layout: LayoutName,
    /// What masks are that only a name tells apart (masks_a/ and masks_b/)
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub(crate) several: Option<Whose>,
    /// Copy every file; else they are hard links, the files themselves under another name, where that is possible
    #[arg(long)]
    pub(crate) copy: bool,
    /// Show what would go where, and make nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace a data set that an import has made
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutName {
    /// Whichever is recognised
    Auto,
    /// imagesTr/, labelsTr/, dataset.json
    Nnunet,
    /// JPEGImages/, SegmentationClass/, ImageSets/
    Voc,
    /// Annotations in COCO's JSON beside folders of images
    Coco,
    /// Annotations of Label Studio, CVAT, labelme or QuPath beside folders of images
    Annotations,
    /// Folders called images, masks, labels, gt, annotator_1, .., in or around train, val and test
    Folders,
    /// s0.png and s0_mask.png
    SideBySide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whose {
    /// Each name is a rater
    Raters,
    /// Each name is a class
    Classes,
}

impl LayoutName {
    pub(crate) fn layout(self) -> Option<ForeignLayout> {
        match self {
            Self::Auto => None,
            Self::Nnunet => Some(ForeignLayout::Nnunet),
            Self::Voc => Some(ForeignLayout::Voc),
            Self::Coco => Some(ForeignLayout::Coco),
            Self::Annotations => Some(ForeignLayout::Annotations),
            Self::Folders => Some(ForeignLayout::Folders),
            Self::SideBySide => Some(ForeignLayout::SideBySide),
        }
    }
}

impl Whose {
    pub(crate) fn several(self) -> Several {
        match self {
            Self::Raters => Several::Raters,
            Self::Classes => Several::Classes,
        }
    }
}
