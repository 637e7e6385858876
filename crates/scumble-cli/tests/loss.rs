//! `scumble loss` from outside: the numbers of the library, the files it writes, and what it refuses.

#[path = "common/bench.rs"]
mod bench;

use bench::Bench;
use ndarray::{Array, ArrayD, Axis, IxDyn, array};
use predicates::prelude::*;
use scumble_data::{NumberArray, read_array, write_array};
use serde_json::json;
use std::path::Path;

impl Bench {
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
fn example(bench: &Bench) -> (ArrayD<f64>, ArrayD<f64>) {
    let number = |i: usize| ((i * 7919 + 13) % 997) as f64 / 997.0;
    let shape = IxDyn(&[2, 3, 4, 5]);
    let logits =
        Array::from_shape_vec(shape.clone(), (0..120).map(|i| 8.0 * number(i) - 4.0).collect()).unwrap();
    let mut targets = Array::from_shape_vec(shape, (200..320).map(|i| number(i) + 0.01).collect()).unwrap();
    for mut pixel in targets.lanes_mut(Axis(1)) {
        let sum = pixel.sum();
        pixel /= sum;
    }
    bench.save("x.npy", logits.clone());
    bench.save("t.npy", targets.clone());
    (logits, targets)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

#[test]
fn the_json_is_as_documented() {
    let bench = Bench::new();
    bench.save("x.npy", array![[[0.0], [0.0]]].into_dyn());
    bench.save("t.npy", array![[[0.5], [0.5]]].into_dyn());
    let ln2 = std::f64::consts::LN_2;
    let found = bench.json("sigmoid x.npy t.npy --denominator none");
    assert_eq!(
        found,
        json!({"version": 1, "kind": "sigmoid", "value": 2.0 * ln2, "floor": 2.0 * ln2, "excess": 0.0,
               "denominator": {"mode": "none", "value": 1.0}, "valid": 2})
    );
    let found = bench.json("softmax x.npy t.npy");
    assert_eq!(
        (&found["denominator"], &found["valid"]),
        (&json!({"mode": "valid", "value": 1.0}), &json!(1))
    );
    bench.run("softmax x.npy t.npy").assert().success().stdout(predicate::str::contains("0.693147"));
}

#[test]
fn value_gradient_and_map_agree_in_every_kind() {
    let bench = Bench::new();
    let (x, t) = example(&bench);
    for kind in ["sigmoid", "softmax", "focal", "brier", "dice", "jaccard", "tversky"] {
        for classes in ["", " --classes exclusive"] {
            let named = matches!(kind, "sigmoid" | "softmax");
            if named && !classes.is_empty() {
                continue;
            }
            let map = !matches!(kind, "dice" | "jaccard" | "tversky");
            let line = format!("{kind} x.npy t.npy{classes} --overwrite --gradient g.npy");
            let line = if map { format!("{line} --map m.npy") } else { line };
            let found = bench.json(&line);
            let part = |name: &str| found[name].as_f64().unwrap();
            assert!(part("excess") > 0.0 && close(part("value") - part("floor"), part("excess")), "{line}");
            if map {
                let map = bench.read("m.npy");
                let exclusive = kind == "softmax" || !classes.is_empty();
                assert_eq!(map.shape(), if exclusive { &[2, 4, 5][..] } else { &[2, 3, 4, 5] });
                assert!(close(map.sum(), part("value") * found["denominator"]["value"].as_f64().unwrap()));
            }
            // One logit moved.
            let gradient = bench.read("g.npy");
            let at = [1, 2, 3, 0];
            let moved = |by: f64| {
                let mut x = x.clone();
                x[&at[..]] += by;
                bench.save("moved.npy", x);
                bench.value(&format!("{kind} moved.npy t.npy{classes}"))
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[&at[..]] - slope).abs() < 1e-8, "{kind}: {} {slope}", gradient[&at[..]]);
        }
    }
    // Predicting the labels leaves nothing to gain.
    bench.save("best.npy", t.mapv(|t| (t / (1.0 - t)).ln()));
    bench.save("log.npy", t.mapv(f64::ln));
    for (kind, best) in
        [("sigmoid", "best"), ("softmax", "log"), ("brier", "best"), ("dice", "best"), ("jaccard", "best")]
    {
        let excess = bench.json(&format!("{kind} {best}.npy t.npy"))["excess"].as_f64().unwrap();
        assert!(excess.abs() < 1e-12, "{kind}: {excess}");
    }
}

#[test]
fn the_class_axis_may_be_any_and_the_rank_too() {
    let bench = Bench::new();
    let (x, t) = example(&bench);
    let last =
        |a: &ArrayD<f64>| a.view().permuted_axes(IxDyn(&[0, 2, 3, 1])).as_standard_layout().into_owned();
    bench.save("x_last.npy", last(&x));
    bench.save("t_last.npy", last(&t));
    for kind in ["softmax", "sigmoid", "focal --classes exclusive", "dice"] {
        let (name, more) = kind.split_once(' ').unwrap_or((kind, ""));
        let first = bench.json(&format!("{name} x.npy t.npy {more}"));
        let other = bench.json(&format!("{name} x_last.npy t_last.npy {more} --class-axis 3"));
        assert!(close(other["value"].as_f64().unwrap(), first["value"].as_f64().unwrap()), "{kind}");
        assert_eq!(first["valid"], other["valid"]);
    }
    // Elements have no order: any shape gives the same sigmoid loss, one axis too.
    let flat = |a: &ArrayD<f64>| a.clone().into_shape_with_order(IxDyn(&[120])).unwrap();
    bench.save("x_flat.npy", flat(&x));
    bench.save("t_flat.npy", flat(&t));
    let line = "sigmoid x_flat.npy t_flat.npy --gradient g.npy --map m.npy";
    assert!(close(bench.value(line), bench.value("sigmoid x.npy t.npy")));
    assert_eq!((bench.read("g.npy").shape(), bench.read("m.npy").shape()), (&[120][..], &[120][..]));
    // One pixel: a vector of classes.
    bench.save("x_one.npy", array![1.0, 2.0, 3.0].into_dyn());
    bench.save("t_one.npy", array![0.2, 0.3, 0.5].into_dyn());
    assert!(bench.value("softmax x_one.npy t_one.npy --class-axis 0") > 1.0);
    bench.refuses("softmax x_one.npy t_one.npy", 2, &["class axis is 1", "1 axes"]);
}

#[test]
fn masks_weights_and_ignored_values() {
    let bench = Bench::new();
    let (x, t) = example(&bench);
    let on: Vec<u8> = (0..40).map(|i| u8::from(i % 3 != 0) * 255).collect();
    bench.save_bytes("u8.npy", "|u1", &[2, 4, 5], &on);
    let bits: Vec<u8> = on.iter().map(|on| on / 255).collect();
    bench.save_bytes("bool.npy", "|b1", &[2, 4, 5], &bits);
    bench.save(
        "w.npy",
        Array::from_shape_vec(IxDyn(&[2, 4, 5]), bits.iter().map(|b| f64::from(*b)).collect()).unwrap(),
    );
    let mut marked = t.clone();
    for (mut pixel, on) in marked.lanes_mut(Axis(1)).into_iter().zip(&bits) {
        if *on == 0 {
            pixel.fill(-1.0);
        }
    }
    bench.save("marked.npy", marked.clone());
    bench.save("nan.npy", marked.mapv(|t| if t < 0.0 { f64::NAN } else { t }));
    for (kind, valid) in [("softmax", 26), ("sigmoid", 78)] {
        let found = bench.json(&format!("{kind} x.npy t.npy --mask u8.npy"));
        assert_eq!(found["valid"], json!(valid));
        assert_eq!(found, bench.json(&format!("{kind} x.npy t.npy --mask bool.npy")));
        assert_eq!(found, bench.json(&format!("{kind} x.npy marked.npy --ignore-value -1")));
        assert_eq!(found, bench.json(&format!("{kind} x.npy nan.npy --ignore-value nan")));
        let weighted = bench.value(&format!("{kind} x.npy t.npy --weight w.npy --denominator weights"));
        assert!(close(weighted, found["value"].as_f64().unwrap()));
        let all = bench.json(&format!("{kind} x.npy t.npy --mask u8.npy --denominator all"));
        assert_eq!(all["denominator"]["value"], json!(if kind == "softmax" { 40.0 } else { 120.0 }));
        let batch = bench.value(&format!("{kind} x.npy t.npy --denominator batch"));
        assert!(close(2.0 * batch, bench.value(&format!("{kind} x.npy t.npy --denominator none"))));
    }
    // Two columns of weights for all rows and images.
    bench.save("row.npy", array![[1.0, 1.0, 0.0, 0.0, 0.0]].into_dyn());
    let found = bench.value("softmax x.npy t.npy --weight row.npy --denominator weights");
    let cut = |a: &ArrayD<f64>| a.clone().select(Axis(3), &[0, 1]);
    bench.save("x_cut.npy", cut(&x));
    bench.save("t_cut.npy", cut(&t));
    assert!(close(found, bench.value("softmax x_cut.npy t_cut.npy")));
    // Weights of classes, and of the two sides of a label.
    let plain = bench.value("sigmoid x.npy t.npy");
    assert!(close(bench.value("sigmoid x.npy t.npy --class-weight 2,2,2"), 2.0 * plain));
    assert!(close(bench.value("sigmoid x.npy t.npy --positive-weight 1"), plain));
    let smooth = t.mapv(|t| 0.9 * t + 0.05);
    bench.save("smooth.npy", smooth);
    assert!(close(
        bench.value("sigmoid x.npy t.npy --label-smoothing 0.1"),
        bench.value("sigmoid x.npy smooth.npy")
    ));
}

#[test]
fn class_indices_give_the_log_loss() {
    let bench = Bench::new();
    let (x, _) = example(&bench);
    let classes: Vec<i64> = (0..40).map(|i| if i == 7 { 255 } else { i % 3 }).collect();
    bench.save_bytes(
        "i8.npy",
        "<i8",
        &[2, 4, 5],
        &classes.iter().flat_map(|c| c.to_le_bytes()).collect::<Vec<_>>(),
    );
    bench.save_bytes("u1.npy", "|u1", &[2, 4, 5], &classes.iter().map(|c| *c as u8).collect::<Vec<_>>());
    let found = bench.json("softmax x.npy i8.npy --ignore-value 255");
    assert_eq!((&found["valid"], &found["floor"]), (&json!(39), &json!(0.0)));
    assert_eq!(found, bench.json("softmax x.npy u1.npy --ignore-value 255"));
    let mut sum = 0.0;
    for (pixel, class) in x.lanes(Axis(1)).into_iter().zip(&classes).filter(|(_, class)| **class < 3) {
        sum += pixel.iter().map(|x| x.exp()).sum::<f64>().ln() - pixel[*class as usize];
    }
    assert!(close(found["value"].as_f64().unwrap(), sum / 39.0));
    assert!(bench.value("focal x.npy u1.npy --ignore-value 255") < sum / 39.0);
    bench.refuses("softmax x.npy u1.npy", 1, &["255", "[0, 1, 2]", "0 to 2", "u1.npy"]);
    bench.refuses("softmax x.npy u1.npy --ignore-value 2", 2, &["2", "class"]);
    bench.refuses("softmax x.npy u1.npy --ignore-value 254.5", 2, &["254.5", "whole"]);
}

#[test]
fn f32_stays_f32_and_f64_stays_f64() {
    let bench = Bench::new();
    let (x, t) = example(&bench);
    bench.save_narrow("x32.npy", x.clone());
    bench.save_narrow("t32.npy", t);
    for kind in ["sigmoid", "softmax", "focal", "brier", "jaccard"] {
        let wide = bench.value(&format!("{kind} x.npy t.npy --gradient g64.npy --overwrite"));
        let narrow = bench.value(&format!("{kind} x32.npy t32.npy --gradient g32.npy --overwrite"));
        assert!((wide - narrow).abs() < 1e-6 && wide != narrow, "{kind}: {wide} {narrow}");
        assert!(matches!(read_array(&bench.path("g64.npy")).unwrap(), NumberArray::F64(_)));
        assert!(matches!(read_array(&bench.path("g32.npy")).unwrap(), NumberArray::F32(_)));
    }
    // 1e-9 is nothing beside 1 in f32.
    bench.save("x_far.npy", array![[1.0 + 1e-9]].into_dyn());
    bench.save("t_far.npy", array![[1.0]].into_dyn());
    assert!((bench.value("sigmoid x_far.npy t_far.npy") - (-1.0 - 1e-9f64).exp().ln_1p()).abs() < 1e-15);
}

#[test]
fn balance_is_that_of_hed() {
    let bench = Bench::new();
    bench.save("x.npy", array![[[0.3, -1.0, 2.0, 0.5]]].into_dyn());
    bench.save("t.npy", array![[[1.0, 0.0, 0.0, 0.0]]].into_dyn());
    // beta = 3/4 for the one positive pixel, 1/4 for the others.
    let s = |x: f64| 1.0 / (1.0 + (-x).exp());
    let wanted =
        -0.75 * s(0.3).ln() - 0.25 * [-1.0, 2.0, 0.5].map(|x: f64| (1.0 - s(x)).ln()).iter().sum::<f64>();
    let found = bench.value("sigmoid x.npy t.npy --balance image --denominator none");
    assert!(close(found, wanted), "{found} {wanted}");
    // A class that is nowhere, or everywhere, is no reason for NaN.
    for value in [0.0, 1.0] {
        bench.save("flat.npy", ArrayD::from_elem(IxDyn(&[1, 1, 4]), value));
        assert_eq!(bench.value("sigmoid x.npy flat.npy --balance image"), 0.0);
    }
    bench.save("x2.npy", array![[[1.0, 0.0], [0.0, 0.0]]].into_dyn());
    bench.save("t2.npy", array![[[1.0, 0.5], [0.0, 0.5]]].into_dyn());
    let by_hand = bench.value("softmax x2.npy t2.npy --class-weight 0.6666666666666666,2");
    assert!(close(bench.value("softmax x2.npy t2.npy --balance batch"), by_hand));
    bench.refuses("softmax x2.npy t2.npy --balance image", 2, &["--balance batch"]);
}

#[test]
fn bad_input_is_refused() {
    let bench = Bench::new();
    let (x, t) = example(&bench);
    bench.refuses("sigmod x.npy t.npy", 2, &["sigmod", "sigmoid"]);
    bench.refuses("sigmoid x.npy none.npy", 1, &["none.npy"]);
    std::fs::write(bench.path("text.npy"), "hello").unwrap();
    bench.refuses("sigmoid x.npy text.npy", 1, &["text.npy", "numpy.save"]);
    let whole = std::fs::read(bench.path("t.npy")).unwrap();
    std::fs::write(bench.path("cut.npy"), &whole[..whole.len() - 9]).unwrap();
    bench.refuses("sigmoid x.npy cut.npy", 1, &["cut.npy", "bytes"]);
    bench.save("wide.npy", ArrayD::zeros(IxDyn(&[2, 3, 4, 6])));
    bench.refuses("sigmoid x.npy wide.npy", 1, &["[2, 3, 4, 6]", "[2, 3, 4, 5]", "wide.npy"]);
    bench.refuses("sigmoid x.npy t.npy --weight wide.npy", 1, &["weight", "[2, 3, 4, 6]"]);

    let with = |array: &ArrayD<f64>, value: f64| {
        let mut array = array.clone();
        array[[1, 2, 3, 4]] = value;
        array
    };
    bench.save("x_nan.npy", with(&x, f64::NAN));
    for kind in ["sigmoid", "softmax", "dice"] {
        bench.refuses(&format!("{kind} x_nan.npy t.npy --gradient g.npy"), 1, &["x_nan.npy", "NaN", "[1,"]);
    }
    assert!(!bench.path("g.npy").exists());
    bench.save("t_nan.npy", with(&t, f64::NAN));
    bench.refuses("sigmoid x.npy t_nan.npy", 1, &["[1, 2, 3, 4]", "NaN", "t_nan.npy"]);
    bench.save("t_high.npy", with(&t, 1.5));
    bench.refuses("softmax x.npy t_high.npy", 1, &["[1, 2, 3, 4]", "1.5"]);
    bench.save("t_sum.npy", with(&t, 0.0));
    bench.refuses("softmax x.npy t_sum.npy", 1, &["[1, 3, 4]", "sum"]);
    for kind in ["sigmoid x.npy t_high.npy", "softmax x.npy t_sum.npy"] {
        bench.run(&format!("{kind} --unchecked")).assert().success();
    }
    bench.save_bytes("bytes.npy", "|u1", &[2, 3, 4, 5], &[128; 120]);
    bench.refuses("sigmoid x.npy bytes.npy", 1, &["128", "255", "bytes.npy"]);
    bench.refuses("sigmoid bytes.npy t.npy", 1, &["bytes.npy", "floats"]);
    bench.refuses("sigmoid x.npy t.npy --mask t.npy", 1, &["mask", "t.npy"]);

    for value in ["0", "0.5", "1"] {
        let line = format!("sigmoid x.npy t.npy --ignore-value {value}");
        bench.refuses(&line, 2, &[value, "Caffe", "truncates"]);
    }
    bench.refuses("sigmoid x.npy t.npy --class-weight 1,2", 2, &["2", "3 classes"]);
    bench.refuses("sigmoid x.npy t.npy --label-smoothing 1.5", 2, &["1.5"]);
    bench.refuses("softmax x.npy t.npy --positive-weight 2", 2, &["positive weight", "class"]);
    bench.refuses("dice x.npy t.npy --positive-weight 2", 2, &["dice", "tversky"]);
    bench.refuses("dice x.npy t.npy --gamma 2", 2, &["gamma", "dice"]);
    bench.refuses("focal x.npy t.npy --gamma=-1", 2, &["gamma", "-1"]);
    bench.refuses("dice x.npy t.npy --map m.npy", 2, &["dice", "map"]);
    bench.refuses("sigmoid x.npy t.npy --classes exclusive", 2, &["sigmoid", "--classes"]);
    bench.refuses("sigmoid x.npy t.npy --denominator mean", 2, &["mean", "valid"]);
}

#[test]
fn files_are_not_overwritten_unasked_and_inputs_never() {
    let bench = Bench::new();
    example(&bench);
    let before = |name: &str| std::fs::read(bench.path(name)).unwrap();
    let (x, t) = (before("x.npy"), before("t.npy"));
    bench.run("sigmoid x.npy t.npy --gradient g.npy").assert().success();
    let g = before("g.npy");
    bench.refuses("softmax x.npy t.npy --gradient g.npy", 2, &["g.npy", "--overwrite"]);
    assert_eq!(before("g.npy"), g);
    bench.run("softmax x.npy t.npy --gradient g.npy --overwrite").assert().success();
    assert_ne!(before("g.npy"), g);
    for line in ["--gradient x.npy", "--map ./t.npy", "--gradient a.npy --map a.npy"] {
        bench.refuses(&format!("sigmoid x.npy t.npy {line} --overwrite"), 2, &[".npy", "file"]);
    }
    assert_eq!((before("x.npy"), before("t.npy")), (x, t));
    let stray = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with('.');
    assert!(!std::fs::read_dir(bench.folder.path()).unwrap().any(|entry| stray(&entry.unwrap().path())));
}
