//! Which label of an image is meant, and which part of a data set.

use scumble::fusion::{DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, dawid_skene, staple};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which label of an image to learn from or to judge by. What a training may draw beside these is its own affair.
///
/// ```
/// use scumble_data::Target;
///
/// assert_eq!("mean".parse(), Ok(Target::Mean));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The label file where there is one, else the raters' mean.
    #[default]
    Auto,
    /// The label file.
    Labels,
    /// The frequency of the raters' opinions, with their number.
    Mean,
    /// The probability of one hidden truth that the raters tried to mark, each as well as they could on this image.
    Staple,
    /// The same, each rater being as good on every image; see [`Labeller`](crate::Labeller).
    DawidSkene,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Labels, Self::Mean, Self::Staple, Self::DawidSkene];

    /// The name used in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Target::Auto => "auto",
            Target::Labels => "labels",
            Target::Mean => "mean",
            Target::Staple => "staple",
            Target::DawidSkene => "dawid-skene",
        }
    }

    /// What a model of raters says of their marks; without one Dawid's and Skene's.
    pub(super) fn fit(self, patterns: &Patterns) -> Result<Fit, FusionError> {
        match self {
            Target::Staple => staple(patterns, &StapleOptions::default()),
            _ => dawid_skene(patterns, &DawidSkeneOptions::default()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|target| target.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            let hint = match name {
                "sample" => {
                    "; one rater drawn anew each step is something to learn from, judge against their mean"
                }
                _ => "",
            };
            format!("'{name}' is no label of an image{hint}; known are {known}")
        })
    }
}

/// The part of the data set that a subfolder declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// To learn from.
    Train,
    /// To choose the best epoch and to calibrate.
    Val,
    /// To judge, once.
    Test,
}

impl Part {
    /// All parts, in the order of a data set's items.
    pub const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    /// The name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Val => "val",
            Part::Test => "test",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
