//! Images together: their sums in order, their finely counted predictions exactly.

use super::calibration::BinSums;
use super::curve::Curve;
use super::exact::ExactSums;
use super::histogram::Histogram;
use super::image_sums::{ImageSums, Sums};
use super::judge::Judge;
use super::options::JudgeOptions;
use super::risk_coverage::RiskCoverage;
use super::scores::Scores;
use crate::labels::LabelSpace;
use serde::{Deserialize, Serialize};

/// All images together. The few sums of each are added in the order of the images, so that whoever has kept them comes to the
/// same scores to the last bit; what is counted finely is too much to be kept of each, and is added exactly, in any order.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::{FineSums, Judge, JudgeOptions, Together};
///
/// let (space, options) = (LabelSpace::new(Kind::Binary, ["water"])?, JudgeOptions::default());
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
/// let mut images = Vec::new();
/// // Two machines judge an image each.
/// let mut fine = [FineSums::new(&space, options), FineSums::new(&space, options)];
/// for (prediction, fine) in [0.3_f32, 0.6].into_iter().zip(&mut fine) {
///     let mut judge = Judge::new(&space, options);
///     judge.add(&labels, array![[[prediction, 0.75]]].view(), NO_RATERS)?;
///     fine.add(&judge);
///     images.push(judge.sums());
/// }
/// let [mut all, other] = fine;
/// all.merge(&other);
/// let mut together = Together::new(&space, options, &all);
/// images.iter().for_each(|image| together.add(image));
/// assert_eq!(together.scores().pixels, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Together {
    sums: Sums,
    histograms: Vec<Histogram>,
    risk: Option<RiskCoverage>,
}

impl Together {
    /// No image yet, of images whose predictions were counted so.
    ///
    /// # Panics
    /// Predictions that were counted of other labels or with other options.
    pub fn new(space: &LabelSpace, options: JudgeOptions, fine: &FineSums) -> Self {
        let alike = FineSums::new(space, options);
        assert!(
            (alike.histograms.len(), alike.risk.is_some()) == (fine.histograms.len(), fine.risk.is_some()),
            "predictions that were counted in the same way"
        );
        let histograms = fine.histograms.iter().map(|bins| Histogram::of(rounded(bins))).collect();
        Self { sums: Sums::new(space, options), histograms, risk: fine.risk.as_ref().map(ExactRisk::rounded) }
    }

    /// Adds an image.
    ///
    /// # Panics
    /// An image of other labels or options; predictions may be known differently.
    pub fn add(&mut self, image: &ImageSums) {
        self.sums.merge(image.sums());
    }

    /// The scores of all images.
    pub fn scores(&self) -> Scores {
        ImageSums::new(self.sums.clone(), &self.histograms, self.risk.as_ref()).scores()
    }

    /// The precision-recall and ROC curve of each class; none unless they or all scores were asked for.
    pub fn curves(&self) -> Vec<Curve> {
        self.histograms.iter().map(Histogram::curve).collect()
    }

    /// How the risk falls where only the surest pixels count; `None` unless uncertainty was asked for.
    pub fn risk_coverage(&self) -> Option<&RiskCoverage> {
        self.risk.as_ref()
    }
}

/// The finely counted predictions of many images, added exactly. Each image is counted as it comes, and rounded once; what is
/// added to what, and in which order, then changes no bit.
#[derive(Debug, Clone, PartialEq)]
pub struct FineSums {
    /// Of each class, if predictions are counted finely.
    histograms: Vec<ExactSums>,
    /// If uncertainty is asked for.
    risk: Option<ExactRisk>,
}

/// The numbers of [`FineSums`], to be kept in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedFine {
    histograms: Vec<SavedExact>,
    risk: Option<SavedRisk>,
}

impl FineSums {
    /// Of no image yet.
    pub fn new(space: &LabelSpace, options: JudgeOptions) -> Self {
        let bins = Histogram::default().bins().len();
        let classes = if options.curves() { space.count() } else { 0 };
        Self {
            histograms: (0..classes).map(|_| ExactSums::new(PER_BIN * bins)).collect(),
            risk: options.uncertainty().then(ExactRisk::default),
        }
    }

    /// Adds an image.
    pub fn add(&mut self, image: &Judge) {
        let pairs = self.histograms.iter_mut().zip(image.histograms());
        pairs.for_each(|(sums, histogram)| add_bins(sums, histogram.bins()));
        if let (Some(risk), Some(more)) = (&mut self.risk, image.risk_coverage()) {
            risk.add(more);
        }
    }

    /// Adds other images.
    pub fn merge(&mut self, other: &Self) {
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(sums, more)| sums.merge(more));
        if let (Some(risk), Some(more)) = (&mut self.risk, &other.risk) {
            risk.merge(more);
        }
    }

    /// Its numbers, to be kept in a file.
    pub fn save(&self) -> SavedFine {
        let histograms = self.histograms.iter().map(SavedExact::of).collect();
        SavedFine { histograms, risk: self.risk.as_ref().map(ExactRisk::save) }
    }

    /// What was [saved](Self::save) of images of such labels that were judged with these options; `None` of numbers that are
    /// not those of such images.
    pub fn restore(saved: &SavedFine, space: &LabelSpace, options: JudgeOptions) -> Option<Self> {
        let mut fine = Self::new(space, options);
        let alike = (fine.histograms.len(), fine.risk.is_some());
        if alike != (saved.histograms.len(), saved.risk.is_some()) {
            return None;
        }
        for (sums, saved) in fine.histograms.iter_mut().zip(&saved.histograms) {
            saved.add_to(sums)?;
        }
        if let Some(risk) = &saved.risk {
            fine.risk = Some(ExactRisk::restore(risk)?);
        }
        Some(fine)
    }
}

/// [`RiskCoverage`] of many images, added exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactRisk {
    by_doubt: ExactSums,
    by_risk: ExactSums,
}

/// The numbers of an [`ExactRisk`], to be kept in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRisk {
    by_doubt: SavedExact,
    by_risk: SavedExact,
}

impl Default for ExactRisk {
    fn default() -> Self {
        let [by_doubt, by_risk] =
            RiskCoverage::default().steps().map(|bins| ExactSums::new(PER_BIN * bins.len()));
        Self { by_doubt, by_risk }
    }
}

impl ExactRisk {
    /// Adds an image.
    pub fn add(&mut self, image: &RiskCoverage) {
        let [by_doubt, by_risk] = image.steps();
        add_bins(&mut self.by_doubt, by_doubt);
        add_bins(&mut self.by_risk, by_risk);
    }

    /// Adds other images.
    pub fn merge(&mut self, other: &Self) {
        self.by_doubt.merge(&other.by_doubt);
        self.by_risk.merge(&other.by_risk);
    }

    /// All together, each number rounded once.
    pub fn rounded(&self) -> RiskCoverage {
        RiskCoverage::of([rounded(&self.by_doubt), rounded(&self.by_risk)])
    }

    /// Its numbers, to be kept in a file.
    pub fn save(&self) -> SavedRisk {
        SavedRisk { by_doubt: SavedExact::of(&self.by_doubt), by_risk: SavedExact::of(&self.by_risk) }
    }

    /// What was [saved](Self::save); `None` of other numbers.
    pub fn restore(saved: &SavedRisk) -> Option<Self> {
        let mut risk = Self::default();
        saved.by_doubt.add_to(&mut risk.by_doubt)?;
        saved.by_risk.add_to(&mut risk.by_risk)?;
        Some(risk)
    }
}

/// Weight, predicted, observed.
const PER_BIN: usize = 3;

fn add_bins(sums: &mut ExactSums, bins: &[BinSums]) {
    for (bin, BinSums { weight, predicted, observed }) in bins.iter().enumerate() {
        sums.add(PER_BIN * bin, *weight);
        sums.add(PER_BIN * bin + 1, *predicted);
        sums.add(PER_BIN * bin + 2, *observed);
    }
}

fn rounded(sums: &ExactSums) -> Vec<BinSums> {
    let bin = |bin: usize| {
        let [weight, predicted, observed] = [0, 1, 2].map(|of| sums.value(PER_BIN * bin + of));
        BinSums { weight, predicted, observed }
    };
    (0..sums.len() / PER_BIN).map(bin).collect()
}

/// Numbers that have the sums, each with the place of its sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedExact {
    places: Vec<u32>,
    numbers: Vec<f64>,
}

impl SavedExact {
    fn of(sums: &ExactSums) -> Self {
        let (places, numbers) = sums.parts().map(|(at, number)| (at as u32, number)).unzip();
        Self { places, numbers }
    }

    /// `None` of places that there are not.
    fn add_to(&self, sums: &mut ExactSums) -> Option<()> {
        let all = self.places.iter().all(|place| (*place as usize) < sums.len());
        if !all || self.places.len() != self.numbers.len() {
            return None;
        }
        self.places.iter().zip(&self.numbers).for_each(|(place, number)| sums.add(*place as usize, *number));
        Some(())
    }
}
