//! What the scores of an image, or of many, are functions of.

use super::amount::Amounts;
use super::binning::Binning;
use super::calibration::{CalibrationBin, CalibrationScore};
use super::confusion::Confusion;
use super::curve::Areas;
use super::histogram::Histogram;
use super::means::mean;
use super::numbers::Numbers;
use super::options::{JudgeOptions, Resolution};
use super::rater_calibration::RaterCalibration;
use super::raters::rater_scores;
use super::risk_coverage::{RiskCoverage, RiskCoverageScore};
use super::scores::Scores;
use super::tally::{Tally, mean_calibration};
use crate::labels::LabelSpace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What the scores of an image are functions of: its sums, and what its finely counted predictions tell. It can be kept in
/// a file, and gives the same scores when it is taken back.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::{ImageSums, Judge, JudgeOptions};
///
/// let (space, options) = (LabelSpace::new(Kind::Binary, ["water"])?, JudgeOptions::default());
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
/// let mut judge = Judge::new(&space, options);
/// judge.add(&labels, array![[[0.4_f32, 0.9]]].view(), NO_RATERS)?;
/// let saved = judge.sums().save();
/// let again = ImageSums::restore(&saved, &space, options).unwrap();
/// assert_eq!(again.scores(), judge.scores());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSums {
    sums: Sums,
    /// Of each class, if predictions were counted finely.
    fine: Vec<Fine>,
    risk: Option<RiskCoverageScore>,
}

/// Sums that add up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    pub(super) tally: Tally,
    pub(super) raters: BTreeMap<String, Vec<Confusion>>,
    pub(super) majority: Option<Vec<Confusion>>,
    /// Of each rater, if uncertainty is asked for.
    pub(super) calibrations: Option<BTreeMap<String, RaterCalibration>>,
}

/// What the finely counted predictions of a class tell.
#[derive(Debug, Clone, Default, PartialEq)]
struct Fine {
    /// Of equal mass.
    bins: Vec<CalibrationBin>,
    /// `None` without a pixel.
    areas: Option<Areas>,
}

/// The numbers of [`ImageSums`], to be kept in a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSums {
    /// How finely the predictions are known.
    edge: f64,
    raters: Vec<String>,
    majority: bool,
    reals: Vec<f64>,
    counts: Vec<u64>,
}

impl Sums {
    pub(super) fn new(space: &LabelSpace, options: JudgeOptions) -> Self {
        Self {
            tally: Tally::new(space, options),
            raters: BTreeMap::new(),
            majority: None,
            calibrations: options.uncertainty().then(BTreeMap::new),
        }
    }

    /// Adds those of other images.
    ///
    /// # Panics
    /// Of different classes or options; predictions may be known differently.
    pub(super) fn merge(&mut self, other: &Self) {
        let (ours, theirs) = (*self.tally.options(), *other.tally.options());
        let alike = JudgeOptions { resolution: ours.resolution, ..theirs };
        assert_eq!(ours, alike, "judges with the same options");
        self.tally.add_times(&other.tally, 1);
        for (name, more) in &other.raters {
            add_counts(self.raters.entry(name.clone()).or_default(), more);
        }
        if let Some(more) = &other.majority {
            add_counts(self.majority.get_or_insert_default(), more);
        }
        if let (Some(known), Some(more)) = (&mut self.calibrations, &other.calibrations) {
            for (name, more) in more {
                match known.entry(name.clone()) {
                    Entry::Occupied(mut known) => known.get_mut().merge(more),
                    Entry::Vacant(new) => drop(new.insert(more.clone())),
                }
            }
        }
    }

    pub(super) fn amounts(&self) -> Amounts {
        let classes = self.tally.classes.iter().map(|class| (class.proper.count, class.amount));
        Amounts::new(classes, &self.raters)
    }

    fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.tally.numbers(numbers);
        let counts = self.raters.values_mut().chain(&mut self.majority).flatten();
        counts.for_each(|counts| counts.numbers(numbers));
        let calibrations = self.calibrations.iter_mut().flat_map(BTreeMap::values_mut);
        calibrations.for_each(|calibration| calibration.numbers(numbers));
    }
}

impl Fine {
    fn of(histogram: &Histogram, bins: usize) -> Self {
        let bins = histogram.equal_mass(bins);
        let areas = CalibrationScore::of(&bins).map(|_| histogram.curve().areas());
        Self { bins, areas }
    }

    fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.bins.iter_mut().for_each(|bin| bin.numbers(numbers));
        let mut there = u64::from(self.areas.is_some());
        numbers.count(&mut there);
        let none = Areas { average_precision: None, roc_auc: None, roc_auc_within: None };
        if there > 0 {
            let areas = self.areas.get_or_insert(none);
            let Areas { average_precision, roc_auc, roc_auc_within } = areas;
            [average_precision, roc_auc, roc_auc_within].into_iter().for_each(|area| numbers.maybe(area));
        }
    }
}

impl ImageSums {
    pub(super) fn new(sums: Sums, histograms: &[Histogram], risk: Option<&RiskCoverage>) -> Self {
        let bins = sums.tally.options().bins;
        let fine = match sums.tally.options().all() {
            true => histograms.iter().map(|histogram| Fine::of(histogram, bins)).collect(),
            false => Vec::new(),
        };
        Self { sums, fine, risk: risk.and_then(RiskCoverage::score) }
    }

    /// What intervals and verdicts need.
    pub fn tally(&self) -> &Tally {
        &self.sums.tally
    }

    /// The same, where nothing else is needed any more.
    pub fn into_tally(self) -> Tally {
        self.sums.tally
    }

    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// How much of each class there is.
    pub fn amounts(&self) -> Amounts {
        self.sums.amounts()
    }

    /// Its scores.
    pub fn scores(&self) -> Scores {
        let mut scores = self.sums.tally.scores();
        self.add_fine_scores(&mut scores);
        let calibration = |rater: &str| self.sums.calibrations.as_ref().and_then(|known| known.get(rater));
        let raters = self.sums.raters.iter();
        scores.raters = raters.map(|(name, counts)| rater_scores(name, counts, calibration(name))).collect();
        scores.majority = self.sums.majority.as_ref().map(|counts| rater_scores("majority", counts, None));
        scores.risk_coverage = self.risk;
        scores.rater_calibration = mean(scores.raters.iter().map(|rater| rater.calibration_error));
        scores.rater_top_label_calibration =
            mean(scores.raters.iter().map(|rater| rater.top_label_calibration));
        for (k, class) in scores.classes.iter_mut().enumerate() {
            class.rater_calibration =
                mean(scores.raters.iter().map(|rater| rater.classes[k].calibration_error));
        }
        scores
    }

    /// The areas below the curves and the bins of equal mass.
    fn add_fine_scores(&self, scores: &mut Scores) {
        let options = self.sums.tally.options();
        if !options.all() {
            return;
        }
        for (class, Fine { bins, areas }) in scores.classes.iter_mut().zip(&self.fine) {
            let Some(adaptive) = CalibrationScore::of(bins) else { continue };
            class.areas = *areas;
            if options.binning == Binning::EqualMass {
                class.calibration = Some(adaptive);
                class.reliability.clone_from(bins);
            }
            if let Some(calibration) = &mut class.calibration {
                calibration.adaptive = Some(adaptive.expected);
                class.calibration_error = Some(calibration.expected);
            }
        }
        let area = |of: fn(&Areas) -> Option<f64>| {
            mean(scores.classes.iter().map(|class| class.areas.as_ref().and_then(of)))
        };
        scores.areas = scores.classes.iter().any(|class| class.areas.is_some()).then(|| Areas {
            average_precision: area(|a| a.average_precision),
            roc_auc: area(|a| a.roc_auc),
            roc_auc_within: area(|a| a.roc_auc_within),
        });
        scores.calibration = mean_calibration(&scores.classes);
        scores.calibration_error = scores.calibration.map(|calibration| calibration.expected);
    }

    /// Its numbers, to be kept in a file.
    pub fn save(&self) -> SavedSums {
        let mut saved = SavedSums {
            edge: self.sums.tally.options().resolution.edge(),
            raters: self.sums.raters.keys().cloned().collect(),
            majority: self.sums.majority.is_some(),
            ..SavedSums::default()
        };
        self.clone().numbers(&mut Numbers::Out(&mut saved.reals, &mut saved.counts));
        saved
    }

    /// What was [saved](Self::save) of an image of such labels that was judged with these options; how finely its prediction
    /// is known it knows itself. `None` of numbers that are not those of such an image.
    pub fn restore(saved: &SavedSums, space: &LabelSpace, options: JudgeOptions) -> Option<Self> {
        let options = JudgeOptions { resolution: Resolution::of_edge(saved.edge)?, ..options };
        // Room is made for what is there alone: bins have numbers, and raters counts of each class.
        let (bins, people) = (options.bins.saturating_mul(space.count()), saved.raters.len() * space.count());
        if bins > saved.reals.len() || people > saved.counts.len() {
            return None;
        }
        let mut sums = Sums::new(space, options);
        let counts = || vec![Confusion::default(); space.count()];
        sums.raters = saved.raters.iter().map(|name| (name.clone(), counts())).collect();
        sums.majority = saved.majority.then(counts);
        if let Some(calibrations) = &mut sums.calibrations {
            let empty = RaterCalibration::new(space, &options);
            *calibrations = saved.raters.iter().map(|name| (name.clone(), empty.clone())).collect();
        }
        let fine = Fine { bins: vec![CalibrationBin::default(); options.bins.max(1)], areas: None };
        let fine = vec![fine; if options.all() { space.count() } else { 0 }];
        let mut image = Self { sums, fine, risk: None };
        let mut numbers = Numbers::In { reals: &saved.reals, counts: &saved.counts, short: false };
        image.numbers(&mut numbers);
        numbers.are_all_taken().then_some(image)
    }

    fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.sums.numbers(numbers);
        self.fine.iter_mut().for_each(|fine| fine.numbers(numbers));
        let mut there = u64::from(self.risk.is_some());
        numbers.count(&mut there);
        let none = RiskCoverageScore { risk: 0.0, aurc: 0.0, excess_aurc: 0.0 };
        if there > 0 {
            let RiskCoverageScore { risk, aurc, excess_aurc } = self.risk.get_or_insert(none);
            numbers.reals([risk, aurc, excess_aurc]);
        }
    }
}

/// Adds counts class by class; to none at all they are simply taken.
pub(super) fn add_counts(counts: &mut Vec<Confusion>, more: &[Confusion]) {
    counts.resize(more.len(), Confusion::default());
    counts.iter_mut().zip(more).for_each(|(a, b)| a.merge(b));
}
