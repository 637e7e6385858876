//! What a file of COCO annotations says, entry by entry, as far as it is used. What one entry lacks spoils no other.

use super::segmentation::Segmentation;
use crate::AnnotationProblem;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// Beyond it not every whole number is a float.
const LARGEST_FLOAT: f64 = (1_u64 << 53) as f64;

/// A field of an entry, or why it cannot be read.
pub(super) type Field<T> = Result<T, AnnotationProblem>;

#[derive(Deserialize)]
pub(super) struct Json {
    pub(super) images: Vec<JsonImage>,
    pub(super) annotations: Vec<JsonAnnotation>,
    pub(super) categories: Vec<JsonCategory>,
}

#[derive(Deserialize)]
#[serde(from = "Value")]
pub(super) struct JsonImage {
    pub(super) id: Field<Id>,
    pub(super) file_name: Field<String>,
    pub(super) height: Field<usize>,
    pub(super) width: Field<usize>,
}

#[derive(Deserialize)]
#[serde(from = "Value")]
pub(super) struct JsonAnnotation {
    /// For messages alone.
    pub(super) id: Option<Id>,
    pub(super) image_id: Field<Id>,
    pub(super) category_id: Field<Id>,
    pub(super) segmentation: Field<Segmentation>,
}

#[derive(Deserialize)]
#[serde(from = "Value")]
pub(super) struct JsonCategory {
    pub(super) id: Field<Id>,
    pub(super) name: Field<String>,
}

/// A number, but some programs write text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Number(i128),
    Text(String),
}

impl From<Value> for JsonImage {
    fn from(entry: Value) -> Self {
        Self {
            id: id(&entry, "id"),
            file_name: text(&entry, "file_name"),
            height: length(&entry, "height"),
            width: length(&entry, "width"),
        }
    }
}

impl From<Value> for JsonAnnotation {
    fn from(entry: Value) -> Self {
        Self {
            id: id(&entry, "id").ok(),
            image_id: id(&entry, "image_id"),
            category_id: id(&entry, "category_id"),
            segmentation: Segmentation::read(&entry["segmentation"]),
        }
    }
}

impl From<Value> for JsonCategory {
    fn from(entry: Value) -> Self {
        Self { id: id(&entry, "id"), name: text(&entry, "name") }
    }
}

fn id(entry: &Value, field: &'static str) -> Field<Id> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        Value::String(text) => Ok(Id::Text(text.clone())),
        value => whole(value)
            .map(Id::Number)
            .ok_or_else(|| AnnotationProblem::NoId { field, value: in_words(value) }),
    }
}

fn text(entry: &Value, field: &'static str) -> Field<String> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        Value::String(text) => Ok(text.clone()),
        value => Err(AnnotationProblem::NoText { field, value: in_words(value) }),
    }
}

fn length(entry: &Value, field: &'static str) -> Field<usize> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        value => whole(value)
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| AnnotationProblem::NoLength { field, value: in_words(value) }),
    }
}

/// A whole number, which some programs write as 24.0.
pub(super) fn whole(value: &Value) -> Option<i128> {
    let of_float = |float: &f64| float.fract() == 0.0 && float.abs() <= LARGEST_FLOAT;
    let integer = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    integer.or_else(|| value.as_f64().filter(of_float).map(|float| float as i128))
}

/// A value as a message shows it.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text '{text}'"),
        Value::Array(_) => "a list".to_owned(),
        // What these became in standard JSON.
        Value::Object(fields) if fields.is_empty() => "NaN or infinite".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Number(number) => number.fmt(f),
            Id::Text(text) => write!(f, "'{text}'"),
        }
    }
}
