//! `scumble loss` with the joint families, from outside: the numbers of the library, its files, what it refuses.

mod common;

use common::arrays::{Arrays, close};
use ndarray::{Array, ArrayD, Axis, IxDyn, array};
use scumble::joint::{JointFamily, JointKind, joint_marginals, state_marginals};
use scumble_data::{NumberArray, read_array, write_array};
use serde_json::json;

impl Arrays {
    fn save_integers(&self, name: &str, shape: &[usize], values: &[i64]) {
        let bytes: Vec<u8> = values.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.save_bytes(name, "<i8", shape, &bytes);
    }

    fn read(&self, name: &str) -> ArrayD<f64> {
        match read_array(&self.path(name)).unwrap() {
            NumberArray::F64(array) => array,
            other => panic!("not f64: {other:?}"),
        }
    }
}

/// [2, rows, 3, 4] of numbers in 0..1.
fn numbers(rows: usize, seed: usize) -> ArrayD<f64> {
    let number = |i: usize| ((i * 7919 + 13 + seed) % 997) as f64 / 997.0;
    Array::from_shape_vec(IxDyn(&[2, rows, 3, 4]), (0..24 * rows).map(number).collect()).unwrap()
}

/// Distributions over the sets of `labels` labels.
fn distribution(labels: usize) -> ArrayD<f64> {
    let mut p = numbers(1 << labels, 200) + 0.01;
    for mut pixel in p.lanes_mut(Axis(1)) {
        let sum = pixel.sum();
        pixel /= sum;
    }
    p
}

#[test]
fn the_json_is_that_of_every_loss() {
    let arrays = Arrays::new();
    arrays.save("x.npy", array![[[0.0], [0.0], [0.0]]].into_dyn());
    arrays.save("t.npy", array![[[0.25], [0.25], [0.25], [0.25]]].into_dyn());
    let ln4 = 4f64.ln();
    assert_eq!(
        arrays.json("pairwise x.npy t.npy --labels 2 --denominator none"),
        json!({"version": 1, "kind": "pairwise", "value": ln4, "floor": ln4, "excess": 0.0,
               "denominator": {"mode": "none", "value": 1.0}, "valid": 1})
    );
    let stdout = arrays.run("chain x.npy t.npy --labels 2").assert().success().get_output().stdout.clone();
    assert!(String::from_utf8(stdout).unwrap().contains("1.386294"));
}

#[test]
fn value_gradient_and_map_agree_in_every_family() {
    let arrays = Arrays::new();
    let p = distribution(3);
    arrays.save("t.npy", &p);
    for kind in JointKind::ALL {
        let family = JointFamily::new(kind, 3, 2).unwrap();
        let x = 6.0 * numbers(family.parameters(), 0) - 3.0;
        arrays.save("x.npy", &x);
        let found =
            arrays.json(&format!("{kind} x.npy t.npy --labels 3 --overwrite --gradient g.npy --map m.npy"));
        let part = |name: &str| found[name].as_f64().unwrap();
        assert!(part("excess") > 0.0 && close(part("value") - part("floor"), part("excess")), "{kind}");
        assert_eq!(found["valid"], json!(24), "pixels are counted");
        let (map, gradient) = (arrays.read("m.npy"), arrays.read("g.npy"));
        assert_eq!((map.shape(), gradient.shape()), (&[2, 3, 4][..], x.shape()));
        assert!(close(map.sum(), 24.0 * part("value")));
        // The library's own definition, at one pixel.
        let at = |a: &ArrayD<f64>| a.lanes(Axis(1)).into_iter().nth(17).unwrap().to_vec();
        let q = family.distribution(&at(&x)).unwrap();
        let plain: f64 = at(&p).iter().zip(&q).map(|(p, q)| -p * q.ln()).sum();
        assert!(close(*map.iter().nth(17).unwrap(), plain));
        // One parameter moved.
        let place = [1, family.parameters() - 1, 2, 1];
        let moved = |by: f64| {
            let mut x = x.clone();
            x[&place[..]] += by;
            arrays.save("moved.npy", &x);
            arrays.value(&format!("{kind} moved.npy t.npy --labels 3"))
        };
        let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((gradient[&place[..]] - slope).abs() < 1e-8, "{kind}: {} {slope}", gradient[&place[..]]);
        // The class axis last.
        let last =
            |a: &ArrayD<f64>| a.view().permuted_axes(IxDyn(&[0, 2, 3, 1])).as_standard_layout().into_owned();
        arrays.save("x_last.npy", last(&x));
        arrays.save("t_last.npy", last(&p));
        assert!(close(
            arrays.value(&format!("{kind} x_last.npy t_last.npy --labels 3 --class-axis 3")),
            part("value")
        ));
    }
}

#[test]
fn marginals_sets_and_distributions_are_told_apart() {
    let arrays = Arrays::new();
    let (x, p) = (6.0 * numbers(3, 0) - 3.0, distribution(3));
    let m = state_marginals(p.view(), 1).unwrap();
    arrays.save("x.npy", &x);
    arrays.save("p.npy", &p);
    arrays.save("m.npy", &m);
    let by_marginals = arrays.value("independent x.npy m.npy --labels 3");
    assert!(close(by_marginals, arrays.value("independent x.npy p.npy --labels 3")));
    assert!(close(by_marginals, 3.0 * arrays.value("sigmoid x.npy m.npy")));
    // The label set of each pixel, one of them unknown.
    let sets: Vec<i64> = (0..24).map(|i| if i == 5 { -1 } else { i * 5 % 8 }).collect();
    arrays.save_integers("s.npy", &[2, 3, 4], &sets);
    let family = JointFamily::chain(3).unwrap();
    let x = 6.0 * numbers(6, 0) - 3.0;
    arrays.save("x.npy", &x);
    let found = arrays.json("chain x.npy s.npy --labels 3 --ignore-value -1");
    let pixels = x.lanes(Axis(1));
    let mean: f64 = pixels
        .into_iter()
        .zip(&sets)
        .filter(|(_, set)| **set >= 0)
        .map(|(x, set)| -family.log_probability(&x.to_vec(), *set as u64).unwrap() / 23.0)
        .sum();
    assert!(close(found["value"].as_f64().unwrap(), mean));
    assert_eq!((&found["valid"], &found["floor"]), (&json!(23), &json!(0.0)));
    arrays.refuses("chain x.npy s.npy --labels 3", 1, &["s.npy", "-1", "[0, 1, 1]", "3 labels"]);
    arrays.refuses("chain x.npy s.npy --labels 3 --ignore-value 3", 2, &["--ignore-value 3", "-1"]);
}

#[test]
fn masks_weights_and_f32_do_what_they_do_elsewhere() {
    let arrays = Arrays::new();
    let (x, p) = (6.0 * numbers(6, 0) - 3.0, distribution(3));
    arrays.save("x.npy", &x);
    arrays.save("p.npy", &p);
    let weights = numbers(1, 5).index_axis_move(Axis(1), 0);
    arrays.save("w.npy", &weights);
    arrays.save_integers("k.npy", &[2, 3, 4], &(0..24).map(|i| i64::from(i % 3 == 1)).collect::<Vec<_>>());
    arrays.value("pairwise x.npy p.npy --labels 3 --map all.npy");
    let all = arrays.read("all.npy");
    let found = arrays.value("pairwise x.npy p.npy --labels 3 --weight w.npy --denominator weights");
    assert!(close(found, (&all * &weights).sum() / weights.sum()));
    let last = |array: &ArrayD<f64>| {
        array.view().permuted_axes(IxDyn(&[0, 2, 3, 1])).as_standard_layout().into_owned()
    };
    arrays.save("x_last.npy", last(&x));
    arrays.save("p_last.npy", last(&p));
    let turned = arrays.value("pairwise x_last.npy p_last.npy --labels 3 --class-axis -1");
    assert!(close(turned, arrays.value("pairwise x.npy p.npy --labels 3")));
    let found = arrays.json("pairwise x.npy p.npy --labels 3 --mask k.npy --denominator none");
    let kept: f64 = all.iter().enumerate().filter(|(i, _)| i % 3 == 1).map(|(_, loss)| loss).sum();
    assert!(close(found["value"].as_f64().unwrap(), kept));
    assert_eq!(found["valid"], json!(8));
    for (name, array) in [("x32.npy", &x), ("p32.npy", &p)] {
        write_array(&arrays.path(name), array.mapv(|v| v as f32).view()).unwrap();
    }
    let narrow = arrays.value("pairwise x32.npy p32.npy --labels 3");
    assert!((narrow / arrays.value("pairwise x.npy p.npy --labels 3") - 1.0).abs() < 1e-6);
}

/// The text's promise: the excess of the best independent model is the total correlation, a pair recovers it.
#[test]
fn two_labels_that_go_together_need_a_coupling() {
    let arrays = Arrays::new();
    let p = array![[[0.5], [0.1], [0.0], [0.4]]].into_dyn();
    arrays.save("p.npy", &p);
    let m = state_marginals(p.view(), 1).unwrap();
    arrays.save("x.npy", m.mapv(|m| (m / (1.0 - m)).ln()));
    let found = arrays.json("independent x.npy p.npy --labels 2");
    let total: f64 = m.iter().map(|&m| scumble::labels::binary_entropy(m)).sum::<f64>()
        - scumble::labels::entropy(p.iter().copied());
    assert!(close(found["excess"].as_f64().unwrap(), total));
    let log = |p: f64| p.max(1e-9).ln();
    let (none, first, second, both) = (log(0.5), log(0.1), log(0.0), log(0.4));
    let x = array![[[first - none], [second - none], [both - first - second + none]]].into_dyn();
    arrays.save("x.npy", &x);
    assert!(arrays.json("pairwise x.npy p.npy --labels 2")["excess"].as_f64().unwrap() < 1e-8);
    let family = JointFamily::pairwise(2).unwrap();
    let found = joint_marginals(&family, x.view(), 1).unwrap();
    assert!(found.iter().zip(&m).all(|(a, b)| (a - b).abs() < 1e-8));
}

#[test]
fn what_cannot_be_is_refused() {
    let arrays = Arrays::new();
    let p = distribution(3);
    arrays.save("x.npy", numbers(6, 0));
    arrays.save("p.npy", &p);
    arrays.save("m.npy", state_marginals(p.view(), 1).unwrap());
    arrays.refuses("pairwise x.npy p.npy", 2, &["pairwise needs --labels K"]);
    arrays.refuses("pairwise x.npy p.npy --labels 13", 2, &["1 to 12", "use a chain"]);
    arrays.refuses("pairwise x.npy p.npy --labels 4", 1, &["6 parameters", "pairwise of 4 labels", "has 10"]);
    arrays.refuses(
        "pairwise x.npy m.npy --labels 3",
        1,
        &["marginals are not enough", "pairwise", "independent"],
    );
    arrays.refuses("mixture x.npy p.npy --labels 3", 1, &["6 parameters", "M (K + 1)"]);
    arrays.refuses("mixture x.npy p.npy --labels 3 --components 2", 1, &["6 parameters", "has 8"]);
    arrays.refuses("mixture x.npy p.npy --labels 3 --components 0", 2, &["1 to 1048576 components"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --components 2", 2, &["--components", "mixtures"]);
    arrays.refuses("sigmoid x.npy x.npy --labels 3", 2, &["--labels", "sigmoid"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --class-weight 1,2,3", 2, &["class weight", "weigh pixels"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --label-smoothing 0.1", 2, &["label smoothing"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --gamma 1", 2, &["--gamma", "chain"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --ignore-value 0", 2, &["ignore value 0"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --class-axis -5", 2, &["class axis is -5", "4 axes"]);
    arrays.refuses("chain x.npy p.npy --labels 3 --class-axis 4", 2, &["class axis is 4", "4 axes"]);
    arrays.refuses("chain x.npy x.npy --labels 3", 1, &["[2, 6, 3, 4]", "[2, 8, 3, 4]", "2^K"]);
    let mut wrong = p.clone();
    wrong[[1, 2, 0, 3]] = 1.5;
    arrays.save("wrong.npy", &wrong);
    arrays.refuses("chain x.npy wrong.npy --labels 3", 1, &["wrong.npy", "[1, 2, 0, 3]", "1.5"]);
    let mut x = numbers(6, 0);
    x[[1, 4, 2, 0]] = f64::NAN;
    arrays.save("nan.npy", &x);
    arrays.refuses("chain nan.npy p.npy --labels 3", 1, &["nan.npy", "[1, 2, 0]", "finite"]);
}
