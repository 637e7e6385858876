//! Class balance: HED's weights on hard labels, their meaning on soft ones, and the shift that undoes them.

use ndarray::{Array3, array};
use proptest::prelude::*;
use scumble::loss::{
    Balance, ClassMass, Classes, Extent, LossKind, LossOptions, balance, loss, loss_gradient,
};

fn labels() -> impl Strategy<Value = Array3<f64>> {
    prop::collection::vec(0.01..0.99, 24).prop_map(|v| Array3::from_shape_vec((2, 3, 4), v).unwrap())
}

fn bits() -> impl Strategy<Value = Array3<f64>> {
    prop::collection::vec(any::<bool>(), 24)
        .prop_map(|v| Array3::from_shape_vec((2, 3, 4), v.into_iter().map(f64::from).collect()).unwrap())
}

proptest! {
    #[test]
    fn on_hard_labels_it_is_that_of_hed(t in bits(), mask in prop::collection::vec(any::<bool>(), 8)) {
        let mask = ndarray::Array2::from_shape_vec((2, 4), mask).unwrap();
        let options = LossOptions::default().mask(mask.view());
        let sides = balance(t.view(), Extent::Image, &options).unwrap();
        prop_assert_eq!(sides.len(), 6);
        for image in 0..2 { for class in 0..3 {
            let labels: Vec<f64> = (0..4).filter(|i| mask[[image, *i]]).map(|i| t[[image, class, i]]).collect();
            let negatives = labels.iter().filter(|t| **t == 0.0).count();
            // beta = |Y-| / |Y| weighs the positives and 1 - beta the negatives (Xie and Tu 2015, eq. 2).
            let beta = if labels.is_empty() { 0.5 } else { negatives as f64 / labels.len() as f64 };
            let found = sides[image * 3 + class];
            prop_assert!((found.positive - beta).abs() < 1e-15 && (found.negative - (1.0 - beta)).abs() < 1e-15);
        }}
        // Empty and full images are among these: never NaN.
        let x = t.mapv(|t| 2.0 * t - 0.5);
        let (found, g) = loss_gradient(LossKind::Sigmoid, x.view(), t.view(), &options.balance(&sides)).unwrap();
        prop_assert!(found.value.is_finite() && g.iter().all(|g| g.is_finite()));
    }

    #[test]
    fn both_sides_have_the_same_mass(t in labels()) {
        for over in [Extent::Image, Extent::Batch] {
            let sides = balance(t.view(), over, &LossOptions::default()).unwrap();
            for class in 0..3 {
                let (mut yes, mut no) = (0.0, 0.0);
                for image in 0..2 {
                    let side = sides[if over == Extent::Image { image * 3 + class } else { class }];
                    for i in 0..4 {
                        yes += side.positive * t[[image, class, i]];
                        no += side.negative * (1.0 - t[[image, class, i]]);
                    }
                }
                prop_assert!((yes - no).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_best_prediction_is_the_shifted_label(t in labels(), positive in 0.05..5.0, negative in 0.05..5.0) {
        let side = Balance { positive, negative };
        let (sides, shift) = ([side], side.shift());
        let options = LossOptions::default().balance(&sides);
        let best = t.mapv(|t| (t / (1.0 - t)).ln() + shift);
        for kind in [LossKind::Sigmoid, LossKind::Brier] {
            let (found, g) = loss_gradient(kind, best.view(), t.view(), &options).unwrap();
            prop_assert!(found.excess.abs() < 1e-14 && g.iter().all(|g| g.abs() < 1e-14), "{found}");
            prop_assert!(loss(kind, best.mapv(|x| x + 0.01).view(), t.view(), &options).unwrap().excess > 1e-9);
        }
        for (x, t) in best.iter().zip(&t) {
            prop_assert!((1.0 / (1.0 + (-x).exp()) - side.target(*t)).abs() < 1e-14);
            // Taking the shift off gives the label back.
            prop_assert!((1.0 / (1.0 + (shift - x).exp()) - t).abs() < 1e-14);
        }
    }

    #[test]
    fn exclusive_classes_move_by_the_log_of_their_weights(t in labels()) {
        let sum = t.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
        let t = t / sum;
        let options = LossOptions::default().classes(Classes::Exclusive);
        let weights = ClassMass::of(t.view(), &options).unwrap().class_weights();
        let masses = t.sum_axis(ndarray::Axis(2)).sum_axis(ndarray::Axis(0));
        for (w, m) in weights.iter().zip(&masses) {
            prop_assert!((w * m - 8.0 / 3.0).abs() < 1e-12); // the same mass each, the mean label weighs 1
        }
        let options = options.class_weights(&weights);
        let best = Array3::from_shape_fn(t.dim(), |at| t[at].ln() + weights[at.1].ln());
        for kind in [LossKind::Softmax, LossKind::Brier] {
            let (found, g) = loss_gradient(kind, best.view(), t.view(), &options).unwrap();
            prop_assert!(found.excess.abs() < 1e-14 && g.iter().all(|g| g.abs() < 1e-14), "{found}");
        }
    }
}

#[test]
fn edges_have_no_nan() {
    let nowhere = Balance::of(0.0, 4.0);
    assert_eq!((nowhere.positive, nowhere.negative, nowhere.shift()), (1.0, 0.0, f64::INFINITY));
    assert_eq!((nowhere.target(0.0), nowhere.weight(0.0)), (0.0, 0.0));
    assert_eq!(Balance::of(4.0, 0.0).shift(), f64::NEG_INFINITY);
    assert_eq!(Balance::of(0.0, 0.0).shift(), 0.0);
    assert_eq!(Balance { positive: 0.0, negative: 0.0 }.shift(), 0.0);
    let absent = array![[[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]];
    let mass = ClassMass::of(absent.view(), &LossOptions::default().classes(Classes::Exclusive)).unwrap();
    assert_eq!(mass.class_weights(), [1.0, 1.0, 1.0]);
    assert_eq!(ClassMass::new(2).class_weights(), [1.0, 1.0]);
}

#[test]
fn images_add_up_to_the_data_set() {
    let (a, b) = (array![[[0.25, 0.5]]], array![[[1.0, 1.0]]]);
    let options = LossOptions::default();
    let mut mass = ClassMass::of(a.view(), &options).unwrap();
    mass.merge(&ClassMass::of(b.view(), &options).unwrap());
    let both = ndarray::concatenate![ndarray::Axis(0), a, b];
    assert_eq!(mass, ClassMass::of(both.view(), &options).unwrap());
    assert_eq!(mass.balance(), balance(both.view(), Extent::Batch, &options).unwrap());
    // A weight counts as so many pixels, and ignored ones do not count.
    let w = array![[3.0, 0.0]];
    let mass = ClassMass::of(a.view(), &options.weights(w.view())).unwrap();
    assert_eq!((mass.positive[0], mass.negative[0]), (0.75, 2.25));
}
