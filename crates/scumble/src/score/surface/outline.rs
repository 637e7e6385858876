//! The outline of a mask.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// Which pixels are neighbours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connectivity {
    /// Those that share a side.
    #[default]
    Four,
    /// Those that share a side or a corner.
    Eight,
}

impl Connectivity {
    fn neighbours(self) -> &'static [(isize, isize)] {
        const EIGHT: [(isize, isize); 8] =
            [(-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)];
        match self {
            Self::Four => &EIGHT[..4],
            Self::Eight => &EIGHT,
        }
    }
}

/// The pixels of a mask [H, W] that have a neighbour outside of it; beyond the frame all is outside.
///
/// The mask without its erosion, as MedPy and MONAI have it (`Connectivity::Four` is their default).
///
/// ```
/// use ndarray::Array2;
/// use scumble::score::surface::{Connectivity, outline};
/// let square = Array2::from_elem((5, 5), true);
/// assert_eq!(outline(square.view(), Connectivity::Four).iter().filter(|on| **on).count(), 16);
/// ```
pub fn outline(mask: ArrayView2<'_, bool>, connectivity: Connectivity) -> Array2<bool> {
    let (height, width) = mask.dim();
    let on = |row: usize, column: usize, (down, right): (isize, isize)| {
        let (row, column) = (row.checked_add_signed(down), column.checked_add_signed(right));
        row.zip(column).is_some_and(|at| mask.get(at).is_some_and(|on| *on))
    };
    Array2::from_shape_fn((height, width), |(row, column)| {
        mask[[row, column]] && connectivity.neighbours().iter().any(|step| !on(row, column, *step))
    })
}
