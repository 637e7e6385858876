//! Why nothing can be predicted.

use crate::fault::Fault;
use scumble_data::MapFormat;
use scumble_nn::head::ReadingError;
use std::path::PathBuf;

/// Why nothing can be predicted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder without images.
    #[error("{}: no image in it ({READABLE}){}", path.display(), but(beside))]
    NoImage {
        /// The folder.
        path: PathBuf,
        /// What lies there instead.
        beside: Option<PathBuf>,
    },
    /// Two images of one id.
    #[error("{} and {} would both be written as {id}; predict them apart", first.display(), second.display())]
    SameId {
        /// One image.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The name of both maps.
        id: String,
    },
    /// Label sets of a model that has none.
    #[error(transparent)]
    NoSets(ReadingError),
    /// Disagreement of one model.
    #[error("one model does not disagree with itself; name several")]
    Alone,
    /// A class that the folder of the label sets or of the disagreement would be mistaken for.
    #[error("a class is named '{folder}' as the folder {of} is; rename the class or store the maps as npy")]
    Named {
        /// The folder's name.
        folder: &'static str,
        /// What is in it.
        of: &'static str,
    },
    /// Batch statistics of some of the images.
    #[error(
        "batch statistics are brought towards those of all images to predict, and a part knows its own alone"
    )]
    AdaptedPart,
    /// Maps of a volume beside maps of its slices.
    #[error(
        "{} is there: a map of the same slices, in another form (a file a slice, or one for all); remove it, or choose another \
         folder", path.display()
    )]
    OtherForm {
        /// The file.
        path: PathBuf,
    },
    /// Maps of another model or kind, which are no part of these.
    #[error(
        "{}: what is there was predicted otherwise (model, format, averaging, thresholds); choose another folder",
        path.display()
    )]
    OtherMaps {
        /// The file that says so.
        path: PathBuf,
    },
    /// A table of some of the images.
    #[error(
        "{}: a table of all images, of which some are left out; make it of the maps when all are there (scumble convert)",
        path.display()
    )]
    TableOfPart {
        /// The table.
        path: PathBuf,
    },
    /// An image that says nothing.
    #[error("no pixel has data: all are NaN, infinite or nodata")]
    NoData,
    /// Pixels that nothing is known of, in a format that cannot say so.
    #[error("the image has no data at {pixels} pixels, which {format} cannot say; take npy, tiff or nifti")]
    Unknown {
        /// How many pixels.
        pixels: u64,
        /// The format.
        format: MapFormat,
    },
}

/// The extensions of images, as messages have them.
pub(crate) const READABLE: &str = "png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz";

fn but(beside: &Option<PathBuf>) -> String {
    beside.as_ref().map(|path| format!("; {} is not read", path.display())).unwrap_or_default()
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NoImage { .. } | Self::NoData | Self::Unknown { .. } => Fault::Input,
            Self::SameId { .. }
            | Self::NoSets(_)
            | Self::Alone
            | Self::Named { .. }
            | Self::AdaptedPart
            | Self::OtherForm { .. }
            | Self::OtherMaps { .. }
            | Self::TableOfPart { .. } => Fault::Request,
        }
    }
}
