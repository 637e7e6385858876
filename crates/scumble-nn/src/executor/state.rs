//! All that an executor remembers from step to step.

use ndarray::ArrayD;

use super::error::ExecutorError;
use crate::network::graph::Network;
use crate::network::parameter::{Parameter, Tensors};

/// All that an executor remembers from step to step: restoring it and going on gives the same bytes as never having
/// stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Updates so far.
    pub steps: u64,
    /// The weights that training works on, running statistics included.
    pub weights: Tensors,
    /// Their moving average, with which [`Executor::infer`](super::Executor::infer) predicts. What a model file holds.
    pub average: Tensors,
    /// AdamW's mean of the gradients, for the trainable tensors.
    pub first_moment: Tensors,
    /// AdamW's mean of the squared gradients, for the trainable tensors.
    pub second_moment: Tensors,
}

impl State {
    /// The state before the first update: the average is the weights, the moments are zero.
    ///
    /// The weights are checked when the state is opened or restored.
    pub fn new(network: &Network, weights: Tensors) -> Self {
        let moments: Tensors = (network.parameters().into_iter().filter(Parameter::trainable))
            .map(|parameter| (parameter.name, ArrayD::zeros(parameter.shape)))
            .collect();
        Self {
            steps: 0,
            average: weights.clone(),
            weights,
            first_moment: moments.clone(),
            second_moment: moments,
        }
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        [&self.weights, &self.average, &self.first_moment, &self.second_moment]
            .iter()
            .flat_map(|tensors| tensors.values())
            .all(|tensor| tensor.iter().all(|value| value.is_finite()))
    }

    /// Checks that every part has exactly the network's tensors.
    ///
    /// # Errors
    /// Names the part and the tensor that is missing, unknown or of another shape.
    pub fn check(&self, network: &Network) -> Result<(), ExecutorError> {
        let parameters = network.parameters();
        let all: Vec<_> = parameters.iter().collect();
        let trainable: Vec<_> = parameters.iter().filter(|parameter| parameter.trainable()).collect();
        for (part, tensors, expected) in [
            ("weights", &self.weights, &all),
            ("average", &self.average, &all),
            ("first moments", &self.first_moment, &trainable),
            ("second moments", &self.second_moment, &trainable),
        ] {
            check_part(part, tensors, expected)?;
        }
        Ok(())
    }
}

fn check_part(part: &'static str, tensors: &Tensors, expected: &[&Parameter]) -> Result<(), ExecutorError> {
    for parameter in expected {
        let name = || parameter.name.clone();
        let tensor =
            tensors.get(&parameter.name).ok_or_else(|| ExecutorError::Missing { part, name: name() })?;
        if tensor.shape() != parameter.shape {
            let (expected, found) = (parameter.shape.clone(), tensor.shape().to_vec());
            return Err(ExecutorError::Shape { part, name: name(), expected, found });
        }
    }
    match tensors.keys().find(|name| !expected.iter().any(|parameter| parameter.name == **name)) {
        Some(name) => Err(ExecutorError::Unknown { part, name: name.clone() }),
        None => Ok(()),
    }
}
