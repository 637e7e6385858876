use scumble_data::Target;
use serde::{Deserialize, Serialize};

/// What a training learns from: a label of each image, or its raters one at a time.
///
/// The targets answer different questions. The mean is the frequency of opinion, and so is what `Sample`
/// learns: how many raters would say yes. STAPLE and Dawid-Skene suppose that there is one truth, which
/// raters try to mark and miss, and estimate it: what is there, given how good each rater is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainTarget {
    /// The label file where there is one, else the raters' mean.
    #[default]
    Auto,
    /// The label file.
    Labels,
    /// The frequency of the raters' opinions, with their number.
    Mean,
    /// STAPLE's posterior, fitted to each image by itself.
    Staple,
    /// The posterior of Dawid and Skene, raters' quality being learnt once from all training images.
    DawidSkene,
    /// One rater an image and step, any as likely as another: the mean's gradient in expectation.
    Sample,
}

impl TrainTarget {
    /// The label that it comes to: of raters drawn, their mean.
    pub fn label(self) -> Target {
        match self {
            Self::Auto => Target::Auto,
            Self::Labels => Target::Labels,
            Self::Mean | Self::Sample => Target::Mean,
            Self::Staple => Target::Staple,
            Self::DawidSkene => Target::DawidSkene,
        }
    }

    /// The name used in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            other => other.label().name(),
        }
    }
}

/// What validation judges by, and so chooses the best epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationTarget {
    /// What is learnt, on images that were not learnt from. Of raters drawn, their mean.
    #[default]
    Same,
    /// The mean of the raters, whatever is learnt: comparable between targets.
    Mean,
}

impl ValidationTarget {
    /// The label that validation judges by, given what is learnt.
    pub fn label(self, learnt: TrainTarget) -> Target {
        match self {
            Self::Same => learnt.label(),
            Self::Mean => Target::Mean,
        }
    }
}
