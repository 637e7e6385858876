//! What a file begins like, without being understood: which format it has is said by its content.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// What is at the outside of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// XML, by its outermost element.
    Xml(String),
    /// An object of JSON with these of the fields that say something.
    Object(Vec<&'static str>),
    /// A list of JSON, by its first entry.
    List(Option<Box<Content>>),
    /// Another value of JSON, or no JSON at all.
    Other,
}

/// The fields by which formats are known.
const FIELDS: [&str; 9] = [
    "annotations",
    "annotation_id",
    "categories",
    "data",
    "features",
    "geometry",
    "images",
    "shapes",
    "imagePath",
];

impl Content {
    /// Of a text in UTF-8.
    ///
    /// # Errors
    /// JSON that is broken, in the words of its parser.
    pub(super) fn of(text: &[u8]) -> Result<Self, String> {
        match text.trim_ascii_start() {
            [b'<', ..] => Ok(Self::Xml(outermost(std::str::from_utf8(text).unwrap_or_default()).to_owned())),
            [b'{' | b'[', ..] => serde_json::from_slice(text).map_err(|error| error.to_string()),
            _ => Ok(Self::Other),
        }
    }

    /// Whether this is an object with a field.
    pub(super) fn has(&self, field: &str) -> bool {
        matches!(self, Self::Object(fields) if fields.contains(&field))
    }

    /// Whether this is a list of objects with a field.
    pub(super) fn lists(&self, field: &str) -> bool {
        matches!(self, Self::List(Some(first)) if first.has(field))
    }
}

/// The name of the first element, behind declarations and comments.
fn outermost(mut text: &str) -> &str {
    loop {
        let Some(inside) = text.trim_start().strip_prefix('<') else { return "" };
        let end = match inside {
            _ if inside.starts_with('?') => "?>",
            _ if inside.starts_with("!--") => "-->",
            _ if inside.starts_with('!') => return "",
            _ => {
                return inside
                    .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
                    .next()
                    .unwrap_or("");
            }
        };
        text = inside.split_once(end).map_or("", |(_, behind)| behind);
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Outside)
    }
}

struct Outside;

impl<'de> Visitor<'de> for Outside {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("annotations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            let field = FIELDS.into_iter().find(|field| *field == key);
            fields.extend(field.filter(|field| !fields.contains(field)));
        }
        Ok(Content::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let first = list.next_element::<Content>()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Content::List(first.map(Box::new)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outside_of_a_file_is_seen() {
        for (text, content) in [
            (" <annotations>", Content::Xml("annotations".into())),
            ("<?xml version='1.0'?>\n<!-- <a> --><annotations a='1'/>", Content::Xml("annotations".into())),
            ("<!DOCTYPE a><a>", Content::Xml(String::new())),
            ("<", Content::Xml(String::new())),
            ("[]", Content::List(None)),
            ("[[], 1]", Content::List(Some(Box::new(Content::List(None))))),
            ("7", Content::Other),
            ("null", Content::Other),
            ("no JSON", Content::Other),
            ("", Content::Other),
        ] {
            assert_eq!(Content::of(text.as_bytes()).unwrap(), content, "{text}");
        }
        let list =
            Content::of(br#"[{"id": 1, "data": {"shapes": 1}, "data": 2, "annotations": []}, 7]"#).unwrap();
        assert!(
            list.lists("data") && list.lists("annotations") && !list.lists("shapes") && !list.has("data")
        );
        assert!(Content::of(b"{\"images\": [").is_err());
        // Deeper than any reader goes.
        assert!(Content::of("[".repeat(1 << 20).as_bytes()).is_err());
    }
}
