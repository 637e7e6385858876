//! A file of COCO annotations, each held against its image and its category.

use super::bad_entry::{BadEntry, List};
use super::field::{Field, Id};
use super::json::{Json, JsonAnnotation, JsonCategory, JsonImage};
use super::segmentation::Shape;
use super::text;
use crate::formats::id_of;
use crate::text::decoded;
use crate::{AnnotationProblem, DataError, open_file};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One file of annotations: its images and categories are sound, and of its annotations it is known which are.
pub(in crate::dataset) struct Coco {
    pub(super) path: PathBuf,
    /// The names, in the order of the categories' ids.
    pub(super) categories: Vec<String>,
    /// By the id that the image has in the data set: its file's name without extension.
    pub(super) images: BTreeMap<String, Image>,
    /// Bad annotations of no image of the file.
    pub(super) strays: Vec<BadEntry>,
}

pub(super) struct Image {
    /// (height, width).
    pub(super) size: (usize, usize),
    /// The sound ones, in the order of the file.
    pub(super) annotations: Vec<Annotation>,
    /// The bad ones.
    pub(super) bad: Vec<BadEntry>,
}

pub(super) struct Annotation {
    /// The place in `categories`.
    pub(super) category: usize,
    pub(super) shape: Shape,
}

/// What annotations take in memory when they are understood, in multiples of the file's length.
const UNDERSTOOD: u64 = 4;

/// The names of the images by the id that annotations know them by; none where the image cannot be read, which is then
/// what is wrong, and not its annotations.
type Names = BTreeMap<Id, Option<String>>;

impl Coco {
    /// Reads a file. What is wrong with annotations is left for whoever wants the marks of an image.
    ///
    /// # Errors
    /// No JSON of this layout, no image, images and categories that cannot be read or share an id.
    pub(in crate::dataset) fn read(path: &Path) -> Result<Self, DataError> {
        let (coco, bad) = Self::with_bad_entries(path)?;
        bad.first().map_or(Ok(coco), |entry| Err(entry.error(path)))
    }

    /// The images that it lists, by their ids in a data set.
    pub(in crate::dataset) fn image_ids(&self) -> impl Iterator<Item = &str> {
        self.images.keys().map(String::as_str)
    }

    /// All that is wrong with a file.
    pub(in crate::dataset) fn problems(path: &Path) -> Vec<DataError> {
        match Self::with_bad_entries(path) {
            Ok((coco, bad)) => {
                let of_images = coco.images.values().flat_map(|image| &image.bad);
                bad.iter().chain(of_images).chain(&coco.strays).map(|entry| entry.error(path)).collect()
            }
            Err(error) => vec![error],
        }
    }

    /// The bytes of a file that may hold annotations.
    ///
    /// # Errors
    /// What is no file or cannot be read; more than one file may take when it is understood.
    pub(in crate::dataset) fn read_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let file = open_file(path).map_err(DataError::io(path))?;
        let length = file.metadata().map_err(DataError::io(path))?.len();
        let understood = length.saturating_mul(UNDERSTOOD);
        DataError::admit(path, understood, || format!("annotations of {length} bytes"))?;
        file.take(length).read_to_end(&mut bytes).map_err(DataError::io(path))?;
        Ok(bytes)
    }

    /// A file, and what is wrong with its images and categories.
    fn with_bad_entries(path: &Path) -> Result<(Self, Vec<BadEntry>), DataError> {
        let broken = |reason| DataError::Broken { path: path.to_owned(), format: "COCO", reason };
        let file = Self::read_bytes(path)?;
        let text = decoded(&file).map_err(broken)?.into_owned();
        drop(file);
        let json: Json =
            serde_json::from_slice(&text::standard(text)).map_err(|error| broken(error.to_string()))?;
        if json.images.is_empty() {
            return Err(broken("it lists no images, so nothing was judged".to_owned()));
        }
        let mut bad = Vec::new();
        let categories = categories(json.categories, &mut bad);
        let (mut images, names) = images(json.images, &mut bad);
        let strays = annotate(&mut images, json.annotations, &names, &categories);
        let categories = categories.into_values().collect();
        Ok((Self { path: path.to_owned(), categories, images, strays }, bad))
    }
}

/// The names of the categories by id.
fn categories(list: Vec<JsonCategory>, bad: &mut Vec<BadEntry>) -> BTreeMap<Id, String> {
    let mut names = BTreeMap::new();
    for (place, JsonCategory { id, name }) in list.into_iter().enumerate() {
        let known = id.as_ref().ok().cloned();
        let mut wrong = |problem| bad.push(BadEntry::new(List::Categories, place, known.as_ref(), problem));
        let name = name.map_err(&mut wrong).unwrap_or_default();
        match id {
            Ok(id) if names.contains_key(&id) => wrong(AnnotationProblem::SameId),
            Ok(id) => drop(names.insert(id, name)),
            Err(problem) => wrong(problem),
        }
    }
    names
}

fn images(list: Vec<JsonImage>, bad: &mut Vec<BadEntry>) -> (BTreeMap<String, Image>, Names) {
    let (mut images, mut names) = (BTreeMap::new(), Names::new());
    for (place, entry) in list.into_iter().enumerate() {
        let known = entry.id.as_ref().ok().cloned();
        let mut wrong = |problem| bad.push(BadEntry::new(List::Images, place, known.as_ref(), problem));
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
    images: &mut BTreeMap<String, Image>,
    list: Vec<JsonAnnotation>,
    names: &Names,
    categories: &BTreeMap<Id, String>,
) -> Vec<BadEntry> {
    let places: BTreeMap<&Id, usize> = categories.keys().zip(0..).collect();
    let mut strays = Vec::new();
    for (place, JsonAnnotation { id, image_id, category_id, segmentation }) in list.into_iter().enumerate() {
        let bad = |problem| BadEntry::new(List::Annotations, place, id.as_ref(), problem);
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
        let sound = category
            .and_then(|category| Ok(Annotation { category, shape: segmentation?.within(image.size)? }));
        match sound {
            Ok(annotation) => image.annotations.push(annotation),
            Err(problem) => image.bad.push(bad(problem)),
        }
    }
    strays
}

impl JsonImage {
    /// The image, by its id in the data set.
    fn check(self) -> Field<(String, Image)> {
        let file_name = self.file_name?;
        // Some programs write the path that the image had where they ran.
        let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = id_of(Path::new(file)).ok_or(AnnotationProblem::Missing("file_name"))?;
        Ok((name, Image { size: (self.height?, self.width?), annotations: Vec::new(), bad: Vec::new() }))
    }
}
