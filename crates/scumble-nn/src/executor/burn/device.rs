//! Devices as Burn knows them, and the way of numbers to one and back.

use std::error::Error;

use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use ndarray::{Array4, ArrayView4};

use crate::executor::device::Device;
use crate::executor::error::ExecutorError;

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
    let devices = BurnDevice::enumerate(burn::tensor::DeviceType::Cuda);
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
    let devices = BurnDevice::enumerate(burn::tensor::DeviceType::Wgpu);
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

/// Values in C order as a tensor on a device.
pub(super) fn upload<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &BurnDevice) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Images or a gradient as a tensor on a device.
pub(super) fn upload_map(map: ArrayView4<f32>, device: &BurnDevice) -> Tensor<4> {
    let (n, c, h, w) = map.dim();
    let values = map.as_slice().map_or_else(|| map.iter().copied().collect(), <[f32]>::to_vec);
    upload(values, [n, c, h, w], device)
}

/// A tensor's values in C order; waits for the device.
pub(super) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExecutorError> {
    tensor.try_into_vec_as::<f32>().map_err(failed)
}

/// Logits as an array; waits for the device.
pub(super) fn read_map(map: Tensor<4>) -> Result<Array4<f32>, ExecutorError> {
    let shape = map.dims();
    Array4::from_shape_vec(shape, read(map)?).map_err(failed)
}

/// A failure of Burn or of the device below it.
pub(super) fn failed(error: impl Error + Send + Sync + 'static) -> ExecutorError {
    ExecutorError::Failed(Box::new(error))
}
