//! Rows of `docs/coming-from-elsewhere.md` for Caffe and for HED's layer in it: written out from their source, one
//! element at a time.

mod common;

use common::elsewhere::{Options, bce, cost, independent, indices, logits, same, taken};
use ndarray::{Array3, Axis, array};
use scumble::loss::{Denominator, Extent, Loss, LossKind, balance, loss, one_hot};

/// The layer's loop, with `keep` for the elements that its ignore label leaves in: the sum, and how many.
fn caffe_sigmoid(keep: impl Fn(f64) -> bool) -> (f64, f64) {
    let (x, t) = (logits(), independent());
    let kept = x.iter().zip(&t).filter(|(_, t)| keep(**t));
    kept.fold((0.0, 0.0), |(sum, n), (&x, &t)| {
        let on = if x >= 0.0 { 1.0 } else { 0.0 };
        (sum - (x * (t - on) - (1.0 + (x - 2.0 * x * on).exp()).ln()), n + 1.0)
    })
}

#[test]
fn caffe_sigmoid_batch_size() {
    let options = Options::default().denominator(Denominator::Batch);
    same([taken(LossKind::Sigmoid, &independent(), &options).value], [caffe_sigmoid(|_| true).0 / 2.0]);
}

#[test]
fn caffe_sigmoid_full() {
    let options = Options::default().denominator(Denominator::All);
    same([taken(LossKind::Sigmoid, &independent(), &options).value], [caffe_sigmoid(|_| true).0 / 24.0]);
}

#[test]
fn caffe_sigmoid_valid() {
    // Its valid count is of elements. The ignore label 1 drops nothing here: no target is truncated to 1.
    let (sum, count) = caffe_sigmoid(|t| t as i32 != 1);
    assert_eq!(count, 24.0);
    same([taken(LossKind::Sigmoid, &independent(), &Options::default()).value], [sum / count]);
}

#[test]
fn caffe_sigmoid_none() {
    let options = Options::default().denominator(Denominator::None);
    same([taken(LossKind::Sigmoid, &independent(), &options).value], [caffe_sigmoid(|_| true).0]);
}

#[test]
fn caffe_sigmoid_ignore_label() {
    // Its test casts the target to an integer: with ignore_label 0 every target below 1 is gone, all of them.
    assert_eq!(caffe_sigmoid(|t| t as i32 != 0), (0.0, 0.0));
    let refused =
        loss(LossKind::Sigmoid, logits().view(), independent().view(), &Options::default().ignore_value(0.0));
    assert!(refused.unwrap_err().to_string().contains("Caffe"));
    // Where the ignore label is no probability both mean the same.
    let mut marked = independent();
    marked[[0, 1, 2]] = 255.0;
    let (sum, count) = caffe_sigmoid(|t| t != 0.016);
    let found = taken(LossKind::Sigmoid, &marked, &Options::default().ignore_value(255.0));
    same([found.value, found.valid as f64], [sum / count, 23.0]);
}

#[test]
fn caffe_softmax() {
    let x = logits();
    let (t, mask) = one_hot(indices().view(), x.view(), 1, Some(-100)).unwrap();
    let labels = indices();
    let labelled = labels.indexed_iter().filter(|(_, class)| **class >= 0);
    let sum: f64 = labelled.map(|(at, class)| cost(&x, at[0], *class as usize, at[1])).sum();
    // VALID is the default here; 8 pixels, one of them ignored, 2 images.
    for (denominator, divisor) in [
        (Denominator::Valid, 7.0),
        (Denominator::All, 8.0),
        (Denominator::Batch, 2.0),
        (Denominator::None, 1.0),
    ] {
        let options = Options::default().mask(mask.view()).denominator(denominator);
        same([taken(LossKind::Softmax, &t, &options).value], [sum / divisor]);
    }
}

#[test]
fn caffe_softmax_of_sure_mistakes() {
    // Caffe takes ln(max(q, FLT_MIN)): no mistake costs more than 87.3, and its gradient no longer fits its value.
    let (x, t) = (array![[[100.0], [0.0]]], array![[[0.0], [1.0]]]);
    let found = loss(LossKind::Softmax, x.view(), t.view(), &Options::default()).unwrap();
    same([found.value], [100.0]);
    assert!(-f64::from(f32::MIN_POSITIVE).ln() < 87.4);
}

// HED --------------------------------------------------------------------------------------------------------------

/// Its layer on one class: counts of 1 and 0 an image, each side weighed by the other's share, divided by the images.
fn hed(x: &Array3<f64>, t: &Array3<f64>) -> f64 {
    let mut sum = 0.0;
    for (x, t) in x.outer_iter().zip(t.outer_iter()) {
        let count = |side: f64| t.iter().filter(|t| **t == side).count() as f64;
        let (positive, negative) = (count(1.0), count(0.0));
        for (&x, &t) in x.iter().zip(&t) {
            if t == 1.0 {
                sum += bce(x, 1.0) * negative / (positive + negative);
            } else if t == 0.0 {
                sum += bce(x, 0.0) * positive / (positive + negative);
            }
        }
    }
    sum / x.dim().0 as f64
}

fn ours_like_hed(x: &Array3<f64>, t: &Array3<f64>) -> Loss {
    let options = Options::default().denominator(Denominator::Batch);
    let sides = balance(t.view(), Extent::Image, &options).unwrap();
    loss(LossKind::Sigmoid, x.view(), t.view(), &options.balance(&sides)).unwrap()
}

#[test]
fn hed_on_hard_labels() {
    let x = logits().index_axis(Axis(1), 0).insert_axis(Axis(1)).to_owned();
    let t = array![[[1.0, 0.0, 0.0, 0.0]], [[1.0, 1.0, 0.0, 1.0]]];
    same([ours_like_hed(&x, &t).value], [hed(&x, &t)]);
}

#[test]
fn hed_on_soft_labels() {
    // Its value counts only pixels that are exactly 0 or 1; here each counts with both its parts.
    let x = logits().index_axis(Axis(1), 0).insert_axis(Axis(1)).to_owned();
    let t = array![[[1.0, 0.6, 0.0, 0.0]], [[1.0, 1.0, 0.2, 0.0]]];
    let wanted: f64 = (0..2)
        .map(|n| {
            let t = t.index_axis(Axis(0), n);
            let beta = t.mapv(|t| 1.0 - t).sum() / 4.0;
            let pixels = x.index_axis(Axis(0), n).into_iter().zip(t);
            let each =
                |(x, t): (&f64, &f64)| beta * t * bce(*x, 1.0) + (1.0 - beta) * (1.0 - t) * bce(*x, 0.0);
            pixels.map(each).sum::<f64>()
        })
        .sum();
    same([ours_like_hed(&x, &t).value], [wanted / 2.0]);
    assert!((ours_like_hed(&x, &t).value - hed(&x, &t)).abs() > 0.01);
}
