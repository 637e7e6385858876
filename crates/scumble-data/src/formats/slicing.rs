//! How files of several images are taken apart.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the pages of a TIFF are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pages {
    /// The channels of one image.
    #[default]
    Channels,
    /// Images of their own.
    Slices,
}

/// The axis of a volume along which its slices follow one another, as its file counts axes.
///
/// Where nobody says it, it is the third, as scanners store slices, unless the voxels are longer along another one.
///
/// ```
/// use scumble_data::SliceAxis;
///
/// assert_eq!("x".parse(), Ok(SliceAxis::X));
/// assert!("w".parse::<SliceAxis>().unwrap_err().contains("x, y or z"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SliceAxis {
    /// The first.
    X,
    /// The second.
    Y,
    /// The third.
    Z,
}

impl SliceAxis {
    const ALL: [Self; 3] = [Self::X, Self::Y, Self::Z];

    /// The axis of this letter.
    pub(super) fn of_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.letter() as u8 == letter)
    }

    fn letter(self) -> char {
        ['x', 'y', 'z'][self.index()]
    }

    /// Its place among the axes of a file.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// That along which voxels with these sides are longest; among those that differ by rounding alone the last.
    pub(super) fn longest(sides: [f64; 3]) -> Self {
        /// Sides come from matrices of f32 that different programs have rounded.
        const ROUNDING: f64 = 1.01;
        let mut longest = Self::Z;
        for axis in [Self::Y, Self::X] {
            if sides[axis.index()] > ROUNDING * sides[longest.index()] {
                longest = axis;
            }
        }
        longest
    }

    /// The axes of its slices: that of their columns and that of their rows.
    pub(super) fn across(self) -> [usize; 2] {
        match self {
            Self::X => [1, 2],
            Self::Y => [0, 2],
            Self::Z => [0, 1],
        }
    }
}

impl fmt::Display for SliceAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}

impl FromStr for SliceAxis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = match text.as_bytes() {
            [letter] => Self::of_letter(*letter),
            _ => None,
        };
        found.ok_or_else(|| format!("'{text}' is no axis of a volume; x, y or z is"))
    }
}

/// How files of several images are taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Slicing {
    pub(crate) pages: Pages,
    /// The axis of the slices of volumes, where somebody has chosen it.
    pub(crate) axis: Option<SliceAxis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_lie_across_the_longest_side_unless_it_is_longer_by_rounding_alone() {
        for (sides, axis) in [
            ([1.0, 1.0, 1.0], SliceAxis::Z),
            ([1.0, 1.0, 3.0], SliceAxis::Z),
            ([1.0, 3.0, 1.0], SliceAxis::Y),
            ([5.0, 3.0, 1.0], SliceAxis::X),
            ([1.000_001, 1.0, 1.0], SliceAxis::Z),
            ([3.000_001, 3.0, 1.0], SliceAxis::Y),
            ([f64::NAN, 1.0, 1.0], SliceAxis::Z),
        ] {
            assert_eq!(SliceAxis::longest(sides), axis, "{sides:?}");
        }
    }
}
