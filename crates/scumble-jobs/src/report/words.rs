//! Numbers as people read them.

use crate::numbers::{counted, decimals};

/// A score with four decimals, more where that would be 0.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.00095 { significant(value, 2) } else { decimals(value, 4) }
}

/// A share in percent with two digits that count: 0.14 %, 1.9 %, 52 %.
pub(super) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", points(share))
}

/// A difference of shares in percentage points.
pub(super) fn points(share: f64) -> String {
    significant(100.0 * share, 2)
}

/// At least `digits` digits that count, and no digit before the point dropped.
pub(super) fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let places = |value: f64| (digits - 1 - value.abs().log10().floor() as i32).clamp(0, 8) as usize;
    // What rounds up to one digit more needs one decimal less.
    let once = format!("{value:.*}", places(value));
    let places = once.parse().ok().filter(|v: &f64| *v != 0.0).map_or(places(value), places);
    decimals(value, places)
}

/// "1 image", "5 images".
pub(super) fn count(n: usize, one: &str) -> String {
    counted(n, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_count() {
        for (share, words) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5234, "52 %"),
            (0.0188, "1.9 %"),
            (0.0996, "10 %"),
            (0.00144, "0.14 %"),
            (0.00000321, "0.00032 %"),
            (-0.0012, "-0.12 %"),
        ] {
            assert_eq!(percent(share).replace('\u{a0}', " "), words, "{share}");
        }
        assert_eq!(
            (number(0.01234), number(0.0), number(0.00005)),
            ("0.0123".into(), "0.0000".into(), "0.000050".into())
        );
        assert_eq!((count(1, "image"), count(1200, "image")), ("1 image".into(), "1,200 images".into()));
    }
}
