//! Whole numbers, but for rounding.

/// How far a float or a scaled integer may be from a whole number to be it: what a slope in f32 leaves.
const NEAR: f32 = 1e-3;

/// The whole number that a value is, but for rounding.
pub(super) fn whole(value: f32) -> Option<f32> {
    let round = value.round();
    ((value - round).abs() <= NEAR).then_some(round)
}
