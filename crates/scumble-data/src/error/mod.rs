//! Why files could not be read or written, sorted by whose fault it is.

mod annotations;
mod import;
mod problems;
mod question;

pub use annotations::AnnotationProblem;
pub use import::ImportProblem;
pub use problems::{LayoutProblem, MapProblem, SettingsProblem, UseProblem, ValueProblem};
pub use question::{Probabilities, Question};

use crate::formats::{composed, name_of};
use crate::{GroupingError, TooLarge, admit, listed};
use scumble::fusion::FusionError;
use scumble::joint::JointError;
use scumble::labels::LabelError;
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
    /// An entry of a file of annotations that cannot be read.
    #[error("{}: {entry}: {problem}", .path.display())]
    Annotation {
        /// The file.
        path: PathBuf,
        /// Which entry: what it is and its id, or its place in the file.
        entry: String,
        /// What is wrong with it.
        problem: Box<AnnotationProblem>,
    },
    /// A file that may be sound, in a variant that is not read.
    #[error("{}: {reason}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported and what to do.
        reason: String,
    },
    /// A data set of whose labels no pixel counts.
    #[error(
        "{}: no pixel of any label counts: each is NaN, ignored (ignore/, ignore_index, ignore_colour), without data or of \
         weight 0; there is nothing to learn from and nothing to judge by", .root.display()
    )]
    NothingCounts {
        /// The data set.
        root: PathBuf,
    },
    /// A file that would take more memory than one file may.
    #[error("{}: {what} take {source}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is in it.
        what: String,
        /// How much, and how much it may be.
        source: TooLarge,
    },
    /// A file that is sound, and cannot be what it is used as.
    #[error("{}: {problem}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        problem: UseProblem,
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
    #[error("{}: unknown extension; readable are png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz", .path.display())]
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
        problem: ValueProblem,
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
    /// A map that lies elsewhere than the image, in space or on earth.
    #[error(
        "{}: lies elsewhere than {}, up to {distance:.3} pixels by the affine or the GeoTIFF tags of both files, and {allowed} \
         are allowed; resample the mask onto the image, or give it the image's place if its own is wrong, or write a larger \
         affine_tolerance into dataset.toml", .path.display(), .reference.display()
    )]
    Place {
        /// The file.
        path: PathBuf,
        /// The file that it belongs to.
        reference: PathBuf,
        /// How far a corner of the map is from the image's, in pixels.
        distance: f64,
        /// How far it may be.
        allowed: f64,
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
    #[error(
        "{} and {}: two files for the id '{id}'{}; keep one", .first.display(), .second.display(),
        Spelling(.first, .second)
    )]
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
        problem: LayoutProblem,
    },
    /// A folder that cannot be brought into the layout of a data set.
    #[error("{}: {problem}", .path.display())]
    Import {
        /// The folder, or a file in it.
        path: PathBuf,
        /// Why, and what to do.
        problem: ImportProblem,
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
    /// A data set of which no item has the label that was asked for.
    #[error("{}: no image has a {what}: {}", .root.display(), listed(images))]
    NoneLabelled {
        /// What was looked for.
        what: &'static str,
        /// The images.
        images: Vec<String>,
        /// The data set.
        root: PathBuf,
    },
    /// A pattern of groups that does not match every name.
    #[error(
        "{}: {source}{}; it must match every name: with \"|.*\" at the end of the capture each other is a group of its own",
        .root.display(), more_names(*others)
    )]
    NoGroup {
        /// The first name that it does not match.
        source: Box<GroupingError>,
        /// How many others there are.
        others: usize,
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
    /// A rater who has marked nothing.
    #[error("{}: no rater is called '{name}'; {}", root.display(), there_are(known))]
    NoRater {
        /// The name asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
        /// The data set.
        root: PathBuf,
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
    #[error("{}: {problem}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: Box<SettingsProblem>,
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
    /// Values that can be read in several ways.
    #[error("{}: {question}. Write the line that is right into {}", .path.display(), .settings.display())]
    Ambiguous {
        /// A file that shows it.
        path: PathBuf,
        /// The dataset.toml that settles it; there need be none yet.
        settings: PathBuf,
        /// The readings.
        question: Box<Question>,
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

/// What a folder should hold; the ending of every message about an empty one.
const EXPECTED: &str = "a folder with images/ and labels/ or raters/NAME/ (or those inside train/, val/, test/), \
     or a folder of label maps (png, tif, npy)";

/// Who can mend what a [`DataError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The operating system refused: no such file, no permission, disk full.
    Disk,
    /// A file is broken or of a variant that is not read.
    File,
    /// A file is sound, and cannot be what it is used as.
    Use,
    /// The files of a data set contradict each other, or one is missing.
    DataSet,
    /// dataset.toml or maps.json.
    Settings,
    /// What was asked for cannot be had of this data, or not under this name.
    Unavailable,
}

fn there_are(raters: &[String]) -> String {
    if raters.is_empty() { "there are none".into() } else { format!("there are {}", listed(raters)) }
}

fn more_names(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" and in {others} more") }
}

impl DataError {
    /// Whose fault it is.
    ///
    /// ```
    /// use scumble_data::{Fault, read_image};
    ///
    /// let error = read_image("holiday.gif".as_ref()).unwrap_err();
    /// assert_eq!(error.fault(), Fault::File);
    /// ```
    pub fn fault(&self) -> Fault {
        match self {
            Self::Io { .. } => Fault::Disk,
            Self::Broken { .. }
            | Self::Annotation { .. }
            | Self::Unsupported { .. }
            | Self::Misnamed { .. }
            | Self::TooLarge { .. }
            | Self::Extension { .. } => Fault::File,
            Self::Unfit { .. }
            | Self::Lossy { .. }
            | Self::Value { .. }
            | Self::Colour { .. }
            | Self::Label { .. }
            | Self::Size { .. }
            | Self::Place { .. }
            | Self::Channels { .. }
            | Self::NoProbability { .. } => Fault::Use,
            Self::Duplicate { .. }
            | Self::SameImage { .. }
            | Self::NoDataset { .. }
            | Self::Layout { .. }
            | Self::Import { .. }
            | Self::NoImage { .. }
            | Self::NotNested { .. }
            | Self::Ambiguous { .. } => Fault::DataSet,
            Self::Settings { .. } | Self::UnknownKey { .. } | Self::NoGroup { .. } => Fault::Settings,
            Self::NoLabel { .. }
            | Self::NoneLabelled { .. }
            | Self::NothingCounts { .. }
            | Self::Fusion { .. }
            | Self::NoKnownRater { .. }
            | Self::NoRater { .. }
            | Self::LabelSets { .. }
            | Self::SoftLabelSets { .. }
            | Self::Glob { .. }
            | Self::NoMatch { .. }
            | Self::Name { .. }
            | Self::Maps { .. } => Fault::Unavailable,
        }
    }

    /// Whether the folder that was named is no data set, or not in this layout; then nothing else can be said of it.
    pub fn is_no_set(&self) -> bool {
        match self {
            Self::NoDataset { .. } | Self::Import { .. } => true,
            Self::Layout { problem, .. } => {
                matches!(problem, LayoutProblem::Foreign { .. }) || self.is_of_level()
            }
            _ => false,
        }
    }

    /// Whether the folder that was named lies within a data set, or around some.
    pub fn is_of_level(&self) -> bool {
        let Self::Layout { problem, .. } = self else { return false };
        matches!(problem, LayoutProblem::TooDeep { .. } | LayoutProblem::TooHigh { .. })
    }

    /// Wraps an error of the operating system with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Asks before something of a file takes so many bytes of memory; `what` says what it is.
    pub(crate) fn admit(path: &Path, bytes: u64, what: impl FnOnce() -> String) -> Result<(), Self> {
        admit(bytes).map_err(|source| Self::TooLarge { path: path.to_owned(), what: what(), source })
    }

    /// Wraps an error of the labels with the file that they came from.
    pub(crate) fn label(path: &Path) -> impl FnOnce(LabelError) -> Self + '_ {
        move |source| Self::Label { path: path.to_owned(), source }
    }

    /// What is wrong with dataset.toml or maps.json.
    pub(crate) fn settings(path: &Path) -> impl Fn(SettingsProblem) -> Self + '_ {
        move |problem| Self::Settings { path: path.to_owned(), problem: Box::new(problem) }
    }

    /// Wraps an error of making label sets with the item that it is about.
    pub(crate) fn label_sets(id: &str) -> impl Fn(JointError) -> Self + '_ {
        move |source| Self::LabelSets { id: id.to_owned(), source: source.into() }
    }

    /// Wraps an error of fusing raters with the item that it is about.
    pub(crate) fn fusion(id: &str) -> impl Fn(FusionError) -> Self + '_ {
        move |source| Self::Fusion { id: id.to_owned(), source: source.into() }
    }
}

/// Names that look alike and are not the same.
struct Spelling<'a>(&'a Path, &'a Path);

impl fmt::Display for Spelling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(first, second) = *self;
        let alike = |first: &str, second: &str| first != second && composed(first) == composed(second);
        match name_of(first).zip(name_of(second)) {
            Some((first, second)) if alike(&first, &second) => f.write_str(
                " (their names differ in Unicode's form alone: letters with accents of their own, or within them)",
            ),
            _ => Ok(()),
        }
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
