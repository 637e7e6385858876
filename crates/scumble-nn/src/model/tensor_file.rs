//! Tensors with one JSON text, as a safetensors file.

use super::ModelError;
use crate::network::Tensors;
use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use scumble_data::{admit, open_file};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// The one key of our metadata. One, because a map of several would be written in a random order.
const KEY: &str = "scumble";

/// The bytes of a file of f32 tensors and one JSON text.
pub(crate) fn tensor_bytes<'t>(
    description: String,
    tensors: impl Iterator<Item = (String, &'t ArrayD<f32>)>,
) -> Vec<u8> {
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .map(|(name, tensor)| {
            (name, tensor.shape().to_vec(), tensor.iter().flat_map(|v| v.to_le_bytes()).collect())
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, data)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), data).expect("the bytes of this shape");
        (name.clone(), view)
    });
    let metadata = HashMap::from([(KEY.to_string(), description)]);
    serialize(views, Some(metadata)).expect("f32 tensors serialise")
}

/// A whole file of tensors, which stand beside it in memory once more.
fn read_bytes(path: &Path) -> Result<Vec<u8>, ModelError> {
    let io = |source| ModelError::Io { path: path.into(), source };
    let file = open_file(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    admit(length.saturating_mul(2)).map_err(|source| ModelError::TooLarge { path: path.into(), source })?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// Reads a file of [`tensor_bytes`].
pub(crate) fn read_tensors(path: &Path) -> Result<(String, Tensors), ModelError> {
    parse_tensors(&read_bytes(path)?, path)
}

/// The same of the bytes of the file at `path`.
pub(crate) fn parse_tensors(bytes: &[u8], path: &Path) -> Result<(String, Tensors), ModelError> {
    let foreign = |message: String| ModelError::Foreign { path: path.into(), message };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| foreign(e.to_string()))?;
    let description = header.metadata().as_ref().and_then(|m| m.get(KEY)).cloned();
    let description = description.ok_or_else(|| foreign(format!("no `{KEY}` in its metadata")))?;
    let broken = |message: String| ModelError::Broken { path: path.into(), message };
    let file = SafeTensors::deserialize(bytes).map_err(|e| broken(e.to_string()))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(broken(format!("tensor {name} is {:?}, not F32", view.dtype())));
        }
        let values =
            view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let tensor =
            ArrayD::from_shape_vec(IxDyn(view.shape()), values).map_err(|e| broken(e.to_string()))?;
        tensors.insert(name.to_string(), tensor);
    }
    Ok((description, tensors))
}
