use super::patterns::pattern;
use super::planes::{Planes, check, states};
use super::{Fit, FusionError};
use crate::labels::{Kind, RaterMask, SoftLabels};
use ndarray::{Array3, ArrayViewMut3, Axis};
use rayon::prelude::*;
use std::collections::HashMap;

/// Rows of one parallel piece.
const ROWS: usize = 64;

impl Fit {
    /// The posterior probabilities of an image: [K, H, W], never rounded, not valid where nobody has seen the pixel.
    ///
    /// The posterior is computed in f64, once for each combination of marks, and stored as f32. The image need not be
    /// among those of the fit; its raters must be.
    ///
    /// # Errors
    /// As [`Patterns::add`](crate::Patterns::add); a rater who was not fitted.
    pub fn map(&self, masks: &[(String, RaterMask)]) -> Result<SoftLabels, FusionError> {
        let (height, width) = check(self.kind, self.classes, masks)?;
        let raters: Vec<u32> = masks.iter().map(|(rater, _)| self.rater(rater)).collect::<Result<_, _>>()?;
        let mut probabilities = Array3::zeros((self.classes, height, width));
        let mut valid = Array3::from_elem((self.kind.groups(self.classes), height, width), false);
        for group in 0..valid.dim().0 {
            let planes = Planes::new(masks, group, states(self.kind, self.classes));
            let value = |marks: &[u16]| self.values(group, &pattern(&raters, marks));
            let maps = match self.kind {
                Kind::Multilabel => group..group + 1,
                _ => 0..self.classes,
            };
            let mut target = probabilities.view_mut();
            target.slice_axis_inplace(Axis(0), maps.into());
            let mut seen = valid.view_mut();
            seen.slice_axis_inplace(Axis(0), (group..group + 1).into());
            paint(&planes, value, target, seen);
        }
        Ok(SoftLabels::assembled(self.kind, probabilities, valid, None))
    }

    /// What the maps of a group hold at a pixel of this pattern.
    fn values(&self, group: usize, pattern: &[(u32, u16)]) -> Option<Vec<f32>> {
        let posterior = self.posterior_of(group, pattern)?;
        let first = usize::from(self.kind != Kind::Multiclass);
        Some(posterior[first..].iter().map(|p| *p as f32).collect())
    }
}

/// Fills maps [K, H, W] and [1, H, W] with the value of each pixel's marks.
fn paint(
    planes: &Planes<'_>,
    value: impl Fn(&[u16]) -> Option<Vec<f32>> + Sync,
    mut maps: ArrayViewMut3<'_, f32>,
    mut seen: ArrayViewMut3<'_, bool>,
) {
    let width = maps.dim().2;
    let table: Option<Vec<Option<Vec<f32>>>> =
        planes.codes().map(|codes| (0..codes).map(|code| value(&planes.marks_of(code))).collect());
    let bands: Vec<_> =
        maps.axis_chunks_iter_mut(Axis(1), ROWS).zip(seen.axis_chunks_iter_mut(Axis(1), ROWS)).collect();
    bands.into_par_iter().enumerate().for_each(|(band, (mut maps, mut seen))| {
        let start = band * ROWS * width;
        let pixels = start..start + seen.len();
        let mut at = 0;
        let mut put = |value: &Option<Vec<f32>>| {
            if let Some(values) = value {
                let (row, column) = (at / width, at % width);
                seen[[0, row, column]] = true;
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
                let mut known: HashMap<Vec<u16>, Option<Vec<f32>>> = HashMap::new();
                planes.each_marks(pixels, |marks| match known.get(marks) {
                    Some(value) => put(value),
                    None => put(known.entry(marks.to_vec()).or_insert(value(marks))),
                });
            }
        }
    });
}
