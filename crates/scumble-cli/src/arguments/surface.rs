use clap::Args;
use scumble_jobs::judge::Spacing;

/// The part of `eval` that measures distances between outlines.
#[derive(Debug, Args)]
pub(crate) struct Surface {
    /// Measure the distances between outlines, too: Hausdorff, its 95th percentile, the average
    #[arg(long)]
    pub(crate) surface: bool,
    /// Height and width of a pixel, such as 0.5,0.5: distances have their unit
    #[arg(long, requires = "surface", default_value = "1,1", value_name = "HEIGHT,WIDTH")]
    pub(crate) spacing: Spacing,
}
