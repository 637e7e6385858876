use crate::arguments::{Fuse, FuseMethod, TieRule};
use crate::failure::Usage;
use scumble::fusion::{
    DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, Ties, dawid_skene, majority_labels, staple,
    weighted_mean,
};
use scumble::labels::{RaterMask, SoftLabels};
use scumble_data::Dataset;
use std::collections::BTreeMap;

/// How raters are fused, with settings that fit the method and the data set.
pub(super) enum Method {
    Opinion(Opinion),
    Truth(Truth),
}

/// What raters say: counted, nothing learnt.
pub(super) enum Opinion {
    /// With the weights of raters who do not count 1.
    Mean(BTreeMap<String, f64>),
    Majority(Ties),
}

/// What raters have seen, as far as they can be believed.
pub(super) struct Truth {
    model: Model,
    pub(super) pooled: bool,
}

enum Model {
    Staple(StapleOptions),
    DawidSkene(DawidSkeneOptions),
}

impl Method {
    /// # Errors
    /// A flag of another method, a rater who is not in the data set, a prior that does not fit its classes.
    pub(super) fn of(arguments: &Fuse, dataset: &Dataset) -> Result<Self, Usage> {
        let (is, learns) = (arguments.method, !arguments.method.counts());
        let flags = [
            ("--weights", !arguments.weights.is_empty(), is == FuseMethod::Mean, "mean"),
            ("--ties", arguments.ties.is_some(), is == FuseMethod::Majority, "majority"),
            ("--prior", !arguments.prior.is_empty(), is == FuseMethod::Staple, "staple"),
            ("--iterations", arguments.iterations.is_some(), learns, "staple or dawid-skene"),
            ("--disputed-only", arguments.disputed_only, learns, "staple or dawid-skene"),
            ("--pooled", arguments.pooled, learns, "staple or dawid-skene"),
            ("--per-image", arguments.per_image, learns, "staple or dawid-skene"),
        ];
        if let Some((flag, .., method)) = flags.iter().find(|(_, given, belongs, _)| *given && !belongs) {
            return Err(Usage(format!("{flag} goes with --method {method}")));
        }
        let disputed_only = arguments.disputed_only;
        Ok(match is {
            FuseMethod::Mean => Self::Opinion(Opinion::Mean(weights(&arguments.weights, dataset)?)),
            FuseMethod::Majority => Self::Opinion(Opinion::Majority(match arguments.ties {
                None | Some(TieRule::Soft) => Ties::Soft,
                Some(TieRule::Zero) => Ties::Zero,
                Some(TieRule::One) => Ties::One,
                Some(TieRule::Ignore) => Ties::Ignore,
            })),
            FuseMethod::Staple => {
                let prior = (!arguments.prior.is_empty()).then(|| arguments.prior.clone());
                let iterations = arguments.iterations.unwrap_or(StapleOptions::default().iterations);
                let options = StapleOptions { prior, iterations, disputed_only };
                let fits = options.check(dataset.kind(), dataset.classes().len());
                fits.map_err(|error| Usage(format!("--prior: {error}")))?;
                Self::Truth(Truth { model: Model::Staple(options), pooled: arguments.pooled })
            }
            FuseMethod::DawidSkene => {
                let iterations = arguments.iterations.unwrap_or(DawidSkeneOptions::default().iterations);
                let options = DawidSkeneOptions { iterations, disputed_only };
                Self::Truth(Truth { model: Model::DawidSkene(options), pooled: !arguments.per_image })
            }
        })
    }
}

impl FuseMethod {
    /// Whether it counts opinions, and so leaves counts beside the label.
    pub(super) fn counts(self) -> bool {
        matches!(self, FuseMethod::Mean | FuseMethod::Majority)
    }

    /// The name used on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            FuseMethod::Mean => "mean",
            FuseMethod::Majority => "majority",
            FuseMethod::Staple => "staple",
            FuseMethod::DawidSkene => "dawid-skene",
        }
    }
}

impl Opinion {
    pub(super) fn labels(
        &self,
        dataset: &Dataset,
        masks: &[(String, RaterMask)],
    ) -> Result<SoftLabels, FusionError> {
        let (kind, classes) = (dataset.kind(), dataset.classes().len());
        match self {
            Opinion::Mean(_) => weighted_mean(kind, classes, masks, |rater| self.weight(rater)),
            Opinion::Majority(ties) => majority_labels(kind, classes, masks, *ties),
        }
    }

    /// What a rater counts.
    pub(super) fn weight(&self, rater: &str) -> f64 {
        match self {
            Opinion::Mean(weights) => weights.get(rater).copied().unwrap_or(1.0),
            Opinion::Majority(_) => 1.0,
        }
    }
}

impl Truth {
    pub(super) fn fit(&self, patterns: &Patterns) -> Result<Fit, FusionError> {
        match &self.model {
            Model::Staple(options) => staple(patterns, options),
            Model::DawidSkene(options) => dawid_skene(patterns, options),
        }
    }
}

fn weights(given: &[(String, f64)], dataset: &Dataset) -> Result<BTreeMap<String, f64>, Usage> {
    let mut weights = BTreeMap::new();
    for (rater, weight) in given {
        if !dataset.raters().contains(rater) {
            let known = dataset.raters().join(", ");
            return Err(Usage(format!("--weights: there is no rater '{rater}'; the raters are {known}")));
        }
        if weights.insert(rater.clone(), *weight).is_some() {
            return Err(Usage(format!("--weights: rater '{rater}' is named twice")));
        }
    }
    Ok(weights)
}
