//! COCO annotations, each held against its image and its category.

use super::entries::{Json, JsonAnnotation, JsonCategory, JsonImage};
use crate::AnnotationProblem;
use crate::dataset::annotations::bad_entry::BadEntry;
use crate::dataset::annotations::content::Content;
use crate::dataset::annotations::document::{Entries, Key, Marked, Opinion};
use crate::dataset::annotations::field::{Field, Id};
use crate::dataset::annotations::format::{Format, Place};
use crate::formats::id_of;
use std::collections::BTreeMap;
use std::path::Path;

/// The format of the data set COCO.
pub(in crate::dataset::annotations) struct Coco;

/// The names of the images by the id that annotations know them by; none where the image cannot be read, which is then
/// what is wrong, and not its annotations.
type Names = BTreeMap<Id, Option<String>>;

type Images = BTreeMap<String, Opinion>;

impl Format for Coco {
    fn name(&self) -> &'static str {
        "COCO"
    }

    fn known_by(&self) -> &'static str {
        "an object with images, annotations and categories"
    }

    fn has(&self, content: &Content) -> bool {
        ["images", "annotations", "categories"].iter().all(|list| content.has(list))
    }

    fn understood(&self) -> u64 {
        4
    }

    fn read(&self, text: &[u8], _: &Place<'_>) -> Result<Entries, String> {
        let json: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if json.images.is_empty() {
            return Err("it lists no images, so nothing was judged".to_owned());
        }
        let mut faults = Vec::new();
        let categories = categories(json.categories, &mut faults);
        let (mut images, names) = images(json.images, &mut faults);
        let strays = annotate(&mut images, json.annotations, &names, &categories);
        let opinions =
            images.into_iter().map(|(image, opinion)| (Key { rater: None, image }, opinion)).collect();
        let categories = categories.into_values().collect();
        Ok(Entries { categories, lists_categories: true, opinions, faults, strays, ..Entries::default() })
    }
}

/// The lists of a file, and what one of each is called.
#[derive(Clone, Copy)]
enum List {
    Images,
    Categories,
    Annotations,
}

fn bad_entry(list: List, place: usize, id: Option<&Id>, problem: AnnotationProblem) -> BadEntry {
    let (list, one) = match list {
        List::Images => ("images", "image"),
        List::Categories => ("categories", "category"),
        List::Annotations => ("annotations", "annotation"),
    };
    BadEntry::new(id.map_or_else(|| format!("{list}[{place}]"), |id| format!("{one} {id}")), problem)
}

/// The names of the categories by id.
fn categories(list: Vec<JsonCategory>, bad: &mut Vec<BadEntry>) -> BTreeMap<Id, String> {
    let mut names = BTreeMap::new();
    for (place, JsonCategory { id, name }) in list.into_iter().enumerate() {
        let known = id.as_ref().ok().cloned();
        let mut wrong = |problem| bad.push(bad_entry(List::Categories, place, known.as_ref(), problem));
        let name = name.map_err(&mut wrong).unwrap_or_default();
        match id {
            Ok(id) if names.contains_key(&id) => wrong(AnnotationProblem::SameId),
            Ok(id) => drop(names.insert(id, name)),
            Err(problem) => wrong(problem),
        }
    }
    names
}

fn images(list: Vec<JsonImage>, bad: &mut Vec<BadEntry>) -> (Images, Names) {
    let (mut images, mut names) = (Images::new(), Names::new());
    for (place, entry) in list.into_iter().enumerate() {
        let known = entry.id.as_ref().ok().cloned();
        let mut wrong = |problem| bad.push(bad_entry(List::Images, place, known.as_ref(), problem));
        let id = entry.id.clone();
        let name = entry.check().map_err(&mut wrong).ok().and_then(|(name, image)| {
            if images.contains_key(&name) {
                wrong(AnnotationProblem::SameName(name));
                return None;
            }
            images.insert(name.clone(), image);
            Some(name)
        });
        match id {
            Ok(id) if names.contains_key(&id) => wrong(AnnotationProblem::SameId),
            Ok(id) => drop(names.insert(id, name)),
            Err(problem) => wrong(problem),
        }
    }
    (images, names)
}

/// Gives the images their annotations; returns those of no image.
fn annotate(
    images: &mut Images,
    list: Vec<JsonAnnotation>,
    names: &Names,
    categories: &BTreeMap<Id, String>,
) -> Vec<BadEntry> {
    let places: BTreeMap<&Id, usize> = categories.keys().zip(0..).collect();
    let mut strays = Vec::new();
    for (place, JsonAnnotation { id, image_id, category_id, segmentation }) in list.into_iter().enumerate() {
        let bad = |problem| bad_entry(List::Annotations, place, id.as_ref(), problem);
        let image = image_id.and_then(|id| {
            let name = names.get(&id).ok_or_else(|| AnnotationProblem::UnknownImage(id.to_string()))?;
            Ok(name.as_ref().and_then(|name| images.get_mut(name)))
        });
        let image = match image {
            Ok(Some(image)) => image,
            Ok(None) => continue,
            Err(problem) => {
                strays.push(bad(problem));
                continue;
            }
        };
        let category = category_id.and_then(|id| {
            places.get(&id).copied().ok_or_else(|| AnnotationProblem::UnknownCategory(id.to_string()))
        });
        let sound = category.and_then(|category| {
            let size = image.size.unwrap_or_default();
            Ok(Marked { category, shape: segmentation?.within(size)? })
        });
        match sound {
            Ok(marked) => image.marked.push(marked),
            Err(problem) => image.bad.push(bad(problem)),
        }
    }
    strays
}

impl JsonImage {
    /// The image, by its id in the data set.
    fn check(self) -> Field<(String, Opinion)> {
        let file_name = self.file_name?;
        // Some programs write the path that the image had where they ran.
        let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = id_of(Path::new(file)).ok_or(AnnotationProblem::Missing("file_name"))?;
        Ok((name, Opinion { size: Some((self.height?, self.width?)), ..Opinion::default() }))
    }
}
