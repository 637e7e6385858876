use crate::Affine;

/// Whether two images lie at the same place, but for rounding: to a thousandth of a pixel's side.
pub(super) fn same_place(found: &Affine, expected: &Affine) -> bool {
    let side = |column: usize| expected.iter().map(|row| row[column].powi(2)).sum::<f64>().sqrt();
    let allowed = 1e-3 * side(0).min(side(1));
    // A slice of its own need not say how thick it is.
    let differs = |column: usize| {
        found.iter().zip(expected).any(|(found, expected)| (found[column] - expected[column]).abs() > allowed)
    };
    ![0, 1, 3].into_iter().any(differs)
}
