//! A file of labelme: what one annotator has marked in one image.

use super::bad_entry::BadEntry;
use super::classes::Classes;
use super::content::Content;
use super::document::{Entries, Key, Marked, Opinion};
use super::field::{Field, length, points, ring, text};
use super::format::{Format, Place};
use super::picture;
use super::shape::Shape;
use crate::AnnotationProblem;
use crate::dataset::fill::Ellipse;
use serde::Deserialize;
use serde_json::Value;

/// The format of labelme.
pub(super) struct Labelme;

/// A file as far as it is used: the image's own bytes, which some have, are passed over.
#[derive(Deserialize)]
struct Json {
    shapes: Vec<JsonShape>,
    #[serde(rename = "imageHeight", default)]
    height: Value,
    #[serde(rename = "imageWidth", default)]
    width: Value,
}

#[derive(Deserialize)]
#[serde(from = "Value")]
struct JsonShape {
    label: Field<String>,
    shape: Field<Read>,
}

/// What a shape is.
enum Read {
    Area(Shape),
    /// A line or points.
    Other(String),
}

impl Format for Labelme {
    fn name(&self) -> &'static str {
        "labelme"
    }

    fn known_by(&self) -> &'static str {
        "an object with shapes"
    }

    fn has(&self, content: &Content) -> bool {
        content.has("shapes")
    }

    fn is_of_one_image(&self) -> bool {
        true
    }

    fn understood(&self) -> u64 {
        16
    }

    fn read(&self, text: &[u8], place: &Place<'_>) -> Result<Entries, String> {
        let json: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let image = place.id.ok_or("its image is not known")?.to_owned();
        let (mut entries, mut classes) = (Entries::default(), Classes::default());
        let mut opinion = Opinion { size: size(json.height, json.width, &mut entries), ..Opinion::default() };
        for (number, JsonShape { label, shape }) in json.shapes.into_iter().enumerate() {
            let sound = shape.and_then(|shape| {
                let label = label.map_err(|_| AnnotationProblem::NoClass)?;
                if let (Read::Area(shape), Some(size)) = (&shape, opinion.size) {
                    shape.check(size)?;
                }
                Ok((label, shape))
            });
            match sound {
                Ok((label, Read::Area(shape))) => {
                    opinion.marked.push(Marked { category: classes.place(&label), shape });
                }
                Ok((_, Read::Other(kind))) => entries.leave_out(format!("shapes of type {kind}")),
                Err(problem) => opinion.bad.push(BadEntry::new(format!("shapes[{number}]"), problem)),
            }
        }
        entries.opinions.insert(Key { rater: None, image }, opinion);
        entries.categories = classes.sorted(entries.opinions.values_mut());
        Ok(entries)
    }
}

/// (height, width); some programs leave both out.
fn size(height: Value, width: Value, entries: &mut Entries) -> Option<(usize, usize)> {
    if height.is_null() && width.is_null() {
        return None;
    }
    let image = serde_json::json!({"imageHeight": height, "imageWidth": width});
    let size = length(&image, "imageHeight").and_then(|height| Ok((height, length(&image, "imageWidth")?)));
    size.map_err(|problem| entries.faults.push(BadEntry::new("its image", problem))).ok()
}

impl From<Value> for JsonShape {
    fn from(entry: Value) -> Self {
        Self { label: text(&entry, "label"), shape: shape(&entry) }
    }
}

fn shape(entry: &Value) -> Field<Read> {
    // Its first versions had polygons alone.
    let kind = if entry["shape_type"].is_null() { "polygon".to_owned() } else { text(entry, "shape_type")? };
    let pair = || -> Field<[[f64; 2]; 2]> {
        let points = points(&entry["points"])?;
        points[..].try_into().map_err(|_| AnnotationProblem::Corners(points.len()))
    };
    let shape = match &kind[..] {
        "polygon" | "oriented_rectangle" => Shape::Rings(vec![ring(&entry["points"], 3)?]),
        "rectangle" => {
            let [[x1, y1], [x2, y2]] = pair()?;
            Shape::turned_box([x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2)], 0.0, [x1, y1])
        }
        "circle" => {
            let [centre @ [x, y], [to_x, to_y]] = pair()?;
            let radius = (to_x - x).hypot(to_y - y);
            Shape::Ellipse(Ellipse { centre, radii: [radius, radius], turn: 0.0 })
        }
        "mask" => Shape::Rows(picture::rows(&text(entry, "mask")?, pair()?)?),
        "point" | "points" | "line" | "linestrip" => return Ok(Read::Other(kind)),
        _ => {
            let read = "polygon, rectangle, oriented_rectangle, circle and mask are read";
            return Err(AnnotationProblem::Kind { kind, read });
        }
    };
    Ok(Read::Area(shape))
}
