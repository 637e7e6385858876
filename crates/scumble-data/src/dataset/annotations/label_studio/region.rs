//! A region of an annotation: its labels, and its shape in pixels.

use super::brush;
use crate::AnnotationProblem;
use crate::dataset::annotations::field::{Field, in_words, length, number, ring, text};
use crate::dataset::annotations::shape::Shape;
use crate::dataset::fill::Ellipse;
use serde_json::Value;

/// What a result of an annotation is.
pub(super) enum Region {
    /// An area of each of these labels, in an image of (height, width).
    Area { labels: Vec<String>, size: (usize, usize), shape: Shape },
    /// No area, in a word.
    Other(String),
    /// The area of another result, which has its label.
    Shared,
}

/// Types of results that say which label an area has, and those that say the area alone.
const LABELLED: [&str; 5] = ["brushlabels", "polygonlabels", "rectanglelabels", "ellipselabels", "labels"];
const PLAIN: [&str; 4] = ["brush", "polygon", "rectangle", "ellipse"];
/// Areas that are not read: to leave them out would be to say that nothing is there.
const UNREAD: [&str; 3] = ["bitmask", "bitmasklabels", "vectorlabels"];

impl Region {
    /// `all` are the results of the annotation that this is one of.
    ///
    /// # Errors
    /// A field that is not there or no number, an area without label or of a kind that is not read.
    pub(super) fn read(result: &Value, all: &[Value]) -> Field<Self> {
        let kind = text(result, "type")?;
        if UNREAD.contains(&&kind[..]) {
            return Err(AnnotationProblem::Kind {
                kind,
                read: "brush, polygon, rectangle and ellipse are read",
            });
        }
        if PLAIN.contains(&&kind[..]) {
            let labels_it = |other: &Value| {
                other["id"] == result["id"]
                    && other["type"].as_str().is_some_and(|kind| LABELLED.contains(&kind))
            };
            let shared = !result["id"].is_null() && all.iter().any(labels_it);
            return if shared { Ok(Self::Shared) } else { Err(AnnotationProblem::NoClass) };
        }
        if !LABELLED.contains(&&kind[..]) {
            return Ok(Self::Other(kind));
        }
        let value = &result["value"];
        let size = (length(result, "original_height")?, length(result, "original_width")?);
        let Some(shape) = shape(value, size)? else { return Ok(Self::Other(kind)) };
        let labels = labels(&value[&kind])?;
        for (field, plain) in [("image_rotation", "turned"), ("item_index", "of several pages")] {
            if result[field].as_f64().is_some_and(|value| value != 0.0) {
                let value = result[field].to_string();
                return Err(AnnotationProblem::Shown { field, value, plain });
            }
        }
        shape.check(size)?;
        Ok(Self::Area { labels, size, shape })
    }
}

fn labels(value: &Value) -> Field<Vec<String>> {
    let names = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Option<Vec<String>> = names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    names.filter(|names| !names.is_empty()).ok_or(AnnotationProblem::NoClass)
}

/// The shape in an image of (height, width); None if the value has none.
fn shape(value: &Value, size: (usize, usize)) -> Field<Option<Shape>> {
    let has = |fields: &[&str]| fields.iter().all(|field| !value[field].is_null());
    let (height, width) = (size.0 as f64, size.1 as f64);
    let x = |field| Ok(number(value, field)? / 100.0 * width);
    let y = |field| Ok(number(value, field)? / 100.0 * height);
    let turn = || if value["rotation"].is_null() { Ok(0.0) } else { number(value, "rotation") };
    if has(&["rle"]) {
        return brush::painted(&bytes(&value["rle"])?, size).map(Shape::Rows).map(Some);
    }
    if has(&["points"]) {
        let scaled = |[x, y]: [f64; 2]| [x / 100.0 * width, y / 100.0 * height];
        let ring = ring(&value["points"], 3)?.into_iter().map(scaled).collect();
        return Ok(Some(Shape::Rings(vec![ring])));
    }
    if has(&["radiusX"]) {
        let (centre, radii) = ([x("x")?, y("y")?], [x("radiusX")?, y("radiusY")?]);
        return Ok(Some(Shape::Ellipse(Ellipse { centre, radii, turn: turn()? })));
    }
    if has(&["width", "height"]) {
        // It is turned about its first corner.
        let corner @ [left, top] = [x("x")?, y("y")?];
        let bounds = [left, top, left + x("width")?, top + y("height")?];
        return Ok(Some(Shape::turned_box(bounds, turn()?, corner)));
    }
    Ok(None)
}

fn bytes(value: &Value) -> Field<Vec<u8>> {
    let byte = |value: &Value| {
        let byte = value.as_u64().and_then(|byte| u8::try_from(byte).ok());
        byte.ok_or_else(|| {
            AnnotationProblem::Runs(format!("{} among the run lengths is no byte", in_words(value)))
        })
    };
    let list =
        value.as_array().ok_or_else(|| AnnotationProblem::Runs(format!("its rle is {}", in_words(value))))?;
    list.iter().map(byte).collect()
}
