//! The weights that training starts from.

use ndarray::{ArrayD, IxDyn};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::graph::Network;
use super::parameter::{Parameter, Role, Tensors};

/// The weights that training starts from: the same bytes for the same seed, on every machine and in every version.
///
/// - 3 x 3 convolutions: He normal (He, Zhang, Ren & Sun 2015, eq. 10): variance `2 / fan_in`, which keeps
///   the scale of the maps from layer to layer through ReLU.
/// - 1 x 1 convolutions (the head): standard deviation `0.1 / sqrt(fan_in)`, so that the first predictions are
///   close to undecided, whatever the image.
/// - Biases, shifts and running means 0; scales and running variances 1.
///
/// Each tensor has its own stream of ChaCha8, chosen by the tensor's name (FNV-1a) under the seed as key: adding a
/// layer changes no other layer's weights.
///
/// ```
/// use scumble_nn::{UNet, initial_weights};
///
/// let network = UNet::default().network()?;
/// assert_eq!(initial_weights(&network, 7), initial_weights(&network, 7));
/// assert_ne!(initial_weights(&network, 7), initial_weights(&network, 8));
/// # Ok::<(), scumble_nn::NetworkError>(())
/// ```
pub fn initial_weights(network: &Network, seed: u64) -> Tensors {
    network
        .parameters()
        .into_iter()
        .map(|parameter| (parameter.name.clone(), initial(&parameter, seed)))
        .collect()
}

fn initial(parameter: &Parameter, seed: u64) -> ArrayD<f32> {
    let shape = IxDyn(&parameter.shape);
    match parameter.role {
        Role::Bias | Role::Shift | Role::RunningMean => ArrayD::zeros(shape),
        Role::Scale | Role::RunningVariance => ArrayD::ones(shape),
        Role::Weight => {
            let fan_in: usize = parameter.shape[1..].iter().product();
            let head = parameter.shape[2..] == [1, 1];
            let deviation = if head { 0.1 / (fan_in as f64).sqrt() } else { (2.0 / fan_in as f64).sqrt() };
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let mut stream = ChaCha8Rng::from_seed(key);
            stream.set_stream(fnv1a(parameter.name.as_bytes()));
            ArrayD::from_shape_simple_fn(shape, || (deviation * normal(&mut stream)) as f32)
        }
    }
}

/// A standard normal number, nearly: the sum of twelve uniform ones less its mean (Irwin-Hall; variance exactly 1).
/// Integer sums are the same on every machine, which the logarithm and cosine of other methods are not.
fn normal(stream: &mut impl Rng) -> f64 {
    let sum: u64 = (0..12).map(|_| u64::from(stream.next_u32())).sum();
    // Twelve uniform integers below 2^32, each with the mean (2^32 - 1) / 2.
    (sum as f64 - 6.0 * f64::from(u32::MAX)) / 4_294_967_296.0
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
