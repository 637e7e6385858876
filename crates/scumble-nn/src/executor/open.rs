//! The executor of a device, opened.

#[cfg(feature = "burn")]
use super::burn::BurnExecutor;
use super::cpu;
use super::device::Device;
use super::error::ExecutorError;
use super::interface::Executor;
use super::state::State;
use crate::network::graph::Network;

/// Puts a network with a state on a device.
///
/// # Errors
/// When the state's tensors are not those of the network, this build has no support for the device (the message names
/// the cargo feature), or the machine has no such device.
pub fn open(device: &Device, network: &Network, state: &State) -> Result<Box<dyn Executor>, ExecutorError> {
    state.check(network)?;
    match *device {
        Device::Cpu => Ok(cpu::open(network, state)),
        #[cfg(feature = "burn")]
        Device::Cuda(_) | Device::Wgpu => Ok(Box::new(BurnExecutor::open(device, network, state)?)),
        #[cfg(not(feature = "burn"))]
        Device::Cuda(_) => Err(ExecutorError::Feature { device: *device, feature: "cuda" }),
        #[cfg(not(feature = "burn"))]
        Device::Wgpu => Err(ExecutorError::Feature { device: *device, feature: "wgpu" }),
    }
}

/// As [`open`], with Burn on every device: on the processor an independent reference, and several times slower.
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
