//! Masks that lie beside the others'.

use super::shift::{Plane, Shared};
use super::suspicion::Suspicion;
use crate::labels::{NamedMask, RaterMask};
use ndarray::Axis;

/// The raters whose mask agrees clearly better with the others' after a shift.
///
/// The worst is named first and the others are then held against each other without it, for it spoils their
/// agreement, too. Of two alone nobody can say which one is right: both are named.
pub(super) fn shifted<'a>(
    masks: &[&'a NamedMask<'_>],
    group: usize,
    states: usize,
) -> Vec<(&'a str, Suspicion)> {
    let overlaps = Overlaps::new(masks, group, states);
    let mut left: Vec<usize> = (0..masks.len()).collect();
    let mut found = Vec::new();
    while left.len() > 1 {
        let of = |&rater: &usize| overlaps.suspicion(rater, &left).map(|(gain, shift)| (gain, rater, shift));
        let mut moved: Vec<_> = left.iter().filter_map(of).collect();
        moved.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        if left.len() > 2 {
            moved.truncate(1);
        }
        if moved.is_empty() {
            break;
        }
        left.retain(|rater| moved.iter().all(|(_, other, _)| other != rater));
        found.extend(moved.into_iter().map(|(_, rater, shift)| (masks[rater].rater.as_ref(), shift)));
    }
    found
}

/// What any two raters' masks share at every shift.
struct Overlaps {
    /// By rater: pixels marked (exclusive classes: as another than class 0).
    marked: Vec<u64>,
    /// By pair of raters (first < second), for shifts of the first.
    shared: Vec<Vec<Shared>>,
}

impl Overlaps {
    fn new(masks: &[&NamedMask<'_>], group: usize, states: usize) -> Self {
        let planes = |mask: &RaterMask| -> Vec<Plane> {
            let marks = mask.marks();
            (1..states).map(|mark| Plane::new(marks.index_axis(Axis(0), group), mark as u16)).collect()
        };
        let planes: Vec<Vec<Plane>> = masks.iter().map(|one| planes(one.mask)).collect();
        let pair = |first: &[Plane], second: &[Plane]| {
            let mut sum = Shared::none();
            first.iter().zip(second).for_each(|(a, b)| sum.add(&a.shared(b), false));
            sum
        };
        let with_later = |(at, first): (usize, &Vec<Plane>)| {
            planes[at + 1..].iter().map(|second| pair(first, second)).collect()
        };
        Self {
            marked: planes.iter().map(|of| of.iter().map(|plane| plane.marked).sum()).collect(),
            shared: planes.iter().enumerate().map(with_later).collect(),
        }
    }

    /// By how much a rater's Dice with the others grows at the best shift, if that is suspicious.
    fn suspicion(&self, rater: usize, left: &[usize]) -> Option<(f64, Suspicion)> {
        let mut shared = Shared::none();
        let (mut others, mut least) = (0, self.marked[rater]);
        for &other in left.iter().filter(|other| **other != rater) {
            let (first, second) = (rater.min(other), rater.max(other));
            shared.add(&self.shared[first][second - first - 1], rater > other);
            others += self.marked[other] + self.marked[rater];
            least = least.min(self.marked[other]);
        }
        let dice = |shared: u64| 2.0 * shared as f64 / others as f64;
        let (best, (rows, columns)) = shared.best();
        let (dice, moved) = (dice(shared.unmoved()), dice(best));
        let share = match rows.abs().max(columns.abs()) {
            0 | 1 => Suspicion::LEAST_DICE_SHARE_OF_ONE_PIXEL,
            _ => Suspicion::LEAST_DICE_SHARE,
        };
        let gain = Suspicion::LEAST_DICE_GAIN.max(share * (1.0 - dice));
        (least >= Suspicion::LEAST_PIXELS && moved - dice >= gain)
            .then_some((moved - dice, Suspicion::Shifted { rows, columns, dice, moved }))
    }
}
