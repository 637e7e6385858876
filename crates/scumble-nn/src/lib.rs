#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod config;
pub mod executor;
pub mod head;
pub mod model;
pub mod network;
mod observer;
pub mod onnx;
pub mod predict;
pub mod ranks;
mod scales;
mod task;
pub mod train;
mod views;

pub use config::{Config, ConfigError, load as load_config};
pub use executor::{Device, Precision, PrecisionChoice, UnknownDevice, UnknownPrecision};
pub use head::{Head, Reading};
pub use model::{Model, ModelCard, ModelError};
pub use observer::{EpochReport, LossReport, Observer, StepReport};
pub use predict::{Averaging, Mean, PredictError, Predictor};
pub use scales::{Scales, WrongScales};
pub use scumble_kernels::{ISA_VARIABLE, Isa, NoIsa};
pub use task::{Task, TaskError};
pub use train::{ClaimedRun, Run, RunInfo, Status, TrainError, TrainOutcome, TrainRequest, train};
pub use views::{FlipsChoice, UnknownFlips, View, Views};
