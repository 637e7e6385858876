//! What can be wrong with an entry of a file of annotations, in the words of a message.

use thiserror::Error;

/// What is wrong with an image, a category or an annotation in a file of annotations.
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
    /// A number that is none.
    #[error("its {field} is {value}, no finite number")]
    NoNumber {
        /// The field.
        field: &'static str,
        /// What is there, in words.
        value: String,
    },
    /// A shape that is of no class.
    #[error("it has no class; give it one, or remove it")]
    NoClass,
    /// An area of a kind that is not read.
    #[error("it is of the type '{kind}', which is not read; {read}")]
    Kind {
        /// Its type.
        kind: String,
        /// What is read.
        read: &'static str,
    },
    /// An image that was shown otherwise than its file has it.
    #[error("its {field} is {value}: it was drawn on an image that is {plain}, which is not read")]
    Shown {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What the image is.
        plain: &'static str,
    },
    /// A task that names no image.
    #[error("its data name no image of a format that is read")]
    NoImage,
    /// A task about several images.
    #[error(
        "its data name several images ({}), of which not just one lies in images/; keep one of them there", .0.join(", ")
    )]
    SeveralImages(Vec<String>),
    /// A second annotation of one image by one rater.
    #[error("{first} is of the same image by the same annotator; keep one of them")]
    Again {
        /// The first.
        first: String,
    },
    /// Regions for images of two sizes.
    #[error("it is of an image of {} x {} pixels, one before of {} x {}", .found.0, .found.1, .first.0, .first.1)]
    OtherSize {
        /// Its (height, width).
        found: (usize, usize),
        /// The other's.
        first: (usize, usize),
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
    /// A mask that does not lie in its image.
    #[error(
        "a mask of {} x {} pixels at row {} and column {} does not lie within {} x {} pixels",
        .found[2], .found[3], .found[0], .found[1], .expected[0], .expected[1]
    )]
    Box {
        /// Its top, left, height and width.
        found: [usize; 4],
        /// The image's height and width.
        expected: [usize; 2],
    },
    /// A box or circle without its two points.
    #[error("it has {0} points, and two are needed")]
    Corners(usize),
    /// A corner of a mask that is no pixel.
    #[error("the corner {0:?} of its mask is no pixel")]
    Corner([f64; 2]),
    /// A mask's picture that cannot be decoded.
    #[error("its mask: {0}")]
    Picture(String),
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
