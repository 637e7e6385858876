//! How sure scores are to be.

use clap::Args;
use scumble::score::Bootstrap;
use scumble_data::Grouping;

/// How sure scores are.
#[derive(Debug, Args)]
pub(crate) struct Intervals {
    /// How often the groups of images are drawn anew for the 95 % intervals; 0: no intervals
    #[arg(long, default_value_t = Bootstrap::default().resamples, value_name = "N")]
    pub(crate) bootstrap: u32,
    /// Where the chance of the intervals comes from
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Images that belong together and are drawn together: a regular expression with one capture ( ) that is found in
    /// every name, such as '^(\d+)' [default: data.group of the run, else group of dataset.toml, else the volume of a
    /// slice]
    #[arg(long, value_name = "PATTERN")]
    pub(crate) group: Option<Grouping>,
}

impl Intervals {
    /// The pattern of groups; the default where none is given.
    pub(crate) fn grouping(&self) -> Grouping {
        self.group.clone().unwrap_or_default()
    }
}
