//! Why runs cannot be compared.

use crate::fault::Fault;
use scumble::labels::Kind;
use std::path::PathBuf;
use thiserror::Error;

/// Why runs cannot be compared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to compare with.
    #[error("two runs at least are compared")]
    Alone,
    /// No data set was named, and not all of them say which they were trained on.
    #[error("{} is no run folder", path.display())]
    NoData {
        /// What is no run folder.
        path: PathBuf,
    },
    /// Predictions of different labels.
    #[error(
        "{first} predicts {} labels ({}), {other} {} ({}): scores of different questions cannot be compared",
        first_labels.0, first_labels.1, other_labels.0, other_labels.1
    )]
    Questions {
        /// The first.
        first: String,
        /// Its kind and classes.
        first_labels: (Kind, String),
        /// Another.
        other: String,
        /// Its kind and classes.
        other_labels: (Kind, String),
    },
    /// No image in common.
    #[error("no image of {} has a prediction of each of them", data.display())]
    NothingInCommon {
        /// The data set.
        data: PathBuf,
    },
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Alone | Self::NoData { .. } => Fault::Request,
            _ => Fault::Input,
        }
    }
}
