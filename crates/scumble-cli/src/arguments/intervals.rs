use clap::Args;
use scumble::score::Bootstrap;

/// How sure scores are.
#[derive(Debug, Args)]
pub(crate) struct Intervals {
    /// How often the images are drawn anew for the 95 % intervals; 0: no intervals
    #[arg(long, default_value_t = Bootstrap::default().resamples, value_name = "N")]
    pub(crate) bootstrap: u32,
    /// Where the chance of the intervals comes from
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}
