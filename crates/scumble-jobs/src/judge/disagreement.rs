//! Whether models disagree where their mean errs.

use super::reader::JudgedImage;
use ndarray::Axis;
use scumble::labels::Kind;
use scumble::score::{RiskCoverage, RiskCoverageScore};
use serde::{Serialize, Serializer};
use serde_json::json;

/// Decisions of the mean of several models, ordered by how far the models agree, and by how sure the mean is.
///
/// Disagreement is the mutual information of model and label, in nats: [`scumble_nn::Reading::Disagreement`]. A decision is
/// the likeliest of exclusive classes, or of each other class the likelier side; its risk the share of raters who say
/// something else.
#[derive(Debug, Clone)]
pub struct Disagreement {
    models: usize,
    by_raters: bool,
    /// Sums over the pixels that count: of weights, and of disagreement.
    weight: f64,
    nats: f64,
    by_agreement: RiskCoverage,
    by_confidence: RiskCoverage,
}

impl Disagreement {
    /// Of so many models, nothing looked at yet.
    pub(super) fn new(models: usize, by_raters: bool) -> Self {
        let (by_agreement, by_confidence) = (RiskCoverage::default(), RiskCoverage::default());
        Self { models, by_raters, weight: 0.0, nats: 0.0, by_agreement, by_confidence }
    }

    /// Looks at an image of which the disagreement is known.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) {
        let Some(nats) = image.disagreement else { return };
        let (labels, shown) = (image.labels.probabilities(), image.shown);
        let weights = image.labels.effective_weights(self.by_raters);
        let (classes, exclusive) = (shown.dim().0, image.labels.kind() == Kind::Multiclass);
        for ((row, column), &nats) in nats.indexed_iter() {
            let nats = f64::from(nats);
            let at = |class: usize| [class, row, column];
            let weight = |class: usize| f64::from(weights[at(class.min(weights.len_of(Axis(0)) - 1))]);
            self.weight += weight(0);
            self.nats += weight(0) * nats;
            if exclusive {
                let best =
                    (0..classes).fold(0, |best, k| if shown[at(k)] > shown[at(best)] { k } else { best });
                self.decision(labels[at(best)], shown[at(best)], nats, weight(0));
                continue;
            }
            for class in 0..classes {
                let (p, q) = (labels[at(class)], shown[at(class)]);
                let (p, q) = if q >= 0.5 { (p, q) } else { (1.0 - p, 1.0 - q) };
                self.decision(p, q, nats, weight(class));
            }
        }
    }

    fn decision(&mut self, p: f32, q: f32, nats: f64, weight: f64) {
        if weight > 0.0 {
            self.by_agreement.add(p.into(), 1.0 - nats, weight);
            self.by_confidence.add(p.into(), q.into(), weight);
        }
    }

    /// How many models.
    pub fn models(&self) -> usize {
        self.models
    }

    /// The mean over the pixels, in nats; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.nats / self.weight)
    }

    /// The risk where only the decisions count on which the models agree most.
    pub fn by_agreement(&self) -> Option<RiskCoverageScore> {
        self.by_agreement.score()
    }

    /// The risk where only the decisions count of which the mean is surest.
    pub fn by_confidence(&self) -> Option<RiskCoverageScore> {
        self.by_confidence.score()
    }
}

impl Serialize for Disagreement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "models": self.models,
            "mean": self.mean(),
            "by_agreement": self.by_agreement(),
            "by_confidence": self.by_confidence(),
        })
        .serialize(serializer)
    }
}
