//! Colours of maps: grey, from little to much, and from too low to too high.

use crate::picture::Rgb;

/// Colours along a line from 0 to 1, linear between anchors at equal steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ramp {
    /// As the page's script calls it.
    pub(super) name: &'static str,
    anchors: &'static [Rgb],
}

/// From black to white: probabilities.
pub(super) const GREY: Ramp = Ramp { name: "grey", anchors: &[[0; 3], [255; 3]] };

/// From dark to bright, as bright as the value for people of any colour vision (after matplotlib's inferno).
pub(super) const SEQUENTIAL: Ramp = Ramp {
    name: "sequential",
    anchors: &[
        [0, 0, 4],
        [40, 11, 84],
        [101, 21, 110],
        [159, 42, 99],
        [212, 72, 66],
        [245, 125, 21],
        [250, 193, 39],
        [252, 255, 164],
    ],
};

/// Blue below, white at the middle, red above: a pair that people of any colour vision tell apart (after ColorBrewer's
/// RdBu, Brewer and Harrower 2003).
pub(super) const DIVERGING: Ramp = Ramp {
    name: "diverging",
    anchors: &[
        [5, 48, 97],
        [33, 102, 172],
        [90, 160, 205],
        [180, 214, 232],
        [255, 255, 255],
        [250, 205, 180],
        [236, 135, 100],
        [190, 40, 48],
        [103, 0, 31],
    ],
};

/// Where nothing is known: a colour of no ramp, so that numbers can be read back from a picture.
pub(super) const UNKNOWN: Rgb = [140, 148, 156];

/// Levels between 0 and 1: with the colour of the unknown no more colours than a PNG's palette holds.
const LEVELS: u8 = 254;

impl Ramp {
    /// The colour of a value, one of 255; outside of 0 to 1 the end's, [`UNKNOWN`] for NaN.
    pub(super) fn at(&self, value: f32) -> Rgb {
        match value.is_nan() {
            true => UNKNOWN,
            false => self.level((value.clamp(0.0, 1.0) * f32::from(LEVELS)).round() as u8),
        }
    }

    fn level(&self, level: u8) -> Rgb {
        let last = self.anchors.len() - 1;
        let place = f32::from(level) / f32::from(LEVELS) * last as f32;
        let below = (place as usize).min(last - 1);
        let share = place - below as f32;
        std::array::from_fn(|i| {
            let (from, to) = (f32::from(self.anchors[below][i]), f32::from(self.anchors[below + 1][i]));
            (from + (to - from) * share).round() as u8
        })
    }

    /// Every level's colour, six hexadecimal digits each, by which a script reads numbers back.
    fn hexadecimal(&self) -> String {
        (0..=LEVELS).flat_map(|level| self.level(level)).map(|part| format!("{part:02x}")).collect()
    }

    /// As a CSS gradient from left to right.
    pub(super) fn css(&self) -> String {
        let stops: Vec<String> = self.anchors.iter().map(|[r, g, b]| format!("rgb({r},{g},{b})")).collect();
        format!("linear-gradient(to right,{})", stops.join(","))
    }
}

/// The levels of every ramp by its name, as JSON.
pub(super) fn palettes() -> String {
    let palettes = [GREY, SEQUENTIAL, DIVERGING].map(|ramp| (ramp.name, ramp.hexadecimal()));
    serde_json::to_string(&std::collections::BTreeMap::from(palettes)).expect("names and texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_white_and_the_ends_are_the_ends() {
        assert_eq!(DIVERGING.at(0.5), [255; 3]);
        assert_eq!((DIVERGING.at(-3.0), DIVERGING.at(2.0)), ([5, 48, 97], [103, 0, 31]));
        assert_eq!(SEQUENTIAL.at(f32::NAN), UNKNOWN);
        assert_eq!((GREY.at(0.0), GREY.at(1.0)), ([0; 3], [255; 3]));
    }

    #[test]
    fn more_is_brighter() {
        let brightness = |value: f32| {
            let [r, g, b] = SEQUENTIAL.at(value).map(f64::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((0..100).all(|i| brightness(i as f32 / 100.0) <= brightness((i + 1) as f32 / 100.0)));
    }

    /// Two neighbouring levels may share a colour, no others, and none has that of the unknown.
    #[test]
    fn a_colour_is_one_number() {
        for ramp in [GREY, SEQUENTIAL, DIVERGING] {
            let colours: Vec<Rgb> = (0..=LEVELS).map(|level| ramp.level(level)).collect();
            for (level, colour) in colours.iter().enumerate() {
                assert_ne!(*colour, UNKNOWN, "{}", ramp.name);
                let same = colours.iter().enumerate().filter(|(_, other)| *other == colour);
                assert!(
                    same.map(|(at, _)| at.abs_diff(level)).all(|apart| apart <= 1),
                    "{} {level}",
                    ramp.name
                );
            }
            assert_eq!(ramp.hexadecimal().len(), 6 * 255);
        }
    }
}
