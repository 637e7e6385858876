//! Everything that is asked of a head.

use super::{HeadError, Reading, ReadingError};
use ndarray::{Array3, Array4, ArrayView3};
use scumble::joint::{JointError, JointFamily};
use scumble::labels::{Kind, LabelError, LabelSpace, SoftLabels};
use scumble::score::{Judge, JudgeOptions, ScoreError, Scores};
use scumble_data::Target;
use thiserror::Error;

/// A distribution over a pixel's labels, of K classes, whose parameters are P logits.
pub(crate) trait Distribution {
    /// K where the head itself says so; else as many as the labels have.
    fn classes(&self, space: &LabelSpace) -> usize {
        space.count()
    }

    /// Whether it is one of these labels, and whether their logits can be calibrated if they are.
    ///
    /// # Errors
    /// Labels of a kind that it is not of; a calibration where no logits are of single labels.
    fn fits(&self, _space: &LabelSpace, _calibrated: bool) -> Result<(), HeadError> {
        Ok(())
    }

    /// Whether its logits can be read so.
    ///
    /// # Errors
    /// A reading that the labels or the head do not have.
    fn supports(&self, space: &LabelSpace, reading: Reading) -> Result<(), ReadingError> {
        match reading {
            Reading::Correlations => Err(ReadingError::NoCorrelations),
            _ => reading.suits(space),
        }
    }

    /// Maps that a reading has.
    fn maps(&self, classes: usize, reading: Reading) -> usize {
        match reading {
            Reading::Classes | Reading::Logits | Reading::Correlations => classes,
            Reading::Sets => 1 << classes,
            Reading::Disagreement => 1,
            Reading::Parameters => self.logits(classes),
        }
    }

    /// P.
    fn logits(&self, classes: usize) -> usize;

    /// What each of the P logits is of.
    fn names(&self, classes: &[String]) -> Vec<String>;

    /// Which label of an image it learns from where `asked` is asked for.
    fn target(&self, asked: Target) -> Target {
        asked
    }

    /// True if it learns from label sets: from multiclass labels over the 2^K sets, bit i of one being class i.
    fn learns_sets(&self) -> bool {
        false
    }

    /// What it learns from a label [K or 2^K, H, W]: targets [T, H, W] and their weights [1 or T, H, W], 0 for ignored
    /// pixels. `by_raters`: a pixel weighs as many times as raters judged it; else once.
    ///
    /// # Errors
    /// A label without the counts that it takes.
    fn targets(
        &self,
        labels: &SoftLabels,
        by_raters: bool,
    ) -> Result<(Array3<f32>, Array3<f32>), TargetError> {
        Ok((labels.probabilities().to_owned(), labels.effective_weights(by_raters)))
    }

    /// P logits that predict these frequencies of the classes, or of the label sets that it learns from, everywhere;
    /// `shift` is how far class weights move each.
    fn prior(&self, kind: Kind, frequencies: &[f64], shift: &[f32]) -> Vec<f32>;

    /// Of logits [N, P, H, W] those that say how probable each class is [N, K, H, W]; all of them where these cannot be
    /// told apart.
    fn class_logits(&self, logits: &Array4<f32>, _classes: usize) -> Array4<f32> {
        logits.clone()
    }

    /// The probability of each class [N, K, H, W] from its class logits.
    fn probabilities(&self, kind: Kind, class_logits: Array4<f32>) -> Array4<f32>;

    /// The distribution over label sets that the class logits are parameters of, if classes overlap and are few enough.
    fn family(&self, space: &LabelSpace) -> Option<JointFamily> {
        let independent = || JointFamily::independent(space.count()).ok();
        (space.kind() == Kind::Multilabel).then(independent).flatten()
    }

    /// The correlation of two raters' opinions on each class [N, K, H, W], if it is one of the parameters.
    fn correlations(&self, _logits: &Array4<f32>, _classes: usize) -> Option<Array4<f32>> {
        None
    }

    /// Judges validation images, of which none has come yet.
    fn validation(&self, space: &LabelSpace, by_raters: bool) -> Box<dyn Validation>;
}

/// Scores of validation images. The cross entropy is of what training minimises: it chooses the best epoch.
pub(crate) trait Validation {
    /// What of the network it judges.
    fn reading(&self) -> Reading;

    /// Judges some rows of an image, or all: the label that the head learns from, and its reading of the network.
    ///
    /// # Errors
    /// A label without the counts that it takes; a label and a prediction that do not fit each other.
    fn add_rows(&mut self, labels: &SoftLabels, maps: ArrayView3<'_, f32>) -> Result<(), TargetError>;

    /// Ends the image.
    fn end_image(&mut self);

    /// Over all images.
    fn scores(&self) -> Scores;

    /// The judge of the classes.
    fn of_classes(&self) -> &Judge;

    /// At which threshold F1 over all images is best, class by class; empty of exclusive classes.
    fn best_f1(&self) -> Vec<Option<f64>> {
        self.of_classes().curves().iter().map(|curve| curve.best_f1().map(|best| best.threshold)).collect()
    }
}

/// A label that a head cannot learn from or be judged by.
#[derive(Debug, Error)]
pub(crate) enum TargetError {
    #[error("no counts of votes")]
    NoCounts,
    #[error(transparent)]
    Score(#[from] ScoreError),
    #[error(transparent)]
    Labels(#[from] LabelError),
    #[error(transparent)]
    Joint(#[from] JointError),
}

/// A judge of what is looked at after every epoch.
pub(super) fn judge(space: &LabelSpace, by_raters: bool) -> Judge {
    // Of exclusive classes the likeliest is predicted, whatever a threshold.
    let curves = space.kind() != Kind::Multiclass;
    Judge::new(space, JudgeOptions { by_raters, curves, ..JudgeOptions::training() })
}

/// A frequency as the logit of a sigmoid, none of them infinite.
pub(super) fn log_odds(frequency: f64) -> f32 {
    let p = inside(frequency);
    (p / (1.0 - p)).ln() as f32
}

/// A frequency as the logit of a softmax.
pub(super) fn log_share(frequency: f64) -> f32 {
    inside(frequency).ln() as f32
}

/// What never occurred may occur.
fn inside(frequency: f64) -> f64 {
    frequency.clamp(1e-4, 1.0 - 1e-4)
}

/// 1 / (1 + exp(-x)) without overflow.
pub(super) fn sigmoid(x: f32) -> f32 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}
