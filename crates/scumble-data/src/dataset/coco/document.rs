//! A file of COCO annotations, checked.

use super::run_lengths;
use crate::DataError;
use crate::formats::id_of;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of annotations, checked: every annotation has its image, its category and a shape within the image.
pub(in crate::dataset) struct Coco {
    pub(super) path: PathBuf,
    /// The names, in the order of the categories' ids.
    pub(super) categories: Vec<String>,
    /// By the id that the image has in the data set: its file's name without extension.
    pub(super) images: BTreeMap<String, Image>,
}

pub(super) struct Image {
    /// (height, width).
    pub(super) size: (usize, usize),
    /// In the order of the file.
    pub(super) annotations: Vec<Annotation>,
}

pub(super) struct Annotation {
    /// The place in `categories`.
    pub(super) category: usize,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    /// Parts of x, y, x, y, .. each.
    Polygons(Vec<Vec<f64>>),
    /// Pixels off, on, off, .. down the columns.
    Runs(Vec<u32>),
}

impl Coco {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// No JSON of this layout; ids that nothing has or two have; shapes that no image of this size can have.
    pub(in crate::dataset) fn read(path: &Path) -> Result<Self, DataError> {
        let broken = |reason| DataError::Broken { path: path.to_owned(), format: "COCO", reason };
        let text = fs::read(path).map_err(DataError::io(path))?;
        let json: Json = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        json.check(path).map_err(broken)
    }
}

/// What is in the file, as far as it is used.
#[derive(Deserialize)]
struct Json {
    images: Vec<JsonImage>,
    annotations: Vec<JsonAnnotation>,
    categories: Vec<JsonCategory>,
}

#[derive(Deserialize)]
struct JsonImage {
    id: Id,
    file_name: String,
    height: usize,
    width: usize,
}

#[derive(Deserialize)]
struct JsonAnnotation {
    id: Option<Id>,
    image_id: Id,
    category_id: Id,
    segmentation: Option<Segmentation>,
}

#[derive(Deserialize)]
struct JsonCategory {
    id: Id,
    name: String,
}

/// A number, but some programs write text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    Runs { size: [usize; 2], counts: Counts },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Counts {
    List(Vec<u32>),
    Text(String),
}

impl Json {
    fn check(self, path: &Path) -> Result<Coco, String> {
        let mut categories = BTreeMap::new();
        for JsonCategory { id, name } in self.categories {
            let twice = format!("two categories have the id {id}");
            if categories.insert(id, name).is_some() {
                return Err(twice);
            }
        }
        let places: BTreeMap<&Id, usize> = categories.keys().zip(0..).collect();
        let mut images = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for JsonImage { id, file_name, height, width } in self.images {
            // Some programs write the path that the image had where they ran.
            let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
            let name = id_of(Path::new(file)).ok_or_else(|| format!("the image {id} has no file_name"))?;
            let image = Image { size: (height, width), annotations: Vec::new() };
            if images.insert(name.clone(), image).is_some() {
                return Err(format!("two images are called '{name}'"));
            }
            let twice = format!("two images have the id {id}");
            if ids.insert(id, name).is_some() {
                return Err(twice);
            }
        }
        for (at, annotation) in self.annotations.into_iter().enumerate() {
            let own = annotation.id.map_or_else(|| format!("number {at}"), |id| id.to_string());
            let wrong = |reason: String| format!("annotation {own}: {reason}");
            let image = ids.get(&annotation.image_id).and_then(|name| images.get_mut(name));
            let image = image
                .ok_or_else(|| wrong(format!("its image_id {} is no image's id", annotation.image_id)))?;
            let category = *places.get(&annotation.category_id).ok_or_else(|| {
                wrong(format!("its category_id {} is no category's id", annotation.category_id))
            })?;
            let segmentation =
                annotation.segmentation.ok_or_else(|| wrong("it has no segmentation".to_owned()))?;
            let shape = segmentation.check(image.size).map_err(wrong)?;
            image.annotations.push(Annotation { category, shape });
        }
        Ok(Coco { path: path.to_owned(), categories: categories.into_values().collect(), images })
    }
}

impl Segmentation {
    fn check(self, (height, width): (usize, usize)) -> Result<Shape, String> {
        match self {
            Segmentation::Polygons(parts) => {
                parts.iter().try_for_each(|part| check_polygon(part, (height, width)))?;
                Ok(Shape::Polygons(parts))
            }
            Segmentation::Runs { size, counts } => {
                if size != [height, width] {
                    return Err(format!(
                        "run lengths for {size:?} pixels, the image has [{height}, {width}]"
                    ));
                }
                let runs = match counts {
                    Counts::List(runs) => runs,
                    Counts::Text(text) => run_lengths::from_text(&text)?,
                };
                let sum: u64 = runs.iter().map(|&run| u64::from(run)).sum();
                if Some(sum) != (height as u64).checked_mul(width as u64) {
                    return Err(format!(
                        "run lengths of {sum} pixels in all, the image has {height} x {width}"
                    ));
                }
                Ok(Shape::Runs(runs))
            }
        }
    }
}

fn check_polygon(points: &[f64], (height, width): (usize, usize)) -> Result<(), String> {
    if points.len() < 6 || !points.len().is_multiple_of(2) {
        return Err(format!(
            "a polygon of {} numbers; at least three points of x, y are needed",
            points.len()
        ));
    }
    // Outlines overshoot a little; what is further away was drawn for another image, and would take long to walk.
    let side = height.max(width) as f64;
    let far = |v: &&f64| !(-side..=2.0 * side).contains(*v);
    match points.iter().find(far) {
        None => Ok(()),
        Some(value) => Err(format!("the coordinate {value} is far outside of {height} x {width} pixels")),
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
