//! A model ready to predict, as a request says.

use crate::open::{self, Running};
use crate::{JobError, Observer, written};
use scumble_nn::{Averaging, Device, PrecisionChoice, Predictor};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Which model, and how it predicts.
///
/// ```
/// use scumble_jobs::model::{Correction, ModelRequest};
///
/// let request: ModelRequest = serde_json::from_str(r#"{"model": "run", "averaging": {"flips": "off"}}"#)?;
/// assert_eq!(request.correction, Correction::Full);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// More of them, whose predictions are averaged with the first's.
    #[serde(default)]
    pub members: Vec<PathBuf>,
    /// Side of the tiles in pixels: smaller takes less memory and more time.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
    /// How far its probabilities are corrected.
    #[serde(default)]
    pub correction: Correction,
    /// Predict what this rater would say, in place of what raters say together ([`Predictor::of_rater`]).
    #[serde(default)]
    pub rater: Option<String>,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
}

/// How far a model's probabilities are corrected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// What class weights in training have put there is taken off, and the model's calibration applied.
    #[default]
    Full,
    /// What class weights in training have put there is taken off.
    Shift,
    /// Not at all.
    None,
}

/// The models on their device, whose mean is the prediction, and the files that they were read from.
///
/// # Errors
/// A model that cannot be read, models that do not go together, a rater who has no say in them, a device that is not there.
pub fn open_model(
    request: &ModelRequest,
    observer: &dyn Observer,
) -> Result<(Predictor, Vec<PathBuf>), JobError> {
    let paths: Vec<&Path> =
        [&request.model].into_iter().chain(&request.members).map(PathBuf::as_path).collect();
    let place = (request.device, request.precision);
    let running = Running::new(&paths, place, &request.averaging, request.tile, observer);
    let (predictor, files) = running.predictor(&paths)?;
    let predictor = match request.correction {
        Correction::Full => predictor,
        Correction::Shift => predictor.uncalibrated(),
        Correction::None => predictor.keeping_shift(),
    };
    let predictor = match &request.rater {
        Some(rater) => predictor.of_rater(rater)?,
        None => predictor,
    };
    open::tell(&predictor, &request.averaging, observer);
    Ok((predictor, files))
}
