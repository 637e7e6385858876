//! Why a training cannot start or go on.

use crate::executor::ExecutorError;
use crate::head::ChoiceError;
use crate::network::NetworkError;
use crate::ranks::ReduceError;
use crate::{ConfigError, ModelError, PredictError};
use scumble::joint::{JointError, JointKind};
use scumble::labels::{Kind, LabelError};
use scumble::loss::LossKind;
use scumble::score::ScoreError;
use scumble_data::{DataError, NormalisationError, SampleError, SplitError, Unlabelled};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a training cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The split into training and validation images.
    #[error("data.validation: {0}")]
    Split(#[from] SplitError),
    /// The network cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The device.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// Ranks that did not come together.
    #[error(transparent)]
    Ranks(#[from] ReduceError),
    /// A rank that brings something else than the first.
    #[error("rank {rank} and rank 0 differ in their {what}: {found}, {first}; all ranks must be alike")]
    OtherRank {
        /// The rank.
        rank: usize,
        /// What is not alike.
        what: &'static str,
        /// What it brings.
        found: String,
        /// What rank 0 brings.
        first: String,
    },
    /// More ranks than there is work for.
    #[error(
        "{ranks} ranks cannot share the {batch} patches of a step: start at most {batch}, or raise train.batch"
    )]
    TooManyRanks {
        /// Ranks.
        ranks: usize,
        /// Patches of a step.
        batch: usize,
    },
    /// An overlap over the whole batch, which has no shares.
    #[error(
        "train.loss has an overlap over the whole batch (over = \"batch\"), which is no sum over patches, and cannot be \
         shared out among {ranks} ranks: take over = \"image\", or one rank"
    )]
    OverBatch {
        /// Ranks.
        ranks: usize,
    },
    /// A checkpoint or model file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An image that cannot be trained on.
    #[error("{}: {source}", path.display())]
    Image {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        source: SampleError,
    },
    /// An image that does not fit the others.
    #[error("{}: {source}", path.display())]
    Normalisation {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        source: NormalisationError,
    },
    /// A validation image that cannot be predicted.
    #[error("{}: {source}", path.display())]
    Predict {
        /// The image.
        path: PathBuf,
        /// What is wrong.
        source: PredictError,
    },
    /// A prediction that does not fit its label.
    #[error("{}: {source}", path.display())]
    Judge {
        /// The image.
        path: PathBuf,
        /// What does not fit.
        source: ScoreError,
    },
    /// Nothing to learn from.
    #[error("{path}: no training image has a valid labelled pixel")]
    NothingToLearn {
        /// The data set.
        path: PathBuf,
    },
    /// Nothing to validate by.
    #[error("no image is left to validate by; {unlabelled}")]
    NothingToValidate {
        /// Those that would be there for it.
        unlabelled: Box<Unlabelled>,
    },
    /// A run that goes on with another split.
    #[error(
        "{}: {key} stays as it was when the run began, else it would be judged by images that it has learnt from; \
         train a new run", path.display()
    )]
    SplitStays {
        /// The setting.
        key: &'static str,
        /// The run.
        path: PathBuf,
    },
    /// A run that goes on without one of its images.
    #[error("{}: the run began with an image '{image}', which is not there", path.display())]
    NotThere {
        /// The data set.
        path: PathBuf,
        /// The image.
        image: String,
    },
    /// A number of class weights that does not fit.
    #[error("train.class_weights has {found} numbers, the task has {classes} classes ({names})")]
    ClassWeights {
        /// Weights given.
        found: usize,
        /// Classes of the task.
        classes: usize,
        /// Their names.
        names: String,
    },
    /// A loss of independent classes for exclusive ones, or the other way round.
    #[error("train.loss has {loss}, but the labels are {kind}; use {instead}")]
    OtherLoss {
        /// The loss given.
        loss: LossKind,
        /// The task's kind.
        kind: Kind,
        /// The loss that fits.
        instead: LossKind,
    },
    /// A joint family for labels that do not overlap.
    #[error(
        "task.joint = \"{joint}\" is for overlapping labels, these are {kind}; leave it out or set task.kind = \"multilabel\""
    )]
    JointKind {
        /// The family.
        joint: JointKind,
        /// The task's kind.
        kind: Kind,
    },
    /// A joint family with another loss than its own.
    #[error(
        "task.joint = \"{joint}\" has its own cross entropy: leave out train.loss, train.balance and train.class_weights"
    )]
    JointLoss {
        /// The family.
        joint: JointKind,
    },
    /// More labels than training enumerates the sets of.
    #[error(
        "task.joint = \"{joint}\" is trained on all sets of up to 8 labels, these are {labels}; use \"independent\""
    )]
    JointLabels {
        /// The family.
        joint: JointKind,
        /// The labels.
        labels: usize,
    },
    /// A likelihood of counts for exclusive classes.
    #[error(
        "train.likelihood = \"beta-binomial\" is of yes and no, these labels are {kind}; use \"binomial\", or set \
         task.kind = \"multilabel\""
    )]
    LikelihoodKind {
        /// The task's kind.
        kind: Kind,
    },
    /// A likelihood of counts for a label that has none.
    #[error(
        "{}: train.likelihood = \"beta-binomial\" takes k of n raters, and this label is no such count; \
         set data.target = \"mean\" to take the raters' masks, or use \"binomial\"", path.display()
    )]
    NoCounts {
        /// The image.
        path: PathBuf,
    },
    /// Raters as people where there are none.
    #[error(
        "{}: task.raters takes raters' masks, and no training image has one; leave it false", path.display()
    )]
    NoRaters {
        /// The data set.
        path: PathBuf,
    },
    /// Labels that cannot be.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A joint family that cannot be.
    #[error(transparent)]
    Joint(#[from] JointError),
    /// The loss is no number any more.
    #[error(
        "at step {step} loss or weights are not finite numbers any more: lower train.learning_rate (it is {rate}); the \
         last state that is finite, of step {kept}, is in {}", path.display()
    )]
    Diverged {
        /// The step, from 1.
        step: u64,
        /// The highest learning rate.
        rate: f64,
        /// Steps made in the last checkpoint.
        kept: u64,
        /// The last checkpoint.
        path: PathBuf,
    },
    /// An image whose numbers are none for a network.
    #[error(
        "{}: its values are too large or too small to be brought to mean 0 and deviation 1 in 32 bits; scale the images, \
         or say which number stands for no data (nodata in dataset.toml)", path.display()
    )]
    Scale {
        /// The image.
        path: PathBuf,
    },
    /// It was told to stop before it had begun.
    #[error("stopped before the first step")]
    Stopped,
    /// The run folder holds something already.
    #[error("{}: exists and is not empty", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The run folder holds a training that was stopped early.
    #[error("{}: holds a training that was stopped before its first checkpoint", path.display())]
    Begun {
        /// The folder.
        path: PathBuf,
    },
    /// A training that nothing can be read of so far.
    #[error("{}: the training in this folder has no checkpoint yet", path.display())]
    NoCheckpoint {
        /// The folder.
        path: PathBuf,
    },
    /// The run folder has a writer.
    #[error("{}: a training or calibration is at work in this folder", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A run to go on with that has lost a file.
    #[error("{}: is missing, and the training cannot go on without {what}", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// What was in it.
        what: &'static str,
    },
    /// Not a run, so nothing in it is touched.
    #[error("{}: no run folder ({missing} is missing); nothing was changed", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// Which file.
        missing: &'static str,
    },
    /// Resuming with other data.
    #[error(
        "the data are not those that the run {} began with (fingerprint {found:.12}, was {expected:.12}); \
         train a new run", path.display()
    )]
    OtherData {
        /// The run.
        path: PathBuf,
        /// Fingerprint now.
        found: String,
        /// Fingerprint then.
        expected: String,
    },
    /// A file of the run that cannot be read.
    #[error("{}: {message}", path.display())]
    RunFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl TrainError {
    /// Wraps an error of the file system with the path that it is about.
    pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::RunFile { path: path.to_owned(), message: source.to_string() }
    }
}

/// By the keys of the settings that ask for it.
impl From<ChoiceError> for TrainError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Joint { joint, kind } => Self::JointKind { joint, kind },
            ChoiceError::Labels { joint, labels } => Self::JointLabels { joint, labels },
            ChoiceError::Counts { kind } => Self::LikelihoodKind { kind },
            ChoiceError::Family(error) => Self::Joint(error),
        }
    }
}
