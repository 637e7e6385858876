//! Rows of `docs/coming-from-elsewhere.md`: the number that the other program gives, and ours. Here are Keras,
//! TensorFlow, optax and LightGBM, written out from their documentation or source, one element at a time; Caffe and
//! PyTorch have files of their own.
//!
//! A new row is a new test, named in the table.

mod common;

use common::elsewhere::{
    CLASS_WEIGHTS, Options, bce, cost, exclusive, independent, indices, logits, pixel_weights, s, same, taken,
};
use ndarray::{Array3, array};
use scumble::loss::{Denominator, LossKind, loss, loss_gradient, loss_map, one_hot};

// Keras and TensorFlow -----------------------------------------------------------------------------------------------

#[test]
fn keras_binary_crossentropy() {
    // Mean over the last axis, then over the rest; labels squeezed to t (1-e) + e/2.
    let e = 0.1;
    let (x, t) = (logits(), independent());
    let sum: f64 = x.iter().zip(&t).map(|(x, t)| bce(*x, t * (1.0 - e) + 0.5 * e)).sum();
    same([taken(LossKind::Sigmoid, &t, &Options::default().label_smoothing(e)).value], [sum / 24.0]);
}

#[test]
fn keras_sample_weight() {
    // "sum_over_batch_size" divides by the elements; "mean_with_sample_weight" by the weights.
    let (x, t, w) = (logits(), independent(), pixel_weights());
    let weight = |n: usize, i: usize| w[[n, i]];
    let sum: f64 = t.indexed_iter().map(|((n, k, i), t)| weight(n, i) * bce(x[[n, k, i]], *t)).sum();
    let options = Options::default().weights(w.view());
    same([taken(LossKind::Sigmoid, &t, &options).value], [sum / 24.0]);
    let options = options.denominator(Denominator::Weights);
    same([taken(LossKind::Sigmoid, &t, &options).value], [sum / (3.0 * w.sum())]);
}

#[test]
fn keras_categorical_crossentropy() {
    let e = 0.1;
    let (x, t) = (logits(), exclusive());
    let smooth = |t: f64| t * (1.0 - e) + e / 3.0;
    let sum: f64 = t.indexed_iter().map(|((n, k, i), t)| smooth(*t) * cost(&x, n, k, i)).sum();
    same([taken(LossKind::Softmax, &t, &Options::default().label_smoothing(e)).value], [sum / 8.0]);
}

#[test]
fn keras_class_weight() {
    // `fit(class_weight=..)` gives a pixel the weight of its likeliest class; here every class has its own. The same
    // on hard labels, something else on soft ones.
    let by_argmax = |t: &Array3<f64>| {
        let x = logits();
        let mut sum = 0.0;
        for n in 0..2 {
            for i in 0..4 {
                let top = (0..3).fold(0, |best, k| if t[[n, k, i]] > t[[n, best, i]] { k } else { best });
                sum += CLASS_WEIGHTS[top] * (0..3).map(|k| t[[n, k, i]] * cost(&x, n, k, i)).sum::<f64>();
            }
        }
        sum / 8.0
    };
    let options = Options::default().class_weights(&CLASS_WEIGHTS);
    let hard = one_hot(indices().mapv(|class| class.max(0)).view(), logits().view(), 1, None).unwrap().0;
    same([taken(LossKind::Softmax, &hard, &options).value], [by_argmax(&hard)]);
    assert!((taken(LossKind::Softmax, &exclusive(), &options).value - by_argmax(&exclusive())).abs() > 0.01);
}

#[test]
fn tensorflow_weighted_cross_entropy_with_logits() {
    // (1-t) x + (1 + (w-1) t) ln(1 + exp(-x)), an element each.
    let (x, t) = (logits(), independent());
    let each = x.iter().zip(&t).map(|(x, t)| (1.0 - t) * x + (1.0 + 2.0 * t) * (-x).exp().ln_1p());
    let options = Options::default().positive_weights(&[3.0]);
    let (_, map) = loss_map(LossKind::Sigmoid, x.view(), t.view(), &options).unwrap();
    same(map, each);
}

// optax ----------------------------------------------------------------------------------------------------------------

#[test]
fn optax_sigmoid_binary_cross_entropy() {
    let (x, t) = (logits(), independent());
    let log_sigmoid = |x: f64| -(-x).exp().ln_1p();
    let each = x.iter().zip(&t).map(|(x, t)| -t * log_sigmoid(*x) - (1.0 - t) * log_sigmoid(-x));
    let (_, map) = loss_map(LossKind::Sigmoid, x.view(), t.view(), &Options::default()).unwrap();
    same(map, each);
}

#[test]
fn optax_softmax_cross_entropy() {
    // The example of its documentation, which prints four digits. Classes come last there.
    let x = array![[1.2, -0.8, -0.5], [0.9, -1.2, 1.1]];
    let t = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let (_, map) = loss_map(LossKind::Softmax, x.view(), t.view(), &Options::default()).unwrap();
    for (found, printed) in map.iter().zip([0.2761, 2.9518]) {
        assert!((found - printed).abs() < 5e-5, "{found} {printed}");
    }
    // And `smooth_labels`: (1-a) t + a/K.
    let smooth = t.mapv(|t| 0.8 * t + 0.2 / 3.0);
    let by_hand = loss(LossKind::Softmax, x.view(), smooth.view(), &Options::default()).unwrap();
    let found =
        loss(LossKind::Softmax, x.view(), t.view(), &Options::default().label_smoothing(0.2)).unwrap();
    same([found.value], [by_hand.value]);
}

#[test]
fn optax_sigmoid_focal_loss() {
    // ce (1 - p_t)^gamma with p_t = p t + (1-p)(1-t): the same on hard labels. On soft ones theirs is not linear in
    // the label, so a label of 0.5 does not cost what two raters of 0 and 1 cost; here it does.
    let theirs = |x: f64, t: f64| {
        let p_t = s(x) * t + (1.0 - s(x)) * (1.0 - t);
        bce(x, t) * (1.0 - p_t).powf(2.0)
    };
    let ours = |x: f64, t: f64| {
        let focal = LossKind::Focal { gamma: 2.0 };
        loss(focal, array![[x]].view(), array![[t]].view(), &Options::default()).unwrap().value
    };
    for x in logits() {
        same([ours(x, 0.0), ours(x, 1.0)], [theirs(x, 0.0), theirs(x, 1.0)]);
        same([ours(x, 0.5)], [0.5 * (theirs(x, 0.0) + theirs(x, 1.0))]);
    }
    assert!((ours(2.0, 0.5) - theirs(2.0, 0.5)).abs() > 0.1);
}

// LightGBM -------------------------------------------------------------------------------------------------------------

#[test]
fn lightgbm_cross_entropy() {
    // Metric: sum w loss / sum w. Objective: gradient w (p - y).
    let (x, t, w) = (logits(), independent(), pixel_weights());
    let x_row = x.view().into_shape_with_order((24, 1)).unwrap();
    let t_row = t.view().into_shape_with_order((24, 1)).unwrap();
    let w_row: Vec<f64> = (0..24).map(|i| w[[i / 12, i % 4]]).collect();
    let w_row = ndarray::Array1::from(w_row);
    let sum: f64 = (0..24).map(|i| w_row[i] * bce(x_row[[i, 0]], t_row[[i, 0]])).sum();
    let options = Options::default().weights(w_row.view()).denominator(Denominator::Weights);
    let found = loss(LossKind::Sigmoid, x_row, t_row, &options).unwrap();
    same([found.value], [sum / w_row.sum()]);
    let options = options.denominator(Denominator::None);
    let (_, g) = loss_gradient(LossKind::Sigmoid, x_row, t_row, &options).unwrap();
    same(g, (0..24).map(|i| w_row[i] * (s(x_row[[i, 0]]) - t_row[[i, 0]])));
    // It clips probabilities at 1e-12: no mistake costs more than 27.6.
    let found =
        loss(LossKind::Sigmoid, array![[-50.0]].view(), array![[1.0]].view(), &Options::default()).unwrap();
    assert!((found.value - 50.0).abs() < 1e-12 && -1e-12f64.ln() < 27.7);
}

#[test]
fn lightgbm_kullback_leibler() {
    // Its metric `kullback_leibler` is the cross entropy less the labels' entropy: the excess.
    let (x, t) = (logits(), independent());
    let entropy = |t: f64| -t * t.ln() - (1.0 - t) * (1.0 - t).ln();
    let sum: f64 = x.iter().zip(&t).map(|(x, t)| bce(*x, *t) - entropy(*t)).sum();
    same([taken(LossKind::Sigmoid, &t, &Options::default()).excess], [sum / 24.0]);
}

// ----------------------------------------------------------------------------------------------------------------------

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn every_row_of_the_table_is_a_test_here() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/coming-from-elsewhere.md");
    let Ok(page) = std::fs::read_to_string(page) else {
        eprintln!("skipped: the crate is alone, without the project's docs");
        return;
    };
    let files = [
        include_str!("coming_from_caffe.rs"),
        include_str!("coming_from_pytorch.rs"),
        include_str!("coming_from_elsewhere.rs"),
    ];
    let tests: Vec<&str> = files
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(|line| line.strip_prefix("fn ")?.strip_suffix("() {"))
        .filter(|name| *name != "every_row_of_the_table_is_a_test_here")
        .collect();
    // The last column of every row names its test.
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with('|') && !line.contains("---") && !line.contains("| test |"))
        .map(|line| line.trim_end_matches('|').rsplit('|').next().unwrap().trim().trim_matches('`'))
        .collect();
    for row in &rows {
        assert!(tests.contains(row), "no test for the row `{row}`");
    }
    for test in &tests {
        assert!(rows.contains(test), "no row for the test `{test}`");
    }
}
