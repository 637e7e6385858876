//! What every executor can do.

use ndarray::{Array4, ArrayView4};

use super::error::ExecutorError;
use super::state::State;
use super::update::Update;
use crate::network::graph::Network;
use crate::network::parameter::Tensors;
use crate::ranks::{Alone, Share};

/// A network with weights on a device.
///
/// A training step is [`forward`](Self::forward), the loss and its gradient with respect to the logits (the caller's
/// work), [`backward`](Self::backward) and [`update`](Self::update).
///
/// ```
/// use ndarray::Array4;
/// use scumble_nn::executor::{State, Update, open};
/// use scumble_nn::network::{UNet, initial_weights};
/// use scumble_nn::{Device, Precision};
///
/// let network = UNet { widths: vec![4, 8], ..UNet::default() }.network()?;
/// let state = State::new(&network, initial_weights(&network, 0));
/// let mut executor = open(&Device::Cpu, Precision::F32, &network, &state)?;
///
/// let images = Array4::from_shape_fn((1, 3, 16, 16), |(_, c, y, x)| (c + 2 * y + x) as f32 / 50.0);
/// let mut losses = Vec::new();
/// for _ in 0..4 {
///     let logits = executor.forward(images.view())?;
///     // Half the mean square of the logits, whose gradient is the logits over their number.
///     losses.push(logits.mapv(|z| z * z).mean().unwrap() / 2.0);
///     executor.backward((&logits / logits.len() as f32).view())?;
///     executor.update(&Update::default())?;
/// }
/// assert!(losses[3] < losses[0]);
/// assert_eq!(executor.infer(images.view())?.dim(), (1, 1, 16, 16));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Executor: Send {
    /// The network that it runs.
    fn network(&self) -> &Network;

    /// Logits `[N, K, H, W]` of `images` `[N, C, H, W]` as a prediction: with the *averaged* weights, and the running
    /// statistics in batch normalisation. Changes nothing that training sees.
    ///
    /// # Errors
    /// When the batch is empty, the channels differ from the network's, rows or columns are not multiples of
    /// [`Network::stride`], or the device fails.
    fn infer(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError>;

    /// Logits `[N, K, H, W]` of `images` `[N, C, H, W]` in training: with the current weights and the statistics of
    /// the batch. Updates the running statistics and remembers what `backward` needs, until the next `backward`: to
    /// see logits alone, call [`infer`](Self::infer).
    ///
    /// # Errors
    /// As [`infer`](Self::infer), and when a batch normalisation is given a single value per channel.
    fn forward(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        self.forward_share(images, &Share::new(&Alone, images.dim().0))
    }

    /// [`forward`](Self::forward) of a rank's share of a batch: statistics are those of the whole batch, the same bytes at
    /// any number of ranks.
    ///
    /// # Errors
    /// As `forward`; images that are not as many as the share; ranks that do not come together; a device whose batches
    /// cannot be shared out.
    fn forward_share(
        &mut self,
        images: ArrayView4<f32>,
        share: &Share<'_>,
    ) -> Result<Array4<f32>, ExecutorError>;

    /// Gradients of all trainable tensors, from the `gradient` `[N, K, H, W]` of the loss with respect to the logits of
    /// the last `forward`.
    ///
    /// # Errors
    /// When there was no `forward` since the last `backward`, the shape is not that of the logits, or the device fails.
    /// After an error of the shape, `backward` may be called again.
    fn backward(&mut self, gradient: ArrayView4<f32>) -> Result<(), ExecutorError> {
        self.backward_share(gradient, &Share::new(&Alone, gradient.dim().0))
    }

    /// [`backward`](Self::backward) of the share of the last [`forward_share`](Self::forward_share): the gradients are those
    /// of the whole batch, the same bytes at any number of ranks.
    ///
    /// # Errors
    /// As `backward`, and ranks that do not come together.
    fn backward_share(&mut self, gradient: ArrayView4<f32>, share: &Share<'_>) -> Result<(), ExecutorError>;

    /// The gradients of the last `backward`, by name; for tests and diagnostics.
    ///
    /// # Errors
    /// When there are none, or the device fails.
    fn gradients(&self) -> Result<Tensors, ExecutorError>;

    /// One step of AdamW with the gradients of the last `backward`, and one of the moving average.
    ///
    /// # Errors
    /// When there are no gradients, a setting is out of range, or the device fails. Nothing has changed then.
    fn update(&mut self, update: &Update) -> Result<(), ExecutorError>;

    /// A copy of everything that training has changed.
    ///
    /// # Errors
    /// When the device fails.
    fn state(&self) -> Result<State, ExecutorError>;

    /// Goes back to a state, exactly. A `forward` or gradients not used yet are forgotten.
    ///
    /// # Errors
    /// When the state's tensors are not those of the network. Nothing has changed then.
    fn restore(&mut self, state: &State) -> Result<(), ExecutorError>;
}

/// Checks that there are as many images as the share has.
pub(super) fn check_share(images: usize, share: &Share<'_>) -> Result<(), ExecutorError> {
    match share.images().len() {
        expected if expected == images => Ok(()),
        expected => Err(ExecutorError::Share { expected, found: images }),
    }
}

/// Checks a batch against a network, as every executor must.
pub(super) fn check_images(network: &Network, images: &ArrayView4<f32>) -> Result<(), ExecutorError> {
    let (count, channels, height, width) = images.dim();
    if count == 0 {
        return Err(ExecutorError::EmptyBatch);
    }
    if channels != network.channels() {
        return Err(ExecutorError::Channels { expected: network.channels(), found: channels });
    }
    network.shapes(height, width)?;
    Ok(())
}
