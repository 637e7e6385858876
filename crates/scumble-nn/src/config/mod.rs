//! All settings of a training, their defaults in one place, and reading them from TOML.

mod check;
mod error;
mod load;
mod settings;
mod target;

pub use error::{ConfigError, Origin};
pub use load::{full_key, load, template};
pub use settings::{
    ClassBalance, Config, DataConfig, KindChoice, NetworkConfig, NormalisationChoice, TaskConfig,
    TrainConfig, Weighting,
};
pub use target::{TrainTarget, ValidationTarget};
