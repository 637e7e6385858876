//! All that a training needs to go on as if it had never stopped.

use crate::ModelError;
use crate::executor::State;
use crate::model::{parse_tensors, read_tensors, tensor_bytes};
use crate::network::Tensors;
use scumble_data::write_atomically;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// All that a training needs to go on as if it had never stopped.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checkpoint {
    pub(super) position: Position,
    pub(super) state: State,
}

/// Where a training stands, beside the tensors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Version of this description, 1.
    pub(super) version: u32,
    /// Steps made.
    pub(super) step: u64,
    /// Epochs finished.
    pub(super) epoch: u64,
    /// Seconds of training.
    pub(super) seconds: f64,
    /// Sums over the unfinished epoch: cross entropy, floor, weight.
    pub(super) sums: [f64; 3],
    /// Learning rate of the last step.
    #[serde(default)]
    pub(super) rate: f64,
    /// Validation cross entropy of the best epoch.
    pub(super) best: Option<f64>,
}

/// The parts of a state, each a prefix of tensor names.
const PARTS: [&str; 4] = ["weights", "average", "first_moment", "second_moment"];

impl Checkpoint {
    pub(super) fn write(&self, path: &Path) -> Result<(), ModelError> {
        let file = self.bytes();
        Ok(write_atomically(path, |out| out.write_all(&file))?)
    }

    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        Self::of_tensors(read_tensors(path)?, path)
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let state = &self.state;
        let parts = [&state.weights, &state.average, &state.first_moment, &state.second_moment];
        let tensors = PARTS.iter().zip(parts).flat_map(|(part, tensors)| {
            tensors.iter().map(move |(name, tensor)| (format!("{part}/{name}"), tensor))
        });
        tensor_bytes(serde_json::to_string(&self.position).expect("plain data"), tensors)
    }

    /// Of the bytes of the file at `path`.
    pub(super) fn of_bytes(bytes: &[u8], path: &Path) -> Result<Self, ModelError> {
        Self::of_tensors(parse_tensors(bytes, path)?, path)
    }

    fn of_tensors((position, tensors): (String, Tensors), path: &Path) -> Result<Self, ModelError> {
        let broken = |message: String| ModelError::Broken { path: path.into(), message };
        let position: Position = serde_json::from_str(&position).map_err(|e| broken(e.to_string()))?;
        let mut parts = [const { Tensors::new() }; 4];
        for (name, tensor) in tensors {
            let (part, rest) = name.split_once('/').unwrap_or(("", &name));
            let at = PARTS
                .iter()
                .position(|p| *p == part)
                .ok_or_else(|| broken(format!("stray tensor {name}")))?;
            parts[at].insert(rest.to_string(), tensor);
        }
        let [weights, average, first_moment, second_moment] = parts;
        let state = State { steps: position.step, weights, average, first_moment, second_moment };
        Ok(Self { position, state })
    }
}
