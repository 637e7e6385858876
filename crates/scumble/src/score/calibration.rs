use serde::Serialize;

/// Calibration counters over equal bins of the predicted probability.
///
/// Of all pixels predicted 0.3, do 30 % (by their soft label) belong to the class? Bin b of B holds predictions in
/// [b/B, (b+1)/B), the last one 1 as well.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    bins: Vec<CalibrationBin>,
}

/// One bin: weighted sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Sum of weights.
    pub weight: f64,
    /// Weighted sum of predictions; divided by `weight`, the mean prediction.
    pub predicted: f64,
    /// Weighted sum of soft labels; divided by `weight`, the observed frequency.
    pub observed: f64,
}

impl Calibration {
    /// Empty counters; at least one bin.
    pub fn new(bins: usize) -> Self {
        Self { bins: vec![CalibrationBin::default(); bins.max(1)] }
    }

    /// One pixel with soft label `p`, prediction `q` in 0..1 and weight `w`.
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        let last = self.bins.len() - 1;
        let bin = &mut self.bins[((q * (last + 1) as f64) as usize).min(last)];
        bin.weight += w;
        bin.predicted += w * q;
        bin.observed += w * p;
    }

    /// Adds another's counters.
    ///
    /// # Panics
    /// Another number of bins.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.bins.len(), other.bins.len(), "calibrations of the same bins");
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            bin.weight += more.weight;
            bin.predicted += more.predicted;
            bin.observed += more.observed;
        }
    }

    /// Expected calibration error, sum_b w_b/w |mean prediction - mean label| (Naeini et al. 2015, with soft labels).
    ///
    /// `None` without a pixel.
    ///
    /// ```
    /// let mut calibration = scumble::Calibration::new(15);
    /// calibration.add(1.0, 0.7, 1.0);
    /// calibration.add(0.4, 0.7, 1.0);
    /// assert!(calibration.expected_error().unwrap() < 1e-15); // 70 % were predicted, and 70 % it was
    /// ```
    pub fn expected_error(&self) -> Option<f64> {
        let total: f64 = self.bins.iter().map(|bin| bin.weight).sum();
        let gap: f64 = self.bins.iter().map(|bin| (bin.predicted - bin.observed).abs()).sum();
        (total > 0.0).then(|| gap / total)
    }

    /// The bins, from 0 to 1.
    pub fn bins(&self) -> &[CalibrationBin] {
        &self.bins
    }
}
