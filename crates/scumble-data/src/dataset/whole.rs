//! Whole numbers, but for rounding.

/// How far a float or a scaled integer may be from a whole number to be it: what a slope in f32 leaves.
const NEAR: f32 = 1e-3;

/// The whole number that a value is, but for rounding.
pub(super) fn whole(value: f32) -> Option<f32> {
    // Added to it, a number below 2^22 has no room for digits behind the point: `f32::round` is a call a pixel.
    const NO_ROOM: f32 = 12_582_912.0;
    let round = if value.abs() < 4_194_304.0 { (value + NO_ROOM) - NO_ROOM } else { value.round() };
    ((value - round).abs() <= NEAR).then_some(round)
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn it_is_the_nearest_number_if_that_is_near() {
        let by_round = |value: f32| Some(value.round()).filter(|round| (value - round).abs() <= super::NEAR);
        let few = (-70_000..70_000).map(|i| i as f32 / 4096.0);
        let many = (0..96).flat_map(|i| [1.0, -1.0].map(|sign| sign * 1.37_f32.powi(i)));
        let edges = [4_194_303.5, 4_194_304.0, 8_388_607.5, 0.5, 1.0009, 254.999, f32::MAX];
        for value in few.chain(many).chain(edges) {
            assert_eq!(whole(value), by_round(value), "{value}");
        }
        assert_eq!([f32::NAN, f32::INFINITY].map(whole), [None, None]);
    }
}
