//! In which numbers a network runs: what can be asked for, and what that comes to on a device.

use std::fmt;
use std::str::FromStr;

use scumble_kernels::Isa;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::device::Device;

/// The numbers in which a network's maps are kept and multiplied.
///
/// Weights and their gradients, sums, statistics, logits and the optimiser are f32 in both: a state or a model of one is a
/// state or a model of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 bits of precision: the reference.
    #[default]
    F32,
    /// 8 bits of precision in half of the memory.
    Bf16,
}

/// The precision that is asked for.
///
/// ```
/// use scumble_nn::{Device, Precision, PrecisionChoice};
///
/// let choice: PrecisionChoice = "bf16".parse()?;
/// assert_eq!(choice.on(Device::Cpu).precision, Precision::Bf16);
/// assert_eq!(PrecisionChoice::Auto.on(Device::Wgpu).precision, Precision::F32);
/// let error = "f16".parse::<PrecisionChoice>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown precision "f16": use auto, f32 or bf16"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrecisionChoice {
    /// bf16 where the processor has a unit that is faster in it, else f32.
    #[default]
    Auto,
    /// f32.
    F32,
    /// bf16, on a processor without a unit for it as well: the same numbers, slower.
    Bf16,
}

/// What a choice comes to on a device, and why; displayed it is a line for whoever waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The device.
    pub device: Device,
    /// The precision.
    pub precision: Precision,
    /// Why this one, in words.
    pub why: &'static str,
}

/// A precision's name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown precision {name:?}: use auto, f32 or bf16")]
pub struct UnknownPrecision {
    /// The name as given.
    pub name: String,
}

impl PrecisionChoice {
    /// What it comes to on a device of this machine.
    pub fn on(self, device: Device) -> Resolved {
        let faster = Isa::best().prefers_bf16();
        let (precision, why) = match (self, device) {
            (Self::F32, _) => (Precision::F32, "as asked for"),
            (Self::Bf16, Device::Cpu) if !faster => {
                (Precision::Bf16, "as asked for, though this processor is faster in f32")
            }
            (Self::Bf16, _) => (Precision::Bf16, "as asked for"),
            (Self::Auto, Device::Cpu) if faster => (Precision::Bf16, "in which this processor is faster"),
            (Self::Auto, Device::Cpu) => (Precision::F32, "as this processor is not faster in bf16"),
            (Self::Auto, _) => (Precision::F32, "the only one of this device"),
        };
        Resolved { device, precision, why }
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, precision, why } = self;
        write!(f, "computing on {device} with {} in {precision}, {why}", Isa::best())
    }
}

impl From<Precision> for PrecisionChoice {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::Bf16,
        }
    }
}

impl Precision {
    /// The name in settings, flags and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for PrecisionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => Precision::F32.name(),
            Self::Bf16 => Precision::Bf16.name(),
        })
    }
}

impl FromStr for PrecisionChoice {
    type Err = UnknownPrecision;

    /// Reads `auto`, `f32` or `bf16`.
    fn from_str(name: &str) -> Result<Self, UnknownPrecision> {
        [Self::Auto, Self::F32, Self::Bf16]
            .into_iter()
            .find(|choice| choice.to_string() == name)
            .ok_or_else(|| UnknownPrecision { name: name.to_owned() })
    }
}
