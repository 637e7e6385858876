//! What single kinds, sums of them and their spelling promise. Laws that all obey are in `kind_laws.rs`.

use ndarray::{Array3, Array4, Axis, array};
use proptest::prelude::*;
use scumble::loss::{
    Classes, Denominator, Extent, Loss, LossError, LossKind, LossOptions, LossTerm, loss, loss_gradient,
    loss_sum_gradient,
};
use serde::Deserialize;

fn kind(name: &str) -> LossKind {
    name.parse().unwrap()
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn taken(kind: LossKind, x: &Array3<f64>, t: &Array3<f64>) -> Loss {
    loss(kind, x.view(), t.view(), &LossOptions::default()).unwrap()
}

fn soft(n: usize) -> impl Strategy<Value = Array3<f64>> {
    prop::collection::vec(0.001..0.999, 2 * 2 * n)
        .prop_map(move |v| Array3::from_shape_vec((2, 2, n), v).unwrap())
}

proptest! {
    #[test]
    fn overlaps_are_what_their_names_say(p in soft(5), t in soft(5), s in 0.0..2.0) {
        let x = p.mapv(logit);
        let over = Extent::Image;
        let (mut dice, mut jaccard, mut tversky) = (0.0, 0.0, 0.0);
        for image in 0..2 { for class in 0..2 {
            let pairs: Vec<_> = (0..5).map(|i| (p[[image, class, i]], t[[image, class, i]])).collect();
            let common: f64 = pairs.iter().map(|(p, t)| p.min(*t)).sum();
            let union: f64 = pairs.iter().map(|(p, t)| p.max(*t)).sum();
            let (ps, ts): (f64, f64) = (pairs.iter().map(|a| a.0).sum(), pairs.iter().map(|a| a.1).sum());
            dice += 1.0 - (2.0 * common + s) / (ps + ts + s);
            jaccard += 1.0 - (common + s) / (union + s);
            tversky += 1.0 - (common + s) / (common + 0.3 * (ps - common) + 0.9 * (ts - common) + s);
        }}
        for (kind, sum) in [
            (LossKind::Dice { smooth: s, over }, dice),
            (LossKind::Jaccard { smooth: s, over }, jaccard),
            (LossKind::Tversky { alpha: 0.3, beta: 0.9, smooth: s, over }, tversky),
        ] {
            let found = taken(kind, &x, &t);
            prop_assert!((found.value - sum / 4.0).abs() < 1e-13, "{kind:?}: {found}");
            prop_assert_eq!((found.valid, found.divisor, found.floor), (4, 4.0, 0.0));
        }
        let same = LossKind::Tversky { alpha: 1.0, beta: 1.0, smooth: s, over };
        prop_assert_eq!(taken(same, &x, &t), taken(LossKind::Jaccard { smooth: s, over }, &x, &t));
        // The batch is one image of all pixels.
        let flat = |a: &Array3<f64>| a.view().permuted_axes([1, 0, 2]).as_standard_layout().into_owned()
            .into_shape_with_order((1, 2, 10)).unwrap();
        let batch = LossKind::Dice { smooth: s, over: Extent::Batch };
        let one = LossKind::Dice { smooth: s, over };
        prop_assert!((taken(batch, &x, &t).value - taken(one, &flat(&x), &flat(&t)).value).abs() < 1e-14);
    }

    #[test]
    fn an_overlap_is_least_where_the_product_form_is_not(t in soft(8)) {
        // Nudging the label's own prediction in any direction costs; the product form gains by going to 0 and 1.
        let x = t.mapv(logit);
        for name in ["dice", "jaccard", "tversky"] {
            prop_assert!(taken(kind(name), &x, &t).value < 1e-12);
            for by in [-0.1, 0.1] {
                prop_assert!(taken(kind(name), &x.mapv(|x| x + by), &t).value > 1e-4);
                prop_assert!(taken(kind(name), &x.mapv(|x| x * (1.0 + by)), &t).value > 0.0);
            }
        }
    }

    #[test]
    fn two_exclusive_classes_are_one_independent_class(p in soft(6), x in soft(6), c in 0.1..4.0) {
        // Softmax over (0, x) with class weights (1, c) is the sigmoid of x with positive weight c.
        let x = x.mapv(|x| 12.0 * x - 6.0);
        let pair = |a: &Array3<f64>, other: fn(f64) -> f64| {
            let first = a.index_axis(Axis(1), 0).to_owned();
            ndarray::stack![Axis(1), first.mapv(other), first]
        };
        let (weights, positive) = ([1.0, c], [c]);
        for (pairs, single) in [
            (LossKind::Softmax, LossKind::Sigmoid),
            (LossKind::Focal { gamma: 1.5 }, LossKind::Focal { gamma: 1.5 }),
        ] {
            for denominator in [Denominator::Valid, Denominator::Weights, Denominator::Batch] {
                let options = LossOptions::default().denominator(denominator).label_smoothing(0.1);
                let two = options.clone().classes(Classes::Exclusive).class_weights(&weights);
                let one = options.positive_weights(&positive);
                let (a, g) = loss_gradient(pairs, pair(&x, |_| 0.0).view(), pair(&p, |p| 1.0 - p).view(), &two).unwrap();
                let keep = |a: &Array3<f64>| a.index_axis(Axis(1), 0).insert_axis(Axis(1)).to_owned();
                let (b, h) = loss_gradient(single, keep(&x).view(), keep(&p).view(), &one).unwrap();
                prop_assert!((a.value - b.value).abs() < 1e-13 && (a.floor - b.floor).abs() < 1e-13, "{a} {b}");
                prop_assert!((&g.index_axis(Axis(1), 1) - &h.index_axis(Axis(1), 0)).iter().all(|d| d.abs() < 1e-14));
            }
        }
    }

    #[test]
    fn focal_without_focus_is_the_cross_entropy(x in soft(6), t in soft(6)) {
        let x = x.mapv(|x| 20.0 * x - 10.0);
        let focal = taken(LossKind::Focal { gamma: 0.0 }, &x, &t);
        let plain = taken(LossKind::Sigmoid, &x, &t);
        prop_assert!((focal.value - plain.value).abs() < 1e-14 && (focal.floor - plain.floor).abs() < 1e-14);
    }

    #[test]
    fn smoothing_is_that_of_the_labels(x in soft(6), t in soft(6), e in 0.0..1.0) {
        let x = x.mapv(|x| 20.0 * x - 10.0);
        for name in ["sigmoid", "focal", "brier", "jaccard"] {
            let smoothed = loss(kind(name), x.view(), t.view(), &LossOptions::default().label_smoothing(e)).unwrap();
            let by_hand = taken(kind(name), &x, &t.mapv(|t| (1.0 - e) * t + 0.5 * e));
            prop_assert!((smoothed.value - by_hand.value).abs() < 1e-13, "{name}");
        }
    }
}

#[test]
fn a_class_that_is_nowhere() {
    // Label and prediction empty: nothing is wrong. Without smoothing the quotient would be 0 / 0.
    let x = array![[[-1e4, -1e4]]];
    let t = array![[[0.0, 0.0]]];
    let (found, g) = loss_gradient(kind("dice"), x.view(), t.view(), &LossOptions::default()).unwrap();
    assert_eq!((found.value, found.valid), (0.0, 1));
    assert_eq!(g, array![[[0.0, 0.0]]]);
    // Predicted a little: all is wrong, flat without smoothing and downhill with it.
    let x = array![[[-2.0, -2.0]]];
    let (found, g) = loss_gradient(kind("dice"), x.view(), t.view(), &LossOptions::default()).unwrap();
    assert!(found.value == 1.0 && g.iter().all(|g| *g == 0.0));
    let smooth = LossKind::Dice { smooth: 1.0, over: Extent::Image };
    let (found, g) = loss_gradient(smooth, x.view(), t.view(), &LossOptions::default()).unwrap();
    assert!(found.value < 0.2 && g.iter().all(|g| *g > 0.0));
}

#[test]
fn labels_out_of_range_are_taken_as_they_are_if_asked() {
    // a t softplus(-x) + (1-t) softplus(x) at t = 2 and a = 1/2, where both weights cancel: what is left is linear.
    let (x, t) = (array![[[0.7, -3.0]]], array![[[2.0, 2.0]]]);
    let options = LossOptions::default().unchecked().positive_weights(&[0.5]).denominator(Denominator::None);
    let (found, g) = loss_gradient(LossKind::Sigmoid, x.view(), t.view(), &options).unwrap();
    let softplus = |x: f64| x.exp().ln_1p();
    let wanted: f64 = x.iter().map(|x| softplus(-x) - softplus(*x)).sum();
    assert!((found.value - wanted).abs() < 1e-14, "{found} {wanted}");
    assert!(g.iter().all(|g| (g + 1.0).abs() < 1e-14));
}

#[test]
fn a_weighted_sum_is_the_sum() {
    let x = Array4::from_shape_fn((2, 3, 4, 4), |(n, k, i, j)| {
        ((n * 7 + k * 5 + i * 3 + j) % 11) as f64 / 3.0 - 1.5
    });
    let t = Array4::from_elem(x.dim(), 1.0 / 3.0);
    let options = LossOptions::default().classes(Classes::Exclusive);
    let terms = [
        LossTerm { kind: LossKind::Softmax, weight: 0.25 },
        LossTerm { kind: kind("jaccard"), weight: 0.75 },
        LossTerm { kind: kind("brier"), weight: 0.0 },
    ];
    let (sum, gradient) = loss_sum_gradient(&terms, x.view(), t.view(), &options).unwrap();
    let parts = terms.map(|term| loss_gradient(term.kind, x.view(), t.view(), &options).unwrap());
    assert_eq!(sum.value, 0.25 * parts[0].0.value + 0.75 * parts[1].0.value);
    assert!((sum.floor - 0.25 * 3f64.ln()).abs() < 1e-15 && sum.excess == sum.value - sum.floor);
    let wanted = 0.25 * &parts[0].1 + 0.75 * &parts[1].1;
    assert!((gradient - wanted).iter().all(|d| d.abs() < 1e-17));
    assert_eq!(loss_sum_gradient(&[], x.view(), t.view(), &options).unwrap_err(), LossError::NoTerm);
}

#[test]
fn losses_are_spelled_as_in_a_config_file() {
    #[derive(Debug, Deserialize)]
    struct Settings {
        loss: Vec<LossTerm>,
    }
    let read = |text: &str| toml::from_str::<Settings>(text).map(|s| s.loss).map_err(|e| e.to_string());
    let terms =
        read(r#"loss = [{ kind = "softmax", weight = 0.25 }, { kind = "jaccard", weight = 0.75 }]"#).unwrap();
    assert_eq!(terms[0], LossTerm { kind: LossKind::Softmax, weight: 0.25 });
    assert_eq!(terms[1], LossTerm { kind: kind("jaccard"), weight: 0.75 });
    let terms = read(r#"loss = [{ kind = "tversky", alpha = 0.3, smooth = 1, over = "batch" }, { kind = "focal", gamma = 3 }]"#).unwrap();
    let tversky = LossKind::Tversky { alpha: 0.3, beta: 0.5, smooth: 1.0, over: Extent::Batch };
    assert_eq!(terms, [LossTerm::from(tversky), LossTerm::from(LossKind::Focal { gamma: 3.0 })]);
    for name in LossKind::NAMES {
        // What is written is read again.
        let term = LossTerm { kind: kind(name), weight: 2.0 };
        assert_eq!(toml::from_str::<LossTerm>(&toml::to_string(&term).unwrap()).unwrap(), term);
        assert_eq!(term.kind.name(), name);
    }
    for (text, says) in [
        (r#"loss = [{ kind = "sigmod" }]"#, "sigmod"),
        (r#"loss = [{ kind = "jaccard", gamma = 2 }]"#, "gamma"),
        (r#"loss = [{ kind = "focal", gama = 2 }]"#, "gama"),
        (r#"loss = [{ kind = "focal", gamma = -1 }]"#, "-1"),
        (r#"loss = [{ kind = "softmax", weight = -0.5 }]"#, "weight"),
        (r#"loss = [{ weight = 1 }]"#, "kind"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let (x, t) = (array![[[0.5f32], [1.0]]], array![[[0.5f32], [0.5]]]);
    let fails =
        |kind: LossKind, options: &LossOptions<'_, f32>| loss(kind, x.view(), t.view(), options).unwrap_err();
    let options = LossOptions::default;
    for value in [0.0, 0.3, 1.0] {
        let error = fails(LossKind::Sigmoid, &options().ignore_value(value));
        assert_eq!(error, LossError::IgnoreValue { value: f64::from(value) });
        assert!(error.to_string().contains("Caffe"), "{error}");
    }
    assert!(matches!(
        fails(LossKind::Softmax, &options().positive_weights(&[2.0])),
        LossError::NotFor { .. }
    ));
    assert!(matches!(fails(kind("dice"), &options().positive_weights(&[2.0])), LossError::NotFor { .. }));
    assert!(matches!(
        fails(LossKind::Sigmoid, &options().positive_weights(&[1.0; 3])),
        LossError::ClassWeights { .. }
    ));
    assert!(matches!(
        fails(LossKind::Sigmoid, &options().positive_weights(&[-1.0])),
        LossError::Weight { .. }
    ));
    assert!(matches!(fails(LossKind::Sigmoid, &options().label_smoothing(-0.1)), LossError::Setting { .. }));
    assert!(matches!(fails(LossKind::Focal { gamma: f64::NAN }, &options()), LossError::Setting { .. }));
}

#[test]
fn targets_in_steps_take_every_option() {
    // Read as they are by the kernel, or changed first: the same as a float copy.
    let x = Array3::from_shape_fn((2, 2, 5), |(n, k, i)| (n * 5 + k * 3 + i) as f32 / 3.0 - 2.0);
    let steps = Array3::from_shape_fn((2, 2, 5), |(n, k, i)| (n * 97 + k * 41 + i * 17) as u8);
    let t = steps.mapv(|t| f32::from(t) / 255.0);
    let plain = LossOptions::default();
    let changed = LossOptions::default().label_smoothing(0.1).positive_weights(&[3.0, 0.5]);
    for options in [plain, changed] {
        let options = options.denominator(Denominator::Weights);
        let read = scumble::loss::sigmoid_cross_entropy_gradient(x.view(), steps.view(), &options).unwrap();
        assert_eq!(
            read,
            scumble::loss::sigmoid_cross_entropy_gradient(x.view(), t.view(), &options).unwrap()
        );
    }
}

#[test]
fn steps_have_no_value_that_could_mean_ignore() {
    let (x, t) = (array![[[0.5f32, 1.0]]], array![[[51u8, 255]]]);
    for options in [LossOptions::default(), LossOptions::default().label_smoothing(0.1)] {
        let options = options.ignore_value(255.0);
        let error = scumble::loss::sigmoid_cross_entropy(x.view(), t.view(), &options).unwrap_err();
        assert!(error.to_string().contains("give a mask"), "{error}");
    }
}

#[test]
fn without_floor_the_rest_is_the_same() {
    let x =
        Array3::from_shape_fn((2, 3, 400), |(n, k, i)| ((n * 700 + k * 91 + i * 17) % 97) as f32 / 9.0 - 5.0);
    let t = Array3::from_shape_fn((2, 3, 400), |(_, k, i)| [0.25f32, 0.5, 0.25][(k + i) % 3]);
    let (with, without) = (LossOptions::default(), LossOptions::default().without_floor());
    for kind in [LossKind::Sigmoid, LossKind::Softmax, LossKind::Focal { gamma: 2.0 }] {
        let (a, slopes) = scumble::loss::loss_gradient(kind, x.view(), t.view(), &with).unwrap();
        let (b, same) = scumble::loss::loss_gradient(kind, x.view(), t.view(), &without).unwrap();
        assert_eq!((a.value, a.valid, slopes), (b.value, b.valid, same));
        assert!(a.floor > 0.0 && b.floor.is_nan() && b.excess.is_nan());
    }
}

#[test]
fn a_label_that_weighs_nothing_may_be_anything() {
    let (x, t) = (array![[[0.5, 1.0], [0.0, 0.0]]], array![[[0.5, f64::NAN], [0.5, 7.0]]]);
    let w = array![[1.0, 0.0]];
    for classes in [Classes::Independent, Classes::Exclusive] {
        for name in LossKind::NAMES {
            let options = LossOptions::default().classes(classes);
            assert!(loss(kind(name), x.view(), t.view(), &options).is_err(), "{name}");
            let found = loss(kind(name), x.view(), t.view(), &options.weights(w.view())).unwrap();
            assert!(found.value.is_finite() && found.floor.is_finite(), "{name}: {found}");
        }
    }
}
