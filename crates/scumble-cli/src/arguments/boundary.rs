//! How `scumble eval` judges boundaries.

use clap::Args;

/// What says something of the scores of pixels, which are not computed then.
const NOT_WITH_BOUNDARY: [&str; 19] = [
    "target",
    "unweighted",
    "adapt",
    "label_sets",
    "uncertainty",
    "disagreement",
    "samples",
    "surface",
    "objects",
    "diversity",
    "pictures",
    "report",
    "csv",
    "overwrite",
    "bins",
    "binning",
    "threshold",
    "group",
    "fail_if",
];

/// The part of `eval` that judges boundaries.
#[derive(Debug, Args)]
pub(crate) struct Boundary {
    /// Judge boundaries as the BSDS500 benchmark does, and nothing else: ODS, OIS and AP
    #[arg(long, conflicts_with_all = NOT_WITH_BOUNDARY)]
    pub(crate) boundary: bool,
    /// Keep of the maps only the maxima across edges, first: for maps that are not thin
    #[arg(long, requires = "boundary")]
    pub(crate) nms: bool,
    /// Thresholds to judge boundaries at
    #[arg(long, requires = "boundary", default_value_t = 99, value_name = "N")]
    pub(crate) thresholds: usize,
    /// How far apart pixels of the same boundary may be, as a share of the image's diagonal
    #[arg(long, requires = "boundary", default_value_t = 0.0075, value_name = "SHARE")]
    pub(crate) max_distance: f64,
    /// Thin the raters' marks before boundaries are matched
    #[arg(long, requires = "boundary")]
    pub(crate) thin_raters: bool,
}
