//! Which label a training learns from, and which it validates by.

use scumble_data::Target;
use serde::de::{Deserialize, Deserializer, EnumAccess, Error, VariantAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// What a training learns from: a label of each image, or its raters one at a time.
///
/// The targets answer different questions. The mean is the frequency of opinion, and so is what `Sample`
/// learns: how many raters would say yes. STAPLE and Dawid-Skene suppose that there is one truth, which
/// raters try to mark and miss, and estimate it: what is there, given how good each rater is. Dawid-Skene's
/// is learnt once from all training images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainTarget {
    /// A label of the image.
    Label(Target),
    /// One rater an image and step, any as likely as another: the mean's gradient in expectation.
    Sample,
}

impl Default for TrainTarget {
    fn default() -> Self {
        Self::Label(Target::default())
    }
}

impl TrainTarget {
    const ALL: [Self; 6] = {
        let mut all = [Self::Sample; 6];
        let mut at = 0;
        while at < Target::ALL.len() {
            all[at] = Self::Label(Target::ALL[at]);
            at += 1;
        }
        all
    };

    const NAMES: [&'static str; 6] = {
        let mut names = [""; 6];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// The label that it comes to: of raters drawn, their mean.
    pub fn label(self) -> Target {
        match self {
            Self::Label(target) => target,
            Self::Sample => Target::Mean,
        }
    }

    /// The name used in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Label(target) => target.name(),
            Self::Sample => "sample",
        }
    }
}

/// As an enum without fields of these names.
impl Serialize for TrainTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TrainTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("TrainTarget", &Self::NAMES, Name)
    }
}

struct Name;

impl<'de> Visitor<'de> for Name {
    type Value = TrainTarget;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("enum TrainTarget")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<TrainTarget, A::Error> {
        let (name, rest) = data.variant::<String>()?;
        let found = TrainTarget::ALL.into_iter().find(|target| target.name() == name);
        let target = found.ok_or_else(|| A::Error::unknown_variant(&name, &TrainTarget::NAMES))?;
        rest.unit_variant()?;
        Ok(target)
    }
}

/// What validation judges by, and so chooses the best epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
