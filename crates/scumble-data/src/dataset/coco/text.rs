//! The text of a file, in the JSON of the standard.

/// What Python's `json` and others write for numbers that are not finite.
const NOT_FINITE: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Takes away, in place, what programs write and JSON does not have: a byte-order mark, and numbers that are not
/// finite. These become `{}`, which is no number, no text and no list, padded so that everything else stays where it
/// was. Nothing within quotes is touched.
pub(super) fn standard(file: &mut [u8]) -> &[u8] {
    let start = if file.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let text = &mut file[start..];
    let mut quoted = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => quoted = !quoted,
            b'\\' if quoted => at += 1,
            b'N' | b'I' | b'-' if !quoted => {
                if let Some(word) = NOT_FINITE.iter().find(|word| text[at..].starts_with(word)) {
                    let last = at + word.len() - 1;
                    text[at..last].fill(b' ');
                    (text[at], text[last]) = (b'{', b'}');
                    at = last;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::standard;

    fn text(file: &str) -> String {
        let mut file = file.as_bytes().to_vec();
        String::from_utf8(standard(&mut file).to_vec()).unwrap()
    }

    #[test]
    fn what_is_not_finite_becomes_an_empty_object_of_its_length() {
        assert_eq!(text("[NaN,1, -Infinity,-2,Infinity]"), "[{ },1, {       },-2,{      }]");
        assert_eq!(text("NaN"), "{ }");
    }

    #[test]
    fn names_and_their_escapes_stay() {
        for kept in [
            r#"{"NaN": "-Infinity", "a": -1}"#,
            r#"["\"NaN", "\\", "NaN\\\"NaN"]"#,
            r#"["NaN"#,
            r#"["NaN\"#,
            "[Na, Inf, -]",
            "",
        ] {
            assert_eq!(text(kept), kept);
        }
        // Behind a text that ends with a backslash.
        assert_eq!(text(r#"["\\", NaN]"#), r#"["\\", { }]"#);
    }

    #[test]
    fn a_byte_order_mark_is_taken_away_once() {
        assert_eq!(text("\u{feff}[]"), "[]");
        assert_eq!(text("\u{feff}\u{feff}[]"), "\u{feff}[]");
        assert_eq!(text("[\"\u{feff}\"]"), "[\"\u{feff}\"]");
    }
}
