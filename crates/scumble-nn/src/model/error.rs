//! Why a model file cannot be read or written.

use scumble_data::{DataError, TooLarge};
use std::path::PathBuf;
use thiserror::Error;

/// Why a model or checkpoint cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A file that would take more memory than one file may.
    #[error("{}: its tensors take {source}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How much, and how much it may be.
        source: TooLarge,
    },
    /// Not a file that scumble wrote.
    #[error("{}: no scumble model ({message})", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing.
        message: String,
    },
    /// A scumble file that contradicts itself or is cut short.
    #[error("{}: damaged model: {message}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Written by a later scumble.
    #[error("{}: model of version {found}, this program reads version {known}; use a newer scumble", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] DataError),
}
