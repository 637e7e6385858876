//! Objects of two masks matched one to one.

use super::components::Components;
use crate::score::assignment::assign;
use std::collections::{BTreeMap, BTreeSet};

/// The IoU of each matched pair of two masks' objects, of one size.
///
/// Only pairs whose IoU lies above a threshold are matched. From 0.5 on no object has two of them (Kirillov et al. 2019,
/// "Panoptic segmentation"). Below, as many pairs as possible are matched, and of all such matchings that of the greatest
/// summed IoU (as StarDist does).
pub(super) fn matched(ours: &Components, theirs: &Components, above: f64) -> Vec<f64> {
    let candidates = candidates(ours, theirs, above);
    groups(&candidates)
        .iter()
        .flat_map(|group| match &group[..] {
            [(_, _, iou)] => vec![*iou],
            group => best(group),
        })
        .collect()
}

/// Object of ours, object of theirs, their IoU.
type Pair = (u32, u32, f64);

/// The pairs whose IoU lies above the threshold.
fn candidates(ours: &Components, theirs: &Components, above: f64) -> Vec<Pair> {
    let mut shared: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let pixels = ours.labels().into_iter().zip(theirs.labels());
    for (a, b) in pixels.filter(|(a, b)| **a > 0 && **b > 0) {
        *shared.entry((*a, *b)).or_default() += 1;
    }
    let iou = |((a, b), both): ((u32, u32), u64)| {
        let either = ours.areas()[a as usize - 1] + theirs.areas()[b as usize - 1] - both;
        (a, b, both as f64 / either as f64)
    };
    shared.into_iter().map(iou).filter(|(_, _, iou)| *iou > above).collect()
}

/// Pairs that have an object in common, directly or over others, together.
fn groups(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let (mut of_ours, mut of_theirs) = (BTreeMap::new(), BTreeMap::new());
    for (at, (a, b, _)) in pairs.iter().enumerate() {
        of_ours.entry(a).or_insert_with(Vec::new).push(at);
        of_theirs.entry(b).or_insert_with(Vec::new).push(at);
    }
    let mut seen = vec![false; pairs.len()];
    let mut groups = Vec::new();
    for first in 0..pairs.len() {
        let (mut waiting, mut group) = (vec![first], Vec::new());
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                let (a, b, _) = &pairs[at];
                group.push(pairs[at]);
                waiting.extend(of_ours[a].iter().chain(&of_theirs[b]));
            }
        }
        groups.extend((!group.is_empty()).then_some(group));
    }
    groups
}

/// The best matching of a few pairs.
fn best(pairs: &[Pair]) -> Vec<f64> {
    let ours: Vec<u32> = pairs.iter().map(|(a, _, _)| *a).collect::<BTreeSet<_>>().into_iter().collect();
    let theirs: Vec<u32> = pairs.iter().map(|(_, b, _)| *b).collect::<BTreeSet<_>>().into_iter().collect();
    let n = ours.len().max(theirs.len());
    let place = |all: &[u32], one: u32| all.binary_search(&one).expect("every object of the pairs");
    // One more pair is worth more than all the IoU there can be.
    let mut costs = vec![1.0; n * n];
    let mut iou = vec![None; n * n];
    for (a, b, both) in pairs {
        let at = place(&ours, *a) * n + place(&theirs, *b);
        (costs[at], iou[at]) = (-both / (2 * n) as f64, Some(*both));
    }
    assign(&costs, n).into_iter().enumerate().filter_map(|(row, column)| iou[row * n + column]).collect()
}
