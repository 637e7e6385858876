#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod atomic;
mod dataset;
mod error;
mod formats;
mod input;
mod listed;
mod maps;
mod memory;
mod missing;
mod normalisation;
mod patch;
mod raster;
mod shown;
mod split;
mod synthetic;
mod text;

pub use atomic::{is_pending, sweep, write_atomically};
pub use dataset::{
    Carried, CountsWriter, Dataset, ForeignLayout, ImageSummary, ImportPlan, Intensity, Item, ItemCheck,
    ItemData, ItemRows, Labeller, LeftOut, Part, PlacedFile, Prediction, Problem, RECORD, ROI_REACH,
    SampledMasks, SetFolders, Several, Target, Unlabelled, Wanted, check_files, check_layout, check_level,
    check_unread, list_images, list_images_along, list_others, mask_content, plan_import, write_counts,
    write_roi_zip,
};
pub use error::{
    AnnotationProblem, DataError, Fault, ImportProblem, LayoutProblem, MapProblem, Probabilities, Question,
    SettingsProblem, UseProblem, ValueProblem,
};
pub use formats::{
    Affine, ArrayNumber, HeldRows, Location, LocationTags, MapPlace, NumberArray, Numbers, PixelSize,
    RasterInfo, RasterReader, SliceAddress, SliceAxis, Volume, composed, file_and_slice, file_of,
    is_decoding, is_image, is_volume_file, read_array, read_image, read_image_in_context, read_info,
    read_location, read_pixel_size, read_raster, read_size, read_volume, write_array, write_png,
};
pub use input::{open_file, read_text, read_text_file};
pub use listed::listed;
pub use maps::{
    Averaged, MapFormat, MapWriter, OBJECTS_TABLE, Plane, Sidecar, read_sidecar, write_plane, write_sidecar,
};
pub use memory::{MEMORY_VARIABLE, TooLarge, admit, admit_work, memory_limit};
pub use missing::{Outlying, counted, first_non_finite};
pub use normalisation::{
    AbsoluteUnits, Entry, Exposure, Extent, Followed, ImageLook, Normalisation, NormalisationBuilder,
    NormalisationError, NormalisationMethod, NormalisedImage, SeenExposures, Unlike, check_finite,
};
pub use patch::{
    Augmentation, AugmentationError, AugmentationOptions, Batch, Patch, PatchSampler, Sample, SampleError,
    SampleRows, batch,
};
pub use raster::{Raster, Samples, mirror};
pub use shown::{ShownRange, shown_bands};
pub use split::{Band, Grouping, GroupingError, Split, SplitError, Validation, split};
pub use synthetic::{SyntheticImage, SyntheticOptions, synthetic, write_synthetic, write_truth};
