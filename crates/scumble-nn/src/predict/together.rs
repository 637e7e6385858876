//! Whether models can be averaged.

use super::Mean;
use crate::{Head, ModelCard, Task};
use scumble::joint::JointKind;
use scumble_data::SliceAxis;
use thiserror::Error;

/// Why models cannot be averaged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TogetherError {
    /// Not one model.
    #[error("no model to predict by")]
    None,
    /// Models of other labels.
    #[error("models that are averaged answer the same question; this one is {found}, the first {expected}")]
    Labels {
        /// Which model, counted from 0.
        model: usize,
        /// What it predicts.
        found: String,
        /// What the first predicts.
        expected: String,
    },
    /// Models of other images.
    #[error(
        "models that are averaged see the same images; this one has {found} channels, the first {expected}"
    )]
    Channels {
        /// Which model, counted from 0.
        model: usize,
        /// Its channels.
        found: usize,
        /// Those of the first.
        expected: usize,
    },
    /// Models of other slices.
    #[error(
        "models that are averaged see the same images; this one sees {found} slices on either side, the first {expected}"
    )]
    Context {
        /// Which model, counted from 0.
        model: usize,
        /// Its slices.
        found: usize,
        /// Those of the first.
        expected: usize,
    },
    /// Models of slices along different axes.
    #[error(
        "models that are averaged see the same slices; this one has learnt from those along {found}, the first {expected}"
    )]
    Axis {
        /// Which model, counted from 0.
        model: usize,
        /// Its axis.
        found: String,
        /// That of the first.
        expected: String,
    },
    /// Logits that do not mean the same in two models.
    #[error(
        "logits of label sets ({found}) cannot be averaged with the first model's ({expected}), as they do not mean the \
         same; average probabilities"
    )]
    Logits {
        /// Which model, counted from 0.
        model: usize,
        /// Its family of label sets.
        found: String,
        /// That of the first.
        expected: String,
    },
}

impl TogetherError {
    /// Which model does not go with the first, counted from 0.
    pub fn model(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Labels { model, .. }
            | Self::Channels { model, .. }
            | Self::Context { model, .. }
            | Self::Axis { model, .. }
            | Self::Logits { model, .. } => *model,
        }
    }
}

/// Whether a mean of these models means something: that they have the same kind and classes, and see the same channels.
/// Logits of label sets must be parameters of the same family, and the components of two mixtures are never the same.
pub(super) fn check<'c>(
    mut cards: impl Iterator<Item = &'c ModelCard>,
    mean: Mean,
) -> Result<(), TogetherError> {
    let first = cards.next().ok_or(TogetherError::None)?;
    for (model, card) in (1..).zip(cards) {
        let [expected, found] = [first, card].map(|card| card.task.space());
        if found != expected {
            let [expected, found] = [first, card].map(|card| described(&card.task));
            return Err(TogetherError::Labels { model, found, expected });
        }
        let [expected, found] = [first, card].map(|card| card.network.channels());
        if found != expected {
            return Err(TogetherError::Channels { model, found, expected });
        }
        let [expected, found] = [first, card].map(|card| card.context);
        if found != expected {
            return Err(TogetherError::Context { model, found, expected });
        }
        let [expected, found] = [first, card].map(|card| card.slice_axis);
        if found != expected {
            let [expected, found] = [expected, found].map(axis);
            return Err(TogetherError::Axis { model, found, expected });
        }
        let [expected, found] = [first, card].map(|card| card.task.head());
        let same = match (expected.joint(), found.joint()) {
            (None, None) => true,
            (Some(a), Some(b)) => a == b && a.kind() != JointKind::Mixture,
            _ => false,
        };
        if mean == Mean::Logits && !same {
            let [expected, found] = [expected, found].map(family);
            return Err(TogetherError::Logits { model, found, expected });
        }
    }
    Ok(())
}

fn axis(axis: Option<SliceAxis>) -> String {
    axis.map_or_else(|| "the longest side of voxels".to_owned(), |axis| axis.to_string())
}

fn described(task: &Task) -> String {
    format!("{} ({})", task.kind(), task.classes().join(", "))
}

fn family(head: Head) -> String {
    head.joint().map_or_else(|| "independent labels".to_owned(), |family| family.to_string())
}
