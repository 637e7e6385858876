//! A field of an entry of annotations in JSON: numbers as programs write them, and what is wrong with others.

use crate::AnnotationProblem;
use serde_json::Value;
use std::fmt;

/// Beyond it not every whole number is a float.
const LARGEST_FLOAT: f64 = (1_u64 << 53) as f64;

/// A field of an entry, or why it cannot be read.
pub(super) type Field<T> = Result<T, AnnotationProblem>;

/// A number, but some programs write text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Number(i128),
    Text(String),
}

pub(super) fn id(entry: &Value, field: &'static str) -> Field<Id> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        Value::String(text) => Ok(Id::Text(text.clone())),
        value => whole(value)
            .map(Id::Number)
            .ok_or_else(|| AnnotationProblem::NoId { field, value: in_words(value) }),
    }
}

pub(super) fn text(entry: &Value, field: &'static str) -> Field<String> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        Value::String(text) => Ok(text.clone()),
        value => Err(AnnotationProblem::NoText { field, value: in_words(value) }),
    }
}

pub(super) fn length(entry: &Value, field: &'static str) -> Field<usize> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        value => whole(value)
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| AnnotationProblem::NoLength { field, value: in_words(value) }),
    }
}

/// A finite number.
pub(super) fn number(entry: &Value, field: &'static str) -> Field<f64> {
    match &entry[field] {
        Value::Null => Err(AnnotationProblem::Missing(field)),
        value => value
            .as_f64()
            .filter(|number| number.is_finite())
            .ok_or_else(|| AnnotationProblem::NoNumber { field, value: in_words(value) }),
    }
}

/// A list of points [x, y], what is behind these aside.
pub(super) fn points(list: &Value) -> Field<Vec<[f64; 2]>> {
    let coordinate = |point: &Value, place: usize, axis: usize| {
        let value = &point[axis];
        let bad = || AnnotationProblem::Coordinate { place: 2 * place + axis, value: in_words(value) };
        value.as_f64().filter(|number| number.is_finite()).ok_or_else(bad)
    };
    let point = |(place, point)| Ok([coordinate(point, place, 0)?, coordinate(point, place, 1)?]);
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate().map(point).collect()
}

/// The same of a ring, of so many points at least.
pub(super) fn ring(list: &Value, least: usize) -> Field<Vec<[f64; 2]>> {
    let ring = points(list)?;
    if ring.len() < least { Err(AnnotationProblem::Points(2 * ring.len())) } else { Ok(ring) }
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
