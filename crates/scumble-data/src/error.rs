//! Why files could not be read or written, sorted by whose fault it is.

use crate::MapFormat;
use scumble::fusion::FusionError;
use scumble::joint::JointError;
use scumble::labels::{Kind, LabelError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why files could not be read or written. Every message names the file at fault and, where one is known, the cure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused: no such file, no permission, disk full.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is truncated or contradicts itself.
    #[error("{}: broken {format} file: {reason}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A file that may be sound, in a variant that is not read.
    #[error("{}: {reason}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported and what to do.
        reason: String,
    },
    /// A name that says another format than the content has.
    #[error("{}: the content is {content}, the name says {name}; rename the file", .path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The format of the extension.
        name: &'static str,
        /// The format of the content.
        content: &'static str,
    },
    /// An extension that no format has.
    #[error("{}: unknown extension; readable are png, jpg, jpeg, tif, tiff, npy, npz, nii and nii.gz", .path.display())]
    Extension {
        /// The file.
        path: PathBuf,
    },
    /// A label map or mask in JPEG.
    #[error(
        "{}: label maps and masks are not read from JPEG, its values are changed by compression; \
         store them as PNG, TIFF, NPY or NIfTI", .path.display()
    )]
    Lossy {
        /// The file.
        path: PathBuf,
    },
    /// A value that its file cannot have.
    #[error("{}: row {row}, column {column}: {value} {problem}", .path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Row of the first bad pixel, counted from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// Its value.
        value: f64,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// A colour that the table of dataset.toml does not have.
    #[error(
        "{}: row {row}, column {column}: the colour {colour} stands for no class; add it to [colours] of dataset.toml, \
         or as ignore_colour", .path.display()
    )]
    Colour {
        /// The file.
        path: PathBuf,
        /// Row of the first such pixel, counted from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// Its colour, like #ff8000.
        colour: String,
    },
    /// Numbers that make no soft label.
    #[error("{}: {source}", .path.display())]
    Label {
        /// The file or, for several maps of one label, their folder.
        path: PathBuf,
        /// What is wrong.
        source: LabelError,
    },
    /// A map of another size than the image or the other maps.
    #[error(
        "{}: {} rows x {} columns, but {} has {} x {}", .path.display(), .found.0, .found.1,
        .reference.display(), .expected.0, .expected.1
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Its (height, width).
        found: (usize, usize),
        /// The file that it belongs to.
        reference: PathBuf,
        /// That file's (height, width).
        expected: (usize, usize),
    },
    /// A map that lies elsewhere in space than the image.
    #[error(
        "{}: lies elsewhere in space than {}, by the affine of both files; resample the mask onto the image, or give it \
         the image's affine if that is wrong", .path.display(), .reference.display()
    )]
    Place {
        /// The file.
        path: PathBuf,
        /// The file that it belongs to.
        reference: PathBuf,
    },
    /// A number of channels that the labels cannot have.
    #[error("{}: {found} channels, expected {expected}; {advice}", .path.display())]
    Channels {
        /// The file.
        path: PathBuf,
        /// Channels found.
        found: usize,
        /// Channels needed.
        expected: usize,
        /// What to do.
        advice: &'static str,
    },
    /// Two files for one thing.
    #[error("{} and {}: two files for the id '{id}'; keep one", .first.display(), .second.display())]
    Duplicate {
        /// The id (the file's name without extension).
        id: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two images with the same bytes; across train and val that is a leak.
    #[error("{} and {}: the same image twice", .first.display(), .second.display())]
    SameImage {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder that holds no data set.
    #[error("{}: {found}; expected {EXPECTED}", .path.display())]
    NoDataset {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        found: &'static str,
    },
    /// Folders that contradict each other.
    #[error("{}: {problem}", .path.display())]
    Layout {
        /// The folder at fault.
        path: PathBuf,
        /// What contradicts what, and what to do.
        problem: String,
    },
    /// An item without the label that was asked for.
    #[error("'{id}' has no {what} in {}", .root.display())]
    NoLabel {
        /// The item.
        id: String,
        /// What was looked for.
        what: &'static str,
        /// The data set.
        root: PathBuf,
    },
    /// A prediction that says nothing of a pixel.
    #[error(
        "{id} in {}: row {row}, column {column} is NaN, no probability; where nothing may count, say so in the data set's \
         ignore/ and write any probability", .root.display()
    )]
    NoProbability {
        /// The item.
        id: String,
        /// The folder of the predictions.
        root: PathBuf,
        /// Row of the first such pixel, counted from 0.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// Raters who cannot be fused.
    #[error("'{id}': {source}")]
    Fusion {
        /// The item.
        id: String,
        /// Why.
        source: Box<FusionError>,
    },
    /// No rater whose quality is known.
    #[error("'{id}' has no mask of a rater whose quality was learnt; those are {}", .known.join(", "))]
    NoKnownRater {
        /// The item.
        id: String,
        /// The raters of whom something is known.
        known: Vec<String>,
    },
    /// Label sets that cannot be made.
    #[error("'{id}': {source}")]
    LabelSets {
        /// The item.
        id: String,
        /// Why.
        source: Box<JointError>,
    },
    /// Label sets asked of a label file that holds the share of each label alone.
    #[error(
        "'{id}' has soft labels, which say what share has each label but not which labels go together; label sets need \
         raters' masks, hard labels, or `nested = [\"OUTERMOST\", ..]` in dataset.toml where each class lies inside another"
    )]
    SoftLabelSets {
        /// The item.
        id: String,
    },
    /// Classes that are not nested as dataset.toml says.
    #[error(
        "'{id}': dataset.toml says that '{inner}' lies inside '{outer}', but {:.0} % of it lies outside; `nested` names \
         the outermost class first", 100.0 * .outside
    )]
    NotNested {
        /// The item.
        id: String,
        /// The class inside.
        inner: String,
        /// The class around it.
        outer: String,
        /// Share of the inner class outside the outer one.
        outside: f64,
    },
    /// An item without an image.
    #[error("'{id}' has labels but no image in {}", .root.display())]
    NoImage {
        /// The item.
        id: String,
        /// The data set.
        root: PathBuf,
    },
    /// dataset.toml or maps.json that cannot be understood.
    #[error("{}: {reason}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A key that dataset.toml does not have.
    #[error("{}: unknown key '{key}'{}; known are {}", .path.display(), Suggestion(.suggestion), .known.join(", "))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The known key that looks like it.
        suggestion: Option<&'static str>,
        /// All keys.
        known: &'static [&'static str],
    },
    /// Values that can be read in two ways.
    #[error("{}: {question}", .path.display())]
    Ambiguous {
        /// A file that shows it.
        path: PathBuf,
        /// Both readings, and how to choose one.
        question: String,
    },
    /// A pattern that is no glob.
    #[error("'{glob}' is no pattern: {source}")]
    Glob {
        /// The pattern.
        glob: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// Patterns that no id matches.
    #[error("no id matches {}; ids look like {}", .globs.join(" or "), .examples.join(", "))]
    NoMatch {
        /// The patterns.
        globs: Vec<String>,
        /// Some ids of the data set.
        examples: Vec<String>,
    },
    /// A class or id that cannot be a file name.
    #[error("'{name}' cannot be the name of a {what}: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What it should name.
        what: &'static str,
        /// Why it cannot, and what to do.
        reason: &'static str,
    },
    /// Probabilities that do not fit the maps being written.
    #[error("{}: {problem}", .path.display())]
    Maps {
        /// The map or its folder.
        path: PathBuf,
        /// What does not fit.
        problem: MapProblem,
    },
}

/// Why probabilities cannot be written as maps.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MapProblem {
    /// Classes that the kind cannot have.
    #[error("{kind} maps with {classes} classes")]
    Classes {
        /// The kind.
        kind: Kind,
        /// The number of classes.
        classes: usize,
    },
    /// A height or width of 0, or beyond what the format can say.
    #[error("{height} x {width} pixels cannot be stored as {format}; npy has no limit")]
    Size {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// The format.
        format: MapFormat,
    },
    /// Rows of another shape than announced.
    #[error("rows of shape {found:?}, expected [{classes}, up to {left} rows, {width}]")]
    Rows {
        /// The shape given, [K, rows, W].
        found: [usize; 3],
        /// K.
        classes: usize,
        /// Rows not yet written.
        left: usize,
        /// W.
        width: usize,
    },
    /// `finish` before all rows were written.
    #[error("{missing} rows were never written")]
    Missing {
        /// How many.
        missing: usize,
    },
    /// A value that is no probability.
    #[error("class {class}, row {row}, column {column}: {value} is no probability (0 to 1)")]
    Value {
        /// The class.
        class: usize,
        /// The row of the map.
        row: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f32,
    },
}

/// What a folder should hold; the ending of every message about an empty one.
const EXPECTED: &str = "a folder with images/ and labels/ or raters/NAME/ (or those inside train/, val/, test/), \
     or a folder of label maps (png, tif, npy)";

impl DataError {
    /// Wraps an error of the operating system with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Wraps an error of the labels with the file that they came from.
    pub(crate) fn label(path: &Path) -> impl FnOnce(LabelError) -> Self + '_ {
        move |source| Self::Label { path: path.to_owned(), source }
    }

    /// Wraps an error of fusing raters with the item that it is about.
    pub(crate) fn fusion(id: &str) -> impl Fn(FusionError) -> Self + '_ {
        move |source| Self::Fusion { id: id.to_owned(), source: source.into() }
    }
}

struct Suggestion<'a>(&'a Option<&'static str>);

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(known) => write!(f, " (did you mean '{known}'?)"),
            None => Ok(()),
        }
    }
}
