//! Colours of maps: from little to much, and from too low to too high.

use crate::picture::Rgb;

/// Colours along a line from 0 to 1, linear between anchors at equal steps.
pub(super) struct Ramp(&'static [Rgb]);

/// From dark to bright, as bright as the value for people of any colour vision (after matplotlib's inferno).
pub(super) const SEQUENTIAL: Ramp = Ramp(&[
    [0, 0, 4],
    [40, 11, 84],
    [101, 21, 110],
    [159, 42, 99],
    [212, 72, 66],
    [245, 125, 21],
    [250, 193, 39],
    [252, 255, 164],
]);

/// Blue below, white at the middle, red above: a pair that people of any colour vision tell apart (after ColorBrewer's
/// RdBu, Brewer and Harrower 2003).
pub(super) const DIVERGING: Ramp = Ramp(&[
    [5, 48, 97],
    [33, 102, 172],
    [90, 160, 205],
    [180, 214, 232],
    [255, 255, 255],
    [250, 205, 180],
    [236, 135, 100],
    [190, 40, 48],
    [103, 0, 31],
]);

/// Where nothing is known.
const UNKNOWN: Rgb = [150; 3];

impl Ramp {
    /// The colour of a value, one of 255; outside of 0 to 1 the end's, grey for NaN.
    pub(super) fn at(&self, value: f32) -> Rgb {
        if value.is_nan() {
            return UNKNOWN;
        }
        let last = self.0.len() - 1;
        // With the grey of the unknown no more colours than a PNG's palette holds.
        let place = (value.clamp(0.0, 1.0) * 254.0).round() / 254.0 * last as f32;
        let below = (place as usize).min(last - 1);
        let share = place - below as f32;
        std::array::from_fn(|i| {
            let (from, to) = (f32::from(self.0[below][i]), f32::from(self.0[below + 1][i]));
            (from + (to - from) * share).round() as u8
        })
    }

    /// As a CSS gradient from left to right.
    pub(super) fn css(&self) -> String {
        let stops: Vec<String> = self.0.iter().map(|[r, g, b]| format!("rgb({r},{g},{b})")).collect();
        format!("linear-gradient(to right,{})", stops.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_white_and_the_ends_are_the_ends() {
        assert_eq!(DIVERGING.at(0.5), [255; 3]);
        assert_eq!((DIVERGING.at(-3.0), DIVERGING.at(2.0)), ([5, 48, 97], [103, 0, 31]));
        assert_eq!(SEQUENTIAL.at(f32::NAN), UNKNOWN);
    }

    #[test]
    fn more_is_brighter() {
        let brightness = |value: f32| {
            let [r, g, b] = SEQUENTIAL.at(value).map(f64::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((0..100).all(|i| brightness(i as f32 / 100.0) <= brightness((i + 1) as f32 / 100.0)));
    }
}
