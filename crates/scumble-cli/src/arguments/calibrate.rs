//! What `scumble calibrate` is told.

use super::{Against, Averaging, DeviceChoice, Groups, Images, Precision, Print, Tile};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use scumble::calibrate::CalibrationMethod;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// A model file or a run folder
    pub(crate) model: PathBuf,
    /// The data set: of the one that a run was trained on, only what it held out
    pub(crate) data: PathBuf,
    /// How: vector is for exclusive classes, platt and class-temperature for others
    #[arg(long, default_value = "temperature", value_parser = methods())]
    pub(crate) method: CalibrationMethod,
    #[command(flatten)]
    pub(crate) images: Images,
    #[command(flatten)]
    pub(crate) against: Against,
    /// How many parts the images are cut into, each judged by a calibration fitted to the others
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) folds: u16,
    /// Store the calibration whether or not it gains anything
    #[arg(long)]
    pub(crate) force: bool,
    /// Store nothing
    #[arg(long, conflicts_with = "force")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) tile: Tile,
    #[command(flatten)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) precision: Precision,
    #[command(flatten)]
    pub(crate) averaging: Averaging,
    #[command(flatten)]
    pub(crate) groups: Groups,
    #[command(flatten)]
    pub(crate) print: Print,
}

fn methods() -> impl TypedValueParser<Value = CalibrationMethod> {
    PossibleValuesParser::new(CalibrationMethod::ALL.map(CalibrationMethod::name))
        .try_map(|name| name.parse())
}
