//! A picture with its name and, below it, what its colours mean.

use super::colour::{GREY, Ramp, UNKNOWN};
use super::inline::data_address;
use super::quantity::Unit;
use super::words::significant;
use crate::picture::{CLASS_COLOURS, Picture, Rgb};
use maud::{Markup, html};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use scumble_data::PixelSize;

/// What a map's numbers became colours by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) ramp: Ramp,
    /// The numbers at the ends of the ramp.
    pub(super) ends: (f32, f32),
    /// What is written there.
    pub(super) words: (String, String),
    /// In which the numbers are told.
    pub(super) unit: Unit,
}

impl Scale {
    /// Of probabilities.
    pub(super) fn probability() -> Self {
        Self { ramp: GREY, ends: (0.0, 1.0), words: ("0".into(), "1".into()), unit: Unit::Probability }
    }

    /// The map in the ramp's colours.
    pub(super) fn picture(&self, map: ArrayView2<'_, f32>) -> Picture {
        let (height, width) = map.dim();
        let (low, high) = self.ends;
        Picture::new(height, width, |row, column| self.ramp.at((map[[row, column]] - low) / (high - low)))
    }
}

/// A round length, and the share of the picture's width that it takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    share: f64,
    words: String,
}

impl Bar {
    /// The longest of 1, 2 or 5 times a power of ten that takes at most 0.4 of an image of so many columns.
    pub(super) fn of(pixel: PixelSize, columns: usize) -> Option<Self> {
        let width = pixel.width * columns as f64;
        let most = Some(0.4 * width).filter(|most| most.is_finite())?;
        let decade = 10f64.powf(most.log10().floor());
        let length =
            [5.0, 2.0, 1.0].map(|times| times * decade).into_iter().find(|length| *length <= most)?;
        Some(Self { share: length / width, words: format!("{}\u{a0}{}", significant(length, 1), pixel.unit) })
    }
}

/// What is below a picture.
pub(super) enum Key<'a> {
    /// Nothing: it is what it shows.
    Nothing,
    /// How long a part of it is.
    Bar(Bar),
    /// Numbers along a ramp.
    Scale(Scale),
    /// Classes mixed by their probabilities.
    Classes(&'a [&'a str]),
}

/// A picture of an image, or of a map of it.
pub(super) struct Panel<'a> {
    name: String,
    role: &'static str,
    class: Option<&'a str>,
    picture: Picture,
    key: Key<'a>,
    lazy: bool,
}

/// Below this side a picture is shown by its pixels.
const COARSE: usize = 200;

impl<'a> Panel<'a> {
    /// A panel with the name that people read, and the role that the page's script knows it by.
    pub(super) fn new(name: impl Into<String>, role: &'static str, picture: Picture, key: Key<'a>) -> Self {
        Self { name: name.into(), role, class: None, picture, key, lazy: false }
    }

    /// Of a map of numbers.
    pub(super) fn of_map(
        name: impl Into<String>,
        role: &'static str,
        map: ArrayView2<'_, f32>,
        scale: Scale,
    ) -> Self {
        Self::new(name, role, scale.picture(map), Key::Scale(scale))
    }

    /// Of probabilities: one class in grey, several mixed.
    pub(super) fn of_probabilities(
        name: &str,
        role: &'static str,
        maps: &Array3<f32>,
        classes: &'a [&'a str],
    ) -> Self {
        match classes {
            [_] => Self::of_map(name, role, maps.index_axis(Axis(0), 0), Scale::probability()),
            _ => Self::new(name, role, mixed(maps), Key::Classes(classes)),
        }
    }

    /// Of one of several classes.
    pub(super) fn of_class(self, class: &'a str) -> Self {
        Self { class: Some(class), ..self }
    }

    /// Far down the page: to be decoded when it comes into view.
    pub(super) fn lazy(self) -> Self {
        Self { lazy: true, ..self }
    }

    /// As a figure of the image that is called `id`.
    pub(super) fn figure(&self, id: &str) -> Markup {
        let (height, width) = self.picture.size();
        let scale = match &self.key {
            Key::Scale(scale) => Some(scale),
            Key::Nothing | Key::Bar(_) | Key::Classes(_) => None,
        };
        let end = |of: fn(&(f32, f32)) -> f32| scale.map(|s| s.unit.scaled(f64::from(of(&s.ends))));
        html! {
            figure.panel data-role=(self.role) data-class=[self.class]
                data-palette=[scale.map(|s| s.ramp.name)] data-low=[end(|ends| ends.0)]
                data-high=[end(|ends| ends.1)] data-unit=[scale.map(|s| s.unit.symbol())] {
                div.frame {
                    img.coarse[width.max(height) < COARSE] src=(data_address(&self.picture)) width=(width) height=(height)
                        alt={ (self.name) " of " (id) } loading=[self.lazy.then_some("lazy")];
                }
                figcaption { span.panel-name { (self.name) } (self.key.markup()) }
            }
        }
    }
}

impl Key<'_> {
    fn markup(&self) -> Markup {
        html! {
            @match self {
                Self::Nothing => {}
                Self::Bar(Bar { share, words }) => {
                    span.length style={ "width:" (format!("{:.2}", 100.0 * share)) "%" } { (words) }
                }
                Self::Scale(Scale { ramp, words: (low, high), .. }) => {
                    span.ramp-line { span { (low) } span.ramp style={ "background:" (ramp.css()) } {} span { (high) } }
                }
                Self::Classes(names) => { (classes(names)) }
            }
        }
    }
}

/// The colours of classes.
fn classes(names: &[&str]) -> Markup {
    html! {
        span.chips {
            @for (name, [r, g, b]) in names.iter().zip(CLASS_COLOURS.iter().cycle()) {
                span.chip { span.swatch style={ "background:rgb(" (r) "," (g) "," (b) ")" } {} (name) } " "
            }
        }
    }
}

/// Probabilities of several classes, mixed; grey where no class counts.
fn mixed(maps: &Array3<f32>) -> Picture {
    let colours = Picture::probabilities(maps.mapv(|p| if p.is_nan() { 0.0 } else { p }).view());
    let unknown: Array2<bool> = maps.map_axis(Axis(0), |pixel| pixel.iter().all(|p| p.is_nan()));
    let (height, width) = unknown.dim();
    Picture::new(height, width, |row, column| -> Rgb {
        if unknown[[row, column]] { UNKNOWN } else { colours.at(row, column) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_a_round_length() {
        let bar =
            |width: f64, columns| Bar::of(PixelSize { height: 1.0, width, unit: "mm" }, columns).unwrap();
        for (width, columns, share, words) in [
            (0.5, 100, 0.4, "20 mm"),
            (1.0, 120, 20.0 / 120.0, "20 mm"),
            (0.001, 300, 0.1 / 0.3, "0.1 mm"),
            (2.0, 640, 500.0 / 1280.0, "500 mm"),
        ] {
            let bar = bar(width, columns);
            assert!((bar.share - share).abs() < 1e-9, "{} {share}", bar.share);
            assert_eq!(bar.words.replace('\u{a0}', " "), words);
        }
        assert_eq!(Bar::of(PixelSize { height: 1.0, width: f64::INFINITY, unit: "mm" }, 3), None);
    }
}
