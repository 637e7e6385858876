//! Pictures of what raters say about an image.

use super::canvas::{Picture, Rgb};
use ndarray::{ArrayView2, ArrayView3};
use scumble::labels::UNSEEN;

// Colours of Okabe and Ito (2008), which colour-blind people tell apart, too.

/// Where both raters have marked.
pub const BOTH: Rgb = [240, 228, 66];
/// Where the first one alone has.
pub const FIRST: Rgb = [213, 94, 0];
/// Where the second one alone has.
pub const SECOND: Rgb = [86, 180, 233];
/// Where both have, but another class.
pub const OTHER_CLASS: Rgb = [204, 121, 167];

/// How much of the ground the marks cover.
const COVER: f32 = 0.85;

/// From little doubt to the most: four colours of the map inferno (van der Walt and Smith 2015), whose lightness grows
/// evenly.
const HEAT: [Rgb; 4] = [[87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];

impl Picture {
    /// Dark pictures brightened: all but the brightest pixels, one in 200, reach the full range.
    pub fn brightened(&self) -> Self {
        let mut counts = [0_usize; 256];
        self.pixels.iter().for_each(|pixel| counts[usize::from(luma(pixel) as u8)] += 1);
        let mut above = 0;
        let bright = (1..256).rev().find(|&level| {
            above += counts[level];
            above > self.pixels.len() / 200
        });
        let factor = 255.0 / bright.unwrap_or(255) as f32;
        let brighten = |pixel: &Rgb| pixel.map(|value| (factor * f32::from(value)).min(255.0) as u8);
        Self { pixels: self.pixels.iter().map(brighten).collect(), ..*self }
    }

    /// In grey, and darker: a ground for colours.
    pub fn ground(&self) -> Self {
        let grey = |pixel: &Rgb| [(0.6 * luma(pixel)) as u8; 3];
        Self { pixels: self.pixels.iter().map(grey).collect(), ..*self }
    }

    /// Two raters' marks [H, W] over this picture.
    pub fn overlay(&self, first: ArrayView2<'_, u16>, second: ArrayView2<'_, u16>) -> Self {
        Self::new(self.height, self.width, |row, column| {
            let below = self.pixels[row * self.width + column];
            let mark = |marks: &ArrayView2<'_, u16>| match marks.get((row, column)) {
                Some(&mark) if mark != UNSEEN => mark,
                _ => 0,
            };
            match (mark(&first), mark(&second)) {
                (0, 0) => below,
                (_, 0) => blend(below, FIRST, COVER),
                (0, _) => blend(below, SECOND, COVER),
                (a, b) if a == b => blend(below, BOTH, COVER),
                _ => blend(below, OTHER_CLASS, COVER),
            }
        })
    }

    /// Entropies [G, H, W] over this picture, up to the largest that there can be, `most`; of several maps the
    /// largest at each pixel.
    pub fn heat(&self, entropy: ArrayView3<'_, f64>, most: f64) -> Self {
        Self::new(self.height, self.width, |row, column| {
            let below = self.pixels[row * self.width + column];
            let groups = 0..entropy.dim().0;
            let h = groups.filter_map(|group| entropy.get((group, row, column)).copied()).fold(0.0, f64::max);
            let share = (h / most).clamp(0.0, 1.0) as f32;
            if share == 0.0 { below } else { blend(below, heat(share), COVER) }
        })
    }
}

/// The colour of a share of the most, in between the colours of the map.
pub(super) fn heat(share: f32) -> Rgb {
    let at = share * (HEAT.len() - 1) as f32;
    let low = (at as usize).min(HEAT.len() - 2);
    blend(HEAT[low], HEAT[low + 1], at - low as f32)
}

/// Luma of ITU-R BT.601.
fn luma(pixel: &Rgb) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
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
        assert_eq!(found[0], [0; 3]);
        assert_eq!(found[1..], [BOTH, FIRST, SECOND, OTHER_CLASS].map(|colour| blend([0; 3], colour, COVER)));
    }

    #[test]
    fn dark_pictures_become_bright_and_bright_ones_stay() {
        let dark = Picture::new(10, 100, |row, _| [(row * 5) as u8; 3]);
        assert_eq!(dark.brightened().pixels.last(), Some(&[255; 3]));
        let bright = Picture::new(1, 4, |_, column| [(column * 85) as u8; 3]);
        assert_eq!(bright.brightened().pixels, bright.pixels);
    }

    #[test]
    fn where_nobody_doubts_the_ground_is_seen() {
        let ground = Picture::new(1, 2, |_, _| [9; 3]);
        let found = ground.heat(array![[[0.0, 1.0]]].view(), 1.0).pixels;
        assert_eq!(found, [[9; 3], blend([9; 3], HEAT[3], COVER)]);
    }
}
