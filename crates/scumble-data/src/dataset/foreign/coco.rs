//! Annotations in COCO's JSON, for a whole folder of images or for its parts.

use super::naming::Leaf;
use super::plan::{LeftOut, PlacedFile};
use super::role::{self, Role};
use super::sets::Placed;
use crate::dataset::coco::Coco;
use crate::dataset::folders::SetFolders;
use crate::dataset::listing::{entries, is_annotations, leads_back};
use crate::formats::{is_image, name_of};
use crate::text::decoded;
use crate::{DataError, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders deeper than this are not looked into.
const DEPTH: usize = 3;

/// The images that a file of annotations lists, and it as that of a rater.
///
/// # Errors
/// A folder or file that cannot be read, two images of one name.
pub(super) fn find(root: &Path) -> Result<Option<Placed>, DataError> {
    let mut found = Found::default();
    found.look(root, None, DEPTH)?;
    let documents = found.documents()?;
    if documents.is_empty() {
        return Ok(None);
    }
    found.place(&documents).map(|placed| Some(placed).filter(|placed| placed.pairs > 0))
}

#[derive(Default)]
struct Found {
    images: Vec<(Option<Part>, Leaf)>,
    json: Vec<(Option<Part>, PathBuf)>,
}

/// A file of annotations.
struct Document {
    path: PathBuf,
    part: Option<Part>,
    images: BTreeSet<String>,
}

impl Found {
    fn look(&mut self, folder: &Path, part: Option<Part>, depth: usize) -> Result<(), DataError> {
        for path in entries(folder)? {
            if leads_back(&path) {
                continue;
            }
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let (inner, role) = role::of_folder(&name);
                // Masks are called as their images are. Annotations may lie anywhere.
                let masks = matches!(role, Some(Role::Masks(_) | Role::Rater(_) | Role::Raters));
                if depth > 0 && (!masks || has_annotations(&path)) {
                    self.look(&path, part.or(inner), depth - 1)?;
                }
            } else if is_annotations(&path) {
                let own = role::of_folder(&name_of(&path).unwrap_or_default()).0;
                self.json.push((own.or(part), path));
            } else if is_image(&path)
                && let Some(leaf) = Leaf::new(path, "")
            {
                self.images.push((part, leaf));
            }
        }
        Ok(())
    }

    /// The files of annotations: those of instances, if some say that they are.
    fn documents(&self) -> Result<Vec<Document>, DataError> {
        let mut documents: Vec<&(Option<Part>, PathBuf)> = Vec::new();
        for found in &self.json {
            if is_coco(&found.1)? {
                documents.push(found);
            }
        }
        let of_instances =
            |path: &Path| role::words(&name_of(path).unwrap_or_default()).contains(&"instances".into());
        if documents.iter().any(|(_, path)| of_instances(path)) {
            documents.retain(|(_, path)| of_instances(path));
        }
        let divided = documents.iter().all(|(part, _)| part.is_some());
        let document = |(part, path): &(Option<Part>, PathBuf)| {
            let images = Coco::read(path)?.image_ids().map(str::to_owned).collect();
            Ok(Document { path: path.clone(), part: part.filter(|_| divided), images })
        };
        documents.into_iter().map(document).collect()
    }

    fn place(self, documents: &[Document]) -> Result<Placed, DataError> {
        let mut placed = Placed { files: Vec::new(), left_out: Vec::new(), pairs: 0, renamed: None };
        let mut places: BTreeMap<String, &Path> = BTreeMap::new();
        let mut listed: BTreeMap<&Path, BTreeSet<&str>> = BTreeMap::new();
        for (part, leaf) in &self.images {
            let of_image = |document: &&Document| {
                document.images.contains(&leaf.name)
                    && (document.part.is_none() || part.is_none() || document.part == *part)
            };
            let mut of_image = documents.iter().filter(of_image).peekable();
            let Some(first) = of_image.peek().map(|document| document.part) else {
                placed.left_out.push(LeftOut::new(leaf.path.clone(), "no annotations list it"));
                continue;
            };
            if let Some(first) = places.insert(leaf.name.clone(), &leaf.path) {
                let (first, second) = (first.to_owned(), leaf.path.clone());
                return Err(DataError::Duplicate { id: leaf.name.clone(), first, second });
            }
            for document in of_image {
                listed.entry(&document.path).or_default().insert(&leaf.name);
                placed.pairs += 1;
            }
            let to = folders(first).images().join(leaf.path.file_name().unwrap_or_default());
            placed.files.push(PlacedFile { from: vec![leaf.path.clone()], to });
        }
        let one_each =
            documents.iter().map(|document| document.part).collect::<BTreeSet<_>>().len() == documents.len();
        for document in documents {
            let rater =
                if one_each { "coco".to_owned() } else { name_of(&document.path).unwrap_or_default() };
            let to = folders(document.part).raters().join(format!("{rater}.json"));
            placed.files.push(PlacedFile { from: vec![document.path.clone()], to });
            let known = listed.remove(&*document.path).unwrap_or_default();
            let absent: Vec<&String> =
                document.images.iter().filter(|image| !known.contains(&image[..])).collect();
            if let Some(first) = absent.first() {
                let why =
                    format!("{} of the images that it lists are not there, such as '{first}'", absent.len());
                placed.left_out.push(LeftOut::new(document.path.clone(), why));
            }
        }
        placed.files.sort_by(|a, b| a.to.cmp(&b.to));
        Ok(placed)
    }
}

fn folders(part: Option<Part>) -> SetFolders {
    SetFolders::new(&part.map_or(PathBuf::new(), |part| PathBuf::from(part.name())))
}

fn has_annotations(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| entries.iter().any(|path| is_annotations(path)))
}

/// Whether a file of JSON has the lists of COCO's.
fn is_coco(path: &Path) -> Result<bool, DataError> {
    let file = Coco::read_bytes(path)?;
    let lists = ["\"images\"", "\"annotations\"", "\"categories\""];
    Ok(decoded(&file).is_ok_and(|text| lists.iter().all(|list| text.contains(list))))
}
