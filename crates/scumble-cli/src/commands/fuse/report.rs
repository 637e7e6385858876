use crate::show::{Table, optional};
use scumble::fusion::{Estimate, Fit, RaterQuality};
use scumble::labels::Kind;
use scumble_data::Dataset;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What became of one image.
pub(super) struct Report {
    pub(super) image: String,
    /// The raters of this image.
    pub(super) raters: Vec<String>,
    pub(super) learnt: Learnt,
    pub(super) classes: Vec<String>,
    pub(super) files: Vec<PathBuf>,
}

pub(super) enum Learnt {
    /// Opinions were counted, with these weights of the raters.
    Nothing(Vec<f64>),
    Fit(Arc<Fit>),
}

impl Report {
    /// One line for a program.
    pub(super) fn json(&self, method: &str) -> Value {
        let mut line = Map::new();
        line.insert("image".into(), json!(self.image));
        line.insert("method".into(), json!(method));
        match &self.learnt {
            Learnt::Nothing(weights) => {
                let raters = self.raters.iter().zip(weights);
                let raters: Map<_, _> =
                    raters.map(|(rater, weight)| (rater.clone(), json!({"weight": weight}))).collect();
                line.insert("raters".into(), raters.into());
            }
            Learnt::Fit(fit) if fit.kind() == Kind::Multilabel => {
                let classes = self.classes.iter().zip(fit.estimates());
                let classes: Map<_, _> = classes
                    .map(|(class, estimate)| (class.clone(), self.estimate(fit, estimate).into()))
                    .collect();
                line.insert("classes".into(), classes.into());
            }
            Learnt::Fit(fit) => line.extend(self.estimate(fit, &fit.estimates()[0])),
        }
        line.insert("maps".into(), json!(self.files));
        line.into()
    }

    fn estimate(&self, fit: &Fit, estimate: &Estimate) -> Map<String, Value> {
        let several = fit.kind() == Kind::Multiclass;
        let raters: Map<_, _> = self
            .qualities(fit, estimate)
            .map(|(rater, quality)| {
                let value = match several {
                    true => json!({"confusion": confusion(quality)}),
                    false => {
                        json!({"sensitivity": quality.sensitivity(), "specificity": quality.specificity()})
                    }
                };
                (rater.to_owned(), value)
            })
            .collect();
        let prior = if several { json!(estimate.prior) } else { json!(estimate.prior[1]) };
        let mut fields = Map::new();
        fields.insert("iterations".into(), json!(estimate.iterations));
        fields.insert("converged".into(), json!(estimate.converged));
        fields.insert("prior".into(), prior);
        fields.insert("log_likelihood".into(), json!(estimate.log_likelihood.last()));
        fields.insert("raters".into(), raters.into());
        fields
    }

    /// This image's raters with what was learnt of them.
    fn qualities<'a>(
        &'a self,
        fit: &'a Fit,
        estimate: &'a Estimate,
    ) -> impl Iterator<Item = (&'a str, &'a RaterQuality)> {
        let all = fit.raters().iter().zip(&estimate.raters);
        all.filter(|(rater, _)| self.raters.contains(rater)).map(|(rater, quality)| (rater.as_str(), quality))
    }
}

/// A row a true class, null where nothing is known of it.
fn confusion(quality: &RaterQuality) -> Vec<Option<Vec<f64>>> {
    let rows = quality.confusion().outer_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    rows.into_iter().enumerate().map(|(truth, row)| quality.recall(truth).map(|_| row)).collect()
}

/// The raters over all images: their number of images and weight, or how much of each class they find, the mean of
/// their images.
pub(super) fn table(reports: &[Report], dataset: &Dataset) -> Table {
    let mut images: BTreeMap<&str, u64> = BTreeMap::new();
    for rater in reports.iter().flat_map(|report| &report.raters) {
        *images.entry(rater).or_default() += 1;
    }
    if reports.iter().any(|report| matches!(report.learnt, Learnt::Nothing(_))) {
        let mut table = Table::new(&["rater", "images"]);
        images.iter().for_each(|(rater, images)| table.row([(*rater).to_owned(), images.to_string()]));
        return table;
    }
    let multiclass = dataset.kind() == Kind::Multiclass;
    let columns: Vec<String> = match multiclass {
        true => dataset.classes().iter().map(|class| format!("finds {class}")).collect(),
        false => vec!["sensitivity".to_owned(), "specificity".to_owned()],
    };
    let mut head = vec!["rater", "images"];
    head.extend(columns.iter().map(String::as_str));
    let mut table = Table::new(&head);
    for (rater, images) in &images {
        for group in 0..dataset.kind().groups(dataset.classes().len()) {
            let name = match dataset.kind() {
                Kind::Multilabel => format!("{rater}: {}", dataset.classes()[group]),
                _ => (*rater).to_owned(),
            };
            let recall = |truth: usize| mean_recall(reports, rater, group, truth);
            let truths: Vec<usize> =
                if multiclass { (0..dataset.classes().len()).collect() } else { vec![1, 0] };
            let cells = truths.into_iter().map(|truth| optional(recall(truth)));
            table.row([name, images.to_string()].into_iter().chain(cells));
        }
    }
    table
}

fn mean_recall(reports: &[Report], rater: &str, group: usize, truth: usize) -> Option<f64> {
    let recall = |report: &Report| {
        let Learnt::Fit(fit) = &report.learnt else { return None };
        let mut known = report.qualities(fit, &fit.estimates()[group]);
        known.find(|(name, _)| *name == rater).and_then(|(_, quality)| quality.recall(truth))
    };
    let known: Vec<f64> = reports.iter().filter_map(recall).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
