//! The text of a file in the encodings that programs write.

use std::borrow::Cow;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file in UTF-8 or UTF-16, without its byte-order mark. UTF-16 without a mark is known by its first
/// character, as that of JSON and TOML is of ASCII.
///
/// # Errors
/// What is wrong with the text, and where.
pub(crate) fn decoded(file: &[u8]) -> Result<Cow<'_, str>, String> {
    match file {
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes).map(Cow::Owned),
        [1..=255, 0, ..] => utf16(file, u16::from_le_bytes).map(Cow::Owned),
        [0, 1..=255, ..] => utf16(file, u16::from_be_bytes).map(Cow::Owned),
        _ => {
            let text = file.strip_prefix(UTF8_MARK).unwrap_or(file);
            let wrong =
                |error: std::str::Utf8Error| format!("the text is no UTF-8 at byte {}", error.valid_up_to());
            std::str::from_utf8(text).map(Cow::Borrowed).map_err(wrong)
        }
    }
}

fn utf16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("the text is UTF-16 and ends within a character".to_owned());
    }
    let mut text = String::with_capacity(pairs.len());
    for (at, character) in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).enumerate() {
        text.push(character.map_err(|_| format!("the text is no UTF-16 at its character {at}"))?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    const TEXT: &str = "{\"Z\u{fc}rich\": \"\u{1f35d}\"}";

    fn utf16(bytes: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
        [mark, &TEXT.encode_utf16().flat_map(bytes).collect::<Vec<_>>()].concat()
    }

    #[test]
    fn every_encoding_says_the_same() {
        for file in [
            TEXT.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", TEXT.as_bytes()].concat(),
            utf16(u16::to_le_bytes, b"\xff\xfe"),
            utf16(u16::to_be_bytes, b"\xfe\xff"),
            utf16(u16::to_le_bytes, b""),
            utf16(u16::to_be_bytes, b""),
        ] {
            assert_eq!(decoded(&file).unwrap(), TEXT);
        }
        assert_eq!(decoded(b"").unwrap(), "");
        // One mark, and not what follows it.
        assert_eq!(decoded("\u{feff}\u{feff}a".as_bytes()).unwrap(), "\u{feff}a");
    }

    #[test]
    fn what_is_no_text_is_said() {
        for (file, says) in [
            (&b"{\"a\": \"\xe9\"}"[..], "no UTF-8 at byte 7"),
            (b"\xff\xfe{\0\"", "ends within a character"),
            (b"\xff\xfe{\0\0\xd8{\0", "no UTF-16 at its character 1"),
        ] {
            let message = decoded(file).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
