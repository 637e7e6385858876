//! The files of an item, decoded once for all of its rows.

use super::grey::differs_in_opacity_alone;
use crate::formats::read_wide;
use crate::{DataError, Raster, Samples, UseProblem, read_image, read_raster};
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
}

/// The files of an item that have been decoded.
pub(super) type Decoded = Mutex<BTreeMap<(PathBuf, Reading), Arc<Raster>>>;

/// Some rows of an item.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) range: Range<usize>,
    pub(super) decoded: Arc<Decoded>,
}

impl Rows {
    /// These rows of a file, which is decoded for the first band.
    ///
    /// # Errors
    /// As `decode`; a map of which a part could be taken for something else than the whole.
    pub(super) fn of_file(
        &self,
        reading: Reading,
        path: &Path,
        decode: impl FnOnce() -> Result<Raster, DataError>,
    ) -> Result<Raster, DataError> {
        let key = (path.to_owned(), reading);
        // A panic elsewhere leaves the map whole: every change is one insertion.
        let known = self.decoded.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let raster = match known {
            Some(raster) => raster,
            None => {
                let raster = Arc::new(unmistakable(decode()?, path)?);
                let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
                decoded.insert(key, raster.clone());
                raster
            }
        };
        Ok(raster.rows(self.range.clone()))
    }
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
