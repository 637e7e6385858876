//! The separate objects of a mask, so that one can be found again in another image.

use crate::labels::{NamedMask, UNSEEN};
use ndarray::{Array2, ArrayView2, Axis};

/// Smaller objects look alike by chance.
const LEAST: u64 = 8;
/// The largest objects of a mask that are remembered.
const MOST: usize = 64;
/// Pixels of an object at which the others are asked.
const ASKED: usize = 64;

/// Adjacent pixels of one mark.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    /// Of the mark and the place of every pixel: equal where the objects are.
    pub(super) content: u64,
    pub(super) pixels: u64,
    /// The share of the others' marks there that are the same.
    pub(super) others: f64,
}

/// The largest objects of the mask at this place, each with what the other masks say there.
pub(super) fn objects(masks: &[NamedMask<'_>], place: usize) -> Vec<Object> {
    let mut found = Vec::new();
    for (group, map) in masks[place].mask.marks().outer_iter().enumerate() {
        let others: Vec<_> = masks
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
            .map(|(_, other)| other.mask.marks().index_axis_move(Axis(0), group))
            .collect();
        each_object(map, |mark, pixels| {
            if pixels.len() as u64 >= LEAST {
                let others = agreeing(&others, mark, pixels);
                found.push(Object {
                    content: content(group, mark, pixels),
                    pixels: pixels.len() as u64,
                    others,
                });
            }
        });
    }
    found.sort_by(|a, b| b.pixels.cmp(&a.pixels).then(a.content.cmp(&b.content)));
    found.truncate(MOST);
    found
}

fn agreeing(others: &[ArrayView2<'_, u16>], mark: u16, pixels: &[(usize, usize)]) -> f64 {
    let (mut same, mut asked) = (0_u64, 0_u64);
    for pixel in pixels.iter().step_by(pixels.len().div_ceil(ASKED)) {
        for other in others.iter().filter_map(|other| other.get(*pixel)).filter(|other| **other != UNSEEN) {
            asked += 1;
            same += u64::from(*other == mark);
        }
    }
    if asked > 0 { same as f64 / asked as f64 } else { 0.0 }
}

/// FNV-1a.
fn content(group: usize, mark: u16, pixels: &[(usize, usize)]) -> u64 {
    let numbers = [group as u64, u64::from(mark)].into_iter();
    let places = pixels.iter().flat_map(|(row, column)| [*row as u64, *column as u64]);
    numbers
        .chain(places)
        .fold(0xcbf2_9ce4_8422_2325, |hash, number| (hash ^ number).wrapping_mul(0x0100_0000_01b3))
}

/// Calls `take` with the mark and the pixels of each object, pixels that touch at a corner included.
fn each_object(map: ArrayView2<'_, u16>, mut take: impl FnMut(u16, &[(usize, usize)])) {
    let (height, width) = map.dim();
    let mut open = Array2::from_elem((height, width), true);
    let mut pixels = Vec::new();
    for ((row, column), &mark) in map.indexed_iter() {
        if mark == 0 || mark == UNSEEN || !open[[row, column]] {
            continue;
        }
        pixels.clear();
        pixels.push((row, column));
        open[[row, column]] = false;
        let mut at = 0;
        while let Some(&(y, x)) = pixels.get(at) {
            at += 1;
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    if open[[row, column]] && map[[row, column]] == mark {
                        open[[row, column]] = false;
                        pixels.push((row, column));
                    }
                }
            }
        }
        take(mark, &pixels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn objects_touch_at_corners_and_have_one_mark() {
        let map = array![[1, 0, 2, 2], [0, 1, 0, 0], [0, 0, 0, UNSEEN], [1, 1, 0, 0]];
        let mut found = Vec::new();
        each_object(map.view(), |mark, pixels| found.push((mark, pixels.to_vec())));
        let expected = [(1, vec![(0, 0), (1, 1)]), (2, vec![(0, 2), (0, 3)]), (1, vec![(3, 0), (3, 1)])];
        assert_eq!(found, expected);
        assert_ne!(content(0, 1, &[(0, 0)]), content(0, 1, &[(0, 1)]));
    }
}
