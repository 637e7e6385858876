//! A soft label's own losses: what it knows of its pixels goes along by itself.

use ndarray::{Array2, Array3, Array4, Axis, array, s};
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels, UNSEEN, Votes};
use scumble::loss::{
    Classes, Denominator, LossError, LossKind, LossOptions, loss, loss_gradient,
    sigmoid_cross_entropy_gradient, softmax_cross_entropy_gradient,
};

/// A logit that differs from element to element.
fn logits(classes: usize) -> Array3<f32> {
    Array3::from_shape_fn((classes, 2, 3), |(k, row, column)| {
        (7 * k + 3 * row + 5 * column) as f32 * 0.37 % 3.0 - 1.5
    })
}

/// A label of this kind whose last pixel is ignored.
fn labels(kind: Kind) -> SoftLabels {
    let classes = if kind == Kind::Binary { 1 } else { 3 };
    let raw = Array3::from_shape_fn((classes, 2, 3), |(k, row, column)| {
        0.1 + (5 * k + 2 * row + column) as f32 * 0.29 % 0.8
    });
    let sum = raw.sum_axis(Axis(0)).insert_axis(Axis(0));
    let maps = if kind == Kind::Multiclass { raw / sum } else { raw };
    let mut labels = SoftLabels::new(kind, maps).unwrap();
    let mut ignore = Array2::from_elem((2, 3), false);
    ignore[[1, 2]] = true;
    labels.ignore(ignore.view()).unwrap();
    labels
}

/// Marks of three raters on a label of this kind; some have not seen all of it.
fn voted(kind: Kind) -> SoftLabels {
    let classes = if kind == Kind::Binary { 1 } else { 3 };
    let maps = if kind == Kind::Multilabel { 3 } else { 1 };
    let states = if kind == Kind::Multiclass { 3 } else { 2 };
    let space = LabelSpace::unnamed(kind, classes).unwrap();
    let mut votes = Votes::new(&space, (2, 3));
    for rater in 0..3 {
        let marks = Array3::from_shape_fn((maps, 2, 3), |(k, row, column)| {
            if column == 2 && (row == 1 || rater > 0) {
                UNSEEN
            } else {
                ((rater + k + row + column) % states) as u16
            }
        });
        votes.add(&RaterMask::new(&space, marks).unwrap()).unwrap();
    }
    votes.into_labels()
}

const KINDS: [Kind; 3] = [Kind::Binary, Kind::Multiclass, Kind::Multilabel];

#[test]
fn ignored_pixels_are_not_trained_towards_zero() {
    for kind in KINDS {
        let labels = labels(kind);
        let mut x = logits(labels.classes());
        let (loss, gradient) = labels.loss_gradient(&x, &LossOptions::default()).unwrap();
        for k in 0..labels.classes() {
            assert_eq!(gradient[[k, 1, 2]], 0.0, "{kind}");
            assert!(gradient[[k, 0, 0]] != 0.0, "{kind}");
        }
        // Whatever its logits are.
        x.slice_mut(s![.., 1, 2]).fill(f32::NAN);
        assert_eq!(labels.loss(&x, &LossOptions::default()).unwrap(), loss);
        assert_eq!(loss.valid, if kind == Kind::Multilabel { 15 } else { 5 });
    }
}

#[test]
fn it_is_the_call_made_by_hand_with_mask_and_weights() {
    for (kind, labels) in KINDS.iter().flat_map(|&kind| [(kind, labels(kind)), (kind, voted(kind))]) {
        let mut labels = labels;
        let by_row = Array2::from_shape_fn((2, 3), |(row, column)| (1 + row + 2 * column) as f32 * 0.5);
        labels.weigh(by_row.view()).unwrap();
        let x = logits(labels.classes());
        for denominator in [Denominator::Valid, Denominator::Weights, Denominator::All, Denominator::Batch] {
            let options = LossOptions::default().denominator(denominator);
            let own = labels.loss_gradient(&x, &options).unwrap();
            let (x, t) = (x.view().insert_axis(Axis(0)), labels.probabilities().insert_axis(Axis(0)));
            let weights = labels.effective_weights(true).insert_axis(Axis(0));
            let valid = labels.valid().insert_axis(Axis(0));
            let options = options.mask(valid).weights(weights.view());
            let hand = if kind == Kind::Multiclass {
                softmax_cross_entropy_gradient(x, t, &options.unchecked())
            } else {
                sigmoid_cross_entropy_gradient(x, t, &options)
            };
            let (loss, gradient) = hand.unwrap();
            assert_eq!(own, (loss, gradient.index_axis_move(Axis(0), 0)), "{kind} {denominator:?}");
            assert_eq!(
                labels
                    .loss(&x.index_axis(Axis(0), 0), &LossOptions::default().denominator(denominator))
                    .unwrap(),
                loss
            );
        }
    }
}

#[test]
fn votes_weigh_by_their_number() {
    // Two pixels: three of four say yes, and one alone says no.
    let votes = Votes::from_counts(Kind::Binary, array![[[3, 0]]], array![[[4, 1]]]).unwrap();
    let labels = votes.into_labels();
    let (loss, gradient) = labels
        .loss_gradient(&array![[[0.0_f64, 0.0]]], &LossOptions::default().denominator(Denominator::None))
        .unwrap();
    assert_eq!((loss.value, loss.valid), (5.0 * 2f64.ln(), 2));
    assert_eq!(gradient, array![[[4.0 * (0.5 - 0.75), 0.5]]]);
}

#[test]
fn masks_and_weights_of_the_options_hold_beside_the_labels_own() {
    for kind in KINDS {
        let labels = voted(kind);
        let x = logits(labels.classes());
        let mask = array![[true, false, true], [true, true, true]];
        let weights = array![[1.0, 2.0, 3.0], [0.5, 0.0, 1.0]];
        let options = LossOptions::default().mask(mask.view()).weights(weights.view());
        let found = labels.loss_gradient(&x, &options).unwrap();
        let mut fewer = labels.clone();
        fewer.ignore(mask.mapv(|on| !on).view()).unwrap();
        fewer.weigh(weights.view()).unwrap();
        assert_eq!(found, fewer.loss_gradient(&x, &LossOptions::default()).unwrap(), "{kind}");
    }
}

#[test]
fn other_kinds_read_the_classes_as_the_label_does() {
    let focal = LossKind::Focal { gamma: 2.0 };
    for kind in KINDS {
        let labels = labels(kind);
        let x = logits(labels.classes());
        let own = labels.loss_gradient_of(focal, &x, &LossOptions::default()).unwrap();
        let classes = if kind == Kind::Multiclass { Classes::Exclusive } else { Classes::Independent };
        let options = LossOptions::default().class_axis(0).classes(classes).mask(labels.valid()).unchecked();
        let hand = loss_gradient(focal, x.view(), labels.probabilities(), &options).unwrap();
        assert_eq!(own, hand, "{kind}");
        assert_eq!(labels.loss_of(focal, &x, &LossOptions::default()).unwrap(), hand.0);
    }
    let wrong = labels(Kind::Multilabel).loss_of(LossKind::Softmax, &logits(3), &LossOptions::default());
    assert!(matches!(wrong, Err(LossError::NotFor { option: "softmax", .. })), "{wrong:?}");
    let wrong = labels(Kind::Multiclass).loss(&logits(2), &LossOptions::default()).unwrap_err();
    assert_eq!(wrong.to_string(), "the label has shape [3, 2, 3], but the logits have [2, 2, 3]");
}

#[test]
fn f64_logits_meet_the_same_label() {
    let labels = voted(Kind::Multilabel);
    let narrow = labels.loss(&logits(3), &LossOptions::default()).unwrap();
    let wide = labels.loss(&logits(3).mapv(f64::from), &LossOptions::default()).unwrap();
    assert!((narrow.value - wide.value).abs() < 1e-6 && narrow.valid == wide.valid);
    let batch: Array4<f64> = logits(3).mapv(f64::from).insert_axis(Axis(0));
    let targets = labels.probabilities().mapv(f64::from).insert_axis(Axis(0));
    let (mask, weights) = (
        labels.valid().insert_axis(Axis(0)),
        labels.effective_weights(true).mapv(f64::from).insert_axis(Axis(0)),
    );
    let options = LossOptions::default().mask(mask).weights(weights.view());
    assert_eq!(wide, loss(LossKind::Sigmoid, batch.view(), targets.view(), &options).unwrap());
}
