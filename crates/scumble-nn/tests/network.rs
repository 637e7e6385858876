//! Laws of networks as data. A new family of networks gets its tests here; what runs them is tested in `executor/`.

mod common;

use common::{NORMS, layer};
use scumble_nn::{Layer, Network, NetworkError, Norm, Op, Role, UNet, initial_weights};

fn unet(norm: Norm) -> Network {
    UNet { norm, ..UNet::default() }.network().unwrap()
}

#[test]
fn parameters_are_as_many_as_in_the_pytorch_peer() {
    assert_eq!(unet(Norm::None).parameter_count(), 487_297);
    // Normalised channels: 2 x (16 + 32 + 64 + 128 + 64 + 32 + 16), each with a scale and a shift.
    assert_eq!(unet(Norm::Group).parameter_count(), 487_297 + 2 * 704);
    // The convolutions' biases are gone, one per normalised channel.
    assert_eq!(unet(Norm::Batch).parameter_count(), 487_297 + 2 * 704 - 704);
}

#[test]
fn names_are_unique_and_roles_decide_what_is_trained() {
    for norm in NORMS {
        let parameters = unet(norm).parameters();
        let names: std::collections::BTreeSet<_> = parameters.iter().map(|p| &p.name).collect();
        assert_eq!(names.len(), parameters.len());
        for p in &parameters {
            assert_eq!(p.decays(), p.shape.len() == 4, "{}", p.name);
            assert_eq!(p.trainable(), !p.name.contains("running_"), "{}", p.name);
        }
    }
}

#[test]
fn maps_halve_going_down_and_return_to_the_size_of_the_image() {
    let network = unet(Norm::None);
    assert_eq!((network.channels(), network.outputs(), network.stride()), (3, 1, 8));
    let shapes = network.shapes(64, 96).unwrap();
    let shape = |name: &str| shapes[network.layers().iter().position(|layer| layer.name == name).unwrap()];
    for (name, expected) in [
        ("input", [3, 64, 96]),
        ("enc1.relu2", [16, 64, 96]),
        ("enc2.pool", [16, 32, 48]),
        ("enc4.relu2", [128, 8, 12]),
        ("dec3.up", [128, 16, 24]),
        ("dec3.concat", [192, 16, 24]),
        ("dec1.concat", [48, 64, 96]),
        ("head", [1, 64, 96]),
    ] {
        assert_eq!(shape(name), expected, "{name}");
    }
    for (height, width) in [(0, 8), (8, 0), (12, 8), (8, 12)] {
        let error = network.shapes(height, width).unwrap_err();
        assert_eq!(error, NetworkError::Size { height, width, stride: 8 });
    }
}

#[test]
fn groups_divide_the_channels() {
    for (width, expected) in [(16, 8), (12, 6), (7, 7), (11, 1), (2, 2)] {
        let unet = UNet { widths: vec![width], norm: Norm::Group, ..UNet::default() };
        let network = unet.network().unwrap();
        let found = network.layers().iter().find_map(|layer| match layer.op {
            Op::GroupNorm { groups, .. } => Some(groups),
            _ => None,
        });
        assert_eq!(found, Some(expected), "{width} channels");
    }
}

#[test]
fn json_keeps_a_network() {
    for norm in NORMS {
        let network = unet(norm);
        let json = serde_json::to_string(&network).unwrap();
        assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), network);
    }
}

#[test]
fn malformed_networks_are_refused() {
    let input = || layer("input", Op::Input { channels: 3 }, &[]);
    let conv =
        |inputs, from: &[usize]| layer("conv", Op::Conv { inputs, outputs: 2, kernel: 3, bias: true }, from);
    let relu = |name: &str, from: &[usize]| layer(name, Op::Relu, from);
    let with_kernel = |kernel| layer("conv", Op::Conv { inputs: 3, outputs: 2, kernel, bias: true }, &[0]);
    let cases: Vec<(&str, Vec<Layer>)> = vec![
        ("nothing", vec![]),
        ("the input alone", vec![input()]),
        ("no input", vec![relu("a", &[]), relu("b", &[0])]),
        ("two inputs", vec![input(), layer("second", Op::Input { channels: 3 }, &[])]),
        ("an input without channels", vec![layer("input", Op::Input { channels: 0 }, &[]), relu("a", &[0])]),
        ("a repeated name", vec![input(), relu("a", &[0]), relu("a", &[1])]),
        ("an empty name", vec![input(), relu("", &[0])]),
        ("a connection to itself", vec![input(), conv(3, &[1])]),
        ("a connection to nowhere", vec![input(), conv(3, &[9])]),
        ("no connection", vec![input(), conv(3, &[])]),
        ("two connections for one", vec![input(), relu("a", &[0]), relu("b", &[0, 1])]),
        ("channels that disagree", vec![input(), conv(4, &[0])]),
        ("a kernel of two", vec![input(), with_kernel(2)]),
        (
            "no channels out",
            vec![input(), layer("conv", Op::Conv { inputs: 3, outputs: 0, kernel: 1, bias: false }, &[0])],
        ),
        (
            "a huge layer",
            vec![
                input(),
                layer("conv", Op::Conv { inputs: 3, outputs: usize::MAX, kernel: 1, bias: false }, &[0]),
            ],
        ),
        (
            "groups that do not divide",
            vec![input(), layer("norm", Op::GroupNorm { channels: 3, groups: 2 }, &[0])],
        ),
        ("no groups", vec![input(), layer("norm", Op::GroupNorm { channels: 3, groups: 0 }, &[0])]),
        ("a join of one", vec![input(), layer("join", Op::Concat, &[0])]),
        (
            "a join of two resolutions",
            vec![input(), layer("pool", Op::MaxPool, &[0]), layer("join", Op::Concat, &[0, 1])],
        ),
        ("logits at half the resolution", vec![input(), layer("pool", Op::MaxPool, &[0])]),
        ("logits at twice the resolution", vec![input(), layer("up", Op::Upsample, &[0])]),
        ("a layer that nobody reads", vec![input(), relu("a", &[0]), relu("b", &[0])]),
    ];
    let accepted: Vec<_> = cases
        .into_iter()
        .filter(|(_, layers)| {
            let json = serde_json::json!({ "layers": layers }).to_string();
            let read = serde_json::from_str::<Network>(&json).is_ok();
            read || Network::new(layers.clone()).is_ok()
        })
        .map(|(case, _)| case)
        .collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert!(serde_json::from_str::<Network>(r#"{"layers": [], "more": 1}"#).is_err());
}

#[test]
fn impossible_unets_are_refused() {
    let unet = UNet::default;
    for bad in [
        UNet { widths: vec![], ..unet() },
        UNet { widths: vec![4, 0], ..unet() },
        UNet { channels: 0, ..unet() },
        UNet { outputs: 0, ..unet() },
        UNet { widths: vec![1; 40], ..unet() },
        UNet { widths: vec![usize::MAX, usize::MAX], ..unet() },
    ] {
        assert!(bad.network().is_err(), "{bad:?}");
    }
}

#[test]
fn initial_weights_have_the_variance_of_he_and_do_not_depend_on_other_layers() {
    let network = unet(Norm::Batch);
    let weights = initial_weights(&network, 3);
    assert_eq!(weights.len(), network.parameters().len());
    for p in network.parameters() {
        let w = &weights[&p.name];
        assert_eq!(w.shape(), p.shape, "{}", p.name);
        match p.role {
            Role::Scale | Role::RunningVariance => assert!(w.iter().all(|&w| w == 1.0)),
            Role::Weight if p.shape[2] == 3 && p.len() > 4000 => {
                let variance = w.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / p.len() as f64;
                let expected = 2.0 / (p.shape[1] * 9) as f64;
                // The standard error of a variance is sqrt(2 / n) of it: below 2.3 % here.
                assert!((variance / expected - 1.0).abs() < 0.1, "{}: {variance} {expected}", p.name);
            }
            Role::Weight => assert!(w.iter().any(|&w| w != 0.0)),
            _ => assert!(w.iter().all(|&w| w == 0.0)),
        }
    }
    let shallow = UNet { widths: vec![16, 32], ..UNet::default() }.network().unwrap();
    assert_eq!(initial_weights(&shallow, 3)["enc2.conv2.weight"], weights["enc2.conv2.weight"]);
    assert_ne!(weights["enc1.conv2.weight"], initial_weights(&network, 4)["enc1.conv2.weight"]);
}

/// A seed means these bytes for ever: published runs must stay reproducible.
#[test]
fn initial_weights_of_a_seed_never_change() {
    let weights = initial_weights(&unet(Norm::None), 0);
    let bits: Vec<_> = weights["enc1.conv1.weight"].iter().take(3).map(|w| w.to_bits()).collect();
    assert_eq!(bits, [3_200_208_185, 3_151_096_744, 1_043_406_976]);
}
