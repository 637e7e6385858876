//! What a prediction is to be averaged over.

use crate::FlipsChoice;
use serde::{Deserialize, Serialize};

/// What a prediction is to be averaged over; the default is what the model is best with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Averaging {
    /// Turns and flips of the image.
    pub flips: FlipsChoice,
}

impl Averaging {
    /// Over nothing: the image as it is, the fastest.
    pub fn none() -> Self {
        Self { flips: FlipsChoice::Off }
    }
}
