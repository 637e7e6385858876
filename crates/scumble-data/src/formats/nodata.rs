//! GDAL_NODATA: the number that a TIFF writes where it has no data.

use super::source::DecodeError;

/// What the tag's text says; None where it is empty.
///
/// # Errors
/// A text that is no number.
pub(super) fn parse(text: &str) -> Result<Option<f64>, DecodeError> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Ok(None);
    }
    // What C libraries on Windows print for NaN.
    let nan = ["1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND"].iter().any(|name| text.starts_with(name));
    match text.parse() {
        Ok(value) => Ok(Some(value)),
        Err(_) if nan => Ok(Some(f64::NAN)),
        Err(_) => Err(DecodeError::Unsupported(format!(
            "the tag GDAL_NODATA says '{text}', which is no number; set it anew (gdal_edit.py -a_nodata VALUE FILE) or \
             take it away (gdal_edit.py -unsetnodata FILE)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_programs_write_them() {
        let read = |text| parse(text).ok().unwrap();
        assert_eq!(read("-9999 "), Some(-9999.0));
        assert_eq!(read("255\0"), Some(255.0));
        assert_eq!(read("-3.4028234663852886e+38"), Some(f64::from(f32::MIN)));
        assert_eq!(read(" 1e+20"), Some(1e20));
        assert_eq!(read("-inf"), Some(f64::NEG_INFINITY));
        assert_eq!((read(""), read(" \0")), (None, None));
        for nan in ["nan", "NaN", "-nan", "1.#QNAN", "-1.#IND00"] {
            assert!(read(nan).is_some_and(f64::is_nan), "{nan}");
        }
        assert!(parse("none").is_err());
    }
}
