use super::FusionError;
use super::planes::{Planes, check, states};
use crate::labels::{Kind, RaterMask, SoftLabels};
use ndarray::{Array3, ArrayViewMut3, Axis};
use rayon::prelude::*;
use std::collections::HashMap;

/// Rows of one parallel piece.
const ROWS: usize = 64;

/// What the maps of a group hold at a pixel; None where it is not valid.
type Value = Option<Vec<f32>>;

/// A label of an image whose value at a pixel depends on the raters' marks there, and is asked for once for each
/// combination of marks: `value(group, marks)` with the marks in the order of the masks.
pub(super) fn paint(
    kind: Kind,
    classes: usize,
    masks: &[(String, RaterMask)],
    value: impl Fn(usize, &[u16]) -> Value + Sync,
) -> Result<SoftLabels, FusionError> {
    let (height, width) = check(kind, classes, masks)?;
    let groups = kind.groups(classes);
    let mut probabilities = Array3::zeros((classes, height, width));
    let mut valid = Array3::from_elem((groups, height, width), false);
    // Binary and multiclass labels have one group with all maps, multilabel ones a group for each map.
    let maps = probabilities.axis_chunks_iter_mut(Axis(0), classes / groups);
    for (group, (maps, valid)) in maps.zip(valid.axis_chunks_iter_mut(Axis(0), 1)).enumerate() {
        let planes = Planes::new(masks, group, states(kind, classes));
        paint_group(&planes, |marks| value(group, marks), maps, valid);
    }
    Ok(SoftLabels::assembled(kind, probabilities, valid))
}

fn paint_group(
    planes: &Planes<'_>,
    value: impl Fn(&[u16]) -> Value + Sync,
    mut maps: ArrayViewMut3<'_, f32>,
    mut valid: ArrayViewMut3<'_, bool>,
) {
    let width = maps.dim().2;
    let table: Option<Vec<Value>> =
        planes.codes().map(|codes| (0..codes).map(|code| value(&planes.marks_of(code))).collect());
    let bands: Vec<_> =
        maps.axis_chunks_iter_mut(Axis(1), ROWS).zip(valid.axis_chunks_iter_mut(Axis(1), ROWS)).collect();
    bands.into_par_iter().enumerate().for_each(|(band, (mut maps, mut valid))| {
        let start = band * ROWS * width;
        let pixels = start..start + valid.len();
        let mut at = 0;
        let mut put = |value: &Value| {
            if let Some(values) = value {
                let (row, column) = (at / width, at % width);
                valid[[0, row, column]] = true;
                for (class, p) in values.iter().enumerate() {
                    maps[[class, row, column]] = *p;
                }
            }
            at += 1;
        };
        match &table {
            Some(table) => {
                planes.each_code(pixels, |run| run.iter().for_each(|code| put(&table[*code as usize])));
            }
            None => {
                let mut known: HashMap<Vec<u16>, Value> = HashMap::new();
                planes.each_marks(pixels, |marks| match known.get(marks) {
                    Some(value) => put(value),
                    None => put(known.entry(marks.to_vec()).or_insert(value(marks))),
                });
            }
        }
    });
}
