//! The beta-binomial likelihood: its laws, then values from SciPy (`scripts/golden_beta_binomial.py`).

use ndarray::{Array3, Array4, array};
use proptest::prelude::*;
use scumble::labels::binary_entropy;
use scumble::loss::{
    Denominator, LossError, LossOptions, beta_binomial_loss, beta_binomial_loss_gradient,
    beta_binomial_reference, sigmoid_cross_entropy, sigmoid_cross_entropy_reference,
};

fn value(a: f64, b: f64, yes: f64, total: f64) -> f64 {
    beta_binomial_reference(a, b, yes, total).0
}

/// Mean and correlation logit, k of n, both between integers as often as not.
fn pixel() -> impl Strategy<Value = (f64, f64, f64, f64)> {
    let count = || (0u32..12, prop_oneof![Just(0.0), 0.0..1.0]).prop_map(|(n, more)| f64::from(n) + more);
    (-8.0..8.0, -8.0..8.0, count(), count()).prop_map(|(a, b, yes, no)| (a, b, yes, yes + no))
}

proptest! {
    #[test]
    fn no_prediction_gets_below_the_entropy_of_the_share((a, b, yes, total) in pixel()) {
        let floor = if total > 0.0 { total * binary_entropy(yes / total) } else { 0.0 };
        let excess = value(a, b, yes, total) - floor;
        prop_assert!(excess >= -1e-12 * total.max(1.0), "{excess}");
        if yes > 0.0 && yes < total {
            let share = (yes / (total - yes)).ln();
            prop_assert!((value(share, -1e4, yes, total) - floor).abs() < 1e-12 * total.max(1.0));
        }
    }

    #[test]
    fn without_correlation_it_is_the_sigmoid_cross_entropy((a, _, yes, total) in pixel()) {
        prop_assume!(total > 0.0);
        let (ce, slope) = sigmoid_cross_entropy_reference(a, yes / total);
        let (loss, [by_mean, _]) = beta_binomial_reference(a, -1e4, yes, total);
        prop_assert!((loss / total - ce).abs() < 1e-12);
        prop_assert!((by_mean / total - slope).abs() < 1e-12);
    }

    #[test]
    fn the_gradient_is_the_derivative((a, b, yes, total) in pixel()) {
        let (_, slopes) = beta_binomial_reference(a, b, yes, total);
        let h = 1e-5;
        let differences = [
            (value(a + h, b, yes, total) - value(a - h, b, yes, total)) / (2.0 * h),
            (value(a, b + h, yes, total) - value(a, b - h, yes, total)) / (2.0 * h),
        ];
        for (slope, difference) in slopes.iter().zip(differences) {
            prop_assert!((slope - difference).abs() < 1e-7 * total.max(1.0), "{slope} {difference}");
        }
    }

    #[test]
    fn opinions_of_all_outcomes_have_probability_one(a in -6.0..6.0, b in -6.0..6.0, n in 1u32..9) {
        let orders = |k: u32| (0..k).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
        let all: f64 = (0..=n).map(|k| orders(k) * (-value(a, b, k.into(), n.into())).exp()).sum();
        prop_assert!((all - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_opinion_says_nothing_of_a_correlation(a in -8.0..8.0, b in -8.0..8.0, yes: bool) {
        let k = f64::from(u8::from(yes));
        let (loss, [by_mean, by_correlation]) = beta_binomial_reference(a, b, k, 1.0);
        let (ce, slope) = sigmoid_cross_entropy_reference(a, k);
        prop_assert!((loss - ce).abs() < 1e-12 && (by_mean - slope).abs() < 1e-12 && by_correlation == 0.0);
    }

    #[test]
    fn yes_and_no_change_places((a, b, yes, total) in pixel()) {
        let (one, [slope, same]) = beta_binomial_reference(a, b, yes, total);
        let (other, [mirrored, as_well]) = beta_binomial_reference(-a, b, total - yes, total);
        prop_assert!((one - other).abs() < 1e-11 && (slope + mirrored).abs() < 1e-11 && (same - as_well).abs() < 1e-11);
    }
}

/// By hand, r = 1/2, so r / (1-r) = 1: P(2 of 3) = m (m+1) (1-m) / (1 * 2 * 3), of which the derivatives are
/// simple.
#[test]
fn two_of_three_by_hand() {
    let m: f64 = 0.3;
    let (loss, [by_mean, by_correlation]) = beta_binomial_reference((m / (1.0 - m)).ln(), 0.0, 2.0, 3.0);
    assert!((loss + (m * (m + 1.0) * (1.0 - m) / 6.0).ln()).abs() < 1e-12);
    let slope = 1.0 / m + 1.0 / (m + 1.0) - 1.0 / (1.0 - m);
    assert!((by_mean + m * (1.0 - m) * slope).abs() < 1e-12);
    assert!((by_correlation + 1.0 / (m + 1.0) - 1.0 / 2.0 - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn values_of_scipy() {
    let text = include_str!("fixtures/beta_binomial.json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    assert!(rows.len() >= 30);
    for row in rows {
        let [m, r, k, n, loss] = ["m", "r", "k", "n", "loss"].map(|key| row[key].as_f64().unwrap());
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let found = value(logit(m), logit(r), k, n);
        assert!((found - loss).abs() < 1e-10 * loss.max(1.0), "{row}: {found}");
    }
}

#[test]
fn extreme_logits_stay_finite() {
    let (mut bad, logits) = (Vec::new(), [-1e4f32, -700.0, -90.0, 0.0, 90.0, 700.0, 1e4]);
    for (a, b) in logits.iter().flat_map(|a| logits.iter().map(move |b| (*a, *b))) {
        for (yes, total) in [(0.0f32, 1.0f32), (3.0, 5.0), (5.0, 5.0), (0.0, 5.0), (2.5, 4.5)] {
            let x = array![[[a], [b]]];
            let (k, n) = (array![[[yes]]], array![[[total]]]);
            let (loss, slope) =
                beta_binomial_loss_gradient(x.view(), k.view(), n.view(), &LossOptions::default()).unwrap();
            if !(loss.value.is_finite() && loss.excess > -1e-7 && slope.iter().all(|g| g.is_finite())) {
                bad.push((a, b, yes, total, loss));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}

/// Two images of two classes and three pixels.
fn arrays() -> (Array3<f64>, Array3<f64>, Array3<f64>) {
    let logits = Array3::from_shape_fn((2, 4, 3), |(o, k, i)| (o + 3 * k + 2 * i) as f64 * 0.7 % 3.0 - 1.5);
    let total = Array3::from_shape_fn((2, 2, 3), |(o, k, i)| ((o + k + i) % 4) as f64);
    let yes = total.mapv(|n: f64| (0.6 * n).round());
    (logits, yes, total)
}

#[test]
fn masking_an_element_is_leaving_it_out() {
    let (mut logits, mut yes, total) = arrays();
    let mask = Array3::from_shape_fn((2, 2, 3), |(o, k, i)| (o, k, i) != (1, 0, 2));
    let options = || LossOptions::default().denominator(Denominator::None);
    let all = beta_binomial_loss(logits.view(), yes.view(), total.view(), &options()).unwrap();
    let own = value(logits[[1, 0, 2]], logits[[1, 2, 2]], yes[[1, 0, 2]], total[[1, 0, 2]]);
    (logits[[1, 0, 2]], logits[[1, 2, 2]], yes[[1, 0, 2]]) = (f64::NAN, f64::NAN, f64::NAN);
    let masked = options().mask(mask.view());
    let (rest, slope) =
        beta_binomial_loss_gradient(logits.view(), yes.view(), total.view(), &masked).unwrap();
    assert!(own > 0.0 && (all.value - own - rest.value).abs() < 1e-12);
    // Of twelve elements nobody judged two.
    assert_eq!((all.valid, rest.valid), (10, 9));
    assert_eq!((slope[[1, 0, 2]], slope[[1, 2, 2]]), (0.0, 0.0));
    assert_eq!((slope[[0, 0, 0]], slope[[0, 2, 0]]), (0.0, 0.0), "no opinion");
}

#[test]
fn weights_multiply_and_an_opinion_is_the_unit() {
    let (logits, yes, total) = arrays();
    let weights = Array3::from_shape_fn((2, 2, 3), |(o, k, i)| (1 + o + k + i) as f64 / 2.0);
    let options = LossOptions::default().weights(weights.view()).denominator(Denominator::Weights);
    let (loss, slope) =
        beta_binomial_loss_gradient(logits.view(), yes.view(), total.view(), &options).unwrap();
    let (mut sum, mut opinions) = (0.0, 0.0);
    for ((o, k, i), &w) in weights.indexed_iter() {
        let at = [o, k, i];
        let (own, slopes) = beta_binomial_reference(logits[at], logits[[o, 2 + k, i]], yes[at], total[at]);
        (sum, opinions) = (sum + w * own, opinions + w * total[at]);
        assert!((slope[at] * loss.divisor - w * slopes[0]).abs() < 1e-12);
        assert!((slope[[o, 2 + k, i]] * loss.divisor - w * slopes[1]).abs() < 1e-12);
    }
    assert!((loss.divisor - opinions).abs() < 1e-12 && (loss.value - sum / opinions).abs() < 1e-12);
    // The same floor as the cross entropy's, weighted by raters.
    let share = ndarray::Zip::from(&yes).and(&total).map_collect(|k, n| if *n > 0.0 { k / n } else { 0.0 });
    let (by_raters, means) = (&weights * &total, Array3::zeros((2, 2, 3)));
    let options = LossOptions::default().weights(by_raters.view()).denominator(Denominator::Weights);
    let ce = sigmoid_cross_entropy(means.view(), share.view(), &options).unwrap();
    assert!((ce.floor - loss.floor).abs() < 1e-12);
}

#[test]
fn the_class_axis_moves() {
    let (logits, yes, total) = arrays();
    let last = LossOptions::default().class_axis(2);
    let (first, slope) =
        beta_binomial_loss_gradient(logits.view(), yes.view(), total.view(), &LossOptions::default())
            .unwrap();
    let moved = |a: &Array3<f64>| a.view().permuted_axes([0, 2, 1]).to_owned();
    let (second, other) =
        beta_binomial_loss_gradient(moved(&logits).view(), moved(&yes).view(), moved(&total).view(), &last)
            .unwrap();
    assert!((first.value - second.value).abs() < 1e-12);
    assert!((&moved(&slope) - &other).iter().all(|d| d.abs() < 1e-12));
}

#[test]
fn what_cannot_be_is_refused() {
    let (logits, mut yes, total) = arrays();
    let plain = LossOptions::default();
    let odd = Array3::zeros((2, 3, 3));
    assert!(matches!(
        beta_binomial_loss(odd.view(), yes.view(), total.view(), &plain),
        Err(LossError::Shape { .. })
    ));
    let balanced = LossOptions::default().class_weights(&[1.0, 2.0]);
    assert!(matches!(
        beta_binomial_loss(logits.view(), yes.view(), total.view(), &balanced),
        Err(LossError::NotFor { option: "class weight", .. })
    ));
    yes[[1, 1, 0]] = 7.0;
    let error = beta_binomial_loss(logits.view(), yes.view(), total.view(), &plain).unwrap_err();
    assert_eq!(error, LossError::Votes { index: vec![1, 1, 0], yes: 7.0, total: 2.0 });
}

#[test]
fn counts_at_fault_are_named_by_their_place_in_the_array() {
    // Classes last, [N, H, W, K].
    let logits = Array4::<f64>::zeros((2, 3, 4, 4));
    let (mut yes, total) = (Array4::<f64>::zeros((2, 3, 4, 2)), Array4::from_elem((2, 3, 4, 2), 2.0));
    yes[[1, 2, 3, 1]] = 7.0;
    let options = LossOptions::default().class_axis(3);
    let error = beta_binomial_loss(logits.view(), yes.view(), total.view(), &options).unwrap_err();
    assert_eq!(error, LossError::Votes { index: vec![1, 2, 3, 1], yes: 7.0, total: 2.0 });
}
