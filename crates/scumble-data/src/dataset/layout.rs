//! The items of a data set's folder: which file is whose.

use super::annotations::{self, Annotated, Document, Owner};
use super::folders::SetFolders;
use super::foreign::{is_set, not_a_set};
use super::item::MapFiles;
use super::listing::{Files, annotation_files, entries, exact_files, files, maps, mask_files, subfolders};
use super::{Item, Part};
use crate::formats::{Slicing, count_images, file_and_slice, id_of, is_lossy};
use crate::maps::{SIDECAR, read_sidecar};
use crate::{DataError, LayoutProblem, Sidecar};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The items of a folder, and what the folder itself says about its maps.
pub(super) struct Layout {
    pub(super) items: Vec<Item>,
    pub(super) sidecar: Option<Sidecar>,
    /// Files that belong to the set as a whole.
    pub(super) common_files: Vec<PathBuf>,
    /// Files of annotations, with the images that they are of and that are not there.
    pub(super) absent: Vec<(PathBuf, Vec<String>)>,
    slicing: Slicing,
}

impl Layout {
    /// Lists a data set: folders by their names, else train/, val/ and test/, else a bare folder of maps.
    ///
    /// # Errors
    /// A folder that cannot be read, files that contradict each other, a folder of another layout, one within a data set
    /// or around some.
    pub(super) fn read(root: &Path, slicing: Slicing) -> Result<Self, DataError> {
        if !root.is_dir() {
            let found = if root.exists() { "this is a file" } else { "there is no such folder" };
            return Err(DataError::NoDataset { path: root.to_owned(), found });
        }
        let read = Self::read_ours(root, slicing);
        let belongs =
            |item: &Item| item.image.is_some() && (item.label.is_some() || item.raters().next().is_some());
        let ours = |error: &DataError| {
            let empty = matches!(
                error,
                DataError::NoDataset { .. }
                    | DataError::Layout { problem: LayoutProblem::NothingReadable, .. }
            );
            is_set(root) && !empty
        };
        match &read {
            // Maps that say what they are, or an image and its label, are no matter of the folders' names.
            Ok(layout) if layout.sidecar.is_some() || layout.items.iter().any(belongs) => read,
            Err(error) if ours(error) => read,
            _ => not_a_set(root).map_or(read, Err),
        }
    }

    fn read_ours(root: &Path, slicing: Slicing) -> Result<Self, DataError> {
        let named = SetFolders::new(root).exist();
        let parts: Vec<Part> =
            Part::ALL.into_iter().filter(|part| SetFolders::new(&root.join(part.name())).exist()).collect();
        if named && !parts.is_empty() {
            let problem = LayoutProblem::TwoSets { part: parts[0].name() };
            return Err(DataError::Layout { path: root.to_owned(), problem });
        }
        let (items, common_files, absent) = (Vec::new(), Vec::new(), Vec::new());
        let mut layout = Layout { items, sidecar: None, common_files, absent, slicing };
        if named {
            layout.add_set(root, None)?;
        } else if parts.is_empty() {
            layout.add_bare(root)?;
        }
        for part in parts {
            layout.add_set(&root.join(part.name()), Some(part))?;
        }
        layout.require_labels(root)?;
        Ok(layout)
    }

    /// images/, labels/, raters/, ignore/ and weights/ of one folder.
    fn add_set(&mut self, root: &Path, part: Option<Part>) -> Result<(), DataError> {
        let folders = SetFolders::new(root);
        let labels = &folders.labels();
        let slicing = self.slicing;
        let mut set = Set { items: BTreeMap::new(), part };
        self.add_sidecar(labels)?;
        let images = files(&folders.images(), slicing)?;
        if images.is_empty() && !entries(&folders.images())?.is_empty() {
            let problem = LayoutProblem::NothingReadable;
            return Err(DataError::Layout { path: folders.images(), problem });
        }
        for (id, path) in images {
            set.item(id).image = Some(path);
        }
        let mut counts = self.counts(labels)?;
        for (id, label) in maps(labels, &[], self.sidecar.as_ref(), |folder| exact_files(folder, slicing))? {
            let item = set.item(id);
            item.counts = counts.remove(&item.id);
            item.label = Some(label);
        }
        for (name, folder) in subfolders(&folders.raters())? {
            for (id, mask) in
                maps(&folder, &[SetFolders::IGNORE], None, |folder| mask_files(folder, slicing))?
            {
                set.item(id).raters.entry(name.clone()).or_default().mask = Some(mask);
            }
            for (id, path) in exact_files(&SetFolders::unseen_in(&folder), slicing)? {
                set.item(id).raters.entry(name.clone()).or_default().unseen = Some(path);
            }
        }
        let mut files: Vec<(String, Owner, PathBuf)> = Vec::new();
        for path in annotation_files(&folders.raters(), Owner::File)? {
            files.push((id_of(&path).unwrap_or_default(), Owner::File, path));
        }
        for (name, folder) in subfolders(&folders.raters())? {
            let all = annotation_files(&folder, Owner::Folder)?.into_iter();
            files.extend(all.map(|path| (name.clone(), Owner::Folder, path)));
        }
        for (name, owner, path) in files {
            let Some(document) = annotations::read(&path, owner, &|id| set.has_image(id))? else { continue };
            let absent = set.annotate(&name, document)?;
            if !absent.is_empty() {
                self.absent.push((path, absent.into_iter().collect()));
            }
        }
        // These say something about a label; alone they make no item.
        for (id, path) in exact_files(&folders.ignore(), slicing)? {
            if let Some(item) = set.items.get_mut(&id) {
                item.ignore = Some(path);
            }
        }
        for (id, path) in exact_files(&folders.weights(), slicing)? {
            if let Some(item) = set.items.get_mut(&id) {
                item.weights = Some(path);
            }
        }
        self.extend(set.items.into_values())
    }

    /// A folder of maps alone, as predictions are written.
    fn add_bare(&mut self, root: &Path) -> Result<(), DataError> {
        self.add_sidecar(root)?;
        let chosen = self.sidecar.as_ref().and_then(|sidecar| sidecar.slice_axis);
        self.slicing.axis = self.slicing.axis.or(chosen);
        let direct = files(root, self.slicing)?;
        if self.sidecar.is_none() && !direct.is_empty() && direct.values().all(|path| is_lossy(path)) {
            let found = "photographs, but no folder images/ and no labels";
            return Err(DataError::NoDataset { path: root.to_owned(), found });
        }
        let items = maps(root, &[], self.sidecar.as_ref(), |folder| exact_files(folder, self.slicing))?;
        let mut counts = self.counts(root)?;
        self.extend(items.into_iter().map(|(id, label)| {
            let counts = counts.remove(&id);
            Item { label: Some(label), counts, ..Item::new(id, None) }
        }))
    }

    /// Counts of raters beside maps. Only maps that say what they mean have them: elsewhere this is a class's folder.
    fn counts(&self, folder: &Path) -> Result<Files, DataError> {
        match &self.sidecar {
            Some(sidecar) if !sidecar.classes.iter().any(|class| class == SetFolders::COUNTS) => {
                exact_files(&folder.join(SetFolders::COUNTS), self.slicing)
            }
            _ => Ok(Files::new()),
        }
    }

    fn add_sidecar(&mut self, folder: &Path) -> Result<(), DataError> {
        if let Some(sidecar) = read_sidecar(folder)? {
            self.sidecar = Some(sidecar);
            self.common_files.push(folder.join(SIDECAR));
        }
        Ok(())
    }

    /// An id names one image: predictions are stored by it, and a copy in train/ and val/ would be a leak.
    fn extend(&mut self, items: impl Iterator<Item = Item>) -> Result<(), DataError> {
        let known: BTreeMap<String, PathBuf> =
            self.items.iter().map(|item| (item.id.clone(), any_file(item))).collect();
        for item in items {
            if let Some(first) = known.get(&item.id) {
                let (first, second) = (first.clone(), any_file(&item));
                return Err(DataError::Duplicate { id: item.id, first, second });
            }
            self.items.push(item);
        }
        Ok(())
    }

    /// What is done with files of several images, if there are some.
    pub(super) fn pages_in_words(&self) -> Option<&'static str> {
        if self.items.iter().flat_map(Item::files).any(|path| file_and_slice(path).1.is_some()) {
            return Some("the slices of a volume are images of their own");
        }
        // Counting pages reads a file: the first image stands for all.
        let several = |path: &Path| is_tiff(path) && count_images(path).is_ok_and(|count| count > 1);
        let words =
            "the pages of a TIFF are its channels (pages = \"slices\" in dataset.toml takes them apart)";
        self.items.first()?.files().any(several).then_some(words)
    }

    fn require_labels(&self, root: &Path) -> Result<(), DataError> {
        if let Some((path, images)) = self.absent.first()
            && self.items.iter().all(|item| item.label.is_none() && item.raters().next().is_none())
        {
            return Err(no_such_image(path, images));
        }
        let found = if self.items.is_empty() {
            "nothing readable in it"
        } else if self.items.iter().all(|item| item.label.is_none() && item.raters().next().is_none()) {
            "images, but neither labels/ nor raters/ with files for them"
        } else {
            return Ok(());
        };
        Err(DataError::NoDataset { path: root.to_owned(), found })
    }
}

/// Items by id while their folders are read.
struct Set {
    items: BTreeMap<String, Item>,
    part: Option<Part>,
}

impl Set {
    fn item(&mut self, id: String) -> &mut Item {
        let part = self.part;
        self.items.entry(id.clone()).or_insert_with(|| Item::new(id, part))
    }

    fn has_image(&self, id: &str) -> bool {
        self.items.get(id).is_some_and(|item| item.image.is_some())
    }

    /// Adds annotations to the images that they are of, those of nobody as the rater's; returns the images that are not
    /// there.
    fn annotate(&mut self, rater: &str, document: Document) -> Result<BTreeSet<String>, DataError> {
        let mut absent = BTreeSet::new();
        for (own, id, mask) in Annotated::all(document) {
            let Some(item) = self.items.get_mut(&id).filter(|item| item.image.is_some()) else {
                absent.insert(id);
                continue;
            };
            let files = item.raters.entry(own.unwrap_or_else(|| rater.to_owned())).or_default();
            if let Some(first) = &files.mask {
                let first = first.paths().next().map_or(PathBuf::new(), Path::to_owned);
                return Err(DataError::Duplicate { id, first, second: mask.path().to_owned() });
            }
            files.mask = Some(MapFiles::Annotated(mask));
        }
        Ok(absent)
    }
}

/// Annotations of images that are not there: the first is named, the others counted.
pub(super) fn no_such_image(path: &Path, images: &[String]) -> DataError {
    let image = images.first().cloned().unwrap_or_default();
    let problem = LayoutProblem::NoSuchImage { image, more: images.len().saturating_sub(1) };
    DataError::Layout { path: path.to_owned(), problem }
}

fn any_file(item: &Item) -> PathBuf {
    item.image().or_else(|| item.files().next()).map(Path::to_owned).unwrap_or_default()
}

fn is_tiff(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "tif" || extension == "tiff")
}
