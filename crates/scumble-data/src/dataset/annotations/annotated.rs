//! What a file of annotations says of one image by one rater.

use super::bad_entry::BadEntry;
use super::document::{Document, Key, Opinion};
use crate::{DataError, LayoutProblem};
use ndarray::{Array3, Axis};
use scumble::labels::{Kind, UNSEEN};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What a file of annotations says of one image by one rater.
#[derive(Clone)]
pub(in crate::dataset) struct Annotated {
    document: Arc<Document>,
    key: Key,
}

impl Annotated {
    /// All that a file says: the rater, where the file names one, and the image's id.
    pub(in crate::dataset) fn all(
        document: Document,
    ) -> impl Iterator<Item = (Option<String>, String, Self)> {
        let document = Arc::new(document);
        let keys: Vec<Key> = document.entries.opinions.keys().cloned().collect();
        keys.into_iter().map(move |key| {
            (key.rater.clone(), key.image.clone(), Self { document: Arc::clone(&document), key })
        })
    }

    pub(in crate::dataset) fn path(&self) -> &Path {
        &self.document.path
    }

    /// The name of its file's format.
    pub(in crate::dataset) fn format(&self) -> &'static str {
        self.document.format
    }

    /// The categories of its file.
    pub(in crate::dataset) fn categories(&self) -> &[String] {
        &self.document.entries.categories
    }

    /// What its file holds that is no mark, with the numbers of each.
    pub(in crate::dataset) fn left_out(&self) -> impl Iterator<Item = (&str, usize)> {
        self.document.entries.left_out.iter().map(|(what, count)| (what.as_str(), *count))
    }

    /// (height, width), if the file says it.
    pub(in crate::dataset) fn size(&self) -> Option<(usize, usize)> {
        self.opinion().size
    }

    /// What is wrong with the annotations, and is not among the marks.
    pub(in crate::dataset) fn problems(&self) -> impl Iterator<Item = DataError> {
        self.opinion().bad.iter().map(|entry| entry.error(self.path()))
    }

    /// What is wrong with annotations of the file that are of none of its images: they could be of this one.
    pub(in crate::dataset) fn strays(&self) -> impl Iterator<Item = DataError> {
        self.document.entries.strays.iter().map(|entry| entry.error(self.path()))
    }

    /// The first thing for which these cannot be a mask.
    pub(in crate::dataset) fn first_problem(&self) -> Option<DataError> {
        self.problems().chain(self.strays()).next()
    }

    fn opinion(&self) -> &Opinion {
        &self.document.entries.opinions[&self.key]
    }

    /// A rater's marks in an image of (height, width) by the annotations that are sound, as
    /// [`RaterMask`](scumble::labels::RaterMask) takes them. `all` are the categories of all files of the data set, which
    /// count where the file lists none.
    ///
    /// Binary: annotations of the category that is called like the class count, of any category if none is. Overlapping
    /// classes: each is the union of its annotations. Exclusive classes: the later annotation wins; what none covers is
    /// the first class, unless this is a category too: then nobody has said what it is.
    ///
    /// # Errors
    /// A category that is no class; a shape that cannot have been drawn on an image of this size.
    pub(in crate::dataset) fn marks(
        &self,
        kind: Kind,
        classes: &[String],
        all: &[String],
        size: (usize, usize),
    ) -> Result<Array3<u16>, DataError> {
        let names = self.categories();
        let listed = if self.document.entries.lists_categories { names } else { all };
        let first_is_one = listed.contains(&classes[0]);
        let rest = if kind == Kind::Multiclass && first_is_one { UNSEEN } else { 0 };
        let mut marks = Array3::from_elem((kind.groups(classes.len()), size.0, size.1), rest);
        for marked in &self.opinion().marked {
            let name = &names[marked.category];
            let class = classes.iter().position(|class| class == name);
            let (map, mark) = match (kind, class) {
                (Kind::Binary, None) if first_is_one => continue,
                (Kind::Binary, _) => (0, 1),
                (_, None) => {
                    let problem =
                        LayoutProblem::Category { category: name.clone(), classes: classes.to_vec() };
                    return Err(DataError::Layout { path: self.path().to_owned(), problem });
                }
                (Kind::Multilabel, Some(class)) => (class, 1),
                (Kind::Multiclass, Some(class)) => (0, class as u16),
            };
            if self.size().is_none() {
                let wrong =
                    |problem| BadEntry::new(format!("an annotation of '{name}'"), problem).error(self.path());
                marked.shape.check(size).map_err(wrong)?;
            }
            marked.shape.paint(marks.index_axis_mut(Axis(0), map), mark);
        }
        Ok(marks)
    }
}

// Two are the same if they are of one rater and image in one file, as two paths would be.
impl PartialEq for Annotated {
    fn eq(&self, other: &Self) -> bool {
        (self.path(), &self.key) == (other.path(), &other.key)
    }
}

impl Eq for Annotated {}

impl fmt::Debug for Annotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Annotated({:?} in {})", self.key, self.path().display())
    }
}
