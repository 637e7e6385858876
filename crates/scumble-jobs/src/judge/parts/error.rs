//! Why parts of a judgement cannot be found or put together.

use crate::Fault;
use std::path::PathBuf;
use thiserror::Error;

/// Why parts of a judgement cannot be found or put together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Something that is of all images.
    #[error("{why}")]
    OfAll {
        /// What, and where it is found.
        why: &'static str,
    },
    /// A file that holds no sums.
    #[error("{}: not the sums of a part of a judgement: {why}", path.display())]
    NoSums {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Sums of another version.
    #[error("{}: sums by scumble {found}; this is {ours}: judge the part again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Who wrote it.
        found: String,
        /// Who reads it.
        ours: String,
    },
    /// Sums of another judgement.
    #[error("{}: a part of another judgement: {what} is {found}, and not {expected}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
        /// What it is there.
        found: String,
        /// What it is elsewhere.
        expected: String,
    },
    /// Two files of one part.
    #[error("part {part} is there twice: {} and {}", first.display(), second.display())]
    Twice {
        /// Which.
        part: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Parts of lists that were cut into different numbers of parts.
    #[error(
        "{} is part {found} and {} is part {expected}: these overlap; put parts of one number together", path.display(),
        first.display()
    )]
    Overlap {
        /// One file.
        path: PathBuf,
        /// Which part it is.
        found: String,
        /// The other.
        first: PathBuf,
        /// Which part that is.
        expected: String,
    },
    /// Parts that are not there.
    #[error("of {of} parts {} missing: {parts}", if *missing == 1 { "1 is".to_owned() } else { format!("{missing} are") })]
    Missing {
        /// How many there should be.
        of: u64,
        /// How many are not there.
        missing: u64,
        /// These, as far as they are few.
        parts: String,
    },
    /// Nothing to put together.
    #[error("{}: no sums of parts (files such as 3-of-20.json) in it", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
    /// Images that are in no part, or in several.
    #[error("the parts have {found} images, and there are {expected}: judge them again")]
    Images {
        /// How many the parts have.
        found: usize,
        /// How many there are.
        expected: usize,
    },
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::OfAll { .. } => Fault::Request,
            _ => Fault::Input,
        }
    }
}
