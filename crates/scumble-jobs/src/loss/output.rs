//! The files that a loss may write.

use super::LossRequest;
use crate::JobError;
use ndarray::ArrayD;
use scumble_data::{ArrayNumber, write_array};
use std::path::{Path, PathBuf};

/// Why an array cannot be written where it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// It would be written over an input.
    #[error("{} is one of the inputs; choose another file", path.display())]
    Input {
        /// "gradient" or "map".
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// It would replace a file.
    #[error("{} is there already", path.display())]
    There {
        /// The file.
        path: PathBuf,
    },
    /// Two arrays for one file.
    #[error("gradient and map are both {}; give each its own file", path.display())]
    Same {
        /// The file.
        path: PathBuf,
    },
}

/// Refuses files that are there, before anything is computed; inputs are never written over.
pub(super) fn check(request: &LossRequest) -> Result<(), OutputError> {
    let named = [("gradient", &request.gradient), ("map", &request.map)];
    let weighting = &request.weighting;
    let inputs =
        [Some(&request.logits), Some(&request.targets), weighting.mask.as_ref(), weighting.weight.as_ref()];
    for (what, path) in named.iter().filter_map(|(what, path)| Some((*what, path.as_ref()?))) {
        if inputs.iter().flatten().any(|input| same(input, path)) {
            return Err(OutputError::Input { what, path: path.clone() });
        }
        if path.exists() && !request.overwrite {
            return Err(OutputError::There { path: path.clone() });
        }
    }
    match (&request.gradient, &request.map) {
        (Some(gradient), Some(map)) if gradient == map || same(gradient, map) => {
            Err(OutputError::Same { path: map.clone() })
        }
        _ => Ok(()),
    }
}

/// Writes what was computed of the arrays that are asked for.
pub(super) fn write<R: ArrayNumber>(
    request: &LossRequest,
    gradient: Option<ArrayD<R>>,
    map: Option<ArrayD<R>>,
) -> Result<(), JobError> {
    for (path, array) in [(&request.gradient, gradient), (&request.map, map)] {
        if let (Some(path), Some(array)) = (path, array) {
            write_array(path, array.view())?;
        }
    }
    Ok(())
}

/// Whether both paths lead to one file that is there.
fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
