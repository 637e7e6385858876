//! What a file of COCO annotations says, entry by entry, as far as it is used. What one entry lacks spoils no other.

use super::segmentation::Segmentation;
use crate::dataset::annotations::field::{Field, Id, id, length, text};
use crate::formats::composed;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(expecting = "an object with images, annotations and categories")]
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
        Self { id: id(&entry, "id"), name: text(&entry, "name").map(|name| composed(&name)) }
    }
}
