//! What can be wrong with values, folders, settings and maps, in the words of a message.

use crate::MapFormat;
use scumble::labels::Kind;
use std::path::PathBuf;
use thiserror::Error;

/// What is wrong with a value of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueProblem {
    /// No index of a class.
    #[error("is no class index; indices are whole numbers from 0")]
    Index,
    /// A rater's mark that is neither off nor on.
    #[error(
        "is neither off (0) nor on (1 or 255); masks are hard: store soft maps in labels/; if these are class indices, write \
         labels = \"index\" into dataset.toml"
    )]
    Mark,
    /// A whole number that is neither a class index nor a mark nor a probability.
    #[error("is no label; if it means 'unlabelled', write ignore_index = {0} into dataset.toml")]
    Label(i64),
    /// A sample of an image that is NaN or infinite.
    #[error(
        "in channel {channel} is no finite number; replace it in the image, or leave the pixel out of the label"
    )]
    NotFinite {
        /// The channel.
        channel: usize,
    },
    /// More raters who saw a class than raters who judged the pixel.
    #[error("raters saw class {class}, but {judged} judged the pixel; fuse the raters again")]
    Votes {
        /// The class.
        class: usize,
        /// The raters who judged the pixel.
        judged: u16,
    },
}

/// Why a sound file cannot be what it is used as.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum UseProblem {
    /// A map that can be read as a whole alone.
    #[error("grey, but not everywhere of one opacity; a part of it could be taken for a grey map")]
    NotByRows,
    /// Probabilities in an integer type without a full scale.
    #[error(
        "values up to {largest} in a signed, 32- or 64-bit integer type, which has no full scale that 1 could be; store \
         probabilities as float32 (0 to 1), uint8 or uint16"
    )]
    NoFullScale {
        /// The largest value.
        largest: u16,
    },
    /// A colour where one grey map is needed.
    #[error(
        "row {row}, column {column}: the channels differ ({values}), so this is no grey map stored in colour; store one \
         channel, or say what its colours stand for in [colours] of dataset.toml"
    )]
    Coloured {
        /// Row of the first such pixel, counted from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// What the channels are there.
        values: String,
    },
    /// Equal channels that may be one map or several.
    #[error(
        "its {channels} channels are equal in every pixel, as in most maps beside it: one grey map stored in colour, or \
         {channels} classes? Write classes = [\"NAME\"] into dataset.toml for the former (of class indices, store one \
         channel), kind = \"multilabel\" and the names of {channels} classes for the latter"
    )]
    EqualChannels {
        /// How many there are.
        channels: usize,
    },
    /// Counts of raters in another type.
    #[error("counts of raters are 16-bit integers (u16)")]
    Counts,
    /// A map of colours that is no picture of 8 bits.
    #[error("colours are looked up in grey or RGB maps of 8 bits")]
    Colours,
    /// Outlines where there are several classes.
    #[error(
        "outlines drawn in ImageJ have no class; store those of each class in a folder raters/NAME/CLASS/ (kind = \
         \"multilabel\"), or masks of class indices"
    )]
    OutlinesOfClasses,
    /// An outline that was drawn elsewhere.
    #[error(
        "the outline '{name}' lies wholly outside of the image (columns {} to {}, rows {} to {}; the image has {} \
         columns and {} rows); it was drawn on another image, or at another scale",
        .bounds[0], .bounds[2], .bounds[1], .bounds[3], .size.1, .size.0
    )]
    OutlineOutside {
        /// Its name.
        name: String,
        /// Left, top, right and bottom, in pixels.
        bounds: Box<[f64; 4]>,
        /// The image's (height, width).
        size: (usize, usize),
    },
    /// Class folders of exclusive classes.
    #[error(
        "a rater's mask of exclusive classes is one index map an image; class folders are for overlapping ones (kind = \
         \"multilabel\")"
    )]
    FoldersOfExclusive,
}

/// How the folders of a data set contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LayoutProblem {
    /// A data set beside its parts.
    #[error(
        "holds a data set and, in {part}/, another; open one of them, or move all files into train/, val/ and test/"
    )]
    TwoSets {
        /// The part's folder.
        part: &'static str,
    },
    /// A folder in a layout that many people have and that is not ours.
    #[error("{found}; a data set has images/ and labels/ or raters/NAME/, with the same names in each")]
    Foreign {
        /// What was recognised.
        found: String,
    },
    /// A folder within a data set.
    #[error("this folder lies within the data set {}; name that", .root.display())]
    TooDeep {
        /// The data set's folder.
        root: PathBuf,
    },
    /// A folder around data sets.
    #[error("{}", one_of(.sets))]
    TooHigh {
        /// The folders of the data sets.
        sets: Vec<PathBuf>,
    },
    /// Maps beside class folders.
    #[error(
        "holds label maps and class folders with label maps; move the maps into one folder a class, or the folders away"
    )]
    MapsAndFolders,
    /// ignore/ or weights/ of no item.
    #[error("belongs to no image, label or mask; rename or remove it")]
    Stray,
    /// A file that no reader takes.
    #[error("is not read; convert it, or move it elsewhere: readable here are {readable}")]
    Unread {
        /// The extensions that are read there.
        readable: &'static str,
    },
    /// A file or folder whose name is no Unicode.
    #[error("is not read, for its name is not written in UTF-8; rename it")]
    Name,
    /// A folder in one of files.
    #[error("files in this folder are not read; move them out of it, or the folder elsewhere")]
    UnreadFolder,
    /// A part of a data set under another name.
    #[error(
        "is not read; the parts of a data set are called train/, val/ and test/, and this would be {part}/"
    )]
    OtherPart {
        /// The name that it should have.
        part: &'static str,
    },
    /// Masks under another name, beside images without any.
    #[error("is not read; masks beside images/ lie in labels/ or raters/NAME/")]
    OtherMasks,
    /// A file beside the raters' folders.
    #[error(
        "belongs to no rater; a rater's masks lie in a folder raters/NAME/, annotations in a file raters/NAME.json or .xml"
    )]
    NoRater,
    /// A folder for images with other things.
    #[error(
        "nothing in it can be read; readable are png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz"
    )]
    NothingReadable,
    /// Annotations of one image where those of many belong.
    #[error(
        "{format} annotations of one image; they lie in the folder of their annotator, under the image's name: \
         raters/NAME/ID.json"
    )]
    AnnotationsOfOne {
        /// Their format.
        format: &'static str,
    },
    /// Annotations of many images where those of one belong.
    #[error(
        "{format} annotations of many images; they lie beside the folders of annotators, as raters/NAME.json"
    )]
    AnnotationsOfMany {
        /// Their format.
        format: &'static str,
    },
    /// Annotations of an image that is not there.
    #[error("lists the image '{image}', but images/ beside raters/ has none of this name{}", and_more(*.more))]
    NoSuchImage {
        /// The image's id.
        image: String,
        /// How many others are not there either.
        more: usize,
    },
    /// Annotations that mark nothing.
    #[error(
        "nothing is marked in any annotation, which leaves open what the classes are; name them in dataset.toml, \
         classes = [\"NAME\"]"
    )]
    NoCategories,
    /// Annotations of a category that is no class.
    #[error(
        "annotations of the category '{category}', but the classes are {}; name them as the categories are in dataset.toml",
        .classes.join(", ")
    )]
    Category {
        /// The category.
        category: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// Labels with different numbers of channels.
    #[error("has {found} channels, but {other} has {expected}; all labels of a set have the same")]
    Channels {
        /// Channels of this file.
        found: usize,
        /// A file with another number.
        other: String,
        /// Its channels.
        expected: usize,
    },
    /// A folder of samples without any.
    #[error(
        "{found}; samples are in a folder for each image (ID/0.png, ID/1.png, ..) or in an array (ID.npy, [samples, height, \
         width])"
    )]
    NoSamples {
        /// What is there instead.
        found: &'static str,
    },
    /// Classes with different numbers of samples of one image.
    #[error(
        "{} samples of the class '{}' of the image '{image}', but {} of '{}'; a sample is a mask of every class",
        .counts[1].1, .counts[1].0, .counts[0].1, .counts[0].0
    )]
    Samples {
        /// The image.
        image: String,
        /// Two classes with their numbers of samples.
        counts: Box<[(String, usize); 2]>,
    },
}

fn one_of(sets: &[PathBuf]) -> String {
    const SHOWN: usize = 5;
    let named: Vec<String> = sets.iter().take(SHOWN).map(|set| set.display().to_string()).collect();
    match (sets.len(), sets.len().saturating_sub(SHOWN)) {
        (1, _) => format!("holds the data set {}; name that", named[0]),
        (_, 0) => format!("holds several data sets; name one of them: {}", named.join(", ")),
        (_, more) => {
            format!("holds several data sets; name one of them: {} and {more} more", named.join(", "))
        }
    }
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!("; {more} more that it lists are not there either") }
}

/// What is wrong with dataset.toml or maps.json.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SettingsProblem {
    /// No TOML or JSON of this form, in the words of its parser.
    #[error("{0}")]
    Syntax(String),
    /// A file of a later version.
    #[error("version {found} was written by a newer scumble; this one reads up to {newest}")]
    Newer {
        /// The file's version.
        found: u32,
        /// The newest that is read.
        newest: u32,
    },
    /// A distance that is none.
    #[error("affine_tolerance is {0}, no distance in pixels; write one like 0.05")]
    Tolerance(String),
    /// A class named twice.
    #[error("the class '{0}' is named twice")]
    Twice(String),
    /// A class without name, or no class.
    #[error("a class without name; write classes = [\"first\", \"second\"]")]
    Nameless,
    /// More than one class of a binary set.
    #[error(
        "binary labels have one class, the one that 1 stands for, and {count} are named; write classes = [\"{last}\"], or \
         kind = \"multiclass\""
    )]
    BinaryClasses {
        /// How many are named.
        count: usize,
        /// The last of them.
        last: String,
    },
    /// Too few exclusive classes.
    #[error("multiclass labels need at least two classes; for one write kind = \"binary\"")]
    OneClass,
    /// A folder of a class that there is not.
    #[error(
        "there is a class folder '{folder}'{}, but the classes are {}; rename the folder or the class",
        .suggestion.as_ref().map(|known| format!(" (did you mean '{known}'?)")).unwrap_or_default(), .classes.join(", ")
    )]
    Folder {
        /// The folder.
        folder: String,
        /// The class that is called like it.
        suggestion: Option<String>,
        /// The classes.
        classes: Vec<String>,
    },
    /// Nested classes of a set whose classes do not overlap.
    #[error("nested is for overlapping classes (kind = \"multilabel\"), these are {0}")]
    NestedKind(Kind),
    /// An order that does not have every class once.
    #[error("nested names every class once, the outermost first; the classes are {}", .0.join(", "))]
    NestedClasses(Vec<String>),
    /// Colours of a binary set without the class that is on.
    #[error(
        "[colours] of binary maps does not say which of them is on; write classes = [\"NAME\"], the others are off"
    )]
    BinaryColours,
    /// A colour to ignore without a table of others.
    #[error("ignore_colour needs a table [colours] beside it")]
    IgnoreColour,
    /// Colours of overlapping classes.
    #[error(
        "[colours] is for exclusive classes: a pixel has one colour; store overlapping classes as one map a class"
    )]
    OverlappingColours,
    /// A class without colour.
    #[error("the class '{0}' has no colour; write {0} = \"#rrggbb\" into [colours]")]
    NoColour(String),
    /// A colour of a class that there is not.
    #[error("[colours] names '{name}', but the classes are {}", .classes.join(", "))]
    ColourOfNoClass {
        /// The name.
        name: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// One colour twice.
    #[error("the colour {0} stands for two things")]
    SharedColour(String),
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
