//! All settings of a training, their defaults in one place, and reading them from TOML.

mod error;
mod load;
mod settings;
mod target;
mod template;

pub use error::ConfigError;
pub use load::load;
pub use settings::{
    ClassBalance, Config, DataConfig, KindChoice, NetworkConfig, TaskConfig, TrainConfig, Weighting,
};
pub use target::{TrainTarget, ValidationTarget};
pub use template::template;
