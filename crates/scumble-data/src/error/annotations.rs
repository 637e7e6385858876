//! What can be wrong with an entry of a file of annotations, in the words of a message.

use thiserror::Error;

/// What is wrong with an image, a category or an annotation in COCO's JSON.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AnnotationProblem {
    /// A field that is not there, or null.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// A field that should be an id.
    #[error(
        "its {field} is {value}; ids are text or whole numbers, of 64 bits at most (53 if written like 1.0)"
    )]
    NoId {
        /// The field.
        field: &'static str,
        /// What is there, in words.
        value: String,
    },
    /// A field that should be text.
    #[error("its {field} is {value}, no text")]
    NoText {
        /// The field.
        field: &'static str,
        /// What is there, in words.
        value: String,
    },
    /// A height or width that is none.
    #[error("its {field} is {value}, no whole number of pixels")]
    NoLength {
        /// The field.
        field: &'static str,
        /// What is there, in words.
        value: String,
    },
    /// Two images, or two categories, of one id.
    #[error("another one has this id, too")]
    SameId,
    /// Two images of one name.
    #[error("another image is called '{0}', too")]
    SameName(String),
    /// An annotation of an image that is not listed.
    #[error("its image_id {0} is no image's id")]
    UnknownImage(String),
    /// An annotation of a category that is not listed.
    #[error("its category_id {0} is no category's id")]
    UnknownCategory(String),
    /// A segmentation without any polygon.
    #[error("its segmentation is empty")]
    Empty,
    /// A segmentation of another form.
    #[error(
        "its segmentation is neither polygons, [[x, y, x, y, ..], ..], nor run lengths, {{\"size\": [height, width], \
         \"counts\": ..}}"
    )]
    Form,
    /// A polygon with too few numbers, or half a point.
    #[error("a polygon of {0} numbers; at least three points of x, y are needed")]
    Points(usize),
    /// A coordinate that is NaN, infinite or no number at all.
    #[error("the number at {place} of a polygon, counted from 0, is {value}")]
    Coordinate {
        /// Its place in the polygon.
        place: usize,
        /// What is there, in words.
        value: String,
    },
    /// A coordinate that no outline in this image can have.
    #[error("the coordinate {value} is far outside of {height} x {width} pixels")]
    Far {
        /// The coordinate.
        value: f64,
        /// The image's height.
        height: usize,
        /// Its width.
        width: usize,
    },
    /// Polygons none of which can have a pixel.
    #[error("it lies wholly outside of {height} x {width} pixels")]
    Outside {
        /// The image's height.
        height: usize,
        /// Its width.
        width: usize,
    },
    /// Run lengths that cannot be decoded.
    #[error("{0}")]
    Runs(String),
    /// Run lengths for another size.
    #[error("run lengths for {found:?} pixels, the image has {expected:?}")]
    RunsSize {
        /// Their [height, width].
        found: [usize; 2],
        /// The image's.
        expected: [usize; 2],
    },
    /// Run lengths that leave pixels out, or have too many.
    #[error("run lengths of {sum} pixels in all, the image has {height} x {width}")]
    RunsSum {
        /// Their sum.
        sum: u64,
        /// The image's height.
        height: usize,
        /// Its width.
        width: usize,
    },
}
