//! Laws of the scores, and small cases counted by hand.

mod common;

use common::labels::space;
use ndarray::{Array, Array3, Axis, array};
use proptest::prelude::*;
use scumble::labels::{Kind, NO_RATERS, RaterMask, SoftLabels, UNSEEN, Votes};
use scumble::loss::{LossOptions, sigmoid_cross_entropy, softmax_cross_entropy};
use scumble::score::{Groups, Judge, JudgeOptions, Resolution, ScoreError, reliability_intervals};

fn maps(classes: usize, low: f32, high: f32) -> impl Strategy<Value = Array3<f32>> {
    prop::collection::vec(low..high, classes * 30)
        .prop_map(move |v| Array::from_shape_vec((classes, 5, 6), v).unwrap())
}

fn softmax(x: &Array3<f32>) -> Array3<f32> {
    let e = x.mapv(f32::exp);
    let sum = e.sum_axis(Axis(0)).insert_axis(Axis(0));
    e / sum
}

proptest! {
    #[test]
    fn the_score_is_the_training_loss(x in maps(3, -5.0, 5.0), t in maps(3, 0.01, 1.0)) {
        let t = SoftLabels::new(Kind::Multiclass, softmax(&t)).unwrap();
        let mut judge = Judge::new(&space(Kind::Multiclass, 3), JudgeOptions::training());
        judge.add(&t, softmax(&x).view(), NO_RATERS).unwrap();
        let (logits, targets) = (x.view().insert_axis(Axis(0)), t.probabilities().insert_axis(Axis(0)));
        let loss = softmax_cross_entropy(logits, targets, &LossOptions::default()).unwrap();
        let score = judge.scores().cross_entropy.unwrap();
        prop_assert!((score.value - loss.value).abs() < 1e-5 && (score.floor - loss.floor).abs() < 1e-6);

        let t = SoftLabels::new(Kind::Multilabel, t.probabilities().to_owned()).unwrap();
        let mut judge = Judge::new(&space(Kind::Multilabel, 3), JudgeOptions::training());
        judge.add(&t, x.mapv(|x| 1.0 / (1.0 + (-x).exp())).view(), NO_RATERS).unwrap();
        let loss = sigmoid_cross_entropy(logits, targets, &LossOptions::default()).unwrap();
        let score = judge.scores().cross_entropy.unwrap();
        prop_assert!((score.value - loss.value).abs() < 1e-5 && (score.floor - loss.floor).abs() < 1e-6);
    }

    #[test]
    fn two_exclusive_classes_are_one_binary_class(t in maps(1, 0.0, 1.0), q in maps(1, 0.0, 1.0)) {
        let pair = |a: &Array3<f32>| ndarray::concatenate![Axis(0), a.mapv(|v| 1.0 - v), a.view()];
        let mut binary = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
        binary.add(&SoftLabels::new(Kind::Binary, t.clone()).unwrap(), q.view(), NO_RATERS).unwrap();
        let mut multi = Judge::new(&space(Kind::Multiclass, 2), JudgeOptions::training());
        multi.add(&SoftLabels::new(Kind::Multiclass, pair(&t)).unwrap(), pair(&q).view(), NO_RATERS).unwrap();
        let (a, b) = (binary.scores(), multi.scores());
        let (x, y) = (a.cross_entropy.unwrap(), b.cross_entropy.unwrap());
        prop_assert!((x.value - y.value).abs() < 1e-5 && (x.floor - y.floor).abs() < 1e-6);
        prop_assert!((2.0 * a.brier.unwrap() - b.brier.unwrap()).abs() < 1e-6);
        let of_one = b.classes[1].calibration_error.unwrap();
        prop_assert!((a.calibration_error.unwrap() - of_one).abs() < 1e-9);
    }

    #[test]
    fn images_judged_apart_and_merged_are_the_data_set(t in maps(2, 0.0, 1.0), q in maps(2, 0.0, 1.0)) {
        let labels = SoftLabels::new(Kind::Multilabel, t.clone()).unwrap();
        let judge = || Judge::new(&space(Kind::Multilabel, 2), JudgeOptions::training());
        let mut whole = judge();
        whole.add(&labels, q.view(), NO_RATERS).unwrap();
        whole.add(&labels, t.view(), NO_RATERS).unwrap();
        let (mut a, mut b) = (judge(), judge());
        a.add(&labels, q.view(), NO_RATERS).unwrap();
        b.add(&labels, t.view(), NO_RATERS).unwrap();
        a.merge(&b);
        let (a, whole) = (a.scores(), whole.scores());
        prop_assert!((a.cross_entropy.unwrap().value - whole.cross_entropy.unwrap().value).abs() < 1e-12);
        prop_assert!((a.dice.unwrap() - whole.dice.unwrap()).abs() < 1e-12);
        prop_assert_eq!(a.pixels, whole.pixels);
    }

    #[test]
    fn the_label_itself_is_the_best_prediction(t in maps(1, 0.0, 1.0), q in maps(1, 0.0, 1.0)) {
        let labels = SoftLabels::new(Kind::Binary, t.clone()).unwrap();
        let score = |q: &Array3<f32>| {
            let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
            judge.add(&labels, q.view(), NO_RATERS).unwrap();
            judge.scores()
        };
        let (best, other) = (score(&t), score(&q));
        prop_assert!(best.cross_entropy.unwrap().excess.abs() < 1e-7);
        prop_assert!(other.cross_entropy.unwrap().excess >= best.cross_entropy.unwrap().excess);
        prop_assert_eq!((best.brier, best.dice, best.iou), (Some(0.0), Some(1.0), Some(1.0)));
        prop_assert_eq!(best.calibration_error, Some(0.0));
    }
}

#[test]
fn ignored_pixels_change_nothing() {
    let mut labels = SoftLabels::new(Kind::Binary, array![[[0.2, 0.9, 0.5]]]).unwrap();
    labels.ignore(array![[false, true, false]].view()).unwrap();
    let score = |middle: f32| {
        let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
        let rater = ("a".to_string(), RaterMask::from_mask(array![[false, true, true]].view()));
        judge.add(&labels, array![[[0.3f32, middle, 0.6]]].view(), &[rater]).unwrap();
        judge.scores()
    };
    assert_eq!(score(0.0), score(1.0));
    assert_eq!(score(0.0).pixels, 2);
    assert_eq!(score(0.0).raters[0].f1, Some(1.0));
}

#[test]
fn raters_weigh_by_their_number_or_not() {
    let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 2));
    for marks in [array![[[1, 0]]], array![[[1, UNSEEN]]], array![[[0, UNSEEN]]]] {
        votes.add(&RaterMask::new(&space(Kind::Binary, 1), marks).unwrap()).unwrap();
    }
    let labels = votes.into_labels();
    let score = |by_raters| {
        let mut judge =
            Judge::new(&space(Kind::Binary, 1), JudgeOptions { by_raters, ..JudgeOptions::training() });
        judge.add(&labels, array![[[0.5f32, 0.25]]].view(), NO_RATERS).unwrap();
        judge.scores()
    };
    let (two_thirds, sure) = (0.5f64.ln(), 0.75f64.ln());
    assert!((score(true).cross_entropy.unwrap().value + (3.0 * two_thirds + sure) / 4.0).abs() < 1e-7);
    assert!((score(false).cross_entropy.unwrap().value + (two_thirds + sure) / 2.0).abs() < 1e-7);
    // The majority of the left pixel is 1 and 0.5 decides for it; the right one is 0 and found so.
    assert_eq!(score(true).majority.unwrap().f1, Some(1.0));
}

#[test]
fn f1_is_counted_per_rater() {
    let labels = SoftLabels::new(Kind::Binary, array![[[1.0, 0.5, 0.5, 0.0]]]).unwrap();
    let masks = [
        ("bold".to_string(), RaterMask::from_mask(array![[true, true, true, false]].view())),
        ("shy".to_string(), RaterMask::from_mask(array![[true, false, false, false]].view())),
    ];
    let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
    judge.add(&labels, array![[[0.9f32, 0.6, 0.4, 0.1]]].view(), &masks).unwrap();
    let scores = judge.scores();
    // Predicted: the first two. Against bold TP 2, FN 1; against shy TP 1, FP 1.
    assert_eq!(scores.raters[0].f1, Some(0.8));
    assert_eq!(scores.raters[1].classes[0].precision, Some(0.5));
    assert_eq!(scores.raters[1].f1, Some(2.0 / 3.0));
    assert!(scores.majority.is_none(), "no votes, no majority");
}

#[test]
fn a_stored_zero_is_judged_at_the_edge_and_said() {
    let labels = SoftLabels::new(Kind::Binary, array![[[1.0, 0.0]]]).unwrap();
    let mut judge = Judge::new(
        &space(Kind::Binary, 1),
        JudgeOptions { resolution: Resolution::SIXTEEN_BIT, ..JudgeOptions::training() },
    );
    judge.add(&labels, array![[[0.0f32, 0.5]]].view(), NO_RATERS).unwrap();
    let scores = judge.scores();
    // The edge e is taken from all: e / (1 + e).
    let wanted = ((2.0 * 65535.0f64 + 1.0).ln() + 2f64.ln()) / 2.0;
    assert!((scores.cross_entropy.unwrap().value - wanted).abs() < 1e-9);
    assert_eq!(scores.clipped, 1);
}

/// Whatever a file's steps make of a prediction: nothing undercuts the label itself.
#[test]
fn a_stored_zero_is_not_better_than_the_label() {
    for p in [1e-6, 0.001, 0.0019, 0.003, 0.4, 0.999] {
        for q in [0.0f32, 1.0] {
            let mut judge = Judge::new(
                &space(Kind::Binary, 1),
                JudgeOptions { resolution: Resolution::EIGHT_BIT, ..JudgeOptions::training() },
            );
            judge
                .add(&SoftLabels::new(Kind::Binary, array![[[p]]]).unwrap(), array![[[q]]].view(), NO_RATERS)
                .unwrap();
            let rest = 1.0 - p;
            let mut exclusive = Judge::new(
                &space(Kind::Multiclass, 3),
                JudgeOptions { resolution: Resolution::EIGHT_BIT, ..JudgeOptions::training() },
            );
            let labels = SoftLabels::new(Kind::Multiclass, array![[[p]], [[rest]], [[0.0]]]).unwrap();
            exclusive.add(&labels, array![[[q]], [[1.0 - q]], [[0.0]]].view(), NO_RATERS).unwrap();
            for scores in [judge.scores(), exclusive.scores()] {
                assert!(scores.cross_entropy.unwrap().excess > 0.0, "{p} {q}: {:?}", scores.cross_entropy);
            }
        }
    }
}

#[test]
fn nothing_to_judge_scores_nothing() {
    let judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
    let scores = judge.scores();
    assert_eq!((scores.pixels, scores.cross_entropy, scores.dice), (0, None, None));
}

#[test]
fn bad_predictions_are_refused_and_not_counted() {
    let labels = SoftLabels::new(Kind::Binary, array![[[0.2, 0.9]]]).unwrap();
    let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::training());
    let nan = judge.add(&labels, array![[[0.5f32, f32::NAN]]].view(), NO_RATERS).unwrap_err();
    assert!(matches!(nan, ScoreError::NotProbability { column: 1, .. }));
    assert!(matches!(
        judge.add(&labels, array![[[0.5f32]]].view(), NO_RATERS),
        Err(ScoreError::Shape { .. })
    ));
    let multi = SoftLabels::new(Kind::Multilabel, array![[[0.2, 0.9]]]).unwrap();
    assert!(matches!(
        judge.add(&multi, array![[[0.5f32, 0.5]]].view(), NO_RATERS),
        Err(ScoreError::Kind { .. })
    ));
    assert_eq!(judge.scores().pixels, 0);
}

#[test]
fn a_bin_of_one_image_has_no_interval() {
    let bins = |[a, b]: [f32; 2]| {
        let image = array![[[a, b]]];
        let mut judge =
            Judge::new(&space(Kind::Binary, 1), JudgeOptions { bins: 2, ..JudgeOptions::default() });
        let labels = SoftLabels::new(Kind::Binary, image.clone()).unwrap();
        judge.add(&labels, image.view(), NO_RATERS).unwrap();
        (judge.scores().classes[0].reliability.clone(), judge)
    };
    let ((low, mut all), (both, second)) = (bins([0.1, 0.2]), bins([0.3, 0.9]));
    all.merge(&second);
    let whole = all.scores().classes[0].reliability.clone();
    let found = reliability_intervals(&whole, &[&low, &both], &Groups::each(2));
    assert!(found[0].is_some() && found[1].is_none(), "{found:?}");
    assert_eq!(reliability_intervals(&low, &[&low], &Groups::each(1)), [None, None]);
    let one = Groups::of(["eye", "eye"]);
    assert_eq!(reliability_intervals(&whole, &[&low, &both], &one), [None, None]);
}

#[test]
fn a_rater_has_one_opinion_of_an_image() {
    let labels = SoftLabels::new(Kind::Binary, array![[[0.5, 1.0]]]).unwrap();
    let mask = RaterMask::from_mask(array![[true, true]].view());
    let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::default());
    let twice = [("ann", mask.clone()), ("ann", mask.clone())];
    let error = judge.add(&labels, array![[[0.5, 0.5]]].view(), &twice).unwrap_err();
    assert_eq!(error, ScoreError::Twice { rater: "ann".into() });
    assert_eq!(judge.scores().pixels, 0);
    judge.add(&labels, array![[[0.5, 0.5]]].view(), [&mask, &mask]).unwrap();
    assert_eq!(judge.scores().raters.len(), 2);
}
