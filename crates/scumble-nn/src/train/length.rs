//! How many steps an epoch has, and how many epochs a training that nobody gave a length.

use crate::config::TrainConfig;

/// An epoch of a step or two would spend its time validating, one of too many would show nothing for long.
const EPOCH: (u64, u64) = (20, 1000);
/// Steps of a training unasked, at least and at most.
const TRAINING: (u64, u64) = (400, 8000);
/// Steps unasked of a data set that one step covers.
const STEPS: f64 = 150.0;

/// Steps of an epoch: as asked, else as many as cover the training pixels once.
pub(super) fn steps_per_epoch(train: &TrainConfig, pixels: u64) -> u64 {
    match train.steps {
        0 => covering(train, pixels).clamp(EPOCH.0, EPOCH.1),
        steps => steps,
    }
}

/// Epochs of a training: as asked, else by how much there is to learn from. Twice the pixels take √2 times the steps:
/// more images are worth a longer training, but what they have in common is learnt from few.
pub(super) fn epochs(train: &TrainConfig, pixels: u64) -> u64 {
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
    use crate::Config;

    /// Steps an epoch and epochs of so many megapixels, unasked.
    fn unasked(megapixels: f64) -> (u64, u64) {
        let (train, pixels) = (Config::default().train, (megapixels * 1e6) as u64);
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
        let mut train = Config::default().train;
        train.epochs = 3;
        assert_eq!((steps_per_epoch(&train, 1_000_000), epochs(&train, 1_000_000)), (20, 3));
        train.steps = 7;
        assert_eq!((steps_per_epoch(&train, 1_000_000), epochs(&train, 1_000_000)), (7, 3));
        train.epochs = 0;
        // 150 times the root of eight steps, by seven.
        assert_eq!(epochs(&train, 1_000_000), 61);
    }
}
