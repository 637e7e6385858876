//! Pictures of what raters say about an image.

use super::Picture;
use super::picture::Rgb;
use ndarray::{ArrayView2, ArrayView3};
use scumble::UNSEEN;

/// Both raters, one, the other, both but with another class: colours of Okabe and Ito (2008), which colour-blind
/// people tell apart, too.
pub(crate) const BOTH: Rgb = [240, 228, 66];
pub(crate) const FIRST: Rgb = [213, 94, 0];
pub(crate) const SECOND: Rgb = [86, 180, 233];
pub(crate) const OTHER_CLASS: Rgb = [204, 121, 167];

/// From nobody doubts to everybody does: grey stays, then orange, then yellow.
const HEAT: [Rgb; 2] = [[213, 94, 0], [240, 228, 66]];

impl Picture {
    /// In grey, and darker: a ground for colours.
    pub(crate) fn ground(&self) -> Self {
        let grey = |pixel: &Rgb| {
            // Luma of ITU-R BT.601.
            let luma =
                0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]);
            [(0.7 * luma) as u8; 3]
        };
        Self { pixels: self.pixels.iter().map(grey).collect(), ..*self }
    }

    /// Two raters' marks [H, W] over this picture.
    pub(crate) fn overlay(&self, first: ArrayView2<'_, u16>, second: ArrayView2<'_, u16>) -> Self {
        Self::new(self.height, self.width, |row, column| {
            let below = self.pixels[row * self.width + column];
            let mark = |marks: &ArrayView2<'_, u16>| match marks.get((row, column)) {
                Some(&mark) if mark != UNSEEN => mark,
                _ => 0,
            };
            match (mark(&first), mark(&second)) {
                (0, 0) => below,
                (_, 0) => blend(below, FIRST, 0.75),
                (0, _) => blend(below, SECOND, 0.75),
                (a, b) if a == b => blend(below, BOTH, 0.6),
                _ => blend(below, OTHER_CLASS, 0.75),
            }
        })
    }

    /// Entropies [G, H, W] over this picture, up to the largest that there can be, `most`; of several maps the
    /// largest at each pixel.
    pub(crate) fn heat(&self, entropy: ArrayView3<'_, f64>, most: f64) -> Self {
        Self::new(self.height, self.width, |row, column| {
            let below = self.pixels[row * self.width + column];
            let groups = 0..entropy.dim().0;
            let h = groups.filter_map(|group| entropy.get((group, row, column)).copied()).fold(0.0, f64::max);
            let share = (h / most).clamp(0.0, 1.0) as f32;
            if share == 0.0 { below } else { blend(below, blend(HEAT[0], HEAT[1], share), 0.3 + 0.7 * share) }
        })
    }
}

fn blend(below: Rgb, above: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|i| {
        let (a, b) = (f32::from(below[i]), f32::from(above[i]));
        (a + share * (b - a)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn marks_have_the_colours_of_their_raters() {
        let ground = Picture::new(1, 5, |_, _| [0; 3]);
        let first = array![[0, 1, 1, UNSEEN, 2]];
        let second = array![[0, 1, 0, 1, 1]];
        let found = ground.overlay(first.view(), second.view()).pixels;
        let expected = [(BOTH, 0.6), (FIRST, 0.75), (SECOND, 0.75), (OTHER_CLASS, 0.75)];
        assert_eq!(found[0], [0; 3]);
        assert_eq!(found[1..], expected.map(|(colour, share)| blend([0; 3], colour, share)));
    }

    #[test]
    fn where_nobody_doubts_the_ground_is_seen() {
        let ground = Picture::new(1, 2, |_, _| [9; 3]);
        let found = ground.heat(array![[[0.0, 1.0]]].view(), 1.0).pixels;
        assert_eq!(found, [[9; 3], HEAT[1]]);
    }
}
