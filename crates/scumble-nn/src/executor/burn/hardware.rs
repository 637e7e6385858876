use burn::tensor::Device as BurnDevice;

use crate::executor::{Device, ExecutorError};

/// Burn's name for a device, once it is known to exist.
pub(super) fn find(device: &Device) -> Result<BurnDevice, ExecutorError> {
    match *device {
        Device::Cpu => Ok(BurnDevice::flex()),
        Device::Cuda(index) => cuda(index),
        Device::Wgpu => wgpu(),
    }
}

#[cfg(feature = "cuda")]
fn cuda(index: usize) -> Result<BurnDevice, ExecutorError> {
    let devices = burn::tensor::Device::enumerate(burn::tensor::DeviceType::Cuda);
    let found = devices.into_iter().count();
    if index < found {
        Ok(BurnDevice::cuda(index))
    } else {
        Err(ExecutorError::NoDevice { device: Device::Cuda(index), found })
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(index: usize) -> Result<BurnDevice, ExecutorError> {
    Err(ExecutorError::Feature { device: Device::Cuda(index), feature: "cuda" })
}

#[cfg(feature = "wgpu")]
fn wgpu() -> Result<BurnDevice, ExecutorError> {
    let devices = burn::tensor::Device::enumerate(burn::tensor::DeviceType::Wgpu);
    if devices.into_iter().count() > 0 {
        Ok(BurnDevice::wgpu(burn::tensor::DeviceKind::DefaultDevice))
    } else {
        Err(ExecutorError::NoDevice { device: Device::Wgpu, found: 0 })
    }
}

#[cfg(not(feature = "wgpu"))]
fn wgpu() -> Result<BurnDevice, ExecutorError> {
    Err(ExecutorError::Feature { device: Device::Wgpu, feature: "wgpu" })
}
