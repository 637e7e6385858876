//! The files of an item for all of its rows: open, if they can be decoded by rows, else decoded once.

use super::grey::differs_in_opacity_alone;
use crate::formats::read_wide;
use crate::{DataError, Raster, RasterReader, Samples, UseProblem, read_image, read_raster};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the numbers of a file are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    /// A label or a mask.
    Map,
    /// The same with all digits of 64-bit floats.
    Wide,
    /// A picture.
    Picture,
}

impl Reading {
    pub(super) fn decode(self, path: &Path) -> Result<Raster, DataError> {
        match self {
            Self::Map => read_raster(path),
            Self::Wide => read_wide(path),
            Self::Picture => read_image(path),
        }
    }

    /// The file to be decoded by rows, if it can be.
    fn open(self, path: &Path) -> Result<Option<RasterReader>, DataError> {
        match self {
            Self::Map => RasterReader::raster(path),
            Self::Wide => RasterReader::wide(path),
            Self::Picture => RasterReader::image(path),
        }
    }
}

/// The files of an item that have been opened.
pub(super) type Decoded = Mutex<BTreeMap<(PathBuf, Reading), Arc<File>>>;

/// A file of which rows are read.
#[derive(Debug)]
pub(super) enum File {
    Whole(Raster),
    ByRows(Mutex<RasterReader>),
}

/// Some rows of an item.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) range: Range<usize>,
    pub(super) decoded: Arc<Decoded>,
}

impl Rows {
    /// These rows of a file, which is opened for the first band; `check` holds its (height, width) against what they must be.
    ///
    /// # Errors
    /// A file that is missing or broken; as `check`; a map of which a part could be taken for something else than the whole.
    pub(super) fn of_file(
        &self,
        reading: Reading,
        path: &Path,
        check: impl FnOnce((usize, usize)) -> Result<(), DataError>,
    ) -> Result<Raster, DataError> {
        let key = (path.to_owned(), reading);
        // A panic elsewhere leaves the map whole: every change is one insertion.
        let known = self.decoded.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let file = match known {
            Some(file) => file,
            None => {
                let file = Arc::new(open(reading, path, check)?);
                let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
                decoded.insert(key, file.clone());
                file
            }
        };
        match &*file {
            File::Whole(raster) => Ok(raster.rows(self.range.clone())),
            File::ByRows(reader) => {
                reader.lock().unwrap_or_else(PoisonError::into_inner).rows(self.range.clone())
            }
        }
    }
}

fn open(
    reading: Reading,
    path: &Path,
    check: impl FnOnce((usize, usize)) -> Result<(), DataError>,
) -> Result<File, DataError> {
    if let Some(mut reader) = reading.open(path)? {
        // Of a palette, and of an opacity, all is looked at before a part is.
        let like = reader.rows(0..0)?;
        if like.channels != 4 && like.indexed.is_none_or(|largest| largest <= 1) {
            check(reader.size())?;
            return Ok(File::ByRows(Mutex::new(reader)));
        }
    }
    let raster = reading.decode(path)?;
    check((raster.height, raster.width))?;
    Ok(File::Whole(unmistakable(raster, path)?))
}

/// What is said of a whole file must be true of each of its parts.
fn unmistakable(raster: Raster, path: &Path) -> Result<Raster, DataError> {
    if differs_in_opacity_alone(&raster) {
        return Err(DataError::Unfit { path: path.to_owned(), problem: UseProblem::NotByRows });
    }
    // Of a palette the one entry that is not 0 may be what is on: of several none is, even where a part shows but one.
    let several = raster.indexed.is_some_and(|largest| largest > 1) && has_several_entries(&raster.samples);
    Ok(Raster { indexed: if several { Some(1) } else { raster.indexed }, ..raster })
}

fn has_several_entries(samples: &Samples) -> bool {
    fn several<T: Copy + PartialEq + Default>(samples: &[T]) -> bool {
        let mut entries = samples.iter().filter(|value| **value != T::default());
        entries.next().is_some_and(|first| entries.any(|other| other != first))
    }
    match samples {
        Samples::U8(samples) => several(samples),
        Samples::U16(samples) => several(samples),
        Samples::F32(_) | Samples::F64(_) => false,
    }
}
