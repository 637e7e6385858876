//! Why predictions cannot be judged.

use super::beside::Beside;
use crate::Fault;
use scumble::fusion::FusionError;
use scumble::labels::{LabelError, LabelSpace};
use scumble::score::ScoreError;
use scumble::score::objects::ObjectsError;
use scumble::score::surface::SurfaceError;
use thiserror::Error;

/// Why predictions cannot be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A number that a setting cannot have.
    #[error("{name} = {value}: {must}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was asked for.
        value: String,
        /// What it can be.
        must: &'static str,
    },
    /// A condition on a class that there is not.
    #[error("no class is named {class:?}; there are {known}")]
    GateClass {
        /// The condition.
        gate: String,
        /// The class.
        class: String,
        /// The classes that there are.
        known: String,
    },
    /// A condition on a score that is not found unless it is asked for.
    #[error("{name} is a score of {beside}, which were not asked for")]
    GateBeside {
        /// The condition.
        gate: String,
        /// The score.
        name: &'static str,
        /// What it is one of.
        beside: Beside,
    },
    /// Two images of one name.
    #[error("image {image} has been judged already")]
    Twice {
        /// Its name.
        image: String,
    },
    /// Images that were judged otherwise.
    #[error(
        "judges of the same classes and options can be put together; this one is of {ours}, the other of {theirs}{}",
        if .ours == .theirs { " by other options" } else { "" }
    )]
    OtherJudge {
        /// What the labels are here.
        ours: LabelSpace,
        /// What they are there.
        theirs: LabelSpace,
    },
    /// A prediction that does not fit its label.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// A region that does not fit a label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Outlines that cannot be held against each other.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
    /// Objects that cannot be held against each other.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// Raters who cannot be held against each other.
    #[error(transparent)]
    Raters(#[from] FusionError),
    /// A report of a judgement that was not asked for what a report shows.
    #[error("this judgement has only scores: a report needs a request that asks for one")]
    NoMaterial,
}

impl Error {
    /// Masks are drawn of a map, not where there are samples.
    pub(super) fn drawn_of_samples(count: usize) -> Self {
        let must = "none are drawn where there are samples: these are judged";
        Self::Setting { name: "diversity", value: count.to_string(), must }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Setting { .. } | Self::GateClass { .. } | Self::GateBeside { .. } | Self::NoMaterial => {
                Fault::Request
            }
            _ => Fault::Input,
        }
    }
}
