//! How the integers of maps are to be read.

use super::headers::{Headers, Levels};
use super::settings::Declared;
use crate::DataError;
use std::path::Path;

/// How the integers of maps are to be read. Floats are read as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 0 is off; 1 or the full scale is on.
    OnOff,
    /// Class indices.
    Index,
    /// Full scale is probability 1.
    Soft,
    /// Colours that dataset.toml gives the classes.
    Colours,
}

/// Indices beyond this are taken for grey values unless the file or dataset.toml says otherwise.
const LARGEST_INDEX: u16 = 63;
/// What most index maps use for "nobody knows", by the habit of Pascal VOC.
const VOID: u16 = 255;

/// What maps of one channel hold: how to read them and, for indices, the number of classes that they need.
pub(super) struct Found {
    pub(super) encoding: Encoding,
    pub(super) classes: Option<usize>,
}

/// What is known before the maps are looked at.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) declared: Option<Declared>,
    /// The number of classes, where dataset.toml or a sidecar names them.
    pub(super) classes: Option<usize>,
    pub(super) ignore_index: Option<u16>,
    /// Indices are possible: no class folders, and the kind is not declared as another.
    pub(super) may_index: bool,
}

impl Known {
    /// Understands label maps of one integer channel each.
    pub(super) fn labels(self, headers: &Headers) -> Result<Found, DataError> {
        self.understand(headers, Encoding::Soft)
    }

    /// Understands raters' masks. They are hard: values that are neither on/off nor indices are left for the
    /// reader to refuse, with their pixel.
    pub(super) fn masks(self, headers: &Headers) -> Result<Found, DataError> {
        Known { declared: None, ..self }.understand(headers, Encoding::OnOff)
    }

    fn understand(self, headers: &Headers, grey: Encoding) -> Result<Found, DataError> {
        let plain = |encoding| Ok(Found { encoding, classes: None });
        let by_header = headers.all(|info| info.indexed == Some(1));
        match self.declared {
            Some(Declared::Soft) => return plain(Encoding::Soft),
            Some(Declared::Index) if self.may_index => return self.indices(headers),
            _ if by_header => return plain(Encoding::OnOff),
            _ => {}
        }
        if self.may_index && headers.find(|info| info.indexed.is_some_and(|largest| largest > 1)).is_some() {
            return self.indices(headers);
        }
        let sample = headers.sample();
        if sample.values(self.ignore_index).iter().all(|&v| v <= LARGEST_INDEX) {
            // A rare class may be missing in the sample, and so may the grey values of a mostly black map.
            return self.small_or_grey(&headers.everything(), headers, grey);
        }
        self.small_or_grey(&sample, headers, grey)
    }

    fn small_or_grey(self, levels: &Levels, headers: &Headers, grey: Encoding) -> Result<Found, DataError> {
        let values = levels.values(self.ignore_index);
        let largest = values.last().copied().unwrap_or(0);
        if largest <= 1 {
            return Ok(Found { encoding: Encoding::OnOff, classes: None });
        }
        if self.may_index && largest <= LARGEST_INDEX {
            return self.indices(headers);
        }
        // Some write "on" as 1 and some as 255; both in one file is something else.
        let two_ways = values == [0, 1, VOID] && !levels.mixed;
        if two_ways || grey == Encoding::OnOff && values.iter().all(|v| [0, 255, u16::MAX].contains(v)) {
            return Ok(Found { encoding: Encoding::OnOff, classes: None });
        }
        if self.may_index && looks_like_void(&values) {
            return Err(ambiguous(&levels.example(VOID), &values));
        }
        if levels.wide && grey == Encoding::Soft {
            if values.iter().all(|v| [0, 255].contains(v)) {
                return Ok(Found { encoding: Encoding::OnOff, classes: None });
            }
            let path = levels.example(largest);
            let reason = format!(
                "values up to {largest} in a signed, 32- or 64-bit integer type, which has no full scale that 1 could be; \
                 store probabilities as float32 (0 to 1), uint8 or uint16"
            );
            return Err(DataError::Unsupported { path, reason });
        }
        Ok(Found { encoding: grey, classes: None })
    }

    /// Class indices: without declared classes their number is the largest index of the whole set, plus one.
    fn indices(self, headers: &Headers) -> Result<Found, DataError> {
        if self.classes.is_some() {
            return Ok(Found { encoding: Encoding::Index, classes: self.classes });
        }
        let levels = headers.everything();
        let values = levels.values(self.ignore_index);
        if looks_like_void(&values) {
            return Err(ambiguous(&levels.example(VOID), &values));
        }
        let largest = values.last().copied().unwrap_or(0);
        Ok(Found { encoding: Encoding::Index, classes: Some(usize::from(largest) + 1) })
    }
}

/// 0, 1, 2, ... and 255: 255 is hardly the 256th class.
fn looks_like_void(values: &[u16]) -> bool {
    match values {
        [below @ .., VOID] => below.contains(&1) && below.iter().all(|&v| v <= LARGEST_INDEX),
        _ => false,
    }
}

fn ambiguous(path: &Path, values: &[u16]) -> DataError {
    let below = values.iter().rev().find(|&&v| v != VOID).copied().unwrap_or(0);
    let question = format!(
        "values 0 to {below} and {VOID}; if {VOID} means 'unlabelled', write ignore_index = {VOID} into dataset.toml; \
         if these are probabilities (255 = 1), write labels = \"soft\""
    );
    DataError::Ambiguous { path: path.to_owned(), question }
}
