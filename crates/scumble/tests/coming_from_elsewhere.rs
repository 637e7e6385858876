//! Every row of `docs/coming-from-elsewhere.md`: the number that the other program gives, and ours.
//!
//! PyTorch's numbers were computed with PyTorch 2.15 in float64 on the arrays below. The others are written out from
//! their documentation or source, one element at a time. A new row is a new test here, named in the table.

use ndarray::{Array2, Array3, ArrayD, Axis, array};
use scumble::loss::{
    Denominator, Extent, Loss, LossKind, LossOptions, balance, loss, loss_gradient, loss_map, one_hot,
};

type Options<'a> = LossOptions<'a, f64>;

fn shaped(values: [f64; 24]) -> Array3<f64> {
    Array3::from_shape_vec((2, 3, 4), values.to_vec()).unwrap()
}

/// Logits [N, K, pixels] = [2, 3, 4].
fn logits() -> Array3<f64> {
    shaped([
        -2.316, 2.414, -1.12, -1.061, -1.982, -3.136, -0.746, 3.731, -2.271, 1.473, 3.171, 1.561, 0.301,
        0.928, 1.815, 3.273, 0.105, -1.367, -1.753, 0.568, 1.335, -3.361, -1.122, -1.599,
    ])
}

/// Soft labels of independent classes.
fn independent() -> Array3<f64> {
    shaped([
        0.796, 0.657, 0.451, 0.639, 0.332, 0.43, 0.016, 0.978, 0.287, 0.29, 0.847, 0.902, 0.753, 0.532,
        0.874, 0.004, 0.874, 0.17, 0.704, 0.788, 0.576, 0.948, 0.222, 0.642,
    ])
}

/// Soft labels of exclusive classes.
fn exclusive() -> Array3<f64> {
    shaped([
        0.6416015625,
        0.5341796875,
        0.4677734375,
        0.35546875,
        0.1630859375,
        0.2421875,
        0.4794921875,
        0.2236328125,
        0.1953125,
        0.2236328125,
        0.052734375,
        0.4208984375,
        0.4677734375,
        0.203125,
        0.2998046875,
        0.4296875,
        0.3056640625,
        0.2666015625,
        0.5654296875,
        0.154296875,
        0.2265625,
        0.5302734375,
        0.134765625,
        0.416015625,
    ])
}

/// A class for each pixel, -100 where there is none: PyTorch's `ignore_index`.
fn indices() -> ArrayD<i64> {
    array![[2, 2, -100, 2], [1, 2, 1, 2]].into_dyn()
}

fn pixel_weights() -> Array2<f64> {
    array![[0.78, 0.72, 0.78, 0.91], [0.21, 0.38, 0.63, 0.64]]
}

const CLASS_WEIGHTS: [f64; 3] = [0.5, 1.0, 2.0];

fn s(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Sigmoid cross entropy as it is written in textbooks.
fn bce(x: f64, t: f64) -> f64 {
    -t * s(x).ln() - (1.0 - t) * (1.0 - s(x)).ln()
}

/// -ln softmax(x)_k at a pixel.
fn cost(x: &Array3<f64>, n: usize, k: usize, i: usize) -> f64 {
    (0..3).map(|j| x[[n, j, i]].exp()).sum::<f64>().ln() - x[[n, k, i]]
}

fn taken(kind: LossKind, t: &Array3<f64>, options: &Options<'_>) -> Loss {
    loss(kind, logits().view(), t.view(), options).unwrap()
}

/// Value and the two entries of the gradient that were noted, [0, 1, 2] and [1, 2, 3].
fn with_slopes(kind: LossKind, t: &Array3<f64>, options: &Options<'_>) -> [f64; 3] {
    let (loss, g) = loss_gradient(kind, logits().view(), t.view(), options).unwrap();
    [loss.value, g[[0, 1, 2]], g[[1, 2, 3]]]
}

#[track_caller]
fn same(found: impl IntoIterator<Item = f64>, wanted: impl IntoIterator<Item = f64>) {
    let (found, wanted): (Vec<_>, Vec<_>) = (found.into_iter().collect(), wanted.into_iter().collect());
    assert_eq!(found.len(), wanted.len());
    for (a, b) in found.iter().zip(&wanted) {
        assert!((a - b).abs() <= 2e-14 * b.abs().max(1.0), "{found:?} is not {wanted:?}");
    }
}

// Caffe ------------------------------------------------------------------------------------------------------------

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

// PyTorch: numbers from PyTorch 2.15, float64 ------------------------------------------------------------------------

#[test]
fn pytorch_bce_mean() {
    let found = with_slopes(LossKind::Sigmoid, &independent(), &Options::default());
    same(found, [1.0034137712380635, 0.012737229364924205, -0.01974494062225356]);
}

#[test]
fn pytorch_bce_sum() {
    let found =
        with_slopes(LossKind::Sigmoid, &independent(), &Options::default().denominator(Denominator::None));
    same(found, [24.081930509713523, 0.3056935047581809, -0.4738785749340855]);
}

#[test]
fn pytorch_bce_none() {
    let options = Options::default();
    let (_, map) = loss_map(LossKind::Sigmoid, logits().view(), independent().view(), &options).unwrap();
    same(
        map,
        [
            1.9376340520057593,
            0.9136811783862989,
            0.7874978760079762,
            0.9751976006384816,
            0.7871147504933631,
            1.3910185451891892,
            0.400092035310332,
            0.10576811110915652,
            0.7500001326182699,
            1.2522234421079306,
            0.5262681051289931,
            0.3435372339079383,
            0.6282768092084239,
            0.7674446985102193,
            0.37955349012594597,
            3.297100290613769,
            0.6552546729486954,
            0.45942232028697116,
            1.3938925760260852,
            0.5693604464454218,
            0.7996550734175032,
            3.2203400525315358,
            0.5309702242946911,
            1.21062679240057,
        ],
    );
}

#[test]
fn pytorch_bce_weight() {
    // The mean divides by the elements, whatever they weigh.
    let w = pixel_weights();
    let found = with_slopes(LossKind::Sigmoid, &independent(), &Options::default().weights(w.view()));
    same(found, [0.6138717469862652, 0.00993503890464088, -0.012636761998242279]);
}

#[test]
fn pytorch_bce_pos_weight() {
    let options = Options::default().positive_weights(&[3.0, 0.5, 1.25]);
    let found = with_slopes(LossKind::Sigmoid, &independent(), &options);
    same(found, [1.3167963299366432, 0.01296333153000481, -0.02530812859212526]);
}

#[test]
fn pytorch_cross_entropy_probabilities() {
    let found = with_slopes(LossKind::Softmax, &exclusive(), &Options::default());
    same(found, [2.383960310524903, -0.0575297821094899, -0.051111093214386755]);
}

#[test]
fn pytorch_cross_entropy_probabilities_weight() {
    // Divided by the pixels, never by the weights.
    let options = Options::default().class_weights(&CLASS_WEIGHTS);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options);
    same(found, [2.8368918211136354, -0.05796576894185892, -0.10293383038080635]);
    let (_, map) = loss_map(LossKind::Softmax, logits().view(), exclusive().view(), &options).unwrap();
    same(
        map,
        [
            1.0090388043681398,
            2.0828451239500363,
            2.9088335767766327,
            2.8220309332980933,
            1.113633510257897,
            5.315391190534945,
            2.8859897023458903,
            4.557371727377447,
        ],
    );
}

#[test]
fn pytorch_cross_entropy_probabilities_label_smoothing() {
    let options = Options::default().label_smoothing(0.1);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options);
    same(found, [2.360717467914226, -0.05570279643240657, -0.050077564568553425]);
    let found = with_slopes(LossKind::Softmax, &exclusive(), &options.class_weights(&CLASS_WEIGHTS));
    same(found, [2.8156181644066094, -0.05605507222607185, -0.10086984701982084]);
}

/// The class indices as targets; the ignored pixel has NaN.
fn from_indices() -> Array3<f64> {
    let (mut t, mask) = one_hot(indices().view(), logits().view(), 1, Some(-100)).unwrap();
    for ((n, _, i), t) in t.indexed_iter_mut() {
        if !mask[[n, i]] {
            *t = f64::NAN;
        }
    }
    t
}

fn of_indices(options: Options<'_>) -> [f64; 3] {
    with_slopes(LossKind::Softmax, &from_indices(), &options.ignore_value(f64::NAN))
}

#[test]
fn pytorch_cross_entropy_indices() {
    same(of_indices(Options::default()), [2.7809830987405335, 0.0, -0.1418390172450134]);
}

#[test]
fn pytorch_cross_entropy_indices_weight() {
    // Divided by the sum of the weights of the pixels' classes.
    let options = Options::default().class_weights(&CLASS_WEIGHTS);
    let mean = options.clone().denominator(Denominator::Weights);
    same(of_indices(mean), [2.7965143026731085, 0.0, -0.16547885345251567]);
    let sum = options.denominator(Denominator::None);
    same(of_indices(sum), [33.558171632077304, 0.0, -1.985746241430188]);
}

#[test]
fn pytorch_cross_entropy_indices_label_smoothing() {
    let options = Options::default().label_smoothing(0.1);
    same(of_indices(options.clone()), [2.7092164320738665, 0.0, -0.13231520772120392]);
    // With weights, divided by those of the labels as given.
    let options = options.class_weights(&CLASS_WEIGHTS).denominator(Denominator::Weights);
    same(of_indices(options), [2.674645055514528, 0.0, -0.15441723455866085]);
}

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
    let tests: Vec<&str> = include_str!("coming_from_elsewhere.rs")
        .lines()
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
