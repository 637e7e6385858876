//! Batch normalisation by the statistics of the images to predict.

use super::PredictError;
use crate::executor::{Executor, State};
use crate::network::{NORM_MOMENTUM, Network, Op, Parameter, Role, Tensors};
use ndarray::{Array3, ArrayD, Axis, stack};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble_data::{Normalisation, Raster};

/// Patches that are looked at. More of them tell the mean of a channel no better than the images differ.
pub(super) const PATCHES: usize = 256;
/// Patches whose statistics are taken together, as in a training.
const TOGETHER: usize = 8;
/// Side of a patch in pixels, unless the network's stride is larger.
const SIDE: usize = 128;

/// How far the statistics go from the training's to the images'. Few images tell less than a whole training, and what is
/// different about them may be what is in them.
const SHARE: f32 = 0.5;

/// Patches of images as one network sees them.
pub(super) struct Patches {
    side: usize,
    patches: Vec<Array3<f32>>,
    places: ChaCha8Rng,
}

impl Patches {
    /// None yet.
    ///
    /// # Errors
    /// A network without batch normalisation.
    pub(super) fn new(network: &Network) -> Result<Self, PredictError> {
        if !network.layers().iter().any(|layer| matches!(layer.op, Op::BatchNorm { .. })) {
            return Err(PredictError::NothingToAdapt);
        }
        let side = SIDE.next_multiple_of(network.stride());
        Ok(Self { side, patches: Vec::new(), places: ChaCha8Rng::seed_from_u64(0) })
    }

    /// Takes `count` patches of an image, at places that are the same whenever the same images are given.
    ///
    /// # Errors
    /// An image with other channels than the model was trained on.
    pub(super) fn add(
        &mut self,
        image: &Raster,
        normalisation: &Normalisation,
        count: usize,
    ) -> Result<(), PredictError> {
        let normalised = normalisation.of(image)?;
        let size = (self.side, self.side);
        for _ in 0..count {
            let mut corner = |length: usize| match length.checked_sub(self.side) {
                // The bias of the remainder is below 2^-30.
                Some(free) => (self.places.next_u64() % (free as u64 + 1)) as isize,
                // The image in the middle, mirrored beyond its edges.
                None => -((self.side - length) as isize / 2),
            };
            let place = (corner(image.height), corner(image.width));
            self.patches.push(normalised.window(place, size));
        }
        Ok(())
    }

    /// Brings the running statistics of a network half of the way to mean and variance over all patches, layer by layer as in
    /// training. Without patches nothing changes.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn into_statistics(self, executor: &mut dyn Executor) -> Result<(), PredictError> {
        let batches = self.patches.len().div_ceil(TOGETHER);
        if batches == 0 {
            return Ok(());
        }
        let mut weights = executor.state()?.average;
        let network = executor.network().clone();
        let running: Vec<Parameter> =
            network.parameters().into_iter().filter(|parameter| !parameter.trainable()).collect();
        // From nothing, one batch leaves its statistics times the momentum.
        let mut from_nothing = State::new(&network, weights.clone());
        for parameter in &running {
            from_nothing.weights.insert(parameter.name.clone(), ArrayD::zeros(&parameter.shape[..]));
        }
        let mut moments = Tensors::new();
        for batch in 0..batches {
            // Of all images, not of one.
            let patches = self.patches.iter().skip(batch).step_by(batches).map(|patch| patch.view());
            let patches = stack(Axis(0), &patches.collect::<Vec<_>>()).expect("patches of one size");
            executor.restore(&from_nothing)?;
            executor.forward(patches.view())?;
            add(&mut moments, &executor.state()?.weights, &running);
        }
        moments.values_mut().for_each(|sum| *sum /= batches as f32);
        for parameter in &running {
            let mut found = moments[&parameter.name].clone();
            if parameter.role == Role::RunningVariance {
                found -= &moments[&mean_of(parameter)].mapv(|mean| mean * mean);
                // It cannot be less, but for rounding.
                found.mapv_inplace(|variance| variance.max(0.0));
            }
            if let Some(running) = weights.get_mut(&parameter.name) {
                running.zip_mut_with(&found, |running, found| *running += SHARE * (found - *running));
            }
        }
        Ok(executor.restore(&State::new(&network, weights))?)
    }
}

/// The name of the running mean beside a running variance.
fn mean_of(variance: &Parameter) -> String {
    variance.name.replace("running_var", "running_mean")
}

/// Adds a batch's mean, and its variance with the mean's square, from what it has left in the running statistics.
fn add(moments: &mut Tensors, weights: &Tensors, running: &[Parameter]) {
    let of_batch = |name: &str| weights[name].mapv(|left| left / NORM_MOMENTUM as f32);
    for parameter in running {
        let mut found = of_batch(&parameter.name);
        if parameter.role == Role::RunningVariance {
            found += &of_batch(&mean_of(parameter)).mapv(|mean| mean * mean);
        }
        match moments.get_mut(&parameter.name) {
            Some(sum) => *sum += &found,
            None => drop(moments.insert(parameter.name.clone(), found)),
        }
    }
}
