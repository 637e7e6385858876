use crate::arguments::Loss;
use anyhow::bail;
use ndarray::ArrayD;
use scumble::loss::Real;
use scumble_data::{NumberArray, read_array};
use std::path::Path;

/// The arrays of a loss, as their files have them.
pub(super) struct Inputs {
    pub(super) logits: NumberArray,
    pub(super) targets: NumberArray,
    pub(super) mask: Option<ArrayD<bool>>,
    pub(super) weights: Option<NumberArray>,
}

impl Inputs {
    pub(super) fn read(arguments: &Loss) -> anyhow::Result<Self> {
        let logits = read_array(&arguments.logits)?;
        if !is_float(&logits) {
            bail!("{}: logits are floats, f32 or f64; this array has integers", arguments.logits.display());
        }
        Ok(Self {
            logits,
            targets: read_array(&arguments.targets)?,
            mask: arguments.weighting.mask.as_deref().map(mask).transpose()?,
            weights: arguments.weighting.weight.as_deref().map(read_array).transpose()?,
        })
    }

    /// Whether to compute in f64: if any of the two has it.
    pub(super) fn wide(&self) -> bool {
        matches!(self.logits, NumberArray::F64(_)) || matches!(self.targets, NumberArray::F64(_))
    }
}

pub(super) fn is_float(array: &NumberArray) -> bool {
    matches!(array, NumberArray::F32(_) | NumberArray::F64(_))
}

fn mask(path: &Path) -> anyhow::Result<ArrayD<bool>> {
    match read_array(path)? {
        NumberArray::Bool(mask) => Ok(mask),
        NumberArray::Integer(mask) => Ok(mask.mapv(|on| on != 0)),
        _ => bail!("{}: a mask is bool or u8, this array has floats", path.display()),
    }
}

/// The numbers as the type to compute in.
pub(super) fn numbers<R: Real>(array: NumberArray) -> ArrayD<R> {
    match array {
        NumberArray::Bool(array) => array.mapv(|on| if on { R::ONE } else { R::ZERO }),
        NumberArray::Integer(array) => array.mapv(|n| R::from_f64(n as f64)),
        NumberArray::F32(array) => array.mapv(|x| R::from_f64(x.into())),
        NumberArray::F64(array) => array.mapv(R::from_f64),
        _ => unreachable!("no other numbers are read"),
    }
}
