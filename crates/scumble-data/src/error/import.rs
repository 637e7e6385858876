//! Why a folder cannot be brought into the layout of a data set, in the words of a message.

use crate::ForeignLayout;
use std::path::PathBuf;
use thiserror::Error;

/// Why a folder cannot be brought into the layout of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImportProblem {
    /// Of no layout, or not of the one that was asked for.
    #[error(
        "no {}is recognised in it: masks need folders, or endings of their names, that say so (masks/, labels/, gt/, \
         annotator_1/, s0_mask.png), and names that follow from those of the images",
        .layout.map_or("layout ".to_owned(), |layout| format!("layout {layout} "))
    )]
    NotRecognised {
        /// The layout that was asked for.
        layout: Option<ForeignLayout>,
    },
    /// Masks that only a name tells apart.
    #[error("masks of several names ({}): are these raters, or classes?", .names.join(", "))]
    Several {
        /// The names.
        names: Vec<String>,
    },
    /// A case without all its channels.
    #[error(
        "the files of a case are {}, and others have {expected}; channels are numbered _0000, _0001, .. and each case has \
         all of them", .names.join(", ")
    )]
    Channels {
        /// The files' names.
        names: Vec<String>,
        /// How many channels others have.
        expected: usize,
    },
    /// Channels that do not fit each other.
    #[error("has another size, number type or place than {}, whose channels it belongs to", .other.display())]
    Unlike {
        /// The first channel.
        other: PathBuf,
    },
}
