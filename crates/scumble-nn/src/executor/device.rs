//! Where a network runs, by name.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Where a network runs.
///
/// ```
/// use scumble_nn::Device;
///
/// assert_eq!("cuda:1".parse(), Ok(Device::Cuda(1)));
/// assert_eq!(Device::Cuda(0).to_string(), "cuda");
/// let error = "gpu".parse::<Device>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown device "gpu": use cpu, cuda, cuda:INDEX or wgpu"#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Device {
    /// The processor, with as many threads as the rayon pool that calls has.
    #[default]
    Cpu,
    /// The NVIDIA graphics card of this index (cargo feature `cuda`).
    Cuda(usize),
    /// The graphics card that the system prefers, through WebGPU's API (cargo feature `wgpu`).
    Wgpu,
}

/// A device's name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown device {name:?}: use cpu, cuda, cuda:INDEX or wgpu")]
pub struct UnknownDevice {
    /// The name as given.
    pub name: String,
}

impl FromStr for Device {
    type Err = UnknownDevice;

    /// Reads `cpu`, `cuda`, `cuda:INDEX` or `wgpu`.
    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        let unknown = || UnknownDevice { name: name.to_owned() };
        match name {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "wgpu" => Ok(Self::Wgpu),
            _ => {
                let index = name.strip_prefix("cuda:").ok_or_else(unknown)?;
                index.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(0) => f.write_str("cuda"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Wgpu => f.write_str("wgpu"),
        }
    }
}

impl Serialize for Device {
    /// As it is displayed.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Device {
    /// As it is parsed.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
