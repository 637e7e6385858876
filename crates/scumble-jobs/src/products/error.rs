//! Why nothing is made of maps.

use crate::fault::Fault;
use scumble_data::ROI_REACH;
use thiserror::Error;

/// Why nothing is made of maps.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A threshold of exclusive classes.
    #[error(
        "these classes exclude each other, and a pixel is of the likeliest whatever a threshold; leave the threshold out"
    )]
    Exclusive,
    /// A class that nobody has a threshold for.
    #[error("no threshold for the class '{class}'; name it ({class}=0.5), or one for all the others")]
    NoThreshold {
        /// The class.
        class: String,
    },
    /// A class that is not among the maps.
    #[error("a threshold for the class '{class}', and the classes are {}", known.join(", "))]
    NoClass {
        /// What it is called.
        class: String,
        /// The classes.
        known: Vec<String>,
    },
    /// What is no threshold.
    #[error("'{text}' is no threshold; a probability is a number from 0 to 1")]
    Threshold {
        /// What was written.
        text: String,
    },
    /// A model that does not say where F1 is best.
    #[error(
        "the model file does not say at which threshold F1 was best: none of its validation images had the class '{class}', or the \
         training is older than that; name a probability (the report of an evaluation shows the best)"
    )]
    NoBest {
        /// The first class without.
        class: String,
    },
    /// Maps, which come without a model.
    #[error("only a model file says at which threshold F1 was best; name a probability")]
    BestOfMaps,
    /// What is no level.
    #[error("'{level}' is no level of a contour; it is a probability above 0 and below 1")]
    Level {
        /// What was written.
        level: String,
    },
    /// More classes than a byte can say.
    #[error("{classes} classes: their masks are indices of 8 bits, of which 255 is for what is not known")]
    ManyClasses {
        /// How many.
        classes: usize,
    },
    /// An image beyond what ImageJ's outlines can say.
    #[error(
        "ImageJ's outlines reach no farther than {ROI_REACH} pixels, and this image has {side}; take geojson"
    )]
    Far {
        /// Its longer side.
        side: usize,
    },
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Far { .. } => Fault::Input,
            _ => Fault::Request,
        }
    }
}
