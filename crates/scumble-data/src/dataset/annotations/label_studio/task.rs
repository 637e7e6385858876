//! A task of an export: its data, and what each annotator has made of it.

use super::region::Region;
use crate::AnnotationProblem;
use crate::dataset::annotations::field::{Field, Id, id};
use crate::formats::composed;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(from = "Value")]
pub(super) struct Task {
    /// For messages alone.
    pub(super) id: Option<Id>,
    pub(super) data: Value,
    /// None where the export is of another form.
    pub(super) annotations: Option<Vec<Annotation>>,
}

/// What one annotator has submitted.
pub(super) struct Annotation {
    /// For messages alone.
    pub(super) id: Option<Id>,
    pub(super) rater: Option<String>,
    pub(super) cancelled: bool,
    /// With the id of each, for messages.
    pub(super) regions: Field<Vec<(Option<Id>, Field<Region>)>>,
}

impl From<Value> for Task {
    fn from(mut task: Value) -> Self {
        let annotations =
            task["annotations"].as_array().map(|list| list.iter().map(Annotation::read).collect());
        Self { id: id(&task, "id").ok(), annotations, data: task["data"].take() }
    }
}

impl Annotation {
    fn read(annotation: &Value) -> Self {
        let regions = match annotation["result"].as_array() {
            Some(all) => Ok(all.iter().map(|one| (id(one, "id").ok(), Region::read(one, all))).collect()),
            None => Err(AnnotationProblem::Missing("result")),
        };
        Self {
            id: id(annotation, "id").ok(),
            rater: rater(&annotation["completed_by"]),
            cancelled: annotation["was_cancelled"].as_bool().unwrap_or(false),
            regions,
        }
    }
}

/// An annotator by the address, else by the number.
fn rater(completed_by: &Value) -> Option<String> {
    let named = |value: &Value| match value {
        Value::String(text) => Some(composed(text.trim())).filter(|name| !name.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    named(completed_by)
        .or_else(|| ["email", "username", "id"].iter().find_map(|field| named(&completed_by[field])))
}
