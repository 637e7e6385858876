//! What predictions are held against.

use clap::Args;
use scumble_data::{Band, Target};
use scumble_jobs::judge::JudgeSettings;

/// What predictions are held against.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// Only a band of each image, such as 'rows 0.7..1'
    #[arg(long, value_name = "BAND")]
    pub(crate) region: Option<Band>,
    /// The label: labels, mean (of the raters), auto (labels if there are any), staple (of each image),
    /// dawid-skene (of all images that are used)
    #[arg(long, default_value = "auto")]
    pub(crate) target: Target,
    /// Count every pixel once, not once per rater
    #[arg(long)]
    pub(crate) unweighted: bool,
}

impl Against {
    /// How to judge.
    pub(crate) fn settings(&self) -> JudgeSettings {
        JudgeSettings {
            target: self.target,
            region: self.region,
            by_raters: !self.unweighted,
            ..JudgeSettings::default()
        }
    }
}
