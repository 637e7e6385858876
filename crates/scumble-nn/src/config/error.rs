use scumble_data::AugmentationError;
use thiserror::Error;

/// Why settings cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Text that is no TOML.
    #[error("{origin}: {message}")]
    Syntax {
        /// The file, or `--set KEY=VALUE`.
        origin: String,
        /// What the TOML reader says, with line and column.
        message: String,
    },
    /// A key that does not exist.
    #[error("{origin}: unknown key `{key}`{}", suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    UnknownKey {
        /// The file, or `--set KEY=VALUE`.
        origin: String,
        /// The key, dotted.
        key: String,
        /// The known key that looks like it.
        suggestion: Option<String>,
    },
    /// A value of the wrong type.
    #[error("{origin}: {message}")]
    Type {
        /// The file, or `--set KEY=VALUE`.
        origin: String,
        /// Which key, and what is wrong.
        message: String,
    },
    /// A value out of range.
    #[error("{key} = {value}; allowed: {allowed}")]
    Range {
        /// The key, dotted.
        key: &'static str,
        /// Its value.
        value: String,
        /// What would do.
        allowed: String,
    },
    /// An augmentation out of range.
    #[error("[augment]: {source}")]
    Augment {
        /// What is wrong.
        source: AugmentationError,
    },
}
