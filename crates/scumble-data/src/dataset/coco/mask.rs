//! What a file of annotations says of one image.

use super::document::{Coco, Image};
use super::polygon;
use super::segmentation::Shape;
use crate::DataError;
use ndarray::{Array3, ArrayViewMut2, Axis};
use scumble::labels::{Kind, UNSEEN};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What a file of annotations says of one image.
#[derive(Clone)]
pub(in crate::dataset) struct CocoMask {
    document: Arc<Coco>,
    id: String,
}

impl CocoMask {
    /// The masks of all images of a file, by id.
    pub(in crate::dataset) fn all(document: Coco) -> impl Iterator<Item = (String, Self)> {
        let document = Arc::new(document);
        let ids: Vec<String> = document.images.keys().cloned().collect();
        ids.into_iter().map(move |id| (id.clone(), Self { document: Arc::clone(&document), id }))
    }

    pub(in crate::dataset) fn path(&self) -> &Path {
        &self.document.path
    }

    pub(in crate::dataset) fn categories(&self) -> &[String] {
        &self.document.categories
    }

    /// (height, width) as the file says.
    pub(in crate::dataset) fn size(&self) -> (usize, usize) {
        self.image().size
    }

    /// What is wrong with the image's annotations, and is not among its marks.
    pub(in crate::dataset) fn problems(&self) -> impl Iterator<Item = DataError> {
        self.image().bad.iter().map(|entry| entry.error(self.path()))
    }

    /// What is wrong with annotations of the file that are of none of its images: they could be of this one.
    pub(in crate::dataset) fn strays(&self) -> impl Iterator<Item = DataError> {
        self.document.strays.iter().map(|entry| entry.error(self.path()))
    }

    fn image(&self) -> &Image {
        &self.document.images[&self.id]
    }

    /// A rater's marks by the annotations that are sound, as [`RaterMask`](scumble::labels::RaterMask) takes them.
    ///
    /// Binary: annotations of the category that is called like the class count, of any category if none is. Overlapping
    /// classes: each is the union of its annotations. Exclusive classes: the later annotation wins; what none covers is
    /// the first class, unless this is a category too: then nobody has said what it is.
    ///
    /// # Errors
    /// The name of a category that is no class.
    pub(in crate::dataset) fn marks(&self, kind: Kind, classes: &[String]) -> Result<Array3<u16>, String> {
        let (height, width) = self.size();
        let names = self.categories();
        let rest = if kind == Kind::Multiclass && names.contains(&classes[0]) { UNSEEN } else { 0 };
        let mut marks = Array3::from_elem((kind.groups(classes.len()), height, width), rest);
        for annotation in &self.image().annotations {
            let name = &names[annotation.category];
            let class = classes.iter().position(|class| class == name);
            let (map, mark) = match (kind, class) {
                (Kind::Binary, None) if names.contains(&classes[0]) => continue,
                (Kind::Binary, _) => (0, 1),
                (_, None) => return Err(name.clone()),
                (Kind::Multilabel, Some(class)) => (class, 1),
                (Kind::Multiclass, Some(class)) => (0, class as u16),
            };
            annotation.shape.paint(marks.index_axis_mut(Axis(0), map), mark);
        }
        Ok(marks)
    }
}

impl Shape {
    fn paint(&self, mut map: ArrayViewMut2<'_, u16>, mark: u16) {
        match self {
            Shape::Polygons(parts) => {
                for part in parts {
                    let mut ends = polygon::crossings(part, map.dim());
                    ends.push(map.len());
                    for pair in ends.chunks_exact(2) {
                        fill(&mut map, pair[0]..pair[1], mark);
                    }
                }
            }
            Shape::Runs(runs) => {
                let mut at = 0;
                for (turn, &run) in runs.iter().enumerate() {
                    let end = at + run as usize;
                    if turn % 2 == 1 {
                        fill(&mut map, at..end, mark);
                    }
                    at = end;
                }
            }
        }
    }
}

/// Marks positions counted down the columns.
fn fill(map: &mut ArrayViewMut2<'_, u16>, positions: std::ops::Range<usize>, mark: u16) {
    let height = map.nrows();
    for position in positions {
        map[[position % height, position / height]] = mark;
    }
}

// Two masks are the same if they are of one image in one file, as two paths would be.
impl PartialEq for CocoMask {
    fn eq(&self, other: &Self) -> bool {
        (self.path(), &self.id) == (other.path(), &other.id)
    }
}

impl Eq for CocoMask {}

impl fmt::Debug for CocoMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CocoMask({} in {})", self.id, self.path().display())
    }
}
