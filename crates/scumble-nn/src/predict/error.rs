//! Why an image cannot be predicted.

use super::TogetherError;
use crate::ModelError;
use crate::executor::ExecutorError;
use crate::head::ReadingError;
use scumble_data::{DataError, NormalisationError, TooLarge};
use thiserror::Error;

/// Why an image cannot be predicted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictError {
    /// An image with other channels than the model was trained on, or that counts where it is no number.
    #[error(transparent)]
    Image(#[from] NormalisationError),
    /// A network that needs more memory for an image than there is.
    #[error(
        "tiles of {} x {} pixels, which this network needs for {} x {}, take {source}",
        .tile.0, .tile.1, .image.0, .image.1
    )]
    TooLarge {
        /// (height, width) of a tile.
        tile: (usize, usize),
        /// (height, width) of the image.
        image: (usize, usize),
        /// How much, and how much there is.
        source: TooLarge,
    },
    /// A model without statistics that could be taken from other images.
    #[error(
        "the network has no batch normalisation (network.norm = \"batch\"), so there is nothing to adapt"
    )]
    NothingToAdapt,
    /// Models that cannot be averaged.
    #[error(transparent)]
    Together(#[from] TogetherError),
    /// A reading that the model does not have.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// The network failed.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Whoever takes the maps failed.
    #[error(transparent)]
    Data(#[from] DataError),
}
