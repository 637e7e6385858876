//! Laws of the joint families with cases of their own. Identities between families are rows in `joint_identities.rs`.

mod common;

use common::joint::{Draw, PIXELS, apart, at, derivative, families, rows, slopes, value};
use ndarray::{Array, Array2, Array3, array};
use proptest::prelude::*;
use proptest::test_runner::Config;
use scumble::joint::{
    JointFamily, JointKind, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient,
    joint_cross_entropy_map, joint_entropy, joint_label_sets, joint_marginals,
};
use scumble::labels::entropy;
use scumble::loss::{Denominator, LossOptions};

fn family() -> impl Strategy<Value = JointFamily> {
    (1usize..6, 0usize..5, 1usize..4)
        .prop_map(|(k, kind, m)| JointFamily::new(JointKind::ALL[kind], k, m).unwrap())
}

/// A family, huge parameters and a distribution over its states, of one pixel.
fn extreme() -> impl Strategy<Value = (JointFamily, Array3<f64>, Array3<f64>)> {
    family().prop_flat_map(|family| {
        let huge = prop::sample::select(vec![-1e4, 1e4, 0.0, -700.0, 750.0, 1e-12]);
        let x = prop::collection::vec(huge, family.parameters());
        let p = prop::collection::vec(0.0..1.0f64, 1 << family.labels());
        (Just(family), x, p).prop_map(|(family, x, p)| {
            let whole: f64 = p.iter().sum::<f64>().max(1e-9);
            let p: Vec<f64> = p.iter().map(|p| p / whole).collect();
            let pixel = |v: Vec<f64>| Array::from_shape_vec((1, v.len(), 1), v).unwrap();
            (family, pixel(x), pixel(p))
        })
    })
}

proptest! {
    #![proptest_config(Config::with_cases(200))]

    #[test]
    fn huge_parameters_stay_finite((family, x, p) in extreme()) {
        let (loss, g) = joint_cross_entropy_gradient(&family, x.view(), JointTargets::Distribution(p.view()), &LossOptions::default().unchecked()).unwrap();
        prop_assert!(loss.value.is_finite() && loss.excess > -1e-9, "{loss}");
        prop_assert!(g.iter().all(|g| g.is_finite() && g.abs() <= 1.0 + 1e-9), "{g}");
        let m = joint_marginals(&family, x.view(), 1).unwrap();
        prop_assert!(m.iter().all(|m| (0.0..=1.0 + 1e-12).contains(m)), "{m}");
        let e = joint_entropy(&family, x.view(), 1).unwrap()[[0, 0]];
        prop_assert!(e.is_finite() && e > -1e-9 && e < family.labels() as f64 * 0.694);
        let single = x.mapv(|x| x as f32);
        let target = p.mapv(|p| p as f32);
        let narrow = joint_cross_entropy(&family, single.view(), JointTargets::Distribution(target.view()), &LossOptions::default().unchecked()).unwrap();
        prop_assert!((narrow.value - loss.value).abs() <= 1e-6 * (1.0 + loss.value), "{narrow} {loss}");
    }

    #[test]
    fn weights_multiply_and_denominators_divide(family in family(), seed in any::<u8>()) {
        let mut draw = Draw::default();
        (0..seed).for_each(|_| _ = draw.unit());
        let (x, p) = (draw.parameters(family.parameters(), 4.0), draw.distribution(family.labels()));
        let w = Array::from_shape_simple_fn((1, PIXELS), || draw.unit());
        let target = || JointTargets::Distribution(p.view());
        let loss = |denominator| joint_cross_entropy(&family, x.view(), target(), &LossOptions::default().weights(w.view()).denominator(denominator)).unwrap();
        let map = joint_cross_entropy_map(&family, x.view(), target(), &LossOptions::default()).unwrap().1;
        let sum: f64 = map.iter().zip(&w).map(|(loss, w)| loss * w).sum();
        for (denominator, divisor) in [
            (Denominator::None, 1.0), (Denominator::Batch, 1.0), (Denominator::Valid, PIXELS as f64),
            (Denominator::All, PIXELS as f64), (Denominator::Weights, w.sum()),
        ] {
            let loss = loss(denominator);
            prop_assert!((loss.value - sum / divisor).abs() < 1e-12 && (loss.divisor - divisor).abs() < 1e-12);
            prop_assert_eq!(loss.valid, PIXELS as u64);
        }
    }
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let mut draw = Draw::default();
    let family = JointFamily::pairwise(3).unwrap();
    let x = Array::from_shape_simple_fn((2, 6, 7000), || 4.0 * draw.unit() - 2.0);
    let p = Array::from_elem((2, 8, 7000), 0.125);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let target = JointTargets::Distribution(p.view());
        pool.install(|| {
            joint_cross_entropy_gradient(&family, x.view(), target, &LossOptions::default()).unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

/// Several images, several tasks each, whichever axis the classes are on, views included.
#[test]
fn images_tasks_and_axes_are_only_order() {
    let mut draw = Draw::default();
    for family in families(2) {
        let rows = family.parameters();
        let x = Array::from_shape_simple_fn((2, rows, 5000), || 6.0 * draw.unit() - 3.0);
        let p = Array::from_shape_simple_fn((2, 2, 5000), || draw.unit());
        let p = Array::from_shape_fn((2, 4, 5000), |(n, set, i)| {
            let bit =
                |label: usize| if set >> label & 1 == 1 { p[[n, label, i]] } else { 1.0 - p[[n, label, i]] };
            bit(0) * bit(1)
        });
        let target = JointTargets::Distribution(p.view());
        let (loss, g) =
            joint_cross_entropy_gradient(&family, x.view(), target, &LossOptions::default()).unwrap();
        let map = joint_cross_entropy_map(
            &family,
            x.view(),
            JointTargets::Distribution(p.view()),
            &LossOptions::default(),
        )
        .unwrap()
        .1;
        for (n, i) in [(0, 0), (0, 4099), (1, 17), (1, 4999)] {
            let point: Vec<f64> = (0..rows).map(|row| x[[n, row, i]]).collect();
            let plain: f64 = (0..4)
                .map(|set| -p[[n, set as usize, i]] * family.log_probability(&point, set).unwrap())
                .sum();
            assert!((map[[n, i]] - plain).abs() < 1e-12);
        }
        let sets = joint_label_sets(&family, x.view(), 1).unwrap();
        for (axis, order, back) in [(2, [0, 2, 1], [0, 2, 1]), (0, [1, 0, 2], [1, 0, 2])] {
            let options = LossOptions::default().class_axis(axis);
            let (moved_x, moved_p) = (x.view().permuted_axes(order), p.view().permuted_axes(order));
            let copy = moved_x.as_standard_layout();
            let target = || JointTargets::Distribution(moved_p);
            let (view, h) = joint_cross_entropy_gradient(&family, moved_x, target(), &options).unwrap();
            assert_eq!(
                (view, &h),
                (
                    joint_cross_entropy_gradient(&family, copy.view(), target(), &options)
                        .map(|(l, _)| l)
                        .unwrap(),
                    &h
                )
            );
            assert!((view.value - loss.value).abs() < 1e-12);
            assert!(apart(&h.permuted_axes(back), &g) < 1e-15);
            let moved = joint_label_sets(&family, moved_x, axis).unwrap();
            assert_eq!(moved, sets);
        }
    }
}

/// The most that is enumerated.
#[test]
fn twelve_labels_are_exact() {
    let mut draw = Draw::default();
    let k = 12;
    for family in families(k) {
        let x = Array::from_shape_simple_fn((1, family.parameters(), 1), || 3.0 * draw.unit() - 1.5);
        let point = at(&x, 0);
        let best = joint_label_sets(&family, x.view(), 1).unwrap()[[0, 0]];
        let top = family.log_probability(&point, best).unwrap();
        for set in [0, 1, 0b1000_0000_0000, 0b1010_0110_0101, 4095] {
            let mut p = Array3::zeros((1, 1 << k, 1));
            p[[0, set, 0]] = 1.0;
            let log = family.log_probability(&point, set as u64).unwrap();
            assert!((value(&family, &x, &p).value + log).abs() < 1e-11, "{family}");
            assert!(log <= top);
        }
        // The gradient of a mean over all sets: its label part is q's marginals less one half.
        let p = Array3::from_elem((1, 1 << k, 1), 1.0 / 4096.0);
        let g = slopes(&family, &x, &p);
        if family.kind() == JointKind::Pairwise {
            let m = joint_marginals(&family, x.view(), 1).unwrap();
            assert!(apart(&rows(&g, 0..k), &m.mapv(|m| m - 0.5)) < 1e-12);
        }
        let e = joint_entropy(&family, x.view(), 1).unwrap()[[0, 0]];
        assert!(-top < e && e < k as f64 * 2f64.ln());
    }
}

/// Beyond 12 labels nothing is enumerated; 2^13 log probabilities still can be.
#[test]
fn thirteen_labels_are_what_their_log_probabilities_say() {
    let mut draw = Draw::default();
    let k = 13;
    for family in [JointFamily::independent(k), JointFamily::chain(k), JointFamily::mixture(k, 3)] {
        let family = family.unwrap();
        let x = Array::from_shape_simple_fn((1, family.parameters(), 2), || 4.0 * draw.unit() - 2.0);
        let marginals = joint_marginals(&family, x.view(), 1).unwrap();
        let best = joint_label_sets(&family, x.view(), 1).unwrap();
        for pixel in 0..2 {
            let point = at(&x, pixel);
            let q: Vec<f64> =
                (0..1 << k).map(|set| family.log_probability(&point, set).unwrap().exp()).collect();
            assert!((q.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let top = q.iter().copied().fold(0.0, f64::max);
            assert!((q[best[[0, pixel]] as usize] - top).abs() <= 1e-15, "{family}");
            // The beam lets a part of the sets go from the twelfth label on.
            let tolerance = if family.kind() == JointKind::Chain { 0.02 } else { 1e-9 };
            for label in 0..k {
                let exact: f64 =
                    q.iter().enumerate().filter(|(set, _)| set >> label & 1 == 1).map(|(_, q)| q).sum();
                let tolerance = if label < 11 { 1e-9 } else { tolerance };
                assert!((marginals[[0, label, pixel]] - exact).abs() < tolerance, "{family}, label {label}");
            }
        }
    }
}

#[test]
fn a_chain_of_forty_labels_learns_from_sets() {
    let mut draw = Draw::default();
    let k = 40;
    let family = JointFamily::chain(k).unwrap();
    let mut x = Array::from_shape_simple_fn((1, family.parameters(), 1), || draw.unit() - 0.5);
    let raters: Vec<Array2<Option<u64>>> =
        [Some((1 << 39) + 5), Some(0), None, Some(0)].map(|set| array![[set]]).to_vec();
    let sets = || JointTargets::Sets(raters.iter().map(|r| r.view()).collect());
    let (loss, g) = joint_cross_entropy_gradient(&family, x.view(), sets(), &LossOptions::default()).unwrap();
    let point = at(&x, 0);
    let log = |set| family.log_probability(&point, set).unwrap();
    assert!((loss.value + (log((1 << 39) + 5) + 2.0 * log(0)) / 3.0).abs() < 1e-12);
    assert!((loss.floor - entropy([1.0 / 3.0, 2.0 / 3.0])).abs() < 1e-12);
    for parameter in [0, 2, 39, k, k + 1, k + 500, family.parameters() - 1] {
        let numeric = derivative(|by| {
            x[[0, parameter, 0]] += by;
            let value =
                joint_cross_entropy(&family, x.view(), sets(), &LossOptions::default()).unwrap().value;
            x[[0, parameter, 0]] -= by;
            value
        });
        assert!((g[[0, parameter, 0]] - numeric).abs() < 1e-9);
    }
    // Without weights the beam is exact however many sets there are.
    let mut free = Array3::<f64>::zeros((1, family.parameters(), 1));
    free.iter_mut().take(k).for_each(|b| *b = 3.0 * draw.unit() - 1.5);
    let independent = JointFamily::independent(k).unwrap();
    let logits = rows(&free, 0..k);
    let (a, b) = (
        joint_marginals(&family, free.view(), 1).unwrap(),
        joint_marginals(&independent, logits.view(), 1).unwrap(),
    );
    assert!(apart(&a, &b) < 1e-9);
    let (a, b) = (
        joint_entropy(&family, free.view(), 1).unwrap(),
        joint_entropy(&independent, logits.view(), 1).unwrap(),
    );
    assert!(apart(&a, &b) < 1e-9);
    assert_eq!(
        joint_label_sets(&family, free.view(), 1).unwrap(),
        joint_label_sets(&independent, logits.view(), 1).unwrap()
    );
    // All 64 bits of a set come through.
    let all = JointFamily::independent(64).unwrap();
    assert_eq!(
        joint_label_sets(&all, Array3::from_elem((1, 64, 1), 1.0).view(), 1).unwrap(),
        array![[u64::MAX]]
    );
}

#[test]
fn a_sure_prediction_keeps_its_tiny_loss() {
    // exp(-50) beside 1 would be lost in any form that subtracts.
    for (family, x) in [
        (JointFamily::independent(1).unwrap(), vec![50.0]),
        (JointFamily::pairwise(1).unwrap(), vec![50.0]),
        (JointFamily::chain(1).unwrap(), vec![50.0]),
        (JointFamily::mixture(1, 1).unwrap(), vec![0.0, 50.0]),
        (JointFamily::powerset(1).unwrap(), vec![0.0, 50.0]),
    ] {
        let x = Array::from_shape_vec((1, x.len(), 1), x).unwrap();
        let loss = joint_cross_entropy(
            &family,
            x.view(),
            JointTargets::Distribution(array![[[0.0], [1.0]]].view()),
            &LossOptions::default(),
        )
        .unwrap();
        assert!((loss.value / (-50.0f64).exp() - 1.0).abs() < 1e-12, "{family}: {}", loss.value);
        assert_eq!(loss.floor, 0.0);
    }
}

#[test]
fn no_pixel_is_no_loss() {
    let family = JointFamily::pairwise(2).unwrap();
    let (x, p) = (Array3::<f32>::zeros((0, 3, 5)), Array3::<f32>::zeros((0, 4, 5)));
    let loss =
        joint_cross_entropy(&family, x.view(), JointTargets::Distribution(p.view()), &LossOptions::default())
            .unwrap();
    assert!(loss.is_empty() && loss.value == 0.0);
    let nobody = Array2::<Option<u64>>::from_elem((1, 3), None);
    let x = Array3::<f32>::from_elem((1, 3, 3), f32::NAN);
    let (loss, g) = joint_cross_entropy_gradient(
        &family,
        x.view(),
        JointTargets::Sets(vec![nobody.view()]),
        &LossOptions::default(),
    )
    .unwrap();
    assert!(loss.is_empty() && g.iter().all(|g| *g == 0.0));
}
