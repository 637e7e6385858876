//! What a folder is that is no data set itself.

use super::plan::ImportPlan;
use super::recognise::recognise;
use super::role::{self, Role};
use crate::dataset::folders::SetFolders;
use crate::dataset::listing::subfolders;
use crate::{DataError, LayoutProblem, Part};
use std::fs;
use std::path::{Path, PathBuf};

/// What can be said of a folder that is read as a data set only because any folder may be one of maps, or that has the
/// folders of a data set and nothing that belongs together in them: it lies within a data set, is one in another layout,
/// or holds some. None where it is none of these.
pub(in crate::dataset) fn not_a_set(root: &Path) -> Option<DataError> {
    let named = is_set(root);
    let too_deep = || (!named).then(|| around(root)).flatten().map(|root| LayoutProblem::TooDeep { root });
    let problem = too_deep().or_else(|| match recognise(root, None, None) {
        Ok(plan) => plan.filter(is_foreign).map(|plan| LayoutProblem::Foreign { found: plan.found }),
        Err(_) => None,
    });
    let too_high = || (!named).then(|| below(root)).filter(|sets| !sets.is_empty());
    let problem = problem.or_else(|| too_high().map(|sets| LayoutProblem::TooHigh { sets }));
    match problem {
        Some(problem) => Some(DataError::Layout { path: root.to_owned(), problem }),
        // Recognised, but for a question or a fault.
        None => recognise(root, None, None).err().filter(|error| matches!(error, DataError::Import { .. })),
    }
}

/// That a folder is the one of the raters, or of one of them, in a data set with images: its masks alone can be judged, but
/// are hardly what is to be looked at or learnt from.
pub fn check_level(root: &Path) -> Option<DataError> {
    let real = fs::canonicalize(root).ok().filter(|_| !is_set(root))?;
    let outer = real.ancestors().skip(1).take(3).find(|outer| {
        let folders = SetFolders::new(outer);
        folders.images().is_dir() && real.starts_with(folders.raters())
    })?;
    let problem = LayoutProblem::TooDeep { root: outer_of(root, &real, outer) };
    Some(DataError::Layout { path: root.to_owned(), problem })
}

/// Whether a folder has those of a data set, or its parts have.
pub(in crate::dataset) fn is_set(root: &Path) -> bool {
    let parts = Part::ALL.iter().map(|part| root.join(part.name()));
    [root.to_owned()].into_iter().chain(parts).any(|folder| SetFolders::new(&folder).exist())
}

/// Whether any file would have another place.
fn is_foreign(plan: &ImportPlan) -> bool {
    plan.files.iter().any(|file| file.from[0] != plan.source.join(&file.to))
}

/// The data set, in whichever layout, whose images this folder holds.
fn around(root: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(root).ok()?;
    let mut ancestors = real.ancestors();
    let mut inner = ancestors.next()?;
    for outer in ancestors.take(2) {
        let name = inner.file_name()?.to_str()?;
        if matches!(role::of_folder(name).1, Some(Role::Images)) {
            let folders = SetFolders::new(outer);
            let labelled = folders.labels().is_dir() || folders.raters().is_dir();
            let own = labelled && inner == folders.images();
            let set = own || recognise(outer, None, None).is_ok_and(|plan| plan.is_some());
            return set.then(|| outer_of(root, &real, outer));
        }
        inner = outer;
    }
    None
}

/// `outer` as `root` would be written: the part of a data set is no set of its own if it has siblings, but can be opened.
fn outer_of(root: &Path, real: &Path, outer: &Path) -> PathBuf {
    let steps = real.components().count() - outer.components().count();
    let written = root.ancestors().nth(steps).filter(|path| !path.as_os_str().is_empty());
    let same = |path: &&Path| fs::canonicalize(path).is_ok_and(|path| path == outer);
    written.filter(same).map_or_else(|| outer.to_owned(), Path::to_owned)
}

/// The data sets in the folders of a folder, in whichever layout.
fn below(root: &Path) -> Vec<PathBuf> {
    let folders = subfolders(root).unwrap_or_default().into_values();
    let set =
        |folder: &PathBuf| is_set(folder) || recognise(folder, None, None).is_ok_and(|plan| plan.is_some());
    folders.filter(set).collect()
}
