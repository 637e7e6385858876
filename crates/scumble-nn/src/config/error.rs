//! Why settings cannot be used.

use scumble_data::AugmentationError;
use std::fmt;
use thiserror::Error;

/// Where settings were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A text, by the name of its file.
    Text(String),
    /// An assignment `KEY=VALUE` over it.
    Assignment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(origin) | Self::Assignment(origin) => f.write_str(origin),
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Text that is no TOML.
    #[error("{origin}: {message}")]
    Syntax {
        /// Where it was read.
        origin: Origin,
        /// What the TOML reader says, with line and column.
        message: String,
    },
    /// A key that does not exist.
    #[error("{origin}: unknown key `{key}`{}", suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    UnknownKey {
        /// Where it was read.
        origin: Origin,
        /// The key, dotted.
        key: String,
        /// The known key that looks like it.
        suggestion: Option<String>,
    },
    /// A value of the wrong type.
    #[error("{origin}: {message}")]
    Type {
        /// Where it was read.
        origin: Origin,
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

impl ConfigError {
    /// The assignment `KEY=VALUE` at fault, where it is one; the message begins with it.
    pub fn assignment(&self) -> Option<&str> {
        match self {
            Self::Syntax { origin, .. } | Self::UnknownKey { origin, .. } | Self::Type { origin, .. } => {
                match origin {
                    Origin::Assignment(assignment) => Some(assignment),
                    Origin::Text(_) => None,
                }
            }
            Self::Range { .. } | Self::Augment { .. } => None,
        }
    }
}
