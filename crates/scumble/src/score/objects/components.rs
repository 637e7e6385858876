//! Connected components of a mask.

use ndarray::{Array2, ArrayView2};

/// The connected components of a mask: pixels that touch at a side or a corner belong together (8-connectivity).
///
/// ```
/// use ndarray::array;
/// use scumble::score::objects::Components;
///
/// let parts = Components::of(array![[true, false, false, true], [false, true, false, true]].view());
/// assert_eq!(parts.labels(), array![[1, 0, 0, 2], [0, 1, 0, 2]]);
/// assert_eq!(parts.areas(), [2, 2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    labels: Array2<u32>,
    areas: Vec<u64>,
}

impl Components {
    /// Those of a mask [H, W].
    pub fn of(mask: ArrayView2<'_, bool>) -> Self {
        Self::touching(mask, 1)
    }

    /// The same where pixels that touch at a corner alone are apart (4-connectivity).
    pub fn by_sides(mask: ArrayView2<'_, bool>) -> Self {
        Self::touching(mask, 0)
    }

    /// One pass that joins what touches (union-find), one that numbers. Of the row above, pixels touch up to so many columns
    /// away.
    fn touching(mask: ArrayView2<'_, bool>, reach: usize) -> Self {
        let (height, width) = mask.dim();
        let mut labels = Array2::<u32>::zeros((height, width));
        // The parent of each provisional label, a smaller one or itself; label 0 is off.
        let mut parents = vec![0u32];
        for ((row, column), _) in mask.indexed_iter().filter(|(_, on)| **on) {
            let last = (column + reach).min(width.saturating_sub(1));
            let above = row
                .checked_sub(1)
                .map(|above| (column.saturating_sub(reach)..=last).map(move |x| (above, x)));
            let before = column.checked_sub(1).map(|before| (row, before));
            let mut found = 0;
            for touched in above.into_iter().flatten().chain(before).map(|at| labels[at]).filter(|l| *l > 0) {
                found =
                    if found == 0 { root(&mut parents, touched) } else { join(&mut parents, found, touched) };
            }
            if found == 0 {
                found = parents.len() as u32;
                parents.push(found);
            }
            labels[[row, column]] = found;
        }
        // Parents are smaller than their children, so one walk upwards numbers all.
        let mut numbers = vec![0u32; parents.len()];
        let mut count = 0;
        for label in 1..parents.len() {
            let parent = parents[label] as usize;
            numbers[label] = if parent == label { next(&mut count) } else { numbers[parent] };
        }
        let mut areas = vec![0u64; count as usize];
        labels.mapv_inplace(|label| numbers[label as usize]);
        labels.iter().filter(|label| **label > 0).for_each(|label| areas[*label as usize - 1] += 1);
        Self { labels, areas }
    }

    /// The number of each pixel's component, [H, W], from 1 in the order of their first pixels; 0 is none.
    pub fn labels(&self) -> ArrayView2<'_, u32> {
        self.labels.view()
    }

    /// Pixels of each component.
    pub fn areas(&self) -> &[u64] {
        &self.areas
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.areas.len()
    }
}

fn next(count: &mut u32) -> u32 {
    *count += 1;
    *count
}

/// The first label that this one is joined with; the way there is halved for the next who asks.
fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        parents[label as usize] = parents[parents[label as usize] as usize];
        label = parents[label as usize];
    }
    label
}

/// Joins two labels and returns what they are called now.
fn join(parents: &mut [u32], a: u32, b: u32) -> u32 {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
    a.min(b)
}
