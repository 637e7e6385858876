//! Judges predictions image by image.

use super::amount::Amounts;
use super::binning::Binning;
use super::calibration::CalibrationScore;
use super::confusion::Confusion;
use super::curve::{Areas, Curve};
use super::error::ScoreError;
use super::histogram::Histogram;
use super::image::{Image, VotesOf};
use super::means::mean;
use super::options::{JudgeOptions, Resolution};
use super::rater_calibration::RaterCalibration;
use super::raters::{HardDecision, rater_scores};
use super::risk_coverage::RiskCoverage;
use super::scores::Scores;
use super::sums::OfImage;
use super::tally::{Tally, mean_calibration};
use crate::fusion::majority;
use crate::labels::{LabelSpace, NamedMask, SoftLabels, named};
use ndarray::ArrayView3;
use scumble_kernels::Real;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Judges predictions image by image; memory does not grow with the number of pixels.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::{Judge, JudgeOptions};
///
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
/// let mut judge = Judge::new(&LabelSpace::new(Kind::Binary, ["water"])?, JudgeOptions::default());
/// judge.add(&labels, array![[[0.4_f32, 0.9]]].view(), NO_RATERS)?;
/// let scores = judge.scores();
/// assert!((scores.calibration.unwrap().signed - 0.15).abs() < 1e-7); // 15 % too much water on the mean
/// assert!(scores.raters.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Judge {
    tally: Tally,
    /// Of each class, if all scores are asked for.
    histograms: Vec<Histogram>,
    raters: BTreeMap<String, Vec<Confusion>>,
    majority: Option<Vec<Confusion>>,
    /// If uncertainty is asked for.
    uncertainty: Option<Uncertainty>,
    /// Of the image that is being added by rows.
    unfinished: Option<OfImage>,
}

/// What is dear.
#[derive(Debug, Clone, Default)]
struct Uncertainty {
    risk: RiskCoverage,
    raters: BTreeMap<String, RaterCalibration>,
}

impl Judge {
    /// An empty judge of such labels. What it counts is said here, and only here.
    pub fn new(space: &LabelSpace, options: JudgeOptions) -> Self {
        Self {
            tally: Tally::new(space, options),
            histograms: vec![Histogram::default(); if options.curves() { space.count() } else { 0 }],
            raters: BTreeMap::new(),
            majority: None,
            uncertainty: options.uncertainty().then(Uncertainty::default),
            unfinished: None,
        }
    }

    /// Judges one image: its label, the predicted probabilities [K, H, W] as f32 or f64, and its raters, or
    /// [`NO_RATERS`](crate::labels::NO_RATERS). If the label keeps votes, their majority is met, too.
    ///
    /// Predictions are judged as they come: which bin a prediction on an edge falls into, and whether it reaches the
    /// threshold, is decided on its own f32 or f64.
    ///
    /// # Errors
    /// Another kind or shape, a prediction that is no probability, two masks of one rater. Nothing is counted then.
    pub fn add<'a, R: Real>(
        &mut self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, R>,
        raters: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ) -> Result<(), ScoreError> {
        self.add_rows(labels, prediction, raters)?;
        self.end_image();
        Ok(())
    }

    /// Judges some rows of an image that is too large to be in memory as a whole: what [`add`](Self::add) takes, of these
    /// rows. [`end_image`](Self::end_image) comes after the last; until then the scores lack those that only whole images
    /// have. In how many parts an image comes changes nothing but the rounding of sums.
    ///
    /// # Errors
    /// As [`add`](Self::add); of an image whose first rows were added, they stay.
    ///
    /// ```
    /// use ndarray::{Axis, array};
    /// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
    /// use scumble::score::{Judge, JudgeOptions};
    ///
    /// let (labels, prediction) = (array![[[0.0, 0.25], [0.75, 1.0]]], array![[[0.1, 0.3], [0.6, 0.9_f32]]]);
    /// let empty = Judge::new(&LabelSpace::unnamed(Kind::Binary, 1)?, JudgeOptions::default());
    /// let (mut whole, mut by_rows) = (empty.clone(), empty);
    /// whole.add(&SoftLabels::new(Kind::Binary, labels.clone())?, prediction.view(), NO_RATERS)?;
    /// for row in 0..2 {
    ///     let rows = |maps: &ndarray::Array3<f32>| maps.select(Axis(1), &[row]);
    ///     by_rows.add_rows(&SoftLabels::new(Kind::Binary, rows(&labels))?, rows(&prediction).view(), NO_RATERS)?;
    /// }
    /// by_rows.end_image();
    /// assert_eq!(by_rows.scores().levels_dice, whole.scores().levels_dice);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_rows<'a, R: Real>(
        &mut self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, R>,
        raters: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ) -> Result<(), ScoreError> {
        let raters = named(raters);
        self.check(labels, prediction, &raters)?;
        let prediction = prediction.as_standard_layout();
        let probabilities = labels.probabilities();
        let probabilities = probabilities.as_standard_layout();
        let valid = labels.valid();
        let weights = labels.effective_weights(self.tally.options().by_raters);
        let votes = labels.votes();
        let votes = votes.map(|votes| (votes.yes(), votes.total()));
        let votes = votes.as_ref().map(|(yes, total)| (yes.as_standard_layout(), total.as_standard_layout()));
        let image = Image {
            labels: probabilities.as_slice().expect("standard layout"),
            prediction: prediction.as_slice().expect("standard layout"),
            weights: weights.as_slice().expect("just made"),
            valid: valid.as_slice().expect("labels are in standard layout"),
            votes: votes.as_ref().map(|(yes, total)| VotesOf {
                yes: yes.as_slice().expect("standard layout"),
                total: total.as_slice().expect("standard layout"),
            }),
            size: prediction.len() / self.space().count(),
        };
        let (classes, options) = (self.space().count(), *self.tally.options());
        let whole = self.unfinished.get_or_insert_with(|| OfImage::new(classes, &options));
        self.tally.add_rows(image, whole);
        for (class, histogram) in self.histograms.iter_mut().enumerate() {
            histogram.add_rows(image, class);
        }
        let votes = labels.votes();
        if raters.is_empty() && votes.is_none() {
            return Ok(());
        }
        let decision = HardDecision::new(self.tally.space(), image);
        let own_weights = labels.weights();
        let own_weights = own_weights.as_ref().map(|weights| weights.as_standard_layout());
        let own_weights = own_weights.as_ref().map(|weights| weights.as_slice().expect("standard layout"));
        for NamedMask { rater, mask } in raters {
            if let Some(dear) = &mut self.uncertainty {
                let judged = (self.tally.space(), self.tally.options());
                let empty = || RaterCalibration::new(judged.0, judged.1);
                let calibration = dear.raters.entry(rater.to_string()).or_insert_with(empty);
                calibration.add(judged, image, own_weights, mask);
            }
            add_counts(self.raters.entry(rater.into_owned()).or_default(), &decision.against(mask));
        }
        if let Some(votes) = votes {
            add_counts(self.majority.get_or_insert_default(), &decision.against(&majority(votes)));
        }
        Ok(())
    }

    /// Ends the image whose rows were [added](Self::add_rows); nothing if there is none.
    pub fn end_image(&mut self) {
        if let Some(whole) = self.unfinished.take() {
            whole.finish(&mut self.tally, self.uncertainty.as_mut().map(|dear| &mut dear.risk));
        }
    }

    /// The same, of images whose predictions are known so finely.
    pub fn known_to(mut self, resolution: Resolution) -> Self {
        self.tally.known_to(resolution);
        self
    }

    fn check<R: Real>(
        &self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, R>,
        raters: &[NamedMask<'_>],
    ) -> Result<(), ScoreError> {
        let (found, found_classes) = (labels.kind(), labels.classes());
        if found != self.space().kind() || found_classes != self.space().count() {
            return Err(ScoreError::Kind { found, found_classes, expected: self.space().clone() });
        }
        let expected = labels.probabilities().shape().to_vec();
        if prediction.shape() != expected {
            return Err(ScoreError::Shape { found: prediction.shape().to_vec(), expected });
        }
        let probable = |q: &R| (R::ZERO..=R::ONE).contains(q);
        if !prediction.iter().all(probable)
            && let Some(((class, row, column), value)) = prediction.indexed_iter().find(|(_, q)| !probable(q))
        {
            return Err(ScoreError::NotProbability { class, row, column, value: value.to_f64() });
        }
        for (at, NamedMask { rater, mask }) in raters.iter().enumerate() {
            if raters[..at].iter().any(|other| other.rater == *rater) {
                return Err(ScoreError::Twice { rater: rater.to_string() });
            }
            if mask.marks().dim() != labels.valid().dim() {
                return Err(ScoreError::Rater {
                    rater: rater.to_string(),
                    found: mask.marks().shape().to_vec(),
                    expected: labels.valid().shape().to_vec(),
                });
            }
        }
        Ok(())
    }

    /// Adds what another judge has counted, of other images.
    ///
    /// # Panics
    /// Judges of different classes or options; predictions may be known differently. An image that has not
    /// [ended](Self::end_image).
    pub fn merge(&mut self, other: &Self) {
        assert!(self.unfinished.is_none() && other.unfinished.is_none(), "judges of whole images");
        let (ours, theirs) = (*self.tally.options(), *other.tally.options());
        let alike = JudgeOptions { resolution: ours.resolution, ..theirs };
        assert_eq!(ours, alike, "judges with the same options");
        self.tally.add_times(&other.tally, 1);
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(a, b)| a.merge(b));
        for (name, more) in &other.raters {
            add_counts(self.raters.entry(name.clone()).or_default(), more);
        }
        if let Some(more) = &other.majority {
            add_counts(self.majority.get_or_insert_default(), more);
        }
        if let (Some(dear), Some(more)) = (&mut self.uncertainty, &other.uncertainty) {
            dear.risk.merge(&more.risk);
            for (name, more) in &more.raters {
                match dear.raters.entry(name.clone()) {
                    Entry::Occupied(mut known) => known.get_mut().merge(more),
                    Entry::Vacant(new) => drop(new.insert(more.clone())),
                }
            }
        }
    }

    /// The sums behind the scores: what intervals and verdicts need to keep of each image.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        self.tally.space()
    }

    /// The precision-recall and ROC curve of each class; none unless they or all scores were asked for.
    pub fn curves(&self) -> Vec<Curve> {
        self.histograms.iter().map(Histogram::curve).collect()
    }

    /// How much of each class there is in all that was added together, as if it were parts of one thing.
    pub fn amounts(&self) -> Amounts {
        let classes = self.tally.classes.iter().map(|class| (class.proper.count, class.amount));
        Amounts::new(classes, &self.raters)
    }

    /// How the risk falls where only the surest pixels count; `None` unless uncertainty was asked for.
    pub fn risk_coverage(&self) -> Option<&RiskCoverage> {
        self.uncertainty.as_ref().map(|dear| &dear.risk)
    }

    /// The scores of all that was added.
    pub fn scores(&self) -> Scores {
        let mut scores = self.tally.scores();
        self.add_fine_scores(&mut scores);
        let dear = self.uncertainty.as_ref();
        let calibration = |rater: &str| dear.and_then(|dear| dear.raters.get(rater));
        let raters = self.raters.iter();
        scores.raters = raters.map(|(name, counts)| rater_scores(name, counts, calibration(name))).collect();
        scores.majority = self.majority.as_ref().map(|counts| rater_scores("majority", counts, None));
        scores.risk_coverage = self.risk_coverage().and_then(RiskCoverage::score);
        scores.rater_calibration = mean(scores.raters.iter().map(|rater| rater.calibration_error));
        scores.rater_top_label_calibration =
            mean(scores.raters.iter().map(|rater| rater.top_label_calibration));
        for (k, class) in scores.classes.iter_mut().enumerate() {
            class.rater_calibration =
                mean(scores.raters.iter().map(|rater| rater.classes[k].calibration_error));
        }
        scores
    }

    /// What the finely counted predictions tell: the areas below the curves and the bins of equal mass.
    fn add_fine_scores(&self, scores: &mut Scores) {
        let options = self.tally.options();
        if !options.all() {
            return;
        }
        for (class, histogram) in scores.classes.iter_mut().zip(&self.histograms) {
            let bins = histogram.equal_mass(options.bins);
            let Some(adaptive) = CalibrationScore::of(&bins) else { continue };
            class.areas = Some(histogram.curve().areas());
            if options.binning == Binning::EqualMass {
                class.calibration = Some(adaptive);
                class.reliability = bins;
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
}

/// Adds counts class by class; to none at all they are simply taken.
fn add_counts(counts: &mut Vec<Confusion>, more: &[Confusion]) {
    counts.resize(more.len(), Confusion::default());
    counts.iter_mut().zip(more).for_each(|(a, b)| a.merge(b));
}
