//! Why an array is not a soft label.

use super::kind::Kind;
use thiserror::Error;

/// Why an array is not a soft label. Pixels are named by class, row and column, counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LabelError {
    /// A value outside 0..1.
    #[error("class {class}, row {row}, column {column}: {value} is no probability (0 to 1){}", hint(*.maximum))]
    OutOfRange {
        /// Class (map) of the first bad value.
        class: usize,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value itself.
        value: f32,
        /// The largest value of the array: it tells 0..255 data from a stray value.
        maximum: f32,
    },
    /// A value that is not a number where none is allowed.
    #[error("class {class}, row {row}, column {column}: not a number (NaN)")]
    NotANumber {
        /// Class (map) of the first bad value.
        class: usize,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// Exclusive classes that do not sum to 1.
    #[error(
        "row {row}, column {column}: the {classes} class probabilities sum to {sum}, not 1; \
         are the classes overlapping (multilabel)?"
    )]
    Sum {
        /// Row of the first bad pixel.
        row: usize,
        /// Its column.
        column: usize,
        /// What the classes sum to there.
        sum: f64,
        /// The number of classes.
        classes: usize,
    },
    /// A class index beyond the classes.
    #[error("row {row}, column {column}: class index {index}, but there are {classes} classes (0 to {})", .classes - 1)]
    Index {
        /// Row of the first bad pixel.
        row: usize,
        /// Its column.
        column: usize,
        /// The index found.
        index: u16,
        /// The number of classes.
        classes: usize,
    },
    /// A number of maps that the kind cannot have.
    #[error("{kind} labels need {needed}, found {found} maps")]
    Classes {
        /// The kind asked for.
        kind: Kind,
        /// What it needs, in words.
        needed: &'static str,
        /// The number of maps found.
        found: usize,
    },
    /// A class without a name, or with the name of another.
    #[error("class {class}{}", if .name.is_empty() { " has no name".into() } else { format!(" is called '{name}' like another") })]
    ClassName {
        /// The class, counted from 0.
        class: usize,
        /// Its name.
        name: String,
    },
    /// Two arrays that should have one shape.
    #[error("{what} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A pixel weight that is negative or not finite.
    #[error("row {row}, column {column}: weight {value}; weights are finite and not negative")]
    Weight {
        /// Row of the first bad weight.
        row: usize,
        /// Its column.
        column: usize,
        /// The weight.
        value: f32,
    },
    /// More raters who saw a class than raters who judged the pixel.
    #[error("class {class}, row {row}, column {column}: {yes} raters saw it, but {judged} judged the pixel")]
    Votes {
        /// The class.
        class: usize,
        /// Row of the first such pixel.
        row: usize,
        /// Its column.
        column: usize,
        /// The raters who saw the class.
        yes: u16,
        /// The raters who judged the pixel.
        judged: u16,
    },
    /// More raters than a counter holds.
    #[error("more than 65534 raters at one pixel")]
    TooManyRaters,
}

/// 8- and 16-bit data that was stored as it is, and declared as probabilities, is by far the commonest mistake.
fn hint(maximum: f32) -> String {
    let full = match maximum {
        100.0 => 100.0,
        m if m > 1.5 && m <= 255.0 => 255.0,
        m if m > 255.0 && m <= 65535.0 => 65535.0,
        _ => return String::new(),
    };
    format!("; the largest value is {maximum}: this looks like 0..{full} data, divide it by {full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_data_is_recognised_and_a_stray_value_is_not() {
        assert!(hint(255.0).contains("divide it by 255"));
        assert!(hint(231.0).contains("0..255"));
        assert!(hint(65535.0).contains("65535"));
        assert!(hint(100.0).contains("divide it by 100"));
        assert_eq!(hint(1.2), "");
    }
}
