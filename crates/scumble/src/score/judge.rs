//! Judges predictions image by image.

use super::amount::Amounts;
use super::curve::Curve;
use super::error::ScoreError;
use super::histogram::Histogram;
use super::image::{Image, VotesOf};
use super::image_sums::{ImageSums, Sums, add_counts};
use super::options::{JudgeOptions, Resolution};
use super::rater_calibration::RaterCalibration;
use super::raters::HardDecision;
use super::risk_coverage::RiskCoverage;
use super::scores::Scores;
use super::sums::OfImage;
use super::tally::Tally;
use crate::fusion::majority;
use crate::labels::{LabelSpace, NamedMask, SoftLabels, named};
use ndarray::ArrayView3;
use scumble_kernels::Real;

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
    sums: Sums,
    /// Of each class, if all scores are asked for.
    histograms: Vec<Histogram>,
    /// If uncertainty is asked for.
    risk: Option<RiskCoverage>,
    /// Of the image that is being added by rows.
    unfinished: Option<OfImage>,
}

impl Judge {
    /// An empty judge of such labels. What it counts is said here, and only here.
    pub fn new(space: &LabelSpace, options: JudgeOptions) -> Self {
        Self {
            sums: Sums::new(space, options),
            histograms: vec![Histogram::default(); if options.curves() { space.count() } else { 0 }],
            risk: options.uncertainty().then(RiskCoverage::default),
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
        let weights = labels.effective_weights(self.sums.tally.options().by_raters);
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
        let (classes, options) = (self.space().count(), *self.sums.tally.options());
        let whole = self.unfinished.get_or_insert_with(|| OfImage::new(classes, &options));
        self.sums.tally.add_rows(image, whole);
        for (class, histogram) in self.histograms.iter_mut().enumerate() {
            histogram.add_rows(image, class);
        }
        let votes = labels.votes();
        if raters.is_empty() && votes.is_none() {
            return Ok(());
        }
        let decision = HardDecision::new(self.sums.tally.space(), image);
        let own_weights = labels.weights();
        let own_weights = own_weights.as_ref().map(|weights| weights.as_standard_layout());
        let own_weights = own_weights.as_ref().map(|weights| weights.as_slice().expect("standard layout"));
        for NamedMask { rater, mask } in raters {
            if let Some(calibrations) = &mut self.sums.calibrations {
                let judged = (self.sums.tally.space(), self.sums.tally.options());
                let empty = || RaterCalibration::new(judged.0, judged.1);
                let calibration = calibrations.entry(rater.to_string()).or_insert_with(empty);
                calibration.add(judged, image, own_weights, mask);
            }
            add_counts(self.sums.raters.entry(rater.into_owned()).or_default(), &decision.against(mask));
        }
        if let Some(votes) = votes {
            add_counts(self.sums.majority.get_or_insert_default(), &decision.against(&majority(votes)));
        }
        Ok(())
    }

    /// Ends the image whose rows were [added](Self::add_rows); nothing if there is none.
    pub fn end_image(&mut self) {
        if let Some(whole) = self.unfinished.take() {
            whole.finish(&mut self.sums.tally, self.risk.as_mut());
        }
    }

    /// The same, of images whose predictions are known so finely.
    pub fn known_to(mut self, resolution: Resolution) -> Self {
        self.sums.tally.known_to(resolution);
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
        self.sums.merge(&other.sums);
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(a, b)| a.merge(b));
        if let (Some(risk), Some(more)) = (&mut self.risk, &other.risk) {
            risk.merge(more);
        }
    }

    /// The sums behind the scores: what intervals and verdicts need to keep of each image.
    pub fn tally(&self) -> &Tally {
        &self.sums.tally
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        self.sums.tally.space()
    }

    /// The precision-recall and ROC curve of each class; none unless they or all scores were asked for.
    pub fn curves(&self) -> Vec<Curve> {
        self.histograms.iter().map(Histogram::curve).collect()
    }

    /// How much of each class there is in all that was added together, as if it were parts of one thing.
    pub fn amounts(&self) -> Amounts {
        self.sums.amounts()
    }

    /// How the risk falls where only the surest pixels count; `None` unless uncertainty was asked for.
    pub fn risk_coverage(&self) -> Option<&RiskCoverage> {
        self.risk.as_ref()
    }

    /// What its scores are functions of: a few hundred numbers, whatever the pixels.
    pub fn sums(&self) -> ImageSums {
        ImageSums::new(self.sums.clone(), &self.histograms, self.risk.as_ref())
    }

    /// The scores of all that was added.
    pub fn scores(&self) -> Scores {
        self.sums().scores()
    }

    pub(super) fn histograms(&self) -> &[Histogram] {
        &self.histograms
    }
}
