use serde::{Deserialize, Serialize};

/// Whether the classes of a pixel are K questions or one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Classes {
    /// Each class is a yes or no of its own, predicted by a sigmoid (one class: binary).
    #[default]
    Independent,
    /// The classes exclude each other and sum to 1, predicted by a softmax.
    Exclusive,
}
