use super::pixels::Pixels;
use super::raters::{HardDecision, rater_scores};
use super::tally::mean_calibration;
use super::{
    Areas, Binning, CalibrationScore, Confusion, Curve, Histogram, JudgeOptions, Resolution, ScoreError,
    Scores, Tally, mean,
};
use crate::fusion::majority;
use crate::labels::{Kind, RaterMask, SoftLabels};
use ndarray::ArrayView3;
use std::collections::BTreeMap;

/// Judges predictions image by image; memory does not grow with the number of pixels.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, SoftLabels};
/// use scumble::score::{Judge, Resolution};
///
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
/// let mut judge = Judge::new(Kind::Binary, &["water".into()], Resolution::FLOAT, true);
/// judge.add(&labels, array![[[0.25, 0.75]]].view(), &[])?;
/// let scores = judge.scores();
/// assert!(scores.cross_entropy.unwrap().excess.abs() < 1e-12); // perfect, though far from 0 loss
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Judge {
    names: Vec<String>,
    tally: Tally,
    /// Of each class, if all scores are asked for.
    histograms: Vec<Histogram>,
    raters: BTreeMap<String, Vec<Confusion>>,
    majority: Option<Vec<Confusion>>,
}

impl Judge {
    /// An empty judge for labels of `kind` with these class names (binary: one), of the scores that training looks at.
    ///
    /// `by_raters`: a pixel counts as many times as raters judged it (maximum likelihood); else once.
    pub fn new(kind: Kind, classes: &[String], resolution: Resolution, by_raters: bool) -> Self {
        let options = JudgeOptions { resolution, by_raters, full: false, ..JudgeOptions::default() };
        Self::with(kind, classes, options)
    }

    /// An empty judge with these options.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels};
    /// use scumble::score::{Judge, JudgeOptions};
    ///
    /// let labels = SoftLabels::new(Kind::Binary, array![[[0.25, 0.75]]])?;
    /// let mut judge = Judge::with(Kind::Binary, &["water".into()], JudgeOptions::default());
    /// judge.add(&labels, array![[[0.4, 0.9]]].view(), &[])?;
    /// let calibration = judge.scores().calibration.unwrap();
    /// assert!((calibration.signed - 0.15).abs() < 1e-7); // 15 % too much water on the mean
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with(kind: Kind, classes: &[String], options: JudgeOptions) -> Self {
        Self {
            names: classes.to_vec(),
            tally: Tally::new(kind, classes.len(), options),
            histograms: vec![Histogram::default(); if options.full { classes.len() } else { 0 }],
            raters: BTreeMap::new(),
            majority: None,
        }
    }

    /// Judges one image: its label, the predicted probabilities [K, H, W] and its raters by name.
    ///
    /// # Errors
    /// Another kind or shape, a prediction that is no probability. Nothing is counted then.
    pub fn add(
        &mut self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, f32>,
        raters: &[(String, RaterMask)],
    ) -> Result<(), ScoreError> {
        self.check(labels, prediction, raters)?;
        let prediction = prediction.as_standard_layout();
        let probabilities = labels.probabilities();
        let probabilities = probabilities.as_standard_layout();
        let valid = labels.valid();
        let weights = labels.effective_weights(self.tally.options().by_raters);
        let pixels = Pixels {
            labels: probabilities.as_slice().expect("standard layout"),
            prediction: prediction.as_slice().expect("standard layout"),
            weights: weights.as_slice().expect("just made"),
            valid: valid.as_slice().expect("labels are in standard layout"),
            size: prediction.len() / self.names.len().max(1),
        };
        self.tally.add_image(pixels);
        for (class, histogram) in self.histograms.iter_mut().enumerate() {
            histogram.add_image(pixels, class);
        }
        let votes = labels.votes();
        if raters.is_empty() && votes.is_none() {
            return Ok(());
        }
        let classes = self.names.len();
        let decision = HardDecision::new(self.tally.kind(), classes, pixels.prediction, pixels.valid);
        for (name, mask) in raters {
            add_counts(self.raters.entry(name.clone()).or_default(), &decision.against(mask));
        }
        if let Some(votes) = votes {
            add_counts(self.majority.get_or_insert_default(), &decision.against(&majority(votes)));
        }
        Ok(())
    }

    fn check(
        &self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, f32>,
        raters: &[(String, RaterMask)],
    ) -> Result<(), ScoreError> {
        let kind = self.tally.kind();
        if labels.kind() != kind || labels.classes() != self.names.len() {
            return Err(ScoreError::Kind {
                found: labels.kind(),
                found_classes: labels.classes(),
                expected: kind,
                classes: self.names.len(),
            });
        }
        let expected = labels.probabilities().shape().to_vec();
        if prediction.shape() != expected {
            return Err(ScoreError::Shape { found: prediction.shape().to_vec(), expected });
        }
        let probable = |q: &f32| (0.0..=1.0).contains(q);
        if !prediction.iter().all(probable)
            && let Some(((class, row, column), &value)) =
                prediction.indexed_iter().find(|(_, q)| !probable(q))
        {
            return Err(ScoreError::NotProbability { class, row, column, value });
        }
        for (rater, mask) in raters {
            if mask.marks().dim() != labels.valid().dim() {
                return Err(ScoreError::Rater {
                    rater: rater.clone(),
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
    /// Judges of different classes or options.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.names, other.names, "judges of the same classes");
        assert_eq!(self.tally.options(), other.tally.options(), "judges with the same options");
        self.tally.add_times(&other.tally, 1);
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(a, b)| a.merge(b));
        for (name, more) in &other.raters {
            add_counts(self.raters.entry(name.clone()).or_default(), more);
        }
        if let Some(more) = &other.majority {
            add_counts(self.majority.get_or_insert_default(), more);
        }
    }

    /// The sums behind the scores: what the bootstrap needs to keep of each image.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.names
    }

    /// The precision-recall and ROC curve of each class; none unless all scores were asked for.
    pub fn curves(&self) -> Vec<Curve> {
        self.histograms.iter().map(Histogram::curve).collect()
    }

    /// The scores of all that was added.
    pub fn scores(&self) -> Scores {
        let mut scores = self.tally.scores(&self.names);
        self.add_fine_scores(&mut scores);
        scores.raters = self.raters.iter().map(|(name, counts)| rater_scores(name, counts)).collect();
        scores.majority = self.majority.as_ref().map(|counts| rater_scores("majority", counts));
        scores
    }

    /// What the finely counted predictions tell: the areas below the curves and the bins of equal mass.
    fn add_fine_scores(&self, scores: &mut Scores) {
        let options = self.tally.options();
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
