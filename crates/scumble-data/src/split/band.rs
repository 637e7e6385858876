use super::SplitError;
use ndarray::Array2;
use std::fmt;
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
/// assert_eq!(band.mask(4, 1).as_slice(), Some(&[false, false, true, true][..]));
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

    /// [height, width]: true inside the band.
    ///
    /// Edges are rounded to whole pixels, so bands that touch share none and leave none out. If the axis has
    /// two pixels at least, one is inside and one outside.
    pub fn mask(&self, height: usize, width: usize) -> Array2<bool> {
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
        Array2::from_shape_fn((height, width), |(y, x)| {
            (from..to).contains(if self.axis == Axis::Rows { &y } else { &x })
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_that_touch_share_no_pixel() {
        for length in [2, 3, 7, 95, 100] {
            for cut in [0.001, 0.2, 0.5, 0.7, 0.999] {
                let low = Band::columns(0.0, cut).unwrap().mask(1, length);
                let high = Band::columns(cut, 1.0).unwrap().mask(1, length);
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
