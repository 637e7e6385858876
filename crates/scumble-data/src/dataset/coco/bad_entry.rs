//! An entry of a file of COCO annotations that cannot be read.

use super::field::Id;
use crate::{AnnotationProblem, DataError};
use std::path::Path;

/// An entry that cannot be read, and why.
pub(super) struct BadEntry {
    /// What it is and its id, or where it is.
    entry: String,
    problem: AnnotationProblem,
}

/// The lists of a file, and what one of each is called.
#[derive(Clone, Copy)]
pub(super) enum List {
    Images,
    Categories,
    Annotations,
}

impl BadEntry {
    pub(super) fn new(list: List, place: usize, id: Option<&Id>, problem: AnnotationProblem) -> Self {
        let (list, one) = match list {
            List::Images => ("images", "image"),
            List::Categories => ("categories", "category"),
            List::Annotations => ("annotations", "annotation"),
        };
        let entry = id.map_or_else(|| format!("{list}[{place}]"), |id| format!("{one} {id}"));
        Self { entry, problem }
    }

    pub(super) fn error(&self, path: &Path) -> DataError {
        let (path, entry, problem) = (path.to_owned(), self.entry.clone(), Box::new(self.problem.clone()));
        DataError::Annotation { path, entry, problem }
    }
}
