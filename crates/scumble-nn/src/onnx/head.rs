//! From the logits of a pixel to the probability of each class, by each head.

use super::calibration::{calibrated, linked};
use super::error::OnnxError;
use super::graph::{Graph, Value};
use super::proto::Attribute::Int;
use crate::{Head, Task};
use scumble::joint::{JointFamily, JointKind};
use scumble::labels::Kind;

/// The probabilities [N, K, H, W] of logits [N, P, H, W]: what [`Task::read`] gives of [`Reading::Classes`](crate::Reading).
pub(super) fn probabilities(graph: &mut Graph, task: &Task, logits: &Value) -> Result<Value, OnnxError> {
    let classes = task.outputs();
    let first = match task.head() {
        Head::Joint(family) => {
            let logits = unshifted(graph, task, logits, task.logits());
            return marginals(graph, family, &logits);
        }
        Head::Classes | Head::BetaBinomial => 0,
        Head::Raters(raters) => classes * raters.speaking().map_or(0, |rater| 1 + rater),
    };
    let own = if task.logits() == classes {
        logits.clone()
    } else {
        graph.channels(logits, first, first + classes)
    };
    let own = unshifted(graph, task, &own, classes);
    Ok(calibrated(graph, task.kind(), task.calibration(), &own))
}

/// Logits without what class weights in training have put there.
fn unshifted(graph: &mut Graph, task: &Task, logits: &Value, count: usize) -> Value {
    if task.shift().is_empty() {
        return logits.clone();
    }
    let shift = task.shift().iter().map(|shift| f64::from(*shift)).chain(std::iter::repeat(0.0));
    let shift = graph.by_channel(shift.take(count));
    graph.node("Sub", &[logits, &shift], &[])
}

/// The most labels of a chain whose probabilities are computed.
const MOST_CHAIN_LABELS: usize = 12;

/// The probability of each label, from the parameters of a distribution over label sets.
fn marginals(graph: &mut Graph, family: JointFamily, parameters: &Value) -> Result<Value, OnnxError> {
    let (labels, count) = (family.labels(), family.parameters());
    match family.kind() {
        JointKind::Independent => Ok(linked(graph, Kind::Multilabel, parameters)),
        JointKind::Mixture => Ok(of_mixture(graph, family, parameters)),
        JointKind::Chain if labels > MOST_CHAIN_LABELS => {
            Err(OnnxError::Chain { labels, most: MOST_CHAIN_LABELS })
        }
        JointKind::Chain => Ok(of_chain(graph, labels, count, parameters)),
        JointKind::Powerset => Ok(of_scores(graph, labels, parameters)),
        JointKind::Pairwise => {
            let pairs: Vec<(usize, usize)> =
                (0..labels).flat_map(|i| (i + 1..labels).map(move |j| (i, j))).collect();
            let scores = graph.linear(parameters, (1 << labels, count), |set, parameter| {
                match parameter.checked_sub(labels).map(|pair| pairs[pair]) {
                    None => has(set, parameter),
                    Some((i, j)) => has(set, i) && has(set, j),
                }
            });
            Ok(of_scores(graph, labels, &scores))
        }
    }
}

/// Whether a label is in a set.
fn has(set: usize, label: usize) -> bool {
    set >> label & 1 == 1
}

/// Of a score for each of the 2^K label sets, the sets being exclusive.
fn of_scores(graph: &mut Graph, labels: usize, scores: &Value) -> Value {
    let sets = linked(graph, Kind::Multiclass, scores);
    graph.linear(&sets, (labels, 1 << labels), |label, set| has(set, label))
}

/// The mean of what the components say, each by its share.
fn of_mixture(graph: &mut Graph, family: JointFamily, parameters: &Value) -> Value {
    let (labels, components) = (family.labels(), family.components());
    let shares = graph.channels(parameters, 0, components);
    let shares = linked(graph, Kind::Multiclass, &shares);
    let rows = graph.channels(parameters, components, family.parameters());
    let rows = linked(graph, Kind::Multilabel, &rows);
    let shares = graph.linear(&shares, (components * labels, components), |row, m| row / labels == m);
    let parts = graph.node("Mul", &[&shares, &rows], &[]);
    graph.linear(&parts, (labels, components * labels), |label, row| row % labels == label)
}

/// Label by label: the probabilities of the sets of the labels so far are split by whether the next one is there, too.
fn of_chain(graph: &mut Graph, labels: usize, count: usize, parameters: &Value) -> Value {
    let weights: Vec<(usize, usize)> = (0..labels).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let mut sets: Option<Value> = None;
    let mut found = Vec::new();
    for label in 0..labels {
        // The logit of the label, given each set of those before it.
        let given = graph.linear(parameters, (1 << label, count), |set, parameter| {
            match parameter.checked_sub(labels).map(|weight| weights[weight]) {
                None => parameter == label,
                Some((i, j)) => i == label && has(set, j),
            }
        });
        let given = linked(graph, Kind::Multilabel, &given);
        let (with, without) = match &sets {
            None => {
                let one = graph.float(1.0);
                let without = graph.node("Sub", &[&one, &given], &[]);
                (given, without)
            }
            Some(sets) => {
                let with = graph.node("Mul", &[sets, &given], &[]);
                let without = graph.node("Sub", &[sets, &with], &[]);
                (with, without)
            }
        };
        found.push(graph.sum(&with, 1));
        sets = Some(graph.node("Concat", &[&without, &with], &[("axis", Int(1))]));
    }
    let found: Vec<&Value> = found.iter().collect();
    graph.node("Concat", &found, &[("axis", Int(1))])
}
