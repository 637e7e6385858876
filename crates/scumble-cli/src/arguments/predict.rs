//! What `scumble predict` is told.

use super::part::part;
use super::{Averaging, DeviceChoice, Members, Precision, Print, Products, Tile};
use clap::Args;
use scumble_data::{MapFormat, SliceAxis};
use scumble_jobs::part::Part;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(mut_arg("json", |arg| arg.help("One JSON object a map instead of text")))]
#[command(mut_arg("tile", |arg| arg.help("Side of the tiles in pixels: smaller takes less memory and more time")))]
pub(crate) struct Predict {
    /// A model file or a run folder; of several, named one after the other, the mean is predicted
    pub(crate) model: PathBuf,
    /// Images, volumes, slices of them (volume.nii@0003), or folders of images; volumes are predicted slice by slice and come
    /// back as volumes. Run folders and files named .safetensors among them are further models
    #[arg(required_unless_present = "list", value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
    /// A file of more images, a path a line, or - for standard input: where there are more than a command line holds
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Predict a part of the images alone, such as 3/20, so that other machines predict the rest; auto: that of a task of a Slurm
    /// array
    #[arg(long, value_name = "N/PARTS", value_parser = part)]
    pub(crate) part: Option<Part>,
    /// Leave out images whose maps are there: what was stopped goes on
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Folder for the maps
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// npy (f32, exact), tiff (f32), png16 (65535 = 1), png8 (preview), nifti (f32, lying where the image does) or nifti16
    /// (half the size, 2^-16 exact) [default: nifti of NIfTI files, else npy]
    #[arg(long)]
    pub(crate) format: Option<MapFormat>,
    /// The axis of a volume along which its slices follow one another: x, y or z [default: as in training, else that of the
    /// longest side of its voxels]
    #[arg(long, value_name = "AXIS")]
    pub(crate) slice_axis: Option<SliceAxis>,
    #[command(flatten)]
    pub(crate) tile: Tile,
    /// Leave in the probabilities what class weights in training have put there, and the model's calibration out
    #[arg(long)]
    pub(crate) keep_shift: bool,
    /// Leave the model's calibration out
    #[arg(long)]
    pub(crate) uncalibrated: bool,
    /// Predict what this rater would say, of a model with task.raters = true, in place of what raters say together
    #[arg(long, value_name = "NAME", conflicts_with = "label_sets")]
    pub(crate) rater: Option<String>,
    /// Write the most probable set of overlapping labels, too: label_sets/ID.png, bit i being class i
    #[arg(long)]
    pub(crate) label_sets: bool,
    /// Write how far several models differ at each pixel, too: disagreement/ID.npy, the mutual information of which model is
    /// asked and what it says, in nats
    #[arg(long)]
    pub(crate) disagreement: bool,
    #[command(flatten)]
    pub(crate) members: Members,
    /// Bring the statistics of batch normalisation half of the way to those of these images: where another laboratory made them
    #[arg(long)]
    pub(crate) adapt: bool,
    /// Replace maps that are there; what is read is never written over
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) precision: Precision,
    #[command(flatten)]
    pub(crate) averaging: Averaging,
    #[command(flatten)]
    pub(crate) print: Print,
    #[command(flatten)]
    pub(crate) products: Products,
}
