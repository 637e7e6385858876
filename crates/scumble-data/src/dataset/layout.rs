use super::counts::COUNTS;
use super::listing::{Files, exact_files, files, maps, subfolders};
use super::{Item, Part};
use crate::formats::is_lossy;
use crate::maps::{SIDECAR, read_sidecar};
use crate::{DataError, Sidecar};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The items of a folder, and what the folder itself says about its maps.
pub(super) struct Layout {
    pub(super) items: Vec<Item>,
    pub(super) sidecar: Option<Sidecar>,
    /// Files that belong to the set as a whole.
    pub(super) common_files: Vec<PathBuf>,
}

/// The subfolder of a rater that says where the rater did not look.
const UNSEEN_FOLDER: &str = "ignore";

impl Layout {
    /// Lists a data set: folders by their names, else train/, val/ and test/, else a bare folder of maps.
    pub(super) fn read(root: &Path) -> Result<Self, DataError> {
        if !root.is_dir() {
            let found = if root.exists() { "this is a file" } else { "there is no such folder" };
            return Err(DataError::NoDataset { path: root.to_owned(), found });
        }
        let named = is_set(root);
        let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| is_set(&root.join(part.name()))).collect();
        if named && !parts.is_empty() {
            let problem = format!(
                "holds a data set and, in {}/, another; open one of them, or move all files into train/, val/ and test/",
                parts[0]
            );
            return Err(DataError::Layout { path: root.to_owned(), problem });
        }
        let mut layout = Layout { items: Vec::new(), sidecar: None, common_files: Vec::new() };
        if named {
            layout.add_set(root, None, &root.join("labels"))?;
        } else if parts.is_empty() {
            layout.add_bare(root)?;
        }
        for part in parts {
            let folder = root.join(part.name());
            layout.add_set(&folder, Some(part), &folder.join("labels"))?;
        }
        layout.require_labels(root)?;
        Ok(layout)
    }

    /// images/, labels/, raters/, ignore/ and weights/ of one folder.
    fn add_set(&mut self, root: &Path, part: Option<Part>, labels: &Path) -> Result<(), DataError> {
        let mut set = Set { items: BTreeMap::new(), part };
        self.add_sidecar(labels)?;
        for (id, path) in files(&root.join("images"))? {
            set.item(id).image = Some(path);
        }
        let mut counts = self.counts(labels)?;
        for (id, label) in maps(labels, &[], self.sidecar.as_ref())? {
            let item = set.item(id);
            item.counts = counts.remove(&item.id);
            item.label = Some(label);
        }
        for (name, folder) in subfolders(&root.join("raters"))? {
            for (id, mask) in maps(&folder, &[UNSEEN_FOLDER], None)? {
                set.item(id).raters.entry(name.clone()).or_default().mask = Some(mask);
            }
            for (id, path) in exact_files(&folder.join(UNSEEN_FOLDER))? {
                set.item(id).raters.entry(name.clone()).or_default().unseen = Some(path);
            }
        }
        // These say something about a label; alone they make no item.
        for (id, path) in exact_files(&root.join("ignore"))? {
            if let Some(item) = set.items.get_mut(&id) {
                item.ignore = Some(path);
            }
        }
        for (id, path) in exact_files(&root.join("weights"))? {
            if let Some(item) = set.items.get_mut(&id) {
                item.weights = Some(path);
            }
        }
        self.extend(set.items.into_values())
    }

    /// A folder of maps alone, as `scumble predict` writes it.
    fn add_bare(&mut self, root: &Path) -> Result<(), DataError> {
        self.add_sidecar(root)?;
        let direct = files(root)?;
        if self.sidecar.is_none() && !direct.is_empty() && direct.values().all(|path| is_lossy(path)) {
            let found = "photographs, but no folder images/ and no labels";
            return Err(DataError::NoDataset { path: root.to_owned(), found });
        }
        let items = maps(root, &[], self.sidecar.as_ref())?;
        let mut counts = self.counts(root)?;
        self.extend(items.into_iter().map(|(id, label)| {
            let counts = counts.remove(&id);
            Item { label: Some(label), counts, ..Item::new(id, None) }
        }))
    }

    /// Counts of raters beside maps. Only maps that say what they mean have them: elsewhere this is a class's folder.
    fn counts(&self, folder: &Path) -> Result<Files, DataError> {
        match &self.sidecar {
            Some(sidecar) if !sidecar.classes.iter().any(|class| class == COUNTS) => {
                exact_files(&folder.join(COUNTS))
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

    fn require_labels(&self, root: &Path) -> Result<(), DataError> {
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
}

fn any_file(item: &Item) -> PathBuf {
    item.image().or_else(|| item.files().next()).map(Path::to_owned).unwrap_or_default()
}

fn is_set(folder: &Path) -> bool {
    ["images", "labels", "raters"].iter().any(|name| folder.join(name).is_dir())
}
