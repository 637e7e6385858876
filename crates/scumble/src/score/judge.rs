use super::{
    Calibration, ClassScores, Confusion, CrossEntropyScore, F1, Overlap, Proper, RaterScores, ScoreError,
    Scores,
};
use crate::fusion::majority;
use crate::labels::{Kind, RaterMask, SoftLabels, UNSEEN};
use ndarray::{ArrayView3, Axis};
use std::collections::BTreeMap;

/// How finely the predictions are known: the least probability (and distance from 1) that is believed.
///
/// A stored 0 only says "below half a step". Where the label allows what such a prediction rules out, the log is
/// taken at this edge instead of being infinite, and the pixel counts as clipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution(f64);

impl Resolution {
    /// f32: half the distance from 1 to its neighbour below, 2^-25.
    pub const FLOAT: Self = Self(1.0 / (1u64 << 25) as f64);
    /// 16-bit files: half a step of 1/65535.
    pub const SIXTEEN_BIT: Self = Self(0.5 / 65535.0);
    /// 8-bit files: half a step of 1/255.
    pub const EIGHT_BIT: Self = Self(0.5 / 255.0);

    /// The edge itself.
    pub fn edge(self) -> f64 {
        self.0
    }
}

/// Judges predictions image by image; memory does not grow with the number of pixels.
///
/// ```
/// use ndarray::array;
/// use scumble::{Judge, Kind, Resolution, SoftLabels};
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
    kind: Kind,
    names: Vec<String>,
    resolution: Resolution,
    by_raters: bool,
    all: Proper,
    classes: Vec<ClassJudge>,
    raters: BTreeMap<String, Vec<Confusion>>,
    majority: Option<Vec<Confusion>>,
}

#[derive(Debug, Clone)]
struct ClassJudge {
    proper: Proper,
    calibration: Calibration,
    overlap: Overlap,
    label: f64,
}

/// Bins of the reliability diagram, as usual since Guo et al. 2017.
const BINS: usize = 15;

impl Judge {
    /// An empty judge for labels of `kind` with these class names (binary: one).
    ///
    /// `by_raters`: a pixel counts as many times as raters judged it (maximum likelihood); else once.
    pub fn new(kind: Kind, classes: &[String], resolution: Resolution, by_raters: bool) -> Self {
        let class = ClassJudge {
            proper: Proper::default(),
            calibration: Calibration::new(BINS),
            overlap: Overlap::default(),
            label: 0.0,
        };
        Self {
            kind,
            names: classes.to_vec(),
            resolution,
            by_raters,
            all: Proper::default(),
            classes: vec![class; classes.len()],
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
        let q = prediction.as_slice().expect("standard layout");
        let p = probabilities.as_slice().expect("standard layout");
        let valid = labels.valid();
        let valid = valid.as_slice().expect("labels are in standard layout");
        let weights = labels.effective_weights(self.by_raters);
        let weights = weights.as_slice().expect("just made");
        let (classes, height, width) = prediction.dim();
        let pixels = height * width;
        let edge = self.resolution.edge();
        for (k, class) in self.classes.iter_mut().enumerate() {
            let group = if self.kind == Kind::Multilabel { k * pixels } else { 0 };
            for i in (0..pixels).filter(|i| valid[group + i]) {
                let w = f64::from(weights[group + i]);
                let (p, q) = (f64::from(p[k * pixels + i]), f64::from(q[k * pixels + i]));
                class.proper.add_binary(p, q, w, edge);
                class.calibration.add(p, q, w);
                class.overlap.add(p, q, w);
                class.label += w * p;
            }
        }
        if self.kind == Kind::Multiclass {
            for i in (0..pixels).filter(|&i| valid[i]) {
                let pairs =
                    (0..classes).map(|k| (f64::from(p[k * pixels + i]), f64::from(q[k * pixels + i])));
                self.all.add_exclusive(pairs, f64::from(weights[i]), edge);
            }
        }
        for (name, mask) in raters {
            let counts =
                self.raters.entry(name.clone()).or_insert_with(|| vec![Confusion::default(); classes]);
            compare(self.kind, prediction.view(), labels.valid(), mask, counts);
        }
        if let Some(votes) = labels.votes() {
            let counts = self.majority.get_or_insert_with(|| vec![Confusion::default(); classes]);
            compare(self.kind, prediction.view(), labels.valid(), &majority(votes), counts);
        }
        Ok(())
    }

    fn check(
        &self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, f32>,
        raters: &[(String, RaterMask)],
    ) -> Result<(), ScoreError> {
        if labels.kind() != self.kind || labels.classes() != self.names.len() {
            return Err(ScoreError::Kind {
                found: labels.kind(),
                found_classes: labels.classes(),
                expected: self.kind,
                classes: self.names.len(),
            });
        }
        let expected = labels.probabilities().shape().to_vec();
        if prediction.shape() != expected {
            return Err(ScoreError::Shape { found: prediction.shape().to_vec(), expected });
        }
        if let Some(((class, row, column), &value)) =
            prediction.indexed_iter().find(|(_, q)| !(0.0..=1.0).contains(*q))
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
    /// Judges of different classes.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.names, other.names, "judges of the same classes");
        self.all.merge(&other.all);
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.proper.merge(&more.proper);
            class.calibration.merge(&more.calibration);
            class.overlap.merge(&more.overlap);
            class.label += more.label;
        }
        for (name, more) in &other.raters {
            let counts =
                self.raters.entry(name.clone()).or_insert_with(|| vec![Confusion::default(); more.len()]);
            counts.iter_mut().zip(more).for_each(|(a, b)| a.merge(b));
        }
        if let Some(more) = &other.majority {
            let counts = self.majority.get_or_insert_with(|| vec![Confusion::default(); more.len()]);
            counts.iter_mut().zip(more).for_each(|(a, b)| a.merge(b));
        }
    }

    /// The scores of all that was added.
    pub fn scores(&self) -> Scores {
        let all = match self.kind {
            Kind::Multiclass => self.all,
            // Independent classes: every class at every pixel is an element, as in the sigmoid cross entropy.
            Kind::Binary | Kind::Multilabel => {
                self.classes.iter().fold(Proper::default(), |mut sum, class| {
                    sum.merge(&class.proper);
                    sum
                })
            }
        };
        let classes: Vec<_> =
            self.names.iter().zip(&self.classes).map(|(name, class)| class.scores(name)).collect();
        Scores {
            pixels: all.count,
            weight: all.weight,
            clipped: all.clipped,
            cross_entropy: cross_entropy(&all),
            brier: per(all.brier, all.weight),
            calibration_error: mean(classes.iter().map(|c| c.calibration_error)),
            dice: mean(classes.iter().map(|c| c.dice)),
            iou: mean(classes.iter().map(|c| c.iou)),
            raters: self.raters.iter().map(|(name, counts)| rater_scores(name, counts)).collect(),
            majority: self.majority.as_ref().map(|counts| rater_scores("majority", counts)),
            classes,
        }
    }
}

impl ClassJudge {
    fn scores(&self, name: &str) -> ClassScores {
        ClassScores {
            class: name.to_string(),
            frequency: per(self.label, self.proper.weight),
            cross_entropy: cross_entropy(&self.proper),
            brier: per(self.proper.brier, self.proper.weight),
            calibration_error: self.calibration.expected_error(),
            dice: self.overlap.dice(),
            iou: self.overlap.iou(),
            reliability: self.calibration.bins().to_vec(),
        }
    }
}

/// Counts the hard decision against a hard mask, class by class, where both are known.
fn compare(
    kind: Kind,
    prediction: ArrayView3<'_, f32>,
    valid: ArrayView3<'_, bool>,
    mask: &RaterMask,
    counts: &mut [Confusion],
) {
    let marks = mask.marks();
    if kind == Kind::Multiclass {
        let decided = prediction.map_axis(Axis(0), |q| {
            q.iter().enumerate().fold(0, |best, (k, value)| if *value > q[best] { k } else { best })
        });
        for ((row, column), &class) in decided.indexed_iter() {
            let mark = marks[[0, row, column]];
            if mark != UNSEEN && valid[[0, row, column]] {
                for (k, count) in counts.iter_mut().enumerate() {
                    count.add(usize::from(mark) == k, class == k);
                }
            }
        }
        return;
    }
    for ((class, row, column), &q) in prediction.indexed_iter() {
        let mark = marks[[class, row, column]];
        if mark != UNSEEN && valid[[class, row, column]] {
            counts[class].add(mark == 1, q >= 0.5);
        }
    }
}

fn rater_scores(name: &str, counts: &[Confusion]) -> RaterScores {
    let classes: Vec<F1> =
        counts.iter().map(|c| F1 { f1: c.f1(), precision: c.precision(), recall: c.recall() }).collect();
    RaterScores { rater: name.to_string(), f1: mean(classes.iter().map(|c| c.f1)), classes }
}

fn cross_entropy(proper: &Proper) -> Option<CrossEntropyScore> {
    let (value, floor) = (per(proper.cross_entropy, proper.weight)?, per(proper.floor, proper.weight)?);
    Some(CrossEntropyScore { value, floor, excess: value - floor })
}

fn per(sum: f64, weight: f64) -> Option<f64> {
    (weight > 0.0).then(|| sum / weight)
}

/// The mean of those that exist.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let known: Vec<f64> = values.flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
