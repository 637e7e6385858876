//! Text as a terminal may show it. Names of files and classes come from anywhere: what would move the cursor, change
//! colours, turn the reading direction or begin another line is written out, such as \x1b.

use std::borrow::Cow;
use std::fmt::Write;

/// One line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    written_out(text, acts, shown)
}

/// Text whose line breaks are meant.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    written_out(text, |letter| letter != '\n' && acts(letter), shown)
}

/// JSON, which writes out most of them by itself and means the same with all of them written out.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    written_out(text, acts, |letter| format!("\\u{:04x}", u32::from(letter)))
}

fn written_out(text: &str, acts: impl Fn(char) -> bool, shown: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(&acts) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match acts(letter) {
            true => safe += &shown(letter),
            false => safe.push(letter),
        }
    }
    safe.into()
}

/// Control characters, line separators, and what overrides or embeds a reading direction.
fn acts(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(letter: char) -> String {
    let mut text = String::new();
    let written = match u32::from(letter) {
        9 | 10 | 13 => write!(text, "{}", letter.escape_default()),
        code @ ..0x100 => write!(text, "\\x{code:02x}"),
        code => write!(text, "\\u{{{code:x}}}"),
    };
    written.expect("text takes text");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_written_out() {
        let name = "a\u{1b}[31m\u{7}\r\nb\u{9b}2J\u{7f}\0\u{202e}é 图";
        assert_eq!(line(name), r"a\x1b[31m\x07\r\nb\x9b2J\x7f\x00\u{202e}é 图");
        assert_eq!(lines("a\n\tb\r"), "a\n\\tb\\r");
        let text = serde_json::Value::from(name).to_string();
        let read: String = serde_json::from_str(&json(&text)).unwrap();
        assert_eq!(read, name);
        assert!(!json(&text).contains(acts));
    }

    #[test]
    fn other_text_is_as_it_was() {
        assert!(matches!(lines("a, b\nc: 1.5 µm"), Cow::Borrowed(_)));
    }
}
