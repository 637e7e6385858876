//! An export's tasks as opinions: one of each annotator of each image.

use super::image_name::image_of;
use super::region::Region;
use super::task::{Annotation, Task};
use crate::AnnotationProblem;
use crate::dataset::annotations::bad_entry::BadEntry;
use crate::dataset::annotations::classes::Classes;
use crate::dataset::annotations::content::Content;
use crate::dataset::annotations::document::{Entries, Key, Marked, Opinion};
use crate::dataset::annotations::field::Id;
use crate::dataset::annotations::format::{Format, Place};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The format of Label Studio's exports in JSON.
pub(in crate::dataset::annotations) struct LabelStudio;

impl Format for LabelStudio {
    fn name(&self) -> &'static str {
        "Label Studio"
    }

    fn known_by(&self) -> &'static str {
        "a list of tasks with data and annotations"
    }

    fn has(&self, content: &Content) -> bool {
        content.lists("data") || content.lists("annotation_id")
    }

    fn understood(&self) -> u64 {
        16
    }

    fn read(&self, text: &[u8], place: &Place<'_>) -> Result<Entries, String> {
        let tasks: Vec<Task> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let (mut entries, mut classes) = (Entries::default(), Classes::default());
        let mut firsts = BTreeMap::new();
        for (number, task) in tasks.into_iter().enumerate() {
            let name = named("task", task.id.as_ref(), number);
            let Some(annotations) = task.annotations else {
                return Err(format!("{name} has no list of annotations; export as JSON, not as JSON-MIN"));
            };
            let (cancelled, annotations): (Vec<_>, Vec<_>) =
                annotations.into_iter().partition(|annotation| annotation.cancelled);
            cancelled.iter().for_each(|_| entries.leave_out("cancelled annotations"));
            if annotations.is_empty() {
                continue;
            }
            let image = match image_of(&task.data, place.is_there) {
                Ok(image) => image,
                Err(problem) => {
                    entries.strays.push(BadEntry::new(name, problem));
                    continue;
                }
            };
            for (number, annotation) in annotations.into_iter().enumerate() {
                let name = format!("{name}, {}", named("annotation", annotation.id.as_ref(), number));
                let key = Key { rater: annotation.rater.clone(), image: image.clone() };
                match firsts.entry(key.clone()) {
                    Entry::Vacant(entry) => {
                        entry.insert(name.clone());
                        let opinion = opinion(annotation, &name, &mut entries, &mut classes);
                        entries.opinions.insert(key, opinion);
                    }
                    Entry::Occupied(first) => {
                        let problem = AnnotationProblem::Again { first: first.get().clone() };
                        let bad = &mut entries.opinions.entry(key).or_default().bad;
                        bad.push(BadEntry::new(name, problem));
                    }
                }
            }
        }
        if entries.opinions.is_empty() && entries.strays.is_empty() {
            return Err("nobody has submitted an annotation, so nothing was judged".to_owned());
        }
        if entries.opinions.is_empty() {
            entries.faults = std::mem::take(&mut entries.strays);
        }
        entries.categories = classes.sorted(entries.opinions.values_mut());
        Ok(entries)
    }
}

/// What one annotator says: of a label without region, that it is nowhere.
fn opinion(annotation: Annotation, name: &str, entries: &mut Entries, classes: &mut Classes) -> Opinion {
    let mut opinion = Opinion::default();
    let regions = annotation.regions.unwrap_or_else(|problem| {
        opinion.bad.push(BadEntry::new(name, problem));
        Vec::new()
    });
    for (number, (id, region)) in regions.into_iter().enumerate() {
        let wrong =
            |problem| BadEntry::new(format!("{name}, {}", named("region", id.as_ref(), number)), problem);
        match region {
            Ok(Region::Area { size, .. }) if opinion.size.is_some_and(|first| first != size) => {
                opinion.bad.push(wrong(AnnotationProblem::OtherSize {
                    found: size,
                    first: opinion.size.unwrap_or(size),
                }));
            }
            Ok(Region::Area { labels, size, shape }) => {
                opinion.size = Some(size);
                let marked = |label: String| Marked { category: classes.place(&label), shape: shape.clone() };
                opinion.marked.extend(labels.into_iter().map(marked));
            }
            Ok(Region::Other(kind)) => entries.leave_out(format!("results of type {kind}")),
            Ok(Region::Shared) => {}
            Err(problem) => opinion.bad.push(wrong(problem)),
        }
    }
    opinion
}

/// An entry by its id, without one by its place.
fn named(what: &str, id: Option<&Id>, place: usize) -> String {
    id.map_or_else(|| format!("{what} at {place}"), |id| format!("{what} {id}"))
}
