//! A loss itself, on arrays in files: its value, floor, excess, gradient and map.

mod choice;
mod classes;
mod inputs;
mod joint;
mod output;
mod weighting;

pub use choice::LossChoice;
pub use weighting::LossWeighting;

use crate::JobError;
use crate::fault::Fault;
use inputs::Inputs;
use ndarray::{ArrayD, Dimension};
use scumble::LossKind;
use scumble::joint::{JointError, JointKind};
use scumble::loss::{Denominator, LossError, Real};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which loss of which arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossRequest {
    /// Which loss.
    pub loss: LossChoice,
    /// The logits: an .npy array of any rank, f32 or f64.
    pub logits: PathBuf,
    /// The labels: of the logits' shape, or the class or label set of each pixel as integers.
    pub targets: PathBuf,
    /// The axis that the classes are on, from the end if it is negative; None: 1, and for independent classes none where
    /// there is no such axis.
    #[serde(default)]
    pub class_axis: Option<isize>,
    /// What the sum is divided by.
    #[serde(default)]
    pub denominator: Denominator,
    /// What counts, and how much.
    #[serde(default)]
    pub weighting: LossWeighting,
    /// Write the gradient with respect to the logits, as .npy.
    #[serde(default)]
    pub gradient: Option<PathBuf>,
    /// Write the weighted loss of each element or pixel, not divided, as .npy.
    #[serde(default)]
    pub map: Option<PathBuf>,
    /// Replace files that are there.
    #[serde(default)]
    pub overwrite: bool,
}

/// A loss; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq)]
pub struct LossResult {
    /// The loss's name.
    pub kind: &'static str,
    /// Value, floor, excess, what the sum was divided by, how much was valid.
    pub loss: scumble::Loss,
}

/// Version 1: version, kind, value, floor, excess, denominator {mode, value}, valid.
impl Serialize for LossResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Divisor {
            mode: Denominator,
            value: f64,
        }
        let loss = &self.loss;
        let mut object = serializer.serialize_struct("LossResult", 7)?;
        object.serialize_field("version", &1)?;
        object.serialize_field("kind", self.kind)?;
        object.serialize_field("value", &loss.value)?;
        object.serialize_field("floor", &loss.floor)?;
        object.serialize_field("excess", &loss.excess)?;
        object.serialize_field("denominator", &Divisor { mode: loss.denominator, value: loss.divisor })?;
        object.serialize_field("valid", &loss.valid)?;
        object.end()
    }
}

/// Why a loss cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A choice that the kind does not have.
    #[error("{0} has no choice of what its classes are to each other; leave it out")]
    NoChoice(LossKind),
    /// A balance that exclusive classes do not have.
    #[error("balance in each image is for independent classes; exclusive ones have it over the batch")]
    BalanceOfImage,
    /// Components of something that is no mixture.
    #[error("components are for mixtures, not for {0}; leave them out")]
    Components(JointKind),
    /// A value to ignore that cannot be among class indices.
    #[error("{0}: class indices are whole numbers")]
    IgnoredIndex(f64),
    /// A value to ignore that cannot be among label sets, or is one of them.
    #[error("{0}: take a whole number that is no label set, such as -1")]
    IgnoredSet(f64),
    /// An axis that is not there, counted from the end.
    #[error("the class axis is {axis}, but the logits have {rank} axes")]
    Axis {
        /// The axis.
        axis: isize,
        /// The logits' axes.
        rank: usize,
    },
    /// An option that the loss refuses.
    #[error(transparent)]
    Option(LossError),
    /// An option that a joint family refuses.
    #[error(transparent)]
    JointOption(JointError),
    /// An array that is no such thing.
    #[error("{}: {problem}", path.display())]
    Array {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Arrays that the loss cannot be taken of.
    #[error("{} and {}: {source}", logits.display(), targets.display())]
    Arrays {
        /// The logits' file.
        logits: PathBuf,
        /// The targets' file.
        targets: PathBuf,
        /// What is wrong.
        source: Box<LossError>,
    },
    /// Arrays that the loss of a joint family cannot be taken of.
    #[error("{} and {}: {source}", logits.display(), targets.display())]
    JointArrays {
        /// The parameters' file.
        logits: PathBuf,
        /// The targets' file.
        targets: PathBuf,
        /// What is wrong.
        source: Box<JointError>,
    },
}

impl Error {
    /// Of a loss that is not finite, for whose place `map` is looked at: `what` lies there, and what the `rule` is.
    fn infinite<R: Real>(
        request: &LossRequest,
        value: f64,
        map: &ArrayD<R>,
        what: &'static str,
        rule: &'static str,
    ) -> Self {
        let at = map.indexed_iter().find(|(_, value)| !value.to_f64().is_finite());
        let place =
            at.map_or(String::new(), |(index, _)| format!(", because of the {what} at {:?}", index.slice()));
        let problem = format!("the loss is {value}{place}; {rule}");
        Self::Array { path: request.logits.clone(), problem }
    }

    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Array { .. } | Self::Arrays { .. } | Self::JointArrays { .. } => Fault::Input,
            _ => Fault::Request,
        }
    }
}

/// Takes the loss of the arrays, in f64 if any of them has it, and writes the arrays asked for.
///
/// # Errors
/// Settings that the loss or the arrays do not have, files that cannot be read or would be replaced, arrays of which
/// the loss cannot be taken or is not finite.
pub fn loss(request: &LossRequest) -> Result<LossResult, JobError> {
    output::check(request)?;
    request.loss.check()?;
    let inputs = Inputs::read(request)?;
    let wide = inputs.wide();
    match &request.loss {
        LossChoice::Joint { kind, labels, components } => {
            let family = joint::family(request, (*kind, *labels, *components), &inputs)?;
            let loss = match wide {
                true => joint::run::<f64>(request, &family, inputs)?,
                false => joint::run::<f32>(request, &family, inputs)?,
            };
            Ok(LossResult { kind: kind.name(), loss })
        }
        LossChoice::Classes { kind, classes, balance } => {
            let choice = classes::Choice { kind: *kind, classes: *classes, balance: *balance };
            let loss = match wide {
                true => classes::run::<f64>(request, &choice, inputs)?,
                false => classes::run::<f32>(request, &choice, inputs)?,
            };
            Ok(LossResult { kind: kind.name(), loss })
        }
    }
}

/// The class axis counted from the front; None where it is left open.
fn axis(request: &LossRequest, rank: usize) -> Result<Option<usize>, Error> {
    match request.class_axis {
        Some(axis) if axis < 0 => match rank.checked_add_signed(axis) {
            Some(front) => Ok(Some(front)),
            None => Err(Error::Axis { axis, rank }),
        },
        axis => Ok(axis.map(isize::unsigned_abs)),
    }
}
