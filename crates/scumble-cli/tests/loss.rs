//! `scumble loss` from outside: the numbers of the library, the files it writes, and what it refuses.

mod common;

use common::arrays::{Arrays, close};
use ndarray::{Array, ArrayD, Axis, IxDyn, array};
use predicates::prelude::*;
use scumble_data::{NumberArray, read_array, write_array};
use serde_json::json;
use std::path::Path;

impl Arrays {
    fn save_narrow(&self, name: &str, array: ArrayD<f64>) {
        write_array(&self.path(name), array.mapv(|x| x as f32).view()).unwrap();
    }

    fn read(&self, name: &str) -> ArrayD<f64> {
        match read_array(&self.path(name)).unwrap() {
            NumberArray::F64(array) => array,
            NumberArray::F32(array) => array.mapv(f64::from),
            other => panic!("not floats: {other:?}"),
        }
    }
}

/// [N, K, H, W] = [2, 3, 4, 5]: logits, and labels that sum to 1.
fn example(arrays: &Arrays) -> (ArrayD<f64>, ArrayD<f64>) {
    let number = |i: usize| ((i * 7919 + 13) % 997) as f64 / 997.0;
    let shape = IxDyn(&[2, 3, 4, 5]);
    let logits =
        Array::from_shape_vec(shape.clone(), (0..120).map(|i| 8.0 * number(i) - 4.0).collect()).unwrap();
    let mut targets = Array::from_shape_vec(shape, (200..320).map(|i| number(i) + 0.01).collect()).unwrap();
    for mut pixel in targets.lanes_mut(Axis(1)) {
        let sum = pixel.sum();
        pixel /= sum;
    }
    arrays.save("x.npy", logits.clone());
    arrays.save("t.npy", targets.clone());
    (logits, targets)
}

#[test]
fn the_json_is_as_documented() {
    let arrays = Arrays::new();
    arrays.save("x.npy", array![[[0.0], [0.0]]].into_dyn());
    arrays.save("t.npy", array![[[0.5], [0.5]]].into_dyn());
    let ln2 = std::f64::consts::LN_2;
    let found = arrays.json("sigmoid x.npy t.npy --denominator none");
    assert_eq!(
        found,
        json!({"version": 1, "kind": "sigmoid", "value": 2.0 * ln2, "floor": 2.0 * ln2, "excess": 0.0,
               "denominator": {"mode": "none", "value": 1.0}, "valid": 2})
    );
    let found = arrays.json("softmax x.npy t.npy");
    assert_eq!(
        (&found["denominator"], &found["valid"]),
        (&json!({"mode": "valid", "value": 1.0}), &json!(1))
    );
    arrays.run("softmax x.npy t.npy").assert().success().stdout(predicate::str::contains("0.693147"));
}

#[test]
fn value_gradient_and_map_agree_in_every_kind() {
    let arrays = Arrays::new();
    let (x, t) = example(&arrays);
    for kind in ["sigmoid", "softmax", "focal", "brier", "dice", "jaccard", "tversky"] {
        for classes in ["", " --classes exclusive"] {
            let named = matches!(kind, "sigmoid" | "softmax");
            if named && !classes.is_empty() {
                continue;
            }
            let map = !matches!(kind, "dice" | "jaccard" | "tversky");
            let line = format!("{kind} x.npy t.npy{classes} --overwrite --gradient g.npy");
            let line = if map { format!("{line} --map m.npy") } else { line };
            let found = arrays.json(&line);
            let part = |name: &str| found[name].as_f64().unwrap();
            assert!(part("excess") > 0.0 && close(part("value") - part("floor"), part("excess")), "{line}");
            if map {
                let map = arrays.read("m.npy");
                let exclusive = kind == "softmax" || !classes.is_empty();
                assert_eq!(map.shape(), if exclusive { &[2, 4, 5][..] } else { &[2, 3, 4, 5] });
                assert!(close(map.sum(), part("value") * found["denominator"]["value"].as_f64().unwrap()));
            }
            // One logit moved.
            let gradient = arrays.read("g.npy");
            let at = [1, 2, 3, 0];
            let moved = |by: f64| {
                let mut x = x.clone();
                x[&at[..]] += by;
                arrays.save("moved.npy", x);
                arrays.value(&format!("{kind} moved.npy t.npy{classes}"))
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[&at[..]] - slope).abs() < 1e-8, "{kind}: {} {slope}", gradient[&at[..]]);
        }
    }
    // Predicting the labels leaves nothing to gain.
    arrays.save("best.npy", t.mapv(|t| (t / (1.0 - t)).ln()));
    arrays.save("log.npy", t.mapv(f64::ln));
    for (kind, best) in
        [("sigmoid", "best"), ("softmax", "log"), ("brier", "best"), ("dice", "best"), ("jaccard", "best")]
    {
        let excess = arrays.json(&format!("{kind} {best}.npy t.npy"))["excess"].as_f64().unwrap();
        assert!(excess.abs() < 1e-12, "{kind}: {excess}");
    }
}

#[test]
fn the_class_axis_may_be_any_and_the_rank_too() {
    let arrays = Arrays::new();
    let (x, t) = example(&arrays);
    let last =
        |a: &ArrayD<f64>| a.view().permuted_axes(IxDyn(&[0, 2, 3, 1])).as_standard_layout().into_owned();
    arrays.save("x_last.npy", last(&x));
    arrays.save("t_last.npy", last(&t));
    for kind in ["softmax", "sigmoid", "focal --classes exclusive", "dice"] {
        let (name, more) = kind.split_once(' ').unwrap_or((kind, ""));
        let first = arrays.json(&format!("{name} x.npy t.npy {more}"));
        let other = arrays.json(&format!("{name} x_last.npy t_last.npy {more} --class-axis 3"));
        assert!(close(other["value"].as_f64().unwrap(), first["value"].as_f64().unwrap()), "{kind}");
        assert_eq!(first["valid"], other["valid"]);
        let from_the_end = arrays.json(&format!("{name} x_last.npy t_last.npy {more} --class-axis -1"));
        assert_eq!(from_the_end, other, "{kind}");
    }
    arrays.refuses("sigmoid x.npy t.npy --class-axis -5", 2, &["class axis is -5", "4 axes"]);
    // Elements have no order: any shape gives the same sigmoid loss, one axis too.
    let flat = |a: &ArrayD<f64>| a.clone().into_shape_with_order(IxDyn(&[120])).unwrap();
    arrays.save("x_flat.npy", flat(&x));
    arrays.save("t_flat.npy", flat(&t));
    let line = "sigmoid x_flat.npy t_flat.npy --gradient g.npy --map m.npy";
    assert!(close(arrays.value(line), arrays.value("sigmoid x.npy t.npy")));
    assert_eq!((arrays.read("g.npy").shape(), arrays.read("m.npy").shape()), (&[120][..], &[120][..]));
    // One pixel: a vector of classes.
    arrays.save("x_one.npy", array![1.0, 2.0, 3.0].into_dyn());
    arrays.save("t_one.npy", array![0.2, 0.3, 0.5].into_dyn());
    assert!(arrays.value("softmax x_one.npy t_one.npy --class-axis 0") > 1.0);
    arrays.refuses("softmax x_one.npy t_one.npy", 2, &["class axis is 1", "1 axes"]);
}

#[test]
fn masks_weights_and_ignored_values() {
    let arrays = Arrays::new();
    let (x, t) = example(&arrays);
    let on: Vec<u8> = (0..40).map(|i| u8::from(i % 3 != 0) * 255).collect();
    arrays.save_bytes("u8.npy", "|u1", &[2, 4, 5], &on);
    let bits: Vec<u8> = on.iter().map(|on| on / 255).collect();
    arrays.save_bytes("bool.npy", "|b1", &[2, 4, 5], &bits);
    arrays.save(
        "w.npy",
        Array::from_shape_vec(IxDyn(&[2, 4, 5]), bits.iter().map(|b| f64::from(*b)).collect()).unwrap(),
    );
    let mut marked = t.clone();
    for (mut pixel, on) in marked.lanes_mut(Axis(1)).into_iter().zip(&bits) {
        if *on == 0 {
            pixel.fill(-1.0);
        }
    }
    arrays.save("marked.npy", marked.clone());
    arrays.save("nan.npy", marked.mapv(|t| if t < 0.0 { f64::NAN } else { t }));
    for (kind, valid) in [("softmax", 26), ("sigmoid", 78)] {
        let found = arrays.json(&format!("{kind} x.npy t.npy --mask u8.npy"));
        assert_eq!(found["valid"], json!(valid));
        assert_eq!(found, arrays.json(&format!("{kind} x.npy t.npy --mask bool.npy")));
        assert_eq!(found, arrays.json(&format!("{kind} x.npy marked.npy --ignore-value -1")));
        assert_eq!(found, arrays.json(&format!("{kind} x.npy nan.npy --ignore-value nan")));
        let weighted = arrays.value(&format!("{kind} x.npy t.npy --weight w.npy --denominator weights"));
        assert!(close(weighted, found["value"].as_f64().unwrap()));
        let all = arrays.json(&format!("{kind} x.npy t.npy --mask u8.npy --denominator all"));
        assert_eq!(all["denominator"]["value"], json!(if kind == "softmax" { 40.0 } else { 120.0 }));
        let batch = arrays.value(&format!("{kind} x.npy t.npy --denominator batch"));
        assert!(close(2.0 * batch, arrays.value(&format!("{kind} x.npy t.npy --denominator none"))));
    }
    // A mask and weights of each class by itself, where classes are independent.
    let full: Vec<u8> = (0..120).map(|i| bits[i / 60 * 20 + i % 20]).collect();
    arrays.save_bytes("full.npy", "|b1", &[2, 3, 4, 5], &full);
    let weights = full.iter().map(|on| f64::from(*on)).collect();
    arrays.save("w_full.npy", Array::from_shape_vec(IxDyn(&[2, 3, 4, 5]), weights).unwrap());
    let found = arrays.json("sigmoid x.npy t.npy --mask bool.npy");
    assert_eq!(found, arrays.json("sigmoid x.npy t.npy --mask full.npy"));
    let weighted = arrays.value("sigmoid x.npy t.npy --weight w_full.npy --denominator weights");
    assert!(close(weighted, found["value"].as_f64().unwrap()));
    let help = arrays.run("--help").assert().success().get_output().stdout.clone();
    let help = String::from_utf8(help).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(help.matches("for independent classes also in the logits' shape").count(), 2, "{help}");
    // Two columns of weights for all rows and images.
    arrays.save("row.npy", array![[1.0, 1.0, 0.0, 0.0, 0.0]].into_dyn());
    let found = arrays.value("softmax x.npy t.npy --weight row.npy --denominator weights");
    let cut = |a: &ArrayD<f64>| a.clone().select(Axis(3), &[0, 1]);
    arrays.save("x_cut.npy", cut(&x));
    arrays.save("t_cut.npy", cut(&t));
    assert!(close(found, arrays.value("softmax x_cut.npy t_cut.npy")));
    // Weights of classes, and of the two sides of a label.
    let plain = arrays.value("sigmoid x.npy t.npy");
    assert!(close(arrays.value("sigmoid x.npy t.npy --class-weight 2,2,2"), 2.0 * plain));
    assert!(close(arrays.value("sigmoid x.npy t.npy --positive-weight 1"), plain));
    let smooth = t.mapv(|t| 0.9 * t + 0.05);
    arrays.save("smooth.npy", smooth);
    assert!(close(
        arrays.value("sigmoid x.npy t.npy --label-smoothing 0.1"),
        arrays.value("sigmoid x.npy smooth.npy")
    ));
}

#[test]
fn class_indices_give_the_log_loss() {
    let arrays = Arrays::new();
    let (x, _) = example(&arrays);
    let classes: Vec<i64> = (0..40).map(|i| if i == 7 { 255 } else { i % 3 }).collect();
    arrays.save_bytes(
        "i8.npy",
        "<i8",
        &[2, 4, 5],
        &classes.iter().flat_map(|c| c.to_le_bytes()).collect::<Vec<_>>(),
    );
    arrays.save_bytes("u1.npy", "|u1", &[2, 4, 5], &classes.iter().map(|c| *c as u8).collect::<Vec<_>>());
    let found = arrays.json("softmax x.npy i8.npy --ignore-value 255");
    assert_eq!((&found["valid"], &found["floor"]), (&json!(39), &json!(0.0)));
    assert_eq!(found, arrays.json("softmax x.npy u1.npy --ignore-value 255"));
    let mut sum = 0.0;
    for (pixel, class) in x.lanes(Axis(1)).into_iter().zip(&classes).filter(|(_, class)| **class < 3) {
        sum += pixel.iter().map(|x| x.exp()).sum::<f64>().ln() - pixel[*class as usize];
    }
    assert!(close(found["value"].as_f64().unwrap(), sum / 39.0));
    assert!(arrays.value("focal x.npy u1.npy --ignore-value 255") < sum / 39.0);
    arrays.refuses("softmax x.npy u1.npy", 1, &["255", "[0, 1, 2]", "0 to 2", "u1.npy"]);
    arrays.refuses("softmax x.npy u1.npy --ignore-value 2", 2, &["2", "class"]);
    arrays.refuses("softmax x.npy u1.npy --ignore-value 254.5", 2, &["254.5", "whole"]);
}

#[test]
fn f32_stays_f32_and_f64_stays_f64() {
    let arrays = Arrays::new();
    let (x, t) = example(&arrays);
    arrays.save_narrow("x32.npy", x.clone());
    arrays.save_narrow("t32.npy", t);
    for kind in ["sigmoid", "softmax", "focal", "brier", "jaccard"] {
        let wide = arrays.value(&format!("{kind} x.npy t.npy --gradient g64.npy --overwrite"));
        let narrow = arrays.value(&format!("{kind} x32.npy t32.npy --gradient g32.npy --overwrite"));
        assert!((wide - narrow).abs() < 1e-6 && wide != narrow, "{kind}: {wide} {narrow}");
        assert!(matches!(read_array(&arrays.path("g64.npy")).unwrap(), NumberArray::F64(_)));
        assert!(matches!(read_array(&arrays.path("g32.npy")).unwrap(), NumberArray::F32(_)));
    }
    // 1e-9 is nothing beside 1 in f32.
    arrays.save("x_far.npy", array![[1.0 + 1e-9]].into_dyn());
    arrays.save("t_far.npy", array![[1.0]].into_dyn());
    assert!((arrays.value("sigmoid x_far.npy t_far.npy") - (-1.0 - 1e-9f64).exp().ln_1p()).abs() < 1e-15);
}

#[test]
fn balance_is_that_of_hed() {
    let arrays = Arrays::new();
    arrays.save("x.npy", array![[[0.3, -1.0, 2.0, 0.5]]].into_dyn());
    arrays.save("t.npy", array![[[1.0, 0.0, 0.0, 0.0]]].into_dyn());
    // beta = 3/4 for the one positive pixel, 1/4 for the others.
    let s = |x: f64| 1.0 / (1.0 + (-x).exp());
    let wanted =
        -0.75 * s(0.3).ln() - 0.25 * [-1.0, 2.0, 0.5].map(|x: f64| (1.0 - s(x)).ln()).iter().sum::<f64>();
    let found = arrays.value("sigmoid x.npy t.npy --balance image --denominator none");
    assert!(close(found, wanted), "{found} {wanted}");
    // A class that is nowhere, or everywhere, is no reason for NaN.
    for value in [0.0, 1.0] {
        arrays.save("flat.npy", ArrayD::from_elem(IxDyn(&[1, 1, 4]), value));
        assert_eq!(arrays.value("sigmoid x.npy flat.npy --balance image"), 0.0);
    }
    arrays.save("x2.npy", array![[[1.0, 0.0], [0.0, 0.0]]].into_dyn());
    arrays.save("t2.npy", array![[[1.0, 0.5], [0.0, 0.5]]].into_dyn());
    let by_hand = arrays.value("softmax x2.npy t2.npy --class-weight 0.6666666666666666,2");
    assert!(close(arrays.value("softmax x2.npy t2.npy --balance batch"), by_hand));
    arrays.refuses("softmax x2.npy t2.npy --balance image", 2, &["--balance batch"]);
}

#[test]
fn bad_input_is_refused() {
    let arrays = Arrays::new();
    let (x, t) = example(&arrays);
    arrays.refuses("sigmod x.npy t.npy", 2, &["sigmod", "sigmoid"]);
    let mut endless = x.clone();
    endless[[0, 1, 2, 3]] = f64::INFINITY;
    arrays.save("endless.npy", endless);
    let rule = "infinite only where the target agrees with it";
    arrays.refuses("sigmoid endless.npy t.npy", 1, &["endless.npy", "the loss is inf", "[0, 1, 2, 3]", rule]);
    arrays.refuses("sigmoid x.npy none.npy", 1, &["none.npy"]);
    std::fs::write(arrays.path("text.npy"), "hello").unwrap();
    arrays.refuses("sigmoid x.npy text.npy", 1, &["text.npy", "numpy.save"]);
    let whole = std::fs::read(arrays.path("t.npy")).unwrap();
    std::fs::write(arrays.path("cut.npy"), &whole[..whole.len() - 9]).unwrap();
    arrays.refuses("sigmoid x.npy cut.npy", 1, &["cut.npy", "bytes"]);
    arrays.save("wide.npy", ArrayD::zeros(IxDyn(&[2, 3, 4, 6])));
    arrays.refuses("sigmoid x.npy wide.npy", 1, &["[2, 3, 4, 6]", "[2, 3, 4, 5]", "wide.npy"]);
    arrays.refuses("sigmoid x.npy t.npy --weight wide.npy", 1, &["weight", "[2, 3, 4, 6]"]);

    let with = |array: &ArrayD<f64>, value: f64| {
        let mut array = array.clone();
        array[[1, 2, 3, 4]] = value;
        array
    };
    arrays.save("x_nan.npy", with(&x, f64::NAN));
    for kind in ["sigmoid", "softmax", "dice"] {
        arrays.refuses(&format!("{kind} x_nan.npy t.npy --gradient g.npy"), 1, &["x_nan.npy", "NaN", "[1,"]);
    }
    assert!(!arrays.path("g.npy").exists());
    arrays.save("t_nan.npy", with(&t, f64::NAN));
    arrays.refuses("sigmoid x.npy t_nan.npy", 1, &["[1, 2, 3, 4]", "NaN", "t_nan.npy"]);
    arrays.save("t_high.npy", with(&t, 1.5));
    arrays.refuses("softmax x.npy t_high.npy", 1, &["[1, 2, 3, 4]", "1.5"]);
    arrays.save("t_sum.npy", with(&t, 0.0));
    arrays.refuses("softmax x.npy t_sum.npy", 1, &["[1, 3, 4]", "sum"]);
    for kind in ["sigmoid x.npy t_high.npy", "softmax x.npy t_sum.npy"] {
        arrays.run(&format!("{kind} --unchecked")).assert().success();
    }
    arrays.save_bytes("bytes.npy", "|u1", &[2, 3, 4, 5], &[128; 120]);
    arrays.refuses("sigmoid x.npy bytes.npy", 1, &["128", "255", "bytes.npy"]);
    arrays.refuses("sigmoid bytes.npy t.npy", 1, &["bytes.npy", "floats"]);
    arrays.refuses("sigmoid x.npy t.npy --mask t.npy", 1, &["mask", "t.npy"]);

    for value in ["0", "0.5", "1"] {
        let line = format!("sigmoid x.npy t.npy --ignore-value {value}");
        arrays.refuses(&line, 2, &[value, "Caffe", "truncates"]);
    }
    arrays.refuses("sigmoid x.npy t.npy --class-weight 1,2", 2, &["2", "3 classes"]);
    arrays.refuses("sigmoid x.npy t.npy --label-smoothing 1.5", 2, &["1.5"]);
    arrays.refuses("softmax x.npy t.npy --positive-weight 2", 2, &["positive weight", "class"]);
    arrays.refuses("dice x.npy t.npy --positive-weight 2", 2, &["dice", "tversky"]);
    arrays.refuses("dice x.npy t.npy --gamma 2", 2, &["gamma", "dice"]);
    arrays.refuses("focal x.npy t.npy --gamma=-1", 2, &["gamma", "-1"]);
    arrays.refuses("dice x.npy t.npy --map m.npy", 2, &["dice", "map"]);
    arrays.refuses("sigmoid x.npy t.npy --classes exclusive", 2, &["sigmoid", "--classes"]);
    arrays.refuses("sigmoid x.npy t.npy --denominator mean", 2, &["mean", "valid"]);
}

#[test]
fn files_are_not_overwritten_unasked_and_inputs_never() {
    let arrays = Arrays::new();
    example(&arrays);
    let before = |name: &str| std::fs::read(arrays.path(name)).unwrap();
    let (x, t) = (before("x.npy"), before("t.npy"));
    arrays.run("sigmoid x.npy t.npy --gradient g.npy").assert().success();
    let g = before("g.npy");
    arrays.refuses("softmax x.npy t.npy --gradient g.npy", 2, &["g.npy", "--overwrite"]);
    assert_eq!(before("g.npy"), g);
    arrays.run("softmax x.npy t.npy --gradient g.npy --overwrite").assert().success();
    assert_ne!(before("g.npy"), g);
    for line in ["--gradient x.npy", "--map ./t.npy", "--gradient a.npy --map a.npy"] {
        arrays.refuses(&format!("sigmoid x.npy t.npy {line} --overwrite"), 2, &[".npy", "file"]);
    }
    assert_eq!((before("x.npy"), before("t.npy")), (x, t));
    let stray = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with('.');
    assert!(!std::fs::read_dir(arrays.folder.path()).unwrap().any(|entry| stray(&entry.unwrap().path())));
}
