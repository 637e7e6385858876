//! Which images belong together.

use clap::Args;
use scumble_data::Grouping;

/// Which images belong together.
#[derive(Debug, Args)]
pub(crate) struct Groups {
    /// Images that belong together, which intervals and verdicts take as one: a regular expression with one capture ( )
    /// that is found in every name, such as '^(\d+)' [default: data.group of the run, else group of dataset.toml, else the
    /// volume of a slice]
    #[arg(long, value_name = "PATTERN")]
    pub(crate) group: Option<Grouping>,
}

impl Groups {
    /// The pattern of groups; the default where none is given.
    pub(crate) fn grouping(&self) -> Grouping {
        self.group.clone().unwrap_or_default()
    }
}
