//! Networks for scumble: description, execution, training, prediction and model files
#![forbid(unsafe_code)]

mod config;
mod executor;
mod head;
mod model;
mod network;
mod observer;
mod predict;
mod task;
mod train;

pub use config::{
    ClassBalance, Config, ConfigError, DataConfig, KindChoice, NetworkConfig, Origin, TaskConfig,
    TrainConfig, TrainTarget, ValidationTarget, Weighting, load as load_config, template as config_template,
};

#[cfg(feature = "burn")]
pub use executor::open_burn;
pub use executor::{Device, Executor, ExecutorError, State, UnknownDevice, Update, open};
pub use head::{ClassLoss, Head, Likelihood, Objective, ObjectiveError, Reading, ReadingError};
pub use model::{History, Model, ModelCard, ModelError};
pub use network::{
    Layer, NORM_EPSILON, NORM_MOMENTUM, Network, NetworkError, Norm, Op, Parameter, Role, Tensors, UNet,
    initial_weights,
};
pub use observer::{EpochReport, LossReport, Observer, StepReport};
pub use predict::{DEFAULT_TILE, PredictError, Predictor, TakeBands, predict_image};
pub use task::{Task, TaskError};
pub use train::{Profile, Run, RunData, RunInfo, Status, TrainError, TrainOutcome, TrainRequest, train};
