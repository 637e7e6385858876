//! The executor of a device, opened.

#[cfg(feature = "burn")]
use super::burn::BurnExecutor;
use super::cpu;
use super::device::Device;
use super::error::ExecutorError;
use super::interface::Executor;
use super::precision::Precision;
use super::state::State;
use crate::network::graph::Network;

/// Puts a network with a state on a device, where it runs in a precision.
///
/// # Errors
/// When the state's tensors are not those of the network, this build has no support for the device (the message names
/// the cargo feature), the machine has no such device, or the device does not run in the precision.
pub fn open(
    device: &Device,
    precision: Precision,
    network: &Network,
    state: &State,
) -> Result<Box<dyn Executor>, ExecutorError> {
    state.check(network)?;
    match *device {
        Device::Cpu => Ok(cpu::open(precision, network, state)),
        _ if precision != Precision::F32 => Err(ExecutorError::Precision { device: *device, precision }),
        #[cfg(feature = "burn")]
        Device::Cuda(_) | Device::Wgpu => Ok(Box::new(BurnExecutor::open(device, network, state)?)),
        #[cfg(not(feature = "burn"))]
        Device::Cuda(_) => Err(ExecutorError::Feature { device: *device, feature: "cuda" }),
        #[cfg(not(feature = "burn"))]
        Device::Wgpu => Err(ExecutorError::Feature { device: *device, feature: "wgpu" }),
    }
}

/// As [`open`] in f32, with Burn on every device: on the processor an independent reference, and several times slower.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "burn")]
pub fn open_burn(
    device: &Device,
    network: &Network,
    state: &State,
) -> Result<Box<dyn Executor>, ExecutorError> {
    state.check(network)?;
    Ok(Box::new(BurnExecutor::open(device, network, state)?))
}
