//! Lines of text in pictures.

use super::canvas::{Picture, Rgb, WHITE};
use font8x8::legacy::BASIC_LEGACY;

/// Pixels of a letter, either way.
const LETTER: usize = 8;
const DARK: Rgb = [40; 3];
/// Around a line of text.
const MARGIN: usize = 3;

impl Picture {
    /// A line of text on white, `width` pixels wide; what does not fit is cut off.
    pub fn text(text: &str, width: usize) -> Self {
        Self::letters(&[(text, [0; 3])], width, WHITE)
    }

    /// Pieces of text on dark grey, each in its colour, one after the other.
    pub fn coloured_text(pieces: &[(&str, Rgb)], width: usize) -> Self {
        Self::letters(pieces, width, DARK)
    }

    /// A line of text in one colour on another.
    pub(super) fn label(text: &str, width: usize, ink: Rgb, ground: Rgb) -> Self {
        Self::letters(&[(text, ink)], width, ground)
    }

    fn letters(pieces: &[(&str, Rgb)], width: usize, ground: Rgb) -> Self {
        let letters = pieces.iter().flat_map(|(text, colour)| text.chars().map(|c| (glyph(c), *colour)));
        let letters: Vec<_> = letters.take((width / LETTER).max(1)).collect();
        Self::new(LETTER + 2 * MARGIN, width.max(LETTER), |row, column| {
            let on = |(glyph, colour): &([u8; 8], Rgb)| {
                let line = row.checked_sub(MARGIN).and_then(|row| glyph.get(row))?;
                (line >> (column % LETTER) & 1 == 1).then_some(*colour)
            };
            letters.get(column / LETTER).and_then(on).unwrap_or(ground)
        })
    }

    /// This picture with a line of text above it.
    pub fn captioned(&self, text: &str) -> Self {
        let rows = [Self::text(text, self.width), self.clone()];
        let mut whole = Self::white(rows[0].height + self.height, self.width.max(rows[0].width));
        whole.paste(&rows[0], 0, 0);
        whole.paste(self, rows[0].height, 0);
        whole
    }
}

/// The bits of a letter, a row a byte; letters beyond ASCII are shown as a question mark.
fn glyph(letter: char) -> [u8; 8] {
    let known = usize::try_from(u32::from(letter)).ok().and_then(|code| BASIC_LEGACY.get(code));
    *known.unwrap_or(&BASIC_LEGACY[usize::from(b'?')])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_where_they_belong() {
        let picture = Picture::text("|", 16);
        let black: Vec<usize> =
            (0..picture.pixels.len()).filter(|&at| picture.pixels[at] == [0; 3]).map(|at| at % 16).collect();
        assert!(!black.is_empty() && black.iter().all(|column| (3..5).contains(column)), "{black:?}");
        assert_eq!(Picture::text("more than fits", 24).width, 24);
        assert_eq!(Picture::text("ä", 8).pixels, Picture::text("?", 8).pixels);
    }
}
