//! A band of each image, as a fraction of its height or width.

use super::SplitError;
use ndarray::{Array2, ArrayView2};
use scumble::labels::{RaterMask, SoftLabels};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Rows,
    Columns,
}

impl Axis {
    fn name(self) -> &'static str {
        match self {
            Axis::Rows => "rows",
            Axis::Columns => "columns",
        }
    }
}

/// Some rows or columns of each image, as fractions of its height or width.
///
/// Training ignores the labels inside the band, validation those outside. It is what a set of one image has.
/// A value of this type has been checked: 0 <= from < to <= 1, and it is not the whole image.
///
/// ```
/// use scumble_data::Band;
///
/// let band: Band = "rows 0.5..1".parse()?;
/// assert_eq!(band.inside((4, 1)).as_slice(), Some(&[false, false, true, true][..]));
/// assert_eq!(band.to_string(), "rows 0.5..1");
/// # Ok::<(), scumble_data::SplitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    axis: Axis,
    from: f64,
    to: f64,
}

impl Band {
    /// The rows between two fractions of the height, counted from the top.
    ///
    /// # Errors
    /// [`SplitError::Band`].
    pub fn rows(from: f64, to: f64) -> Result<Self, SplitError> {
        Self::new(Axis::Rows, from, to)
    }

    /// The columns between two fractions of the width, counted from the left.
    ///
    /// # Errors
    /// [`SplitError::Band`].
    pub fn columns(from: f64, to: f64) -> Result<Self, SplitError> {
        Self::new(Axis::Columns, from, to)
    }

    fn new(axis: Axis, from: f64, to: f64) -> Result<Self, SplitError> {
        let sound = from >= 0.0 && from < to && to <= 1.0 && to - from < 1.0;
        if sound {
            Ok(Self { axis, from, to })
        } else {
            Err(SplitError::Band { axis: axis.name(), from, to })
        }
    }

    /// True inside the band of an image of (height, width), [H, W].
    ///
    /// Edges are rounded to whole pixels, so bands that touch share none and leave none out. If the axis has
    /// two pixels at least, one is inside and one outside.
    pub fn inside(&self, size: (usize, usize)) -> Array2<bool> {
        self.inside_rows(size, 0..size.0)
    }

    /// The same of some rows of the image, [rows, W].
    fn inside_rows(&self, (height, width): (usize, usize), rows: Range<usize>) -> Array2<bool> {
        let length = if self.axis == Axis::Rows { height } else { width };
        let edge = |fraction: f64| (fraction * length as f64).round() as usize;
        let (mut from, mut to) = (edge(self.from), edge(self.to));
        if from == to {
            // Thinner than a pixel: the one in which it lies.
            from = ((self.from * length as f64) as usize).min(length.saturating_sub(1));
            to = from + 1;
        }
        if to - from >= length && length > 1 {
            // All but less than a pixel: leave out the end at which something was left out.
            if self.from > 0.0 { from += 1 } else { to -= 1 }
        }
        Array2::from_shape_fn((rows.len(), width), |(y, x)| {
            (from..to).contains(&if self.axis == Axis::Rows { rows.start + y } else { x })
        })
    }

    /// Whether the band holds all of another.
    ///
    /// ```
    /// use scumble_data::Band;
    ///
    /// let band = Band::rows(0.5, 1.0)?;
    /// assert!(band.contains(&Band::rows(0.8, 1.0)?) && !band.contains(&Band::rows(0.4, 1.0)?));
    /// assert!(!band.contains(&Band::columns(0.8, 1.0)?));
    /// # Ok::<(), scumble_data::SplitError>(())
    /// ```
    pub fn contains(&self, other: &Band) -> bool {
        self.axis == other.axis && self.from <= other.from && other.to <= self.to
    }

    /// Ignores all that lies outside the band; of a rater's mask it is unseen then.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::SoftLabels;
    /// use scumble_data::Band;
    ///
    /// let mut labels = SoftLabels::from_mask(array![[true], [false]].view());
    /// "rows 0.5..1".parse::<Band>()?.keep(&mut labels);
    /// assert_eq!(labels.valid(), array![[[false], [true]]]);
    /// # Ok::<(), scumble_data::SplitError>(())
    /// ```
    pub fn keep(&self, opinion: &mut impl Opinion) {
        self.keep_of_rows(opinion, 0..opinion.size().0, opinion.size().0);
    }

    /// The same of an opinion of some rows of an image of this height.
    pub fn keep_of_rows(&self, opinion: &mut impl Opinion, rows: Range<usize>, height: usize) {
        let inside = self.inside_rows((height, opinion.size().1), rows);
        opinion.leave_out(inside.mapv(|inside| !inside).view());
    }

    /// Ignores the band itself, which is held out.
    pub fn leave_out(&self, opinion: &mut impl Opinion) {
        self.leave_out_of_rows(opinion, 0..opinion.size().0, opinion.size().0);
    }

    /// The same of an opinion of some rows of an image of this height.
    pub fn leave_out_of_rows(&self, opinion: &mut impl Opinion, rows: Range<usize>, height: usize) {
        let inside = self.inside_rows((height, opinion.size().1), rows);
        opinion.leave_out(inside.view());
    }
}

/// What is said of each pixel of an image, some of which may be left out: a soft label, a rater's mask.
pub trait Opinion {
    /// (height, width).
    fn size(&self) -> (usize, usize);

    /// Ignores the pixels that are true in `pixels`, a map of this size.
    fn leave_out(&mut self, pixels: ArrayView2<'_, bool>);
}

impl Opinion for SoftLabels {
    fn size(&self) -> (usize, usize) {
        SoftLabels::size(self)
    }

    fn leave_out(&mut self, pixels: ArrayView2<'_, bool>) {
        self.ignore(pixels).expect("a map of the label's own size");
    }
}

impl Opinion for RaterMask {
    fn size(&self) -> (usize, usize) {
        let (_, height, width) = self.marks().dim();
        (height, width)
    }

    fn leave_out(&mut self, pixels: ArrayView2<'_, bool>) {
        self.hide(pixels).expect("a map of the mask's own size");
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}..{}", self.axis.name(), self.from, self.to)
    }
}

impl FromStr for Band {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let form = || SplitError::Form(text.to_owned());
        let (axis, range) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
        let axis = match axis {
            "rows" => Axis::Rows,
            "columns" => Axis::Columns,
            _ => return Err(form()),
        };
        let (from, to) = range.split_once("..").ok_or_else(form)?;
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| form());
        Self::new(axis, number(from)?, number(to)?)
    }
}

impl Serialize for Band {
    /// As it is displayed.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Band {
    /// As it is parsed.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_that_touch_share_no_pixel() {
        for length in [2, 3, 7, 95, 100] {
            for cut in [0.001, 0.2, 0.5, 0.7, 0.999] {
                let low = Band::columns(0.0, cut).unwrap().inside((1, length));
                let high = Band::columns(cut, 1.0).unwrap().inside((1, length));
                let inside = |mask: &Array2<bool>| mask.iter().filter(|m| **m).count();
                assert!((1..length).contains(&inside(&low)), "{length} {cut}");
                assert!((1..length).contains(&inside(&high)), "{length} {cut}");
                if inside(&low) + inside(&high) == length {
                    assert!(low.iter().zip(&high).all(|(a, b)| a != b), "{length} {cut}");
                }
            }
        }
    }

    #[test]
    fn only_a_true_part_is_a_band() {
        for bad in
            ["rows 0..1", "rows 0.7..0.2", "rows 0.5..0.5", "rows 0..2", "rows -0.1..0.5", "rows nan..1"]
        {
            assert!(matches!(bad.parse::<Band>(), Err(SplitError::Band { .. })), "{bad}");
        }
        for bad in ["", "rows", "row 0.1..0.2", "rows 0.1-0.2", "rows a..b"] {
            assert!(matches!(bad.parse::<Band>(), Err(SplitError::Form(_))), "{bad}");
        }
    }
}
