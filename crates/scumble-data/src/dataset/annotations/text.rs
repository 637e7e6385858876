//! The text of a file, in the JSON of the standard.

/// What Python's `json` and others write for numbers that are not finite.
const NOT_FINITE: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

/// Takes away what programs write and JSON does not have: numbers that are not finite. These become `{}`, which is no
/// number, no text and no list, padded so that everything else stays where it was. Nothing within quotes is touched.
pub(super) fn standard(text: String) -> Vec<u8> {
    let mut text = text.into_bytes();
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
        String::from_utf8(standard(file.to_owned())).unwrap()
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
}
