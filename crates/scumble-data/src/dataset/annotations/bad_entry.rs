//! An entry of a file of annotations that cannot be read.

use crate::{AnnotationProblem, DataError};
use std::path::Path;

/// An entry that cannot be read, and why.
pub(super) struct BadEntry {
    /// What it is and its id, or where it is.
    entry: String,
    problem: AnnotationProblem,
}

impl BadEntry {
    pub(super) fn new(entry: impl Into<String>, problem: AnnotationProblem) -> Self {
        Self { entry: entry.into(), problem }
    }

    pub(super) fn error(&self, path: &Path) -> DataError {
        let (path, entry, problem) = (path.to_owned(), self.entry.clone(), Box::new(self.problem.clone()));
        DataError::Annotation { path, entry, problem }
    }
}
