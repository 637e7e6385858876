//! A picture of numbers between things that have names: a square of coloured cells.

use super::canvas::{Picture, Rgb};
use super::raters::heat;

/// Pixels of a letter, either way.
const LETTER: usize = 8;
/// A cell is so wide that three digits of a place fit, or a number where there are few cells.
const SMALL: usize = 24;
const LARGE: usize = 40;
/// Up to so many things have their numbers written into the cells.
const FEW: usize = 20;
/// Letters of a name that are shown.
const NAME: usize = 24;
/// Where there is no number.
const NOTHING: Rgb = [225; 3];
const WHITE: Rgb = [255; 3];

impl Picture {
    /// A cell for each two of `names`, from the `values` row by row: dark for the least, pale for the largest; the title
    /// says which they are. Columns are numbered as the rows are.
    ///
    /// # Panics
    /// Not as many values as there are cells.
    pub fn matrix(title: &str, names: &[&str], values: &[Option<f64>]) -> Self {
        assert_eq!(values.len(), names.len() * names.len(), "a value for each cell");
        let known = || values.iter().flatten().copied();
        let (least, most) =
            (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let side = if names.len() <= FEW { LARGE } else { SMALL };
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(NAME);
        let left = (longest + 5) * LETTER;
        let width = left + names.len() * side;
        let mut whole = Self::new((names.len() + 2) * side, width, |_, _| WHITE);
        let scale = match known().next() {
            Some(_) => format!("{title}, {least:.2} dark to {most:.2} pale"),
            None => format!("{title}: nothing to say"),
        };
        let mut write = |text: &str, row: usize, column: usize, (ink, ground): (Rgb, Rgb), wide: usize| {
            let wide = wide.min(width - column);
            let line = Self::label(text, wide, ink, ground);
            whole.paste(&line, row + (side - line.size().0) / 2, column);
        };
        write(&scale, 0, 0, ([0; 3], WHITE), width);
        for (row, name) in names.iter().enumerate() {
            let number = (row + 1).to_string();
            let name: String = name.chars().take(NAME).collect();
            write(&format!("{number:>3} {name}"), (row + 2) * side, 0, ([0; 3], WHITE), left);
            let middle = left + row * side + (side - number.len() * LETTER) / 2;
            write(&number, side, middle, ([0; 3], WHITE), number.len() * LETTER);
        }
        for (at, value) in values.iter().enumerate() {
            let (row, column) = (at / names.len(), at % names.len());
            let place = ((row + 2) * side, left + column * side);
            let share = |value: f64| if most > least { (value - least) / (most - least) } else { 1.0 };
            let ground = value.map_or(NOTHING, |value| heat(share(value) as f32));
            whole.paste(&Self::new(side - 1, side - 1, |_, _| ground), place.0, place.1);
            if let Some(value) = value.filter(|_| side == LARGE) {
                let ink = if share(value) > 0.5 { [0; 3] } else { WHITE };
                let text = format!("{value:.2}");
                let line = Self::label(&text, text.len() * LETTER, ink, ground);
                whole.paste(&line, place.0 + (side - line.size().0) / 2, place.1 + (side - line.width()) / 2);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_dark_and_the_largest_pale() {
        for many in [3, 70] {
            let names: Vec<String> = (0..many).map(|i| format!("rater {i}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let value = |at: usize| (at / many != at % many).then(|| (at / many + at % many) as f64 / 200.0);
            let picture = Picture::matrix("Dice", &names, &(0..many * many).map(value).collect::<Vec<_>>());
            let side = if many == 3 { LARGE } else { SMALL };
            let left = picture.width() - many * side;
            let cell = |row: usize, column: usize| picture.at((row + 2) * side + 1, left + column * side + 1);
            assert_eq!(cell(0, 0), NOTHING);
            assert_eq!(cell(0, 1), heat(0.0));
            assert_eq!(cell(many - 1, many - 2), heat(1.0));
            assert_eq!(cell(1, 0), cell(0, 1));
        }
    }
}
