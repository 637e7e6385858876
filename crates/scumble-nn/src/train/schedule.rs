//! How long a training is, and its learning rate on the way.

use crate::Config;

/// The length of a training: in epochs, or by the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Budget {
    /// Epochs of so many steps.
    Epochs { epochs: u64, steps_per_epoch: u64 },
    /// Seconds, and at least one epoch, however short.
    Seconds(f64),
}

impl Budget {
    pub(super) fn new(config: &Config, steps_per_epoch: u64) -> Self {
        match config.train.minutes {
            minutes if minutes > 0.0 => Self::Seconds(minutes * 60.0),
            _ => Self::Epochs { epochs: config.train.epochs, steps_per_epoch },
        }
    }

    /// True once no further step may begin, after so many seconds.
    pub(super) fn out_of_time(self, seconds: f64) -> bool {
        matches!(self, Self::Seconds(all) if seconds >= all)
    }

    /// True once no further epoch may begin.
    pub(super) fn is_spent(self, epoch: u64, seconds: f64) -> bool {
        match self {
            Self::Epochs { epochs, .. } => epoch >= epochs,
            Self::Seconds(_) => self.out_of_time(seconds) && epoch > 0,
        }
    }

    /// How much of the training is done, 0 to 1.
    pub(super) fn progress(self, step: u64, seconds: f64) -> f64 {
        match self {
            Self::Epochs { epochs, steps_per_epoch } => step as f64 / (epochs * steps_per_epoch) as f64,
            Self::Seconds(all) => (seconds / all).min(1.0),
        }
    }
}

/// Warm-up and cosine over the course of a training (Loshchilov & Hutter 2017), as a function of how much is done.
///
/// By progress, not by steps, so that a budget in minutes has the same course as one in epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Schedule {
    /// Highest rate.
    pub(super) peak: f64,
    /// Share of the training in which the rate rises linearly.
    pub(super) warmup: f64,
}

impl Schedule {
    /// The learning rate at `progress` in 0..1.
    pub(super) fn rate(&self, progress: f64) -> f64 {
        let progress = progress.clamp(0.0, 1.0);
        if progress < self.warmup {
            // Not from 0: the first step would be none.
            return self.peak * (0.01 + 0.99 * progress / self.warmup);
        }
        let course = (progress - self.warmup) / (1.0 - self.warmup);
        self.peak * 0.5 * (1.0 + (std::f64::consts::PI * course).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_then_falls_to_nothing() {
        let schedule = Schedule { peak: 2.0, warmup: 0.1 };
        assert!((schedule.rate(0.0) - 0.02).abs() < 1e-12);
        assert!((schedule.rate(0.1) - 2.0).abs() < 1e-12);
        assert!((schedule.rate(0.55) - 1.0).abs() < 1e-12);
        assert!(schedule.rate(1.0).abs() < 1e-12);
        let rates: Vec<f64> = (0..=1000).map(|i| schedule.rate(f64::from(i) / 1000.0)).collect();
        assert!(rates[..100].is_sorted() && rates[100..].is_sorted_by(|a, b| a >= b));
        assert!(Schedule { peak: 1.0, warmup: 0.0 }.rate(0.0) == 1.0);
    }

    #[test]
    fn a_budget_in_minutes_ends_at_its_time_and_has_one_epoch() {
        let mut config = Config::default();
        config.train.minutes = 1.0;
        let budget = Budget::new(&config, 20);
        assert!(!budget.is_spent(3, 59.0) && budget.is_spent(3, 60.0) && !budget.is_spent(0, 61.0));
        assert_eq!((budget.progress(7, 30.0), budget.progress(7, 90.0)), (0.5, 1.0));
        (config.train.minutes, config.train.epochs) = (0.0, 40);
        let budget = Budget::new(&config, 20);
        assert!(budget.is_spent(40, 0.0) && !budget.is_spent(39, 1e9) && !budget.out_of_time(1e9));
        assert_eq!(budget.progress(80, 1e9), 0.1);
    }
}
