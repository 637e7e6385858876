//! The shape of an annotation: polygons in the forms that programs write them in, run lengths as list and as text.

use super::run_lengths;
use crate::AnnotationProblem;
use crate::dataset::annotations::field::{Field, in_words, whole};
use crate::dataset::annotations::shape::Shape;
use serde_json::Value;

/// A shape as the file has it.
pub(super) enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    Runs { size: [usize; 2], runs: Vec<u32> },
}

impl Segmentation {
    pub(super) fn read(value: &Value) -> Field<Self> {
        match value {
            Value::Null => Err(AnnotationProblem::Missing("segmentation")),
            Value::Array(list) => polygons(list).map(Self::Polygons),
            Value::Object(_) => runs(value),
            _ => Err(AnnotationProblem::Form),
        }
    }

    /// The shape in an image of (height, width).
    pub(super) fn within(self, (height, width): (usize, usize)) -> Field<Shape> {
        match self {
            Self::Polygons(parts) => {
                // Outlines overshoot a little; what is further away was drawn for another image, and would take long
                // to walk.
                let side = height.max(width) as f64;
                let far = parts.iter().flatten().find(|v| !(-side..=2.0 * side).contains(*v));
                match far {
                    None if parts.iter().all(|part| is_outside(part, (height, width))) => {
                        Err(AnnotationProblem::Outside { height, width })
                    }
                    None => Ok(Shape::Polygons(parts)),
                    Some(&value) => Err(AnnotationProblem::Far { value, height, width }),
                }
            }
            Self::Runs { size, .. } if size != [height, width] => {
                Err(AnnotationProblem::RunsSize { found: size, expected: [height, width] })
            }
            Self::Runs { runs, .. } => {
                let sum: u64 = runs.iter().map(|&run| u64::from(run)).sum();
                if Some(sum) != (height as u64).checked_mul(width as u64) {
                    return Err(AnnotationProblem::RunsSum { sum, height, width });
                }
                Ok(Shape::Columns(runs))
            }
        }
    }
}

/// Whether a polygon lies on one side of an image of (height, width).
fn is_outside(polygon: &[f64], (height, width): (usize, usize)) -> bool {
    let points = polygon.as_chunks::<2>().0;
    points.iter().all(|[x, _]| *x <= 0.0)
        || points.iter().all(|[x, _]| *x >= width as f64)
        || points.iter().all(|[_, y]| *y <= 0.0)
        || points.iter().all(|[_, y]| *y >= height as f64)
}

/// A list of polygons, or one polygon alone. A part without points says nothing where there are others.
fn polygons(list: &[Value]) -> Field<Vec<Vec<f64>>> {
    if list.iter().any(Value::is_number) {
        return Ok(vec![polygon(list)?]);
    }
    let mut parts = Vec::new();
    for part in list {
        match part.as_array().map(Vec::as_slice) {
            None => return Err(AnnotationProblem::Form),
            Some([]) => {}
            Some(part) => parts.push(polygon(part)?),
        }
    }
    if parts.is_empty() { Err(AnnotationProblem::Empty) } else { Ok(parts) }
}

/// One polygon: x, y, x, y, .. or points [x, y].
fn polygon(list: &[Value]) -> Field<Vec<f64>> {
    let numbers: Vec<&Value> = if list.iter().any(Value::is_array) {
        let pair = |point: &Value| matches!(point, Value::Array(pair) if pair.len() == 2);
        if !list.iter().all(pair) {
            return Err(AnnotationProblem::Form);
        }
        list.iter().filter_map(Value::as_array).flatten().collect()
    } else {
        list.iter().collect()
    };
    if numbers.len() < 6 || !numbers.len().is_multiple_of(2) {
        return Err(AnnotationProblem::Points(numbers.len()));
    }
    let coordinate = |(place, value): (usize, &Value)| {
        value.as_f64().ok_or_else(|| AnnotationProblem::Coordinate { place, value: in_words(value) })
    };
    numbers.into_iter().enumerate().map(coordinate).collect()
}

fn runs(value: &Value) -> Field<Segmentation> {
    let length = |value: &Value| whole(value).and_then(|number| usize::try_from(number).ok());
    let size = match value["size"].as_array().map(Vec::as_slice) {
        Some([height, width]) => length(height).zip(length(width)),
        _ => None,
    };
    let (height, width) = size.ok_or(AnnotationProblem::Form)?;
    let run = |value: &Value| {
        let run = whole(value).and_then(|number| u32::try_from(number).ok());
        run.ok_or_else(|| AnnotationProblem::Runs(format!("{} is no run length", in_words(value))))
    };
    let runs = match &value["counts"] {
        Value::Array(list) => list.iter().map(run).collect::<Field<_>>()?,
        Value::String(text) => run_lengths::from_text(text).map_err(AnnotationProblem::Runs)?,
        _ => return Err(AnnotationProblem::Form),
    };
    Ok(Segmentation::Runs { size: [height, width], runs })
}
