//! What is asked of a judgement; every field holds only what can be.

use super::error::Error;
use super::gate::Gate;
use crate::written;
use scumble::score::{Binning, JudgeOptions, Resolution};
use scumble_data::{Band, Grouping, Target};
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, PrecisionChoice};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Predictions, what to hold them against, and what to find out.
///
/// ```
/// use scumble_jobs::judge::{Bins, JudgeRequest};
///
/// let mut request = JudgeRequest::new("run", "data");
/// request.settings.bins = Bins::new(10)?;
/// request.gates.push("calibration > 0.05".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeRequest {
    /// A model file, a run folder, or a folder of probability maps or of samples.
    pub predictions: PathBuf,
    /// More model files or run folders: what is judged is the mean of all.
    #[serde(default)]
    pub members: Vec<PathBuf>,
    /// Whether they are samples: several masks of each image ([`SampledMasks`](scumble_data::SampledMasks)), of which the mean is
    /// judged as the probability map, and which are judged as a crowd beside the raters.
    #[serde(default)]
    pub samples: bool,
    /// The data set, or a folder of label maps.
    pub data: PathBuf,
    /// Only images whose id matches one of these globs; none: those that the model has not learnt from, of data that it
    /// was not trained on all.
    #[serde(default)]
    pub images: Vec<String>,
    /// Which images belong together; the default: as the run or the data set says.
    #[serde(default)]
    pub group: Grouping,
    /// How to judge.
    #[serde(default)]
    pub settings: JudgeSettings,
    /// Judge the images that have a prediction where others have none; else these are an error.
    #[serde(default)]
    pub allow_missing: bool,
    /// Judge a model without its calibration.
    #[serde(default)]
    pub uncalibrated: bool,
    /// Bring a model's batch statistics towards those of the images that are judged
    /// ([`Predictor::adapt`](scumble_nn::Predictor::adapt)).
    #[serde(default)]
    pub adapt: bool,
    /// Judge by the masks of this rater alone, and a model by what it predicts that this rater would say
    /// ([`Predictor::of_rater`](scumble_nn::Predictor::of_rater)).
    #[serde(default)]
    pub rater: Option<String>,
    /// Judge the sets of overlapping labels, too.
    #[serde(default)]
    pub label_sets: bool,
    /// Find out whether the predictions know where they err, too: how their entropy goes with the label's, the risk where
    /// only the surest decisions count, and their calibration against each rater.
    #[serde(default)]
    pub uncertainty: bool,
    /// Measure the distances between outlines, too, with pixels of this height and width.
    #[serde(default)]
    pub surface: Option<Spacing>,
    /// Find out whether several models disagree where their mean errs, too.
    #[serde(default)]
    pub disagreement: bool,
    /// Find the objects of each class, too: those are the same whose IoU is above this.
    #[serde(default)]
    pub objects: Option<MatchIou>,
    /// Judge the prediction as one opinion among the raters, too, by this many masks drawn of each map.
    #[serde(default)]
    pub diversity: Option<DrawnMasks>,
    /// Draw each image beside its maps into this folder.
    #[serde(default)]
    pub pictures: Option<PathBuf>,
    /// Files that will be written of what is found, such as a table or a page: looked at before the work, as the pictures'
    /// are.
    #[serde(default)]
    pub written: Vec<PathBuf>,
    /// Replace files and pictures that are there.
    #[serde(default)]
    pub overwrite: bool,
    /// Collect what a report shows beside the scores: some of the images, and how far the raters agree.
    #[serde(default)]
    pub report: Option<StripMemory>,
    /// Conditions under which the predictions are not good enough.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
    /// Side of the tiles in pixels.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
}

impl JudgeRequest {
    /// The predictions, and the models that are averaged with them.
    pub(crate) fn models(&self) -> Vec<&Path> {
        [&self.predictions].into_iter().chain(&self.members).map(PathBuf::as_path).collect()
    }

    /// All scores that are asked for, of predictions that are known so finely.
    pub(crate) fn scoring(&self, resolution: Resolution) -> JudgeOptions {
        JudgeOptions { uncertainty: self.uncertainty, ..self.settings.scoring(resolution) }
    }

    /// The scores of the images against their labels, as [`JudgeSettings::default`] has them; nothing else.
    pub fn new(predictions: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            predictions: predictions.into(),
            members: Vec::new(),
            samples: false,
            data: data.into(),
            images: Vec::new(),
            group: Grouping::default(),
            settings: JudgeSettings::default(),
            allow_missing: false,
            uncalibrated: false,
            adapt: false,
            rater: None,
            label_sets: false,
            uncertainty: false,
            surface: None,
            disagreement: false,
            objects: None,
            diversity: None,
            pictures: None,
            written: Vec::new(),
            overwrite: false,
            report: None,
            gates: Vec::new(),
            device: Device::default(),
            precision: PrecisionChoice::default(),
            averaging: Averaging::default(),
            tile: DEFAULT_TILE,
        }
    }
}

/// How predictions are held against labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgeSettings {
    /// Which label.
    pub target: Target,
    /// Only this band of each image; none: the band that the run has held out, if it was that.
    pub region: Option<Band>,
    /// A pixel counts as many times as raters judged it; else once.
    pub by_raters: bool,
    /// Bins of the reliability diagram.
    pub bins: Bins,
    /// Where their edges are.
    pub binning: Binning,
    /// A class is predicted where its probability is at least this.
    pub threshold: Probability,
}

impl Default for JudgeSettings {
    /// The label file or else the raters' mean, by raters, 15 bins of equal width, threshold 0.5.
    fn default() -> Self {
        let options = JudgeOptions::default();
        Self {
            target: Target::default(),
            region: None,
            by_raters: options.by_raters,
            bins: Bins(options.bins as u32),
            binning: options.binning,
            threshold: Probability(options.threshold),
        }
    }
}

impl JudgeSettings {
    /// All scores, of predictions that are known so finely.
    pub(crate) fn scoring(&self, resolution: Resolution) -> JudgeOptions {
        JudgeOptions {
            resolution,
            by_raters: self.by_raters,
            bins: self.bins.0 as usize,
            binning: self.binning,
            threshold: self.threshold.0,
            ..JudgeOptions::default()
        }
    }
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// # Errors
    /// A number outside of 0 to 1, or none.
    pub fn new(value: f64) -> Result<Self, Error> {
        let sound = (0.0..=1.0).contains(&value);
        sound.then_some(Self(value)).ok_or(Error::Setting {
            name: "threshold",
            value: value.to_string(),
            must: "a probability is a number from 0 to 1",
        })
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(value: Probability) -> Self {
        value.0
    }
}

/// How many bins a reliability diagram has: 1 to 65536.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Bins(u32);

impl Bins {
    /// # Errors
    /// No bin, or more than 65536.
    pub fn new(count: u32) -> Result<Self, Error> {
        let sound = (1..=65536).contains(&count);
        sound.then_some(Self(count)).ok_or(Error::Setting {
            name: "bins",
            value: count.to_string(),
            must: "1 to 65536 are possible",
        })
    }

    /// Their number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Bins {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Bins> for u32 {
    fn from(value: Bins) -> Self {
        value.0
    }
}

/// How many masks are drawn of a map: 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct DrawnMasks(u16);

impl DrawnMasks {
    /// # Errors
    /// No mask, or more than 256.
    pub fn new(count: u16) -> Result<Self, Error> {
        let sound = (1..=256).contains(&count);
        sound.then_some(Self(count)).ok_or(Error::Setting {
            name: "diversity",
            value: count.to_string(),
            must: "1 to 256 masks are possible",
        })
    }

    /// Their number.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<u16> for DrawnMasks {
    type Error = Error;

    fn try_from(value: u16) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<DrawnMasks> for u16 {
    fn from(value: DrawnMasks) -> Self {
        value.0
    }
}

/// Above which IoU two objects are the same: from 0 to below 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct MatchIou(f64);

impl MatchIou {
    /// # Errors
    /// A number outside of 0 to below 1, or none.
    pub fn new(value: f64) -> Result<Self, Error> {
        (0.0..1.0).contains(&value).then_some(Self(value)).ok_or(Error::Setting {
            name: "objects",
            value: value.to_string(),
            must: "objects match above an IoU from 0 to below 1",
        })
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for MatchIou {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<MatchIou> for f64 {
    fn from(value: MatchIou) -> Self {
        value.0
    }
}

/// So many bytes of pictures are kept while images are judged, for a report to show six of them.
///
/// Which images those are is known once all are judged. A second look is taken at those of them that were not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripMemory(pub usize);

impl Default for StripMemory {
    /// 256 MiB. The pictures of an image of one class have at most 6 MB, so that 40 images are looked at once.
    fn default() -> Self {
        Self(256 << 20)
    }
}

/// Height and width of a pixel, in any unit: distances have it, too.
///
/// ```
/// use scumble_jobs::judge::Spacing;
///
/// assert_eq!("0.5,0.25".parse::<Spacing>().unwrap().sides(), [0.5, 0.25]);
/// assert!("0,1".parse::<Spacing>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Spacing([f64; 2]);

impl Spacing {
    /// Of [height, width].
    ///
    /// # Errors
    /// A side that is not above 0, or no finite number.
    pub fn new(sides: [f64; 2]) -> Result<Self, Error> {
        let sound = sides.iter().all(|side| *side > 0.0 && side.is_finite());
        sound.then_some(Self(sides)).ok_or(Error::Setting {
            name: "surface",
            value: format!("{sides:?}"),
            must: "height and width of a pixel are two numbers above 0",
        })
    }

    /// [height, width].
    pub fn sides(self) -> [f64; 2] {
        self.0
    }
}

impl TryFrom<[f64; 2]> for Spacing {
    type Error = Error;

    fn try_from(sides: [f64; 2]) -> Result<Self, Error> {
        Self::new(sides)
    }
}

impl From<Spacing> for [f64; 2] {
    fn from(spacing: Spacing) -> Self {
        spacing.0
    }
}

impl FromStr for Spacing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.trim().parse().ok();
        let sides = text.split_once(',').and_then(|(height, width)| Some([side(height)?, side(width)?]));
        sides
            .and_then(|sides| Self::new(sides).ok())
            .ok_or_else(|| "height and width of a pixel, two numbers above 0 such as 0.5,0.5".to_owned())
    }
}
