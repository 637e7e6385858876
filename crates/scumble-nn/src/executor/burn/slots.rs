//! Named tensors as parts of one long vector.

use burn::tensor::{Device, Tensor};
use ndarray::ArrayD;

use super::device::{failed, read, upload};
use crate::executor::error::ExecutorError;
use crate::network::graph::Network;
use crate::network::parameter::{Parameter, Tensors};

/// Where each named tensor lies in one long vector.
///
/// Weights, moments, gradients and averages are each one vector: a step of the optimiser is then a dozen operations in
/// all, instead of a dozen for every tensor, and a graphics card is kept busy.
pub(super) struct Slots {
    parameters: Vec<Parameter>,
    starts: Vec<usize>,
    len: usize,
}

impl Slots {
    /// Slots of the parameters that `keep` selects, in the order of the layers.
    pub(super) fn new(network: &Network, keep: fn(&Parameter) -> bool) -> Self {
        let parameters: Vec<_> = network.parameters().into_iter().filter(keep).collect();
        let mut len = 0;
        let starts = (parameters.iter().map(Parameter::len))
            .map(|size| {
                len += size;
                len - size
            })
            .collect();
        Self { parameters, starts, len }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The position of the first parameter of every layer.
    pub(super) fn firsts(&self, network: &Network) -> Vec<usize> {
        let mut slot = 0;
        (network.layers().iter())
            .map(|layer| {
                let first = slot;
                let owns =
                    |p: &&Parameter| p.name.rsplit_once('.').is_some_and(|(owner, _)| owner == layer.name);
                slot += self.parameters[first..].iter().take_while(owns).count();
                first
            })
            .collect()
    }

    /// 1 where the parameter decays, 0 elsewhere.
    pub(super) fn decay_mask(&self, device: &Device) -> Tensor<1> {
        let mask =
            self.parameters.iter().flat_map(|p| vec![f32::from(u8::from(p.decays())); p.len()]).collect();
        upload(mask, [self.len], device)
    }

    /// 1 where Muon changes the parameter, 0 elsewhere.
    pub(super) fn muon_mask(&self, device: &Device) -> Tensor<1> {
        let of = |p: &Parameter| vec![f32::from(u8::from(p.looks_around())); p.len()];
        upload(self.parameters.iter().flat_map(of).collect(), [self.len], device)
    }

    /// A vector with what `change` makes of each matrix [outputs, inputs x kernel] that Muon changes, and zeros elsewhere.
    pub(super) fn of_matrices(
        &self,
        vector: &Tensor<1>,
        change: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<1> {
        let parts = self.parameters.iter().zip(self.split(vector)).map(|(p, part)| match p.looks_around() {
            true => change(part.reshape([p.shape[0], p.len() / p.shape[0]])).reshape([p.len()]),
            false => part.zeros_like(),
        });
        Tensor::cat(parts.collect(), 0)
    }

    /// Named tensors as one vector. They have been checked against the network.
    pub(super) fn pack(&self, tensors: &Tensors, device: &Device) -> Tensor<1> {
        if self.is_empty() {
            // A number that nothing reads: not every device can hold a tensor of none.
            return Tensor::zeros([1], device);
        }
        let values = self.parameters.iter().filter_map(|p| tensors.get(&p.name)).flatten().copied().collect();
        upload(values, [self.len], device)
    }

    /// The parts of a vector, each flat.
    pub(super) fn split(&self, vector: &Tensor<1>) -> Vec<Tensor<1>> {
        let part = |(p, &start): (&Parameter, &usize)| vector.clone().narrow(0, start, p.len());
        self.parameters.iter().zip(&self.starts).map(part).collect()
    }

    /// A vector as named tensors, added to `tensors`.
    pub(super) fn unpack(&self, vector: &Tensor<1>, tensors: &mut Tensors) -> Result<(), ExecutorError> {
        if self.is_empty() {
            return Ok(());
        }
        let values = read(vector.clone())?;
        for (parameter, &start) in self.parameters.iter().zip(&self.starts) {
            let values = values[start..start + parameter.len()].to_vec();
            let tensor = ArrayD::from_shape_vec(parameter.shape.as_slice(), values).map_err(failed)?;
            tensors.insert(parameter.name.clone(), tensor);
        }
        Ok(())
    }
}
