//! What is measured of objects.

use crate::score::objects::Components;
use ndarray::ArrayView2;

/// Where an object lies, and how much of a map is in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// How many pixels.
    pub area: u64,
    /// The sum of the map over them; of probabilities the expected area.
    pub sum: f64,
    /// The mean of their centres, (x, y).
    pub centroid: [f64; 2],
    /// Left, top, right and bottom: the first column and row, and those behind the last.
    pub bounds: [usize; 4],
}

impl Measured {
    /// The mean of the map over the object.
    pub fn mean(&self) -> f64 {
        self.sum / self.area as f64
    }
}

/// Measures each component, on a map [H, W] of the same size.
///
/// ```
/// use ndarray::array;
/// use scumble::score::objects::Components;
/// use scumble::shapes::measure;
///
/// let parts = Components::of(array![[false, true, true]].view());
/// let object = measure(&parts, array![[0.0, 0.5, 0.75]].view())[0];
/// assert_eq!((object.area, object.mean()), (2, 0.625));
/// assert_eq!((object.centroid, object.bounds), ([2.0, 0.5], [1, 0, 3, 1]));
/// ```
pub fn measure(parts: &Components, map: ArrayView2<'_, f32>) -> Vec<Measured> {
    let nothing = Measured { area: 0, sum: 0.0, centroid: [0.0; 2], bounds: [usize::MAX, usize::MAX, 0, 0] };
    let mut measured = vec![nothing; parts.count()];
    for (((row, column), &label), &value) in parts.labels().indexed_iter().zip(map) {
        let Some(of) = (label as usize).checked_sub(1).map(|at| &mut measured[at]) else { continue };
        of.area += 1;
        of.sum += f64::from(value);
        of.centroid = [of.centroid[0] + column as f64 + 0.5, of.centroid[1] + row as f64 + 0.5];
        let [left, top, right, bottom] = of.bounds;
        of.bounds = [left.min(column), top.min(row), right.max(column + 1), bottom.max(row + 1)];
    }
    measured.iter_mut().for_each(|of| of.centroid = of.centroid.map(|sum| sum / of.area as f64));
    measured
}
