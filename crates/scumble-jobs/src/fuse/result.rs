//! What became of the images, and what was learnt of their raters.

use crate::JobError;
use crate::entries::Entries;
use scumble::Kind;
use scumble::fusion::{Estimate, Fit, RaterQuality};
use scumble_data::MapFormat;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What became of all images.
#[derive(Debug)]
pub struct FuseResult {
    /// Images whose label was written, in the order of the data set.
    pub images: Vec<FusedImage>,
    /// Images that failed, by id, and why.
    pub failed: BTreeMap<String, JobError>,
    /// Images that no rater has marked.
    pub without_mask: usize,
    /// What their files are.
    pub format: MapFormat,
    /// What the labels are.
    pub kind: Kind,
    /// Their classes.
    pub classes: Vec<String>,
    /// Whether one fit was made over all images.
    pub pooled: bool,
    /// Whether the raters' counts lie beside the labels.
    pub counts: bool,
}

/// What became of one image; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FusedImage {
    /// Its id.
    pub image: String,
    /// The method's name.
    pub method: &'static str,
    /// What was learnt of its raters.
    #[serde(flatten)]
    pub learnt: Learnt,
    /// Who marked it.
    #[serde(skip)]
    pub raters: Vec<String>,
    /// The files written.
    pub maps: Vec<PathBuf>,
}

/// What was learnt of an image's raters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Learnt {
    /// Opinions were counted.
    Nothing {
        /// What each rater counted.
        raters: Entries<RaterWeight>,
    },
    /// Of overlapping classes, each by itself.
    Classes {
        /// By class.
        classes: Entries<Estimated>,
    },
    /// Of all classes together.
    All(Estimated),
}

/// What a rater counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RaterWeight {
    /// Against 1 of a rater of no special weight.
    pub weight: f64,
}

/// A fit by expectation maximisation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimated {
    /// Iterations made.
    pub iterations: u32,
    /// Whether it had converged by then.
    pub converged: bool,
    /// Probability of the classes before anybody has looked.
    pub prior: Prior,
    /// At the end, in nats.
    pub log_likelihood: Option<f64>,
    /// What was learnt of the image's raters.
    pub raters: Entries<LearntOfRater>,
}

/// Probability of the classes before anybody has looked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prior {
    /// Of yes.
    Yes(f64),
    /// Of each exclusive class.
    Classes(Vec<f64>),
}

/// How good a rater is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LearntOfRater {
    /// Of exclusive classes.
    Confusion {
        /// A row a true class: how often each class is marked; None where nothing is known of it.
        confusion: Vec<Option<Vec<f64>>>,
    },
    /// Of yes and no.
    Binary {
        /// Share of what is there that the rater finds.
        sensitivity: Option<f64>,
        /// Share of what is not there that the rater leaves out.
        specificity: Option<f64>,
    },
}

impl LearntOfRater {
    fn of(quality: &RaterQuality, exclusive: bool) -> Self {
        if !exclusive {
            let (sensitivity, specificity) = (quality.sensitivity(), quality.specificity());
            return Self::Binary { sensitivity, specificity };
        }
        let rows = quality.confusion();
        let rows = rows.outer_iter().enumerate();
        let known = rows.map(|(truth, row)| quality.recall(truth).map(|_| row.to_vec()));
        Self::Confusion { confusion: known.collect() }
    }

    /// Share of a true class (of yes and no: no is 0, yes 1) that the rater finds.
    pub fn recall(&self, truth: usize) -> Option<f64> {
        match self {
            Self::Confusion { confusion } => confusion.get(truth)?.as_ref()?.get(truth).copied(),
            Self::Binary { sensitivity, specificity } => {
                if truth == 0 {
                    *specificity
                } else {
                    *sensitivity
                }
            }
        }
    }
}

impl Estimated {
    fn of(fit: &Fit, estimate: &Estimate, raters: &[String]) -> Self {
        let exclusive = fit.space().kind() == Kind::Multiclass;
        let all = fit.raters().iter().zip(&estimate.raters);
        let present = all.filter(|(rater, _)| raters.contains(rater));
        Self {
            iterations: estimate.iterations,
            converged: estimate.converged,
            prior: match exclusive {
                true => Prior::Classes(estimate.prior.clone()),
                false => Prior::Yes(estimate.prior[1]),
            },
            log_likelihood: estimate.log_likelihood.last().copied(),
            raters: present
                .map(|(rater, quality)| (rater.clone(), LearntOfRater::of(quality, exclusive)))
                .collect(),
        }
    }
}

impl Learnt {
    pub(super) fn weights(raters: &[String], weight: impl Fn(&str) -> f64) -> Self {
        let weights = raters.iter().map(|rater| (rater.clone(), RaterWeight { weight: weight(rater) }));
        Self::Nothing { raters: weights.collect() }
    }

    /// What a fit says of these raters.
    pub(super) fn of_fit(fit: &Fit, raters: &[String], classes: &[String]) -> Self {
        let estimated = |estimate: &Estimate| Estimated::of(fit, estimate, raters);
        match fit.space().kind() {
            Kind::Multilabel => {
                let estimates = classes.iter().zip(fit.estimates());
                let classes = estimates.map(|(class, estimate)| (class.clone(), estimated(estimate)));
                Self::Classes { classes: classes.collect() }
            }
            Kind::Binary | Kind::Multiclass => Self::All(estimated(&fit.estimates()[0])),
        }
    }

    /// What was estimated, for each group of classes that has a fit of its own; nothing where opinions were counted.
    pub fn estimates(&self) -> Vec<&Estimated> {
        match self {
            Self::Nothing { .. } => Vec::new(),
            Self::Classes { classes } => classes.iter().map(|(_, estimated)| estimated).collect(),
            Self::All(estimated) => vec![estimated],
        }
    }
}

impl FuseResult {
    /// Images whose fit had not converged when its iterations were over, with how many these were.
    pub fn not_converged(&self) -> impl Iterator<Item = (&str, u32)> {
        self.images.iter().filter_map(|image| {
            let unfinished = image.learnt.estimates().into_iter().find(|estimated| !estimated.converged)?;
            Some((image.image.as_str(), unfinished.iterations))
        })
    }
}
