//! A label made from the combination of marks at each pixel.

use super::error::FusionError;
use super::planes::{Planes, check};
use crate::labels::{LabelSpace, NamedMask, SoftLabels};
use ndarray::{Array3, ArrayViewMut3, Axis};
use rayon::prelude::*;
use std::collections::HashMap;

/// Rows of one parallel piece.
const ROWS: usize = 64;

/// What the maps of a group hold at a pixel; None where it is not valid.
type Value = Option<Vec<f32>>;

/// A label of an image whose value at a pixel depends on the raters' marks there, and is asked for once for
/// each combination of marks: `value(group, marks)` with the marks in the order of the masks.
pub(super) fn paint(
    space: &LabelSpace,
    masks: &[NamedMask<'_>],
    value: impl Fn(usize, &[u16]) -> Value + Sync,
) -> Result<SoftLabels, FusionError> {
    let (height, width) = check(space, masks)?;
    let (classes, groups) = (space.count(), space.groups());
    let mut probabilities = Array3::zeros((classes, height, width));
    let mut valid = Array3::from_elem((groups, height, width), false);
    // Binary and multiclass labels have one group with all maps, multilabel ones a group for each map.
    let maps = probabilities.axis_chunks_iter_mut(Axis(0), classes / groups);
    for (group, (maps, valid)) in maps.zip(valid.axis_chunks_iter_mut(Axis(0), 1)).enumerate() {
        let planes = Planes::new(masks, group, space.states());
        paint_group(&planes, |marks| value(group, marks), maps, valid);
    }
    Ok(SoftLabels::assembled(space.kind(), probabilities, valid))
}

fn paint_group(
    planes: &Planes<'_>,
    value: impl Fn(&[u16]) -> Value + Sync,
    mut maps: ArrayViewMut3<'_, f32>,
    mut valid: ArrayViewMut3<'_, bool>,
) {
    let width = maps.dim().2;
    let table = planes.codes().map(|codes| {
        let values: Vec<Value> = (0..codes).map(|code| value(&planes.marks_of(code))).collect();
        let map = |class| values.iter().map(|value| value.as_ref().map_or(0.0, |p| p[class])).collect();
        let maps: Vec<Vec<f32>> = (0..maps.dim().0).map(map).collect();
        (maps, values.iter().map(Option::is_some).collect::<Vec<bool>>())
    });
    let bands: Vec<_> =
        maps.axis_chunks_iter_mut(Axis(1), ROWS).zip(valid.axis_chunks_iter_mut(Axis(1), ROWS)).collect();
    bands.into_par_iter().enumerate().for_each(|(band, (mut maps, mut valid))| {
        let start = band * ROWS * width;
        let pixels = start..start + valid.len();
        let valid = valid.as_slice_mut().expect("whole rows of one map");
        let maps = maps.outer_iter_mut().map(|map| map.into_slice().expect("whole rows"));
        let mut maps: Vec<&mut [f32]> = maps.collect();
        match &table {
            Some((values, known)) => planes.each_code(pixels, |from, codes| {
                let run = from..from + codes.len();
                for (map, values) in maps.iter_mut().zip(values) {
                    map[run.clone()]
                        .iter_mut()
                        .zip(codes)
                        .for_each(|(p, code)| *p = values[usize::from(*code)]);
                }
                valid[run].iter_mut().zip(codes).for_each(|(valid, code)| *valid = known[usize::from(*code)]);
            }),
            None => {
                let mut known: HashMap<Vec<u16>, Value> = HashMap::new();
                planes.each_marks(pixels, |at, marks| {
                    if !known.contains_key(marks) {
                        known.insert(marks.to_vec(), value(marks));
                    }
                    if let Some(values) = &known[marks] {
                        valid[at] = true;
                        maps.iter_mut().zip(values).for_each(|(map, p)| map[at] = *p);
                    }
                });
            }
        }
    });
}
