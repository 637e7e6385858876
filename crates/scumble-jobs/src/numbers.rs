//! Numbers as people read them, in text and in reports alike.

use scumble::score::Interval;

/// 12345678 as 12,345,678.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With so many decimals; what rounds to nothing has no sign.
pub fn decimals(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        _ => text,
    }
}

/// The same with a sign, but of nothing.
pub fn signed(value: f64, places: usize) -> String {
    let text = decimals(value, places);
    let nothing = text.chars().all(|c| matches!(c, '0' | '.'));
    if text.starts_with('-') || nothing { text } else { format!("+{text}") }
}

/// A score with four decimals, or a dash where there is none.
pub fn optional(value: Option<f64>) -> String {
    value.map_or("-".into(), |v| decimals(v, 4))
}

/// An interval in brackets; one without an upper end says so.
pub fn bracketed(interval: &Interval, words: impl Fn(f64) -> String) -> String {
    let Interval { low, high } = interval;
    if high.is_finite() {
        format!("[{}, {}]", words(*low), words(*high))
    } else {
        format!("[{} or more]", words(*low))
    }
}

/// So many of something: 1 image, 2 images.
pub fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", thousands(n as u64))
}

/// 0.123 as 12.3 %.
pub fn percent(share: f64) -> String {
    format!("{} %", decimals(100.0 * share, 1))
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s => {
            let whole = s.round();
            format!("{:.0} min {:02.0} s", (whole / 60.0).floor(), whole % 60.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1234567), "1,234,567");
        assert_eq!(duration(125.4), "2 min 05 s");
        assert_eq!(duration(179.8), "3 min 00 s");
        assert_eq!([duration(9.97), duration(119.7)], ["10 s", "2 min 00 s"]);
        assert_eq!([counted(1, "image"), counted(1234, "image")], ["1 image", "1,234 images"]);
        assert_eq!(optional(None), "-");
        assert_eq!(percent(0.5), "50.0 %");
        let between = |low, high| bracketed(&Interval { low, high }, percent);
        assert_eq!(between(0.1, 0.2), "[10.0 %, 20.0 %]");
        assert_eq!(between(0.1, f64::INFINITY), "[10.0 % or more]");
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(decimals(-0.00004, 4), "0.0000");
        assert_eq!(decimals(-0.00006, 4), "-0.0001");
        assert_eq!([signed(-0.00004, 4), signed(0.00004, 4)], ["0.0000", "0.0000"]);
        assert_eq!([signed(-1.5, 1), signed(1.5, 1)], ["-1.5", "+1.5"]);
        assert_eq!(percent(-1e-9), "0.0 %");
        assert_eq!(optional(Some(-0.0)), "0.0000");
    }
}
