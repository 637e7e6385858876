//! Changes of texts, token by token.

use super::bytes;
use crate::Chance;
use std::ops::Range;

/// What may stand in place of any token.
const TOKENS: [&str; 40] = [
    "0",
    "1",
    "-1",
    "2",
    "255",
    "256",
    "65536",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "1e300",
    "-1e300",
    "1e400",
    "0.5",
    "1e-320",
    "nan",
    "inf",
    "-inf",
    "NaN",
    "Infinity",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    "\"binary\"",
    "\"multiclass\"",
    "\"multilabel\"",
    "\"\\u0000\"",
    "\"..\"",
    "\"/\"",
    "[]",
    "{}",
    "[[]]",
    "[0]",
    "[\"a\", \"b\"]",
    "#",
    "\n",
    "'",
    "\u{1f600}",
];

/// Replaces, takes out, doubles or exchanges a token, or changes a byte.
pub(super) fn change(text: &mut Vec<u8>, chance: &mut Chance) {
    let tokens = tokens(text);
    if tokens.is_empty() || chance.once_in(8) {
        return bytes::change(text, chance);
    }
    let one = chance.one_of(&tokens).clone();
    let other = text[chance.one_of(&tokens).clone()].to_vec();
    match chance.within(0..6) {
        0 => drop(text.drain(one)),
        1 => drop(text.splice(one.end..one.end, other)),
        2 => drop(text.splice(one, other)),
        3 => {
            let line = line(text, one.start);
            let copied = text[line.clone()].to_vec();
            text.splice(line.start..line.start, copied);
        }
        _ => drop(text.splice(one, chance.one_of(&TOKENS).bytes())),
    }
}

/// Words, numbers, quoted texts and signs; white space is none.
fn tokens(text: &[u8]) -> Vec<Range<usize>> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+.".contains(&byte);
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = match rest[0] {
            byte if is_word(byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            b'"' => rest[1..].iter().position(|byte| *byte == b'"').map_or(1, |end| end + 2),
            _ => 1,
        };
        if !rest[0].is_ascii_whitespace() {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}

/// The line that a place is in, with its end.
fn line(text: &[u8], at: usize) -> Range<usize> {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
    start..end
}
