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
}
