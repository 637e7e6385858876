//! Objects that QuPath exports as GeoJSON: what one annotator has marked in one image.

use super::bad_entry::BadEntry;
use super::classes::Classes;
use super::content::Content;
use super::document::{Entries, Key, Marked, Opinion};
use super::field::{Field, ring};
use super::format::{Format, Place};
use super::shape::Shape;
use crate::AnnotationProblem;
use serde::Deserialize;
use serde_json::Value;

/// The format of QuPath's objects.
pub(super) struct QuPath;

/// A collection of objects; of one alone there is none.
#[derive(Deserialize)]
struct Collection {
    features: Option<Vec<Feature>>,
}

/// An object of the image.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Feature {
    /// None: it is not classified.
    class: Option<String>,
    shapes: Field<Read>,
}

/// What the geometry of an object is.
enum Read {
    /// Polygons, each with its holes.
    Areas(Vec<Shape>),
    /// A line or points.
    Other(String),
}

impl Format for QuPath {
    fn name(&self) -> &'static str {
        "QuPath"
    }

    fn known_by(&self) -> &'static str {
        "GeoJSON, features with a geometry"
    }

    fn has(&self, content: &Content) -> bool {
        content.has("features") || content.has("geometry") || content.lists("geometry")
    }

    fn is_of_one_image(&self) -> bool {
        true
    }

    fn understood(&self) -> u64 {
        16
    }

    fn read(&self, text: &[u8], place: &Place<'_>) -> Result<Entries, String> {
        let features = features(text).map_err(|error| error.to_string())?;
        let image = place.id.ok_or("its image is not known")?.to_owned();
        let (mut entries, mut classes) = (Entries::default(), Classes::default());
        let mut opinion = Opinion::default();
        for (number, Feature { class, shapes }) in features.into_iter().enumerate() {
            let Some(class) = class else {
                entries.leave_out("objects without a class");
                continue;
            };
            match shapes {
                Ok(Read::Areas(shapes)) => {
                    let category = classes.place(&class);
                    opinion.marked.extend(shapes.into_iter().map(|shape| Marked { category, shape }));
                }
                Ok(Read::Other(kind)) => entries.leave_out(format!("objects of type {kind}")),
                Err(problem) => opinion.bad.push(BadEntry::new(format!("features[{number}]"), problem)),
            }
        }
        entries.opinions.insert(Key { rater: None, image }, opinion);
        entries.categories = classes.sorted(entries.opinions.values_mut());
        Ok(entries)
    }
}

/// The objects of a collection, of a list, or one alone.
fn features(text: &[u8]) -> serde_json::Result<Vec<Feature>> {
    if text.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice(text);
    }
    match serde_json::from_slice::<Collection>(text)?.features {
        Some(features) => Ok(features),
        None => Ok(vec![serde_json::from_slice(text)?]),
    }
}

impl From<Value> for Feature {
    fn from(feature: Value) -> Self {
        Self { class: class(&feature["properties"]["classification"]), shapes: shapes(&feature["geometry"]) }
    }
}

/// A class by its name, one derived from others by the names of all.
fn class(classification: &Value) -> Option<String> {
    let names = classification["names"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let name = classification["name"].as_str().map(str::to_owned).unwrap_or_else(|| names.join(": "));
    Some(name).filter(|name| !name.is_empty())
}

fn shapes(geometry: &Value) -> Field<Read> {
    let Some(kind) = geometry["type"].as_str() else {
        return Err(AnnotationProblem::Missing("geometry"));
    };
    let coordinates = &geometry["coordinates"];
    let polygons = match kind {
        "Polygon" => std::slice::from_ref(coordinates),
        "MultiPolygon" => list(coordinates),
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" => return Ok(Read::Other(kind.to_owned())),
        _ => {
            let read = "Polygon and MultiPolygon are read";
            return Err(AnnotationProblem::Kind { kind: kind.to_owned(), read });
        }
    };
    // A ring has its first position once more at its end.
    let polygon = |polygon: &Value| match list(polygon) {
        [] => Err(AnnotationProblem::Points(0)),
        rings => rings.iter().map(|positions| ring(positions, 4)).collect::<Field<_>>().map(Shape::Rings),
    };
    match polygons {
        [] => Err(AnnotationProblem::Points(0)),
        _ => polygons.iter().map(polygon).collect::<Field<_>>().map(Read::Areas),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
