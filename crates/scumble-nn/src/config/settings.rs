//! Every setting of a training with its default.

use super::{TrainTarget, ValidationTarget};
use crate::Views;
use crate::executor::{Optimiser, PrecisionChoice, Update};
use crate::head::Likelihood;
use crate::network::Norm;
use scumble::joint::JointKind;
use scumble::labels::Kind;
use scumble::loss::LossTerm;
use scumble_data::{AbsoluteUnits, AugmentationOptions, Grouping, NormalisationMethod, Validation};
use serde::{Deserialize, Serialize};

/// Everything that can be chosen about a training. The default is what a training does unasked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which labels and images.
    pub data: DataConfig,
    /// What is learnt.
    pub task: TaskConfig,
    /// With which network.
    pub network: NetworkConfig,
    /// How, and for how long.
    pub train: TrainConfig,
    /// How the patches are varied.
    pub augment: AugmentationOptions,
}

/// `[data]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// What to learn from where there are several: the labels, or what is made of the raters.
    pub target: TrainTarget,
    /// Which images take part, by name; glob patterns.
    pub images: Vec<String>,
    /// What is held out to validate by. A `val` folder in the data set goes before this.
    pub validation: Validation,
    /// What validation judges by.
    pub validation_target: ValidationTarget,
    /// Which images belong together, so that no two of them are on both sides; the default is the data set's own.
    pub group: Grouping,
    /// Where the chance of a share comes from: the same in all runs that are to be compared.
    pub seed: u64,
    /// By which statistics images enter the network.
    pub normalisation: NormalisationChoice,
    /// How many slices of its volume on either side of an image the network sees with it (2.5-D).
    pub context: usize,
}

/// By which statistics images enter a network, or what suits the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormalisationChoice {
    /// [`NormalisationMethod::Both`]; [`NormalisationMethod::Dataset`] where the numbers mean the same in every image.
    #[default]
    Auto,
    /// [`NormalisationMethod::Dataset`].
    Dataset,
    /// [`NormalisationMethod::Image`].
    Image,
    /// [`NormalisationMethod::Percentile`].
    Percentile,
    /// [`NormalisationMethod::Both`].
    Both,
    /// [`NormalisationMethod::None`].
    None,
}

impl NormalisationChoice {
    /// The method that it comes to, for images of these units, where they have some that mean the same everywhere.
    pub fn method(self, units: Option<AbsoluteUnits>) -> NormalisationMethod {
        match self {
            NormalisationChoice::Auto if units.is_some() => NormalisationMethod::Dataset,
            NormalisationChoice::Dataset => NormalisationMethod::Dataset,
            NormalisationChoice::Image => NormalisationMethod::Image,
            NormalisationChoice::Percentile => NormalisationMethod::Percentile,
            NormalisationChoice::Auto | NormalisationChoice::Both => NormalisationMethod::Both,
            NormalisationChoice::None => NormalisationMethod::None,
        }
    }
}

/// `[task]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskConfig {
    /// The kind of label; `auto` takes what the data set has.
    pub kind: KindChoice,
    /// How overlapping labels hang together; other than independent takes raters' label sets.
    pub joint: JointKind,
    /// Components of a mixture.
    pub components: usize,
    /// Learn what each rater would say, too, beside what they say together.
    pub raters: bool,
}

/// A kind of label, or the data set's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KindChoice {
    /// As the data set has it.
    #[default]
    Auto,
    /// Two classes, one map.
    Binary,
    /// Exclusive classes.
    Multiclass,
    /// Overlapping classes.
    Multilabel,
}

impl KindChoice {
    /// The kind asked for, if any.
    pub fn kind(self) -> Option<Kind> {
        match self {
            KindChoice::Auto => None,
            KindChoice::Binary => Some(Kind::Binary),
            KindChoice::Multiclass => Some(Kind::Multiclass),
            KindChoice::Multilabel => Some(Kind::Multilabel),
        }
    }
}

/// `[network]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Channels of each U-Net level, from full resolution down. Their number is the depth.
    pub widths: Vec<usize>,
    /// Normalisation after each convolution.
    pub norm: Norm,
}

impl NetworkConfig {
    /// What the side of a patch is a multiple of: 2 to the power of (levels - 1).
    pub(crate) fn stride(&self) -> usize {
        1 << self.widths.len().saturating_sub(1).min(32)
    }
}

/// `[train]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Length of the training, in epochs; 0: by how much there is to learn from.
    pub epochs: u64,
    /// Length of the training in minutes instead; 0: by epochs.
    pub minutes: f64,
    /// Steps an epoch; 0: as many as cover the training pixels once.
    pub steps: u64,
    /// Patches a step.
    pub batch: usize,
    /// Side of a patch in pixels; 0: 128, halved until the largest image holds it.
    pub patch: usize,
    /// The numbers in which the network runs.
    pub precision: PrecisionChoice,
    /// What changes the weights.
    pub optimiser: Optimiser,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Share of a convolution's weight lost per unit of learning rate.
    pub weight_decay: f64,
    /// Share of the training in which the learning rate rises.
    pub warmup: f64,
    /// Decay of the moving average of the weights; 0: none.
    pub average: f64,
    /// What a pixel weighs.
    pub weighting: Weighting,
    /// How the votes on a pixel are taken to come about.
    pub likelihood: Likelihood,
    /// What is minimised, a weighted sum; empty: the cross entropy of the task.
    pub loss: Vec<LossTerm>,
    /// Whether rare classes weigh more.
    pub balance: ClassBalance,
    /// A factor for each class in the loss; empty: all 1.
    pub class_weights: Vec<f64>,
    /// Gigabytes of decoded training images that are kept; others are read again when needed.
    pub memory: f64,
    /// Where all chance comes from, but that of the split.
    pub seed: u64,
}

/// What a pixel weighs in loss and score, beside weights in the data set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weighting {
    /// As many as raters judged it: maximum likelihood of their votes.
    #[default]
    Raters,
    /// Every pixel the same.
    Pixels,
}

impl Weighting {
    /// True if the number of raters counts.
    pub fn by_raters(self) -> bool {
        self == Weighting::Raters
    }
}

/// Whether classes weigh in the loss by their frequency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassBalance {
    /// As often as they are.
    #[default]
    None,
    /// The same mass for every class, or for both sides of each binary one, over all training pixels.
    /// Prediction undoes what this does to the probabilities.
    Dataset,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            target: TrainTarget::default(),
            images: vec!["*".into()],
            validation: Validation::default(),
            validation_target: ValidationTarget::Same,
            group: Grouping::default(),
            seed: 0,
            normalisation: NormalisationChoice::Auto,
            context: 0,
        }
    }
}

impl Default for TaskConfig {
    fn default() -> Self {
        Self { kind: KindChoice::Auto, joint: JointKind::Independent, components: 2, raters: false }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self { widths: vec![16, 32, 64, 128], norm: Norm::Batch }
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 0,
            minutes: 0.0,
            steps: 0,
            batch: 8,
            patch: 0,
            precision: PrecisionChoice::Auto,
            optimiser: Optimiser::Muon,
            learning_rate: 6e-3,
            weight_decay: 1e-2,
            warmup: 0.05,
            average: 0.99,
            weighting: Weighting::Raters,
            likelihood: Likelihood::Binomial,
            loss: Vec::new(),
            balance: ClassBalance::None,
            class_weights: Vec::new(),
            memory: 4.0,
            seed: 0,
        }
    }
}

impl Config {
    /// All settings as TOML, which [`load`](super::load) reads as the same.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings are TOML")
    }

    /// The turns and flips in which patches are seen.
    pub fn views(&self) -> Views {
        Views { flips: self.augment.flips, turns: self.augment.turns }
    }

    /// The optimiser's settings at a learning rate.
    pub(crate) fn update(&self, learning_rate: f64) -> Update {
        Update {
            optimiser: self.train.optimiser,
            learning_rate: learning_rate as f32,
            weight_decay: self.train.weight_decay as f32,
            average: self.train.average as f32,
            ..Update::default()
        }
    }
}
