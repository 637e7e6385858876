//! The turns and flips of an image: which there are, which a prediction averages.

mod choice;
mod view;

pub use choice::{FlipsChoice, UnknownFlips};
pub use view::View;

use serde::{Deserialize, Serialize};
use std::fmt;

/// A set of views that a prediction is the average over: the image as it is, flipped, turned.
///
/// Each is a group: a view of a view is one of them, so the average over them of an image that is seen in one of these
/// views is the average, seen so.
///
/// ```
/// use scumble_nn::Views;
///
/// assert_eq!(Views::default().count(), 1);
/// assert_eq!(Views { flips: true, turns: true }.to_string(), "8 views, flipped and turned");
/// assert_eq!(Views::FLIPS.list().len(), 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Flips of rows, of columns and of both, which is a half turn.
    pub flips: bool,
    /// Quarter turns.
    pub turns: bool,
}

impl Views {
    /// The image as it is.
    pub const ONE: Self = Self { flips: false, turns: false };
    /// The four that leave rows rows.
    pub const FLIPS: Self = Self { flips: true, turns: false };
    /// The four quarter turns.
    pub const TURNS: Self = Self { flips: false, turns: true };
    /// All eight.
    pub const ALL: Self = Self { flips: true, turns: true };

    /// Each of them, the image as it is first, those that exchange rows and columns last.
    pub fn list(self) -> Vec<View> {
        let flips = [[false, false], [true, false], [false, true], [true, true]];
        let all =
            [false, true].into_iter().flat_map(|transposed| flips.map(|f| View { transposed, flips: f }));
        all.filter(|view| match (self.flips, self.turns) {
            (false, false) => *view == View::IDENTITY,
            (true, false) => !view.transposed,
            // Turns are made of an even number of reflections.
            (false, true) => !view.mirrors(),
            (true, true) => true,
        })
        .collect()
    }

    /// How many they are.
    pub fn count(self) -> usize {
        match (self.flips, self.turns) {
            (false, false) => 1,
            (true, true) => 8,
            _ => 4,
        }
    }
}

impl fmt::Display for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.flips, self.turns) {
            (false, false) => "1 view",
            (true, false) => "4 views, flipped",
            (false, true) => "4 views, turned",
            (true, true) => "8 views, flipped and turned",
        })
    }
}
