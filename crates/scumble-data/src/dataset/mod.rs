//! A data set in a folder: what is there, what it means, and one item at a time in memory.

mod annotations;
mod check;
mod colours;
mod counts;
mod decoded;
mod encoding;
mod fill;
mod filter;
mod fingerprint;
mod folders;
mod foreign;
mod geometry;
mod grey;
mod headers;
mod item;
mod label_file;
mod labeller;
mod layout;
mod levels;
mod listing;
mod masks;
mod meaning;
mod names;
mod prediction;
mod read;
mod roi;
mod rows;
mod sampled;
mod sets;
mod settings;
mod sorts;
mod summary;
mod target;
mod unlabelled;
mod values;
mod whole;

pub use check::{ItemCheck, Problem, check_files, check_layout, check_unread};
pub use counts::{CountsWriter, write_counts};
pub use folders::SetFolders;
pub use foreign::{
    Carried, ForeignLayout, ImportPlan, LeftOut, PlacedFile, RECORD, Several, check_level, plan_import,
};
pub use item::Item;
pub use labeller::Labeller;
pub use listing::{list_images, list_images_along, list_others};
pub use prediction::Prediction;
pub use read::{ItemData, Wanted};
pub use roi::{ROI_REACH, write_roi_zip};
pub use rows::ItemRows;
pub use sampled::SampledMasks;
pub use summary::{ImageSummary, Intensity, mask_content};
pub use target::{Part, Target};
pub use unlabelled::Unlabelled;

use crate::{DataError, SliceAxis};
use item::MapFiles;
use layout::{Layout, no_such_image};
use meaning::Meaning;
use scumble::labels::{Kind, LabelSpace};
use settings::{SETTINGS, Settings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder of images with their raters' masks and soft labels.
///
/// ```text
/// images/ID.{jpg,png,tif,npy,nii}  the image
/// labels/ID.{png,tif,npy,nii}      soft label, or class indices       labels/CLASS/ID.*   one map a class
/// raters/NAME/ID.{png,tif,npy,nii} one rater's hard mask              raters/NAME/CLASS/ID.*
/// raters/NAME/ID.{zip,roi}         one rater's outlines, drawn in ImageJ
/// raters/NAME.{json,xml}           one rater's annotations of many images, of COCO or CVAT
/// raters/EXPORT.json               those of every rater, of Label Studio
/// raters/NAME/ID.{json,geojson}    one rater's annotations of an image, of labelme or QuPath
/// labels/counts/ID.npy             the raters behind it, where it was fused
/// raters/NAME/ignore/ID.*          where this rater did not look
/// ignore/ID.*                      not zero: counts for nothing
/// weights/ID.*                     the weight of each pixel, as it is
/// dataset.toml                     optional: kind, classes, labels = "soft" | "index", ignore_index, nested,
///                                  colours, ignore_colour, pages = "channels" | "slices", slices = "x" | "y" | "z",
///                                  affine_tolerance, nodata, group
/// ```
///
/// All but dataset.toml may lie in train/, val/ and test/. A bare folder of maps is taken for labels/, so that
/// predictions can be judged; maps.json, which they come with, says what they mean.
///
/// Without dataset.toml the kind is found from the files: class folders are overlapping classes; floats [H, W] are
/// binary, [H, W, K] multiclass if they sum to 1; integers are on/off, class indices 0, 1, .. k, or grey values with full
/// scale = 1, and what could be two of these is [asked](DataError::Ambiguous). [`describe_choice`](Self::describe_choice)
/// says what was understood.
///
/// ```no_run
/// use scumble_data::{Dataset, Target, Wanted};
///
/// let data = Dataset::open("chase_db1".as_ref())?;
/// for item in data.items() {
///     let labels = data.read(item, &Wanted::labels(Target::Auto))?.labels(Target::Auto)?;
///     println!("{}: {:?} pixels", item.id(), labels.size());
/// }
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    root: PathBuf,
    items: Vec<Item>,
    raters: Vec<String>,
    meaning: Meaning,
    /// The number that stands in images where there is no data, for files that do not say it.
    nodata: Option<f64>,
    /// As many slices on either side of an image are its channels, too.
    context: usize,
    /// The axis of the slices of volumes, where dataset.toml says it.
    slice_axis: Option<SliceAxis>,
    common_files: Vec<PathBuf>,
    /// Files of annotations, with the images that they are of and that are not there.
    absent: Vec<(PathBuf, Vec<String>)>,
}

impl Dataset {
    /// Lists the folder and decides what its files mean.
    ///
    /// Headers are read, and a dozen maps where headers do not suffice. Unless these are plainly probabilities, or masks
    /// of 0 and 255, every map is decoded: a rare class may be in one of them only.
    ///
    /// # Errors
    /// No such folder, nothing to read in it, two files of one id, a bad dataset.toml, maps that can be understood
    /// in two ways. A broken file among sound ones is left for [`check`](Self::check) and the reader.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        Self::open_as(path, None)?.complete()
    }

    /// The same for whoever lists what is wrong: annotations of images that are not there are left to
    /// [`conflicts`](Self::conflicts).
    ///
    /// # Errors
    /// As [`open`](Self::open), but for these.
    pub fn open_with_gaps(path: &Path) -> Result<Self, DataError> {
        Self::open_as(path, None)
    }

    /// Opens maps that will be judged by labels of `space`: what their files leave open is what those are. Class indices
    /// of three classes may well have no pixel of the last, and binary labels are judged by probabilities.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_predictions(path: &Path, space: &LabelSpace) -> Result<Self, DataError> {
        Self::open_as(path, Some(space))?.complete()
    }

    fn complete(self) -> Result<Self, DataError> {
        match self.absent.first() {
            Some((path, images)) => Err(no_such_image(path, images)),
            None => Ok(self),
        }
    }

    fn open_as(path: &Path, judged_by: Option<&LabelSpace>) -> Result<Self, DataError> {
        let settings_path = path.join(SETTINGS);
        let settings = Settings::read(path)?;
        let mut layout = Layout::read(path, settings.slicing())?;
        let meaning = Meaning::find(&layout, &settings, &settings_path, judged_by)?;
        if settings_path.is_file() {
            layout.common_files.push(settings_path);
        }
        let raters = rater_names(&layout.items);
        let Layout { items, common_files, absent, .. } = layout;
        let dataset = Self {
            root: path.to_owned(),
            items,
            raters,
            meaning,
            nodata: settings.nodata,
            context: 0,
            slice_axis: settings.slices,
            common_files,
            absent,
        };
        match &settings.group {
            Some(grouping) => dataset.grouped(grouping),
            None => Ok(dataset),
        }
    }

    /// The same set, of which images come with the `context` slices of their volume before them and those behind them, as
    /// [`read_image_in_context`](crate::read_image_in_context) reads them. Labels stay those of the slice alone.
    pub fn with_context(self, context: usize) -> Self {
        Self { context, ..self }
    }

    /// How many slices on either side images come with.
    pub fn context(&self) -> usize {
        self.context
    }

    /// The axis along which the slices of volumes follow one another, where dataset.toml says it.
    pub fn slice_axis(&self) -> Option<SliceAxis> {
        self.slice_axis
    }

    /// The folder, as it was given.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the labels are, and what the classes are called.
    pub fn space(&self) -> &LabelSpace {
        &self.meaning.space
    }

    /// The kind of [`space`](Self::space).
    pub fn kind(&self) -> Kind {
        self.meaning.space.kind()
    }

    /// Class names in the order of the maps; binary sets have one, the class that 1 stands for.
    pub fn classes(&self) -> &[String] {
        self.meaning.space.classes()
    }

    /// The images (or labels without image), sorted by part and id.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// All raters' names, sorted. Not every rater has marked every image.
    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// How kind and encoding were understood, and by what; one sentence for the user.
    pub fn describe_choice(&self) -> &str {
        &self.meaning.sentence
    }
}

fn rater_names(items: &[Item]) -> Vec<String> {
    let names: BTreeSet<&str> = items.iter().flat_map(Item::raters).collect();
    names.into_iter().map(str::to_owned).collect()
}
