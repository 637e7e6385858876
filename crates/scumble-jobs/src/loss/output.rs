//! The files that a loss may write.

use super::LossRequest;
use crate::JobError;
use crate::outputs::{OutputError, distinct, writable};
use ndarray::ArrayD;
use scumble_data::{ArrayNumber, write_array};
use std::path::PathBuf;

/// Refuses files that must not be written, before anything is computed.
pub(super) fn check(request: &LossRequest) -> Result<(), OutputError> {
    let files: Vec<PathBuf> = [&request.gradient, &request.map].into_iter().flatten().cloned().collect();
    distinct(&files)?;
    let weighting = &request.weighting;
    let inputs =
        [Some(&request.logits), Some(&request.targets), weighting.mask.as_ref(), weighting.weight.as_ref()];
    writable(files, inputs.into_iter().flatten().map(PathBuf::as_path), request.overwrite)
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
