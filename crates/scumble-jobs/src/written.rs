//! What requests have in common where they are read from JSON.

use scumble_nn::predict::DEFAULT_TILE;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::num::NonZeroUsize;

/// The side of the tiles, if nobody has one in mind.
pub(crate) fn tile() -> NonZeroUsize {
    DEFAULT_TILE
}

/// A value of which the check has nothing to say.
pub(crate) fn checked<'de, D: Deserializer<'de>, T: Deserialize<'de>, E: Display>(
    deserializer: D,
    check: impl FnOnce(&T) -> Result<(), E>,
) -> Result<T, D::Error> {
    let value = T::deserialize(deserializer)?;
    check(&value).map_err(D::Error::custom)?;
    Ok(value)
}
