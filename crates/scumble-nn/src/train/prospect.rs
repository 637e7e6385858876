//! What a longer training can be expected to bring, by the curve of the one that was.

use crate::EpochReport;
use serde::Serialize;
use std::fmt;

/// What the curve of the held-out cross entropy says of a longer training.
///
/// The last quarter of a training, in which the learning rate runs out, is looked at: where the excess over the floor
/// still falls there, more steps bring more; where it has risen since, they bring less than nothing.
///
/// ```
/// use scumble_nn::train::Prospect;
/// use scumble_nn::{EpochReport, LossReport};
///
/// let epoch = |(epoch, excess): (u64, f64)| EpochReport {
///     epoch,
///     step: 20 * epoch,
///     seconds: 3.0 * epoch as f64,
///     learning_rate: 1e-3,
///     train: LossReport { value: 0.1, floor: 0.02, excess: 0.08 },
///     validation: Some(LossReport { value: 0.02 + excess, floor: 0.02, excess }),
///     truth: None,
///     brier: None,
///     calibration_error: None,
///     dice: None,
///     best: true,
/// };
/// let falling: Vec<_> = (1..).zip([0.09, 0.07, 0.05, 0.04]).map(epoch).collect();
/// assert_eq!(Prospect::of(&falling), Some(Prospect::Falling { before: 0.05, after: 0.04 }));
/// let rising: Vec<_> = (1..).zip([0.05, 0.06, 0.07, 0.08]).map(epoch).collect();
/// assert_eq!(Prospect::of(&rising), Some(Prospect::Passed { best: 1, epochs: 4 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "curve", rename_all = "lowercase")]
pub enum Prospect {
    /// The excess was least in the last quarter.
    Falling {
        /// The least before the last quarter, in nats.
        before: f64,
        /// The least of all.
        after: f64,
    },
    /// It was least before the last quarter.
    Passed {
        /// The epoch in which it was least.
        best: u64,
        /// Epochs in all.
        epochs: u64,
    },
}

/// A quarter of fewer epochs is not one.
const EPOCHS: usize = 4;

/// A fall by less of the excess is none to speak of: two seeds differ by more.
const WORTH_IT: f64 = 0.01;

impl Prospect {
    /// Of the epochs of a finished training; `None` where nothing was held out or there are fewer than four.
    pub fn of(epochs: &[EpochReport]) -> Option<Self> {
        let excess: Vec<f64> =
            epochs.iter().map(|epoch| epoch.validation.map(|found| found.excess)).collect::<Option<_>>()?;
        if excess.len() < EPOCHS {
            return None;
        }
        let least = |excess: &[f64]| (0..excess.len()).min_by(|&a, &b| excess[a].total_cmp(&excess[b]));
        let (best, earlier) = (least(&excess)?, &excess[..excess.len() * 3 / 4]);
        Some(match best < earlier.len() {
            true => Self::Passed { best: epochs[best].epoch, epochs: epochs[epochs.len() - 1].epoch },
            false => Self::Falling { before: earlier[least(earlier)?], after: excess[best] },
        })
    }

    /// Whether twice as many epochs are worth their time.
    pub fn is_worth_it(&self) -> bool {
        matches!(self, Self::Falling { .. }) && self.fall() >= WORTH_IT
    }

    /// How much of the excess the last quarter took, as a share.
    fn fall(&self) -> f64 {
        match self {
            Self::Falling { before, after } if *before > 0.0 => (before - after) / before,
            _ => 0.0,
        }
    }
}

impl fmt::Display for Prospect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.fall();
        match self {
            Self::Falling { before, after } => {
                write!(f, "the last quarter took the held-out excess from {before:.4} to {after:.4} nats")?;
                match self.is_worth_it() {
                    true => write!(f, " ({percent:.0} %), so a longer training brings more"),
                    false => write!(f, ", so a longer training brings little"),
                }
            }
            Self::Passed { best, epochs } => write!(
                f,
                "the held-out excess was least at epoch {best} of {epochs}, so a longer training brings nothing; \
                 more images may"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LossReport;

    /// Epochs with these excesses of what was held out.
    fn epochs(excess: &[f64]) -> Vec<EpochReport> {
        let of = |excess: f64| LossReport { value: excess + 0.5, floor: 0.5, excess };
        let epoch = |(epoch, excess): (u64, &f64)| EpochReport {
            epoch,
            step: epoch,
            seconds: 0.0,
            learning_rate: 0.0,
            train: of(1.0),
            validation: Some(of(*excess)),
            truth: None,
            brier: None,
            calibration_error: None,
            dice: None,
            best: false,
        };
        (1..).zip(excess).map(epoch).collect()
    }

    #[test]
    fn a_fall_in_the_last_quarter_is_worth_more_steps_if_it_is_no_noise() {
        let prospect = Prospect::of(&epochs(&[9.0, 5.0, 6.0, 4.5])).unwrap();
        assert_eq!(prospect, Prospect::Falling { before: 5.0, after: 4.5 });
        assert!(prospect.is_worth_it() && prospect.to_string().contains("(10 %)"));
        let level = Prospect::of(&epochs(&[9.0, 5.0, 6.0, 4.96])).unwrap();
        assert!(!level.is_worth_it() && level.to_string().ends_with("brings little"));
        // Of eight epochs the last two are the last quarter.
        let late = Prospect::of(&epochs(&[9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 4.0, 3.0])).unwrap();
        assert_eq!(late, Prospect::Falling { before: 4.0, after: 3.0 });
    }

    #[test]
    fn what_was_best_before_the_last_quarter_is_over() {
        let prospect = Prospect::of(&epochs(&[9.0, 3.0, 3.0, 5.0, 5.0])).unwrap();
        assert_eq!(prospect, Prospect::Passed { best: 2, epochs: 5 });
        assert!(!prospect.is_worth_it());
    }

    #[test]
    fn nothing_is_said_of_what_nobody_knows() {
        assert_eq!(Prospect::of(&epochs(&[3.0, 2.0, 1.0])), None);
        let mut unjudged = epochs(&[4.0, 3.0, 2.0, 1.0]);
        unjudged[2].validation = None;
        assert_eq!(Prospect::of(&unjudged), None);
        // An excess of 0, or below it by rounding, has no share to fall by.
        let done = Prospect::of(&epochs(&[1.0, 0.0, 0.0, -1e-9])).unwrap();
        assert!(!done.is_worth_it() && !done.to_string().contains("NaN"));
    }
}
