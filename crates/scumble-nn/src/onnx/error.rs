//! Why a model has no ONNX file.

use thiserror::Error;

/// Why a model cannot be written as ONNX.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// Parts that do not go together, of a model that was not read from a file.
    #[error("the model contradicts itself: {message}")]
    Broken {
        /// What is wrong.
        message: String,
    },
    /// A chain of so many labels that their probabilities are searched for, not computed.
    #[error(
        "a chain of {labels} labels: beyond {most} their probabilities are found by a search, which ONNX has no operation for; \
         predict with scumble, or train another family"
    )]
    Chain {
        /// Labels of the chain.
        labels: usize,
        /// The most that can be written.
        most: usize,
    },
    /// Weights beyond what one file of protocol buffers may hold.
    #[error(
        "the file would have {bytes} bytes, and one of ONNX holds less than 2 GiB; train a narrower network"
    )]
    TooLarge {
        /// Bytes of the weights or the file.
        bytes: u64,
    },
}
