//! Whether models disagree where their mean errs.

use super::reader::JudgedImage;
use ndarray::Axis;
use scumble::labels::Kind;
use scumble::score::{ExactRisk, RiskCoverage, RiskCoverageScore, SavedRisk};
use serde::{Deserialize, Serialize, Serializer};
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
    /// Of each image.
    images: Vec<Disagreeing>,
    by_agreement: ExactRisk,
    by_confidence: ExactRisk,
}

/// How far the models disagree about an image.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disagreeing {
    image: String,
    /// Sums over the pixels that count: of weights, and of disagreement.
    weight: f64,
    nats: f64,
}

/// What is kept of a [`Disagreement`] in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedDisagreement {
    images: Vec<Disagreeing>,
    by_agreement: SavedRisk,
    by_confidence: SavedRisk,
}

impl Disagreement {
    /// Of so many models, nothing looked at yet.
    pub(super) fn new(models: usize, by_raters: bool) -> Self {
        let (by_agreement, by_confidence) = (ExactRisk::default(), ExactRisk::default());
        Self { models, by_raters, images: Vec::new(), by_agreement, by_confidence }
    }

    pub(super) fn save(&self) -> SavedDisagreement {
        let (by_agreement, by_confidence) = (self.by_agreement.save(), self.by_confidence.save());
        SavedDisagreement { images: self.images.clone(), by_agreement, by_confidence }
    }

    /// Adds images that were looked at elsewhere; `None` of numbers that are none of such.
    pub(super) fn add_saved(&mut self, saved: SavedDisagreement) -> Option<()> {
        self.by_agreement.merge(&ExactRisk::restore(&saved.by_agreement)?);
        self.by_confidence.merge(&ExactRisk::restore(&saved.by_confidence)?);
        self.images.extend(saved.images);
        Some(())
    }

    /// Puts the images in order.
    pub(super) fn sort(&mut self, place: impl Fn(&str) -> usize) {
        self.images.sort_by_key(|image| place(&image.image));
    }

    /// Looks at an image of which the disagreement is known.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) {
        let Some(nats) = image.disagreement else { return };
        let (labels, shown) = (image.labels.probabilities(), image.shown);
        let weights = image.labels.effective_weights(self.by_raters);
        let mut found = Looked::default();
        let (classes, exclusive) = (shown.dim().0, image.labels.kind() == Kind::Multiclass);
        for ((row, column), &nats) in nats.indexed_iter() {
            let nats = f64::from(nats);
            let at = |class: usize| [class, row, column];
            let weight = |class: usize| f64::from(weights[at(class.min(weights.len_of(Axis(0)) - 1))]);
            found.weight += weight(0);
            found.nats += weight(0) * nats;
            if exclusive {
                let best =
                    (0..classes).fold(0, |best, k| if shown[at(k)] > shown[at(best)] { k } else { best });
                found.decision(labels[at(best)], shown[at(best)], nats, weight(0));
                continue;
            }
            for class in 0..classes {
                let (p, q) = (labels[at(class)], shown[at(class)]);
                let (p, q) = if q >= 0.5 { (p, q) } else { (1.0 - p, 1.0 - q) };
                found.decision(p, q, nats, weight(class));
            }
        }
        self.by_agreement.add(&found.by_agreement);
        self.by_confidence.add(&found.by_confidence);
        let (image, weight, nats) = (image.item.id().to_owned(), found.weight, found.nats);
        self.images.push(Disagreeing { image, weight, nats });
    }

    /// How many models.
    pub fn models(&self) -> usize {
        self.models
    }

    /// The mean over the pixels, in nats; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        let sum = |of: fn(&Disagreeing) -> f64| self.images.iter().map(of).sum::<f64>();
        let weight = sum(|image| image.weight);
        (weight > 0.0).then(|| sum(|image| image.nats) / weight)
    }

    /// The risk where only the decisions count on which the models agree most.
    pub fn by_agreement(&self) -> Option<RiskCoverageScore> {
        self.by_agreement.rounded().score()
    }

    /// The risk where only the decisions count of which the mean is surest.
    pub fn by_confidence(&self) -> Option<RiskCoverageScore> {
        self.by_confidence.rounded().score()
    }
}

/// One image while it is looked at.
#[derive(Default)]
struct Looked {
    weight: f64,
    nats: f64,
    by_agreement: RiskCoverage,
    by_confidence: RiskCoverage,
}

impl Looked {
    fn decision(&mut self, p: f32, q: f32, nats: f64, weight: f64) {
        if weight > 0.0 {
            self.by_agreement.add(p.into(), 1.0 - nats, weight);
            self.by_confidence.add(p.into(), q.into(), weight);
        }
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
