//! Calls, settings and states that are refused.

use ndarray::{Array4, ArrayD};
use scumble_nn::executor::{ExecutorError, State, Update, open};
use scumble_nn::network::{Norm, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::noise;
use crate::{start, tiny};

#[test]
fn images_that_do_not_fit_are_refused() {
    let mut executor = start(&tiny(Norm::Batch));
    for (shape, part) in [
        ((0, 2, 8, 8), "no image"),
        ((1, 3, 8, 8), "3 channels"),
        ((1, 0, 8, 8), "0 channels"),
        ((1, 2, 7, 8), "7 x 8"),
        ((1, 2, 8, 0), "8 x 0"),
    ] {
        let images = Array4::<f32>::zeros(shape);
        let errors = [executor.forward(images.view()), executor.infer(images.view())];
        for error in errors.map(|result| result.unwrap_err().to_string()) {
            assert!(error.contains(part), "{shape:?}: {error}");
        }
    }
    // Views in any memory order are welcome.
    let images = noise((1, 8, 8, 2), 1);
    let turned = images.view().permuted_axes([0, 3, 1, 2]);
    let copied = Array4::from_shape_fn(turned.dim(), |i| turned[i]);
    assert_eq!(executor.infer(turned).unwrap(), executor.infer(copied.view()).unwrap());
}

#[test]
fn calls_out_of_order_are_refused() {
    let network = tiny(Norm::None);
    let mut executor = start(&network);
    let images = noise((1, 2, 4, 4), 1);
    let fresh = executor.state().unwrap();
    let gradient = Array4::zeros((1, 2, 4, 4));
    assert!(matches!(executor.backward(gradient.view()), Err(ExecutorError::NoForward)));
    assert!(matches!(executor.gradients(), Err(ExecutorError::NoBackward)));
    assert!(matches!(executor.update(&Update::default()), Err(ExecutorError::NoBackward)));
    executor.forward(images.view()).unwrap();
    let wrong = Array4::zeros((1, 2, 4, 8));
    assert!(matches!(executor.backward(wrong.view()), Err(ExecutorError::Gradient { .. })));
    // The forward is still there for the right gradient, once.
    executor.backward(gradient.view()).unwrap();
    assert!(matches!(executor.backward(gradient.view()), Err(ExecutorError::NoForward)));
    executor.restore(&fresh).unwrap();
    assert!(matches!(executor.update(&Update::default()), Err(ExecutorError::NoBackward)));
}

#[test]
fn settings_without_sense_are_refused() {
    let mut executor = start(&tiny(Norm::None));
    let usual = Update::default();
    for update in [
        Update { learning_rate: f32::NAN, ..usual },
        Update { learning_rate: -1.0, ..usual },
        Update { weight_decay: f32::INFINITY, ..usual },
        Update { momentum: 1.0, ..usual },
        Update { beta1: 1.0, ..usual },
        Update { beta2: -0.1, ..usual },
        Update { average: 1.0, ..usual },
    ] {
        assert!(matches!(executor.update(&update), Err(ExecutorError::Update { .. })), "{update:?}");
    }
}

#[test]
fn states_of_other_networks_are_refused() {
    let network = tiny(Norm::Batch);
    let good = State::new(&network, initial_weights(&network, 0));
    let spoil = |change: fn(&mut State)| {
        let mut state = good.clone();
        change(&mut state);
        let mut executor = start(&network);
        let before = executor.state().unwrap();
        let error = executor.restore(&state).unwrap_err();
        assert_eq!(executor.state().unwrap(), before);
        assert!(open(&Device::Cpu, Precision::F32, &network, &state).is_err());
        error
    };
    let missing = spoil(|state| drop(state.weights.remove("head.bias")));
    assert!(matches!(missing, ExecutorError::Missing { part: "weights", .. }));
    let unknown = spoil(|state| drop(state.average.insert("tail".to_owned(), ArrayD::zeros(vec![1]))));
    assert!(matches!(unknown, ExecutorError::Unknown { part: "average", .. }));
    let shape =
        spoil(|state| drop(state.second_moment.insert("head.bias".to_owned(), ArrayD::zeros(vec![3]))));
    assert!(matches!(shape, ExecutorError::Shape { .. }));
}

#[test]
fn a_single_value_has_no_variance() {
    let unet = UNet { channels: 1, outputs: 1, widths: vec![2, 2], norm: Norm::Batch };
    let network = unet.network().unwrap();
    let mut executor = start(&network);
    let one = Array4::zeros((1, 1, 2, 2));
    let before = executor.state().unwrap();
    assert!(matches!(executor.forward(one.view()), Err(ExecutorError::SingleValue { .. })));
    assert_eq!(executor.state().unwrap(), before);
    assert!(executor.forward(Array4::zeros((2, 1, 2, 2)).view()).is_ok());
}

#[test]
fn device_names() {
    for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3), Device::Wgpu] {
        assert_eq!(device.to_string().parse(), Ok(device));
    }
    for name in ["", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:99999999999999999999", "tpu"] {
        let error = name.parse::<Device>().unwrap_err();
        assert_eq!(error.name, name);
        assert!(error.to_string().contains("cuda:INDEX"));
    }
}

#[test]
fn a_device_that_runs_in_f32_alone_says_so() {
    let network = tiny(Norm::None);
    let state = State::new(&network, initial_weights(&network, 0));
    for device in [Device::Cuda(1), Device::Wgpu] {
        let error = open(&device, Precision::Bf16, &network, &state).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("bf16") && error.contains(&device.to_string()), "{error}");
    }
}

#[cfg(not(any(feature = "cuda", feature = "wgpu")))]
#[test]
fn a_device_that_was_not_built_in_names_its_feature() {
    let network = tiny(Norm::None);
    let state = State::new(&network, initial_weights(&network, 0));
    for (device, feature) in [(Device::Cuda(1), "`cuda`"), (Device::Wgpu, "`wgpu`")] {
        let error = open(&device, Precision::F32, &network, &state).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(feature) && error.contains(&device.to_string()), "{error}");
    }
}
