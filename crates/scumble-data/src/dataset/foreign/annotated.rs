//! Files of annotations beside folders of images: for all of them, for parts, or one an image.

use super::naming::Leaf;
use super::plan::{LeftOut, PlacedFile};
use super::role::{self, Role};
use super::sets::Placed;
use crate::dataset::annotations::{self, Owner, is_annotations};
use crate::dataset::folders::SetFolders;
use crate::dataset::listing::{entries, leads_back};
use crate::formats::{id_of, is_image, name_of};
use crate::{DataError, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders deeper than this are not looked into.
const DEPTH: usize = 3;

/// The format that is a layout of its own.
const COCO: &str = "COCO";

/// The images that files of annotations list, and these as those of raters: those of COCO, or of all other formats.
///
/// # Errors
/// A folder or file that cannot be read, two images of one name.
pub(super) fn find(root: &Path, coco: bool) -> Result<Option<Placed>, DataError> {
    let mut found = Found::default();
    found.look(root, None, DEPTH)?;
    let documents = found.documents(coco)?;
    if documents.is_empty() {
        return Ok(None);
    }
    found.place(&documents).map(|placed| Some(placed).filter(|placed| placed.pairs > 0))
}

#[derive(Default)]
struct Found {
    images: Vec<(Option<Part>, Leaf)>,
    annotations: Vec<(Option<Part>, PathBuf)>,
}

/// A file of annotations.
struct Document {
    path: PathBuf,
    part: Option<Part>,
    format: &'static str,
    owner: Owner,
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
            } else if is_annotations(&path, Owner::File) {
                let own = role::of_folder(&name_of(&path).unwrap_or_default()).0;
                self.annotations.push((own.or(part), path));
            } else if is_image(&path)
                && let Some(leaf) = Leaf::new(path, "")
            {
                self.images.push((part, leaf));
            }
        }
        Ok(())
    }

    /// The files of annotations: those of instances, if some say that they are.
    fn documents(&self, coco: bool) -> Result<Vec<Document>, DataError> {
        let images: BTreeSet<&str> = self.images.iter().map(|(_, leaf)| &leaf.name[..]).collect();
        let mut documents = Vec::new();
        for (part, path) in &self.annotations {
            let Some((owner, document)) = annotations::recognised(path, &|id| images.contains(id))? else {
                continue;
            };
            if (document.format() == COCO) != coco {
                continue;
            }
            let mut listed: BTreeSet<String> = document.image_ids().map(str::to_owned).collect();
            if owner == Owner::Folder {
                // Some programs put their extension behind that of the image.
                let known = |id: String| match id_of(Path::new(&id)) {
                    Some(short) if !images.contains(&id[..]) && images.contains(&short[..]) => short,
                    _ => id,
                };
                listed = listed.into_iter().map(known).collect();
            }
            documents.push(Document {
                path: path.clone(),
                part: *part,
                format: document.format(),
                owner,
                images: listed,
            });
        }
        let of_instances = |document: &Document| {
            role::words(&name_of(&document.path).unwrap_or_default()).contains(&"instances".into())
        };
        if documents.iter().any(of_instances) {
            documents.retain(of_instances);
        }
        if documents.iter().any(|document| document.part.is_none()) {
            documents.iter_mut().for_each(|document| document.part = None);
        }
        Ok(documents)
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
        let raters = raters(documents);
        for (document, rater) in documents.iter().zip(&raters) {
            let extension = document.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let set = folders(document.part);
            let to = match (document.owner, document.images.first()) {
                (Owner::Folder, Some(image)) => set.rater(rater).join(format!("{image}.{extension}")),
                _ => set.raters().join(format!("{rater}.{extension}")),
            };
            if let Some(first) = placed.files.iter().find(|file| file.to == to) {
                let (first, second) = (first.from[0].clone(), document.path.clone());
                return Err(DataError::Duplicate { id: rater.clone(), first, second });
            }
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

/// What the raters of files are called: like the format where there is one opinion of each image, else like the files or,
/// where these are called alike or are of one image each, like their folders.
fn raters(documents: &[Document]) -> Vec<String> {
    let stem = |document: &Document| name_of(&document.path).unwrap_or_default();
    let folder = |document: &Document| {
        let name = document.path.parent().and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let all_differ = |name: &dyn Fn(&Document) -> String| {
        let names: BTreeSet<_> = documents.iter().map(|document| (document.part, name(document))).collect();
        names.len() == documents.len()
    };
    let of_images = |document: &Document| document.owner == Owner::Folder;
    let one_each = match documents.iter().all(of_images) {
        true => all_differ(&|document| document.images.first().cloned().unwrap_or_default()),
        false => all_differ(&|_| String::new()),
    };
    let stems_differ = all_differ(&stem);
    let name = |document: &Document| match of_images(document) {
        _ if one_each => document.format.to_lowercase().replace(' ', "-"),
        false if stems_differ => stem(document),
        _ => folder(document),
    };
    documents.iter().map(name).collect()
}

fn has_annotations(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| entries.iter().any(|path| is_annotations(path, Owner::File)))
}
