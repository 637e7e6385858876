//! How large patches are, how many steps an epoch has, and how many epochs a training, where nobody has said.

use super::training_data::TrainingData;
use crate::Config;
use crate::config::TrainConfig;

/// Side of a patch unasked, where images are large enough, and where they are not at least.
pub(super) const PATCH: (usize, usize) = (128, 16);

/// An epoch of a step or two would spend its time validating, one of too many would show nothing for long.
const EPOCH: (u64, u64) = (20, 1000);
/// Steps of a training unasked, at least and at most.
const TRAINING: (u64, u64) = (400, 8000);
/// Steps unasked of a data set that one step covers.
const STEPS: f64 = 150.0;

/// The same settings with patch and length in numbers: a run that goes on is as it was when it began.
pub(super) fn in_numbers(config: &Config, data: &TrainingData<'_>) -> Config {
    let mut config = config.clone();
    config.train.patch = patch(&config, data.side);
    config.train.epochs = epochs(&config.train, data.pixels);
    config
}

/// Side of a patch: as asked, else as large as is usual. One that an image does not hold shows what lies about it mirrored, the
/// image again and again, and a network learns it by heart.
fn patch(config: &Config, side: usize) -> usize {
    if config.train.patch > 0 {
        return config.train.patch;
    }
    let stride = config.network.stride();
    let mut patch = PATCH.0.max(stride);
    while patch > side && patch / 2 >= PATCH.1.max(stride) {
        patch /= 2;
    }
    patch
}

/// Steps of an epoch: as asked, else as many as cover the training pixels once.
pub(super) fn steps_per_epoch(train: &TrainConfig, pixels: u64) -> u64 {
    match train.steps {
        0 => covering(train, pixels).clamp(EPOCH.0, EPOCH.1),
        steps => steps,
    }
}

/// Epochs of a training: as asked, else by how much there is to learn from. Twice the pixels take √2 times the steps:
/// more images are worth a longer training, but what they have in common is learnt from few.
fn epochs(train: &TrainConfig, pixels: u64) -> u64 {
    if train.epochs > 0 {
        return train.epochs;
    }
    let steps = STEPS * (covering(train, pixels) as f64).sqrt();
    (steps as u64).clamp(TRAINING.0, TRAINING.1).div_ceil(steps_per_epoch(train, pixels))
}

/// Steps whose patches have as many pixels as the training images.
fn covering(train: &TrainConfig, pixels: u64) -> u64 {
    pixels.div_ceil((train.batch * train.patch * train.patch) as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default for images that hold a patch of any size.
    fn large() -> Config {
        let mut config = Config::default();
        config.train.patch = patch(&config, usize::MAX);
        config
    }

    #[test]
    fn a_patch_unasked_is_one_that_an_image_holds() {
        let mut config = Config::default();
        let sides = [1000, 128, 127, 95, 64, 40, 31, 4].map(|side| patch(&config, side));
        assert_eq!(sides, [128, 128, 64, 64, 64, 32, 16, 16]);
        config.network.widths = vec![1; 7];
        assert_eq!([200, 100, 10].map(|side| patch(&config, side)), [128, 64, 64]);
        config.network.widths = vec![1; 8];
        assert_eq!(patch(&config, 10), 128);
        config.train.patch = 256;
        assert_eq!(patch(&config, 10), 256);
    }

    /// Steps an epoch and epochs of so many megapixels, unasked.
    fn unasked(megapixels: f64) -> (u64, u64) {
        let (train, pixels) = (large().train, (megapixels * 1e6) as u64);
        (steps_per_epoch(&train, pixels), epochs(&train, pixels))
    }

    #[test]
    fn a_training_unasked_is_as_long_as_its_images_are_worth() {
        assert_eq!(unasked(0.01), (20, 20));
        assert_eq!(unasked(1.0), (20, 22));
        assert_eq!(unasked(15.3), (117, 14));
        assert_eq!(unasked(300.0), (1000, 8));
        let steps = [0.01, 1.0, 3.0, 10.0, 40.0, 1e4].map(unasked).map(|(steps, epochs)| steps * epochs);
        assert!(steps.is_sorted() && steps[5] <= 8000);
    }

    #[test]
    fn what_was_asked_for_stays() {
        let mut train = large().train;
        train.epochs = 3;
        assert_eq!((steps_per_epoch(&train, 1_000_000), epochs(&train, 1_000_000)), (20, 3));
        train.steps = 7;
        assert_eq!((steps_per_epoch(&train, 1_000_000), epochs(&train, 1_000_000)), (7, 3));
        train.epochs = 0;
        // 150 times the root of eight steps, by seven.
        assert_eq!(epochs(&train, 1_000_000), 61);
    }
}
