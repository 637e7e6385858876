//! What `docs/maximum-likelihood.md` says, as tests.

use ndarray::{Array, Array2, Array3, Axis, array};
use proptest::prelude::*;
use scumble::labels::entropy;
use scumble::loss::{
    Classes, Denominator, LossKind, LossOptions, loss, loss_gradient, sigmoid_cross_entropy,
    sigmoid_cross_entropy_gradient, softmax_cross_entropy_gradient,
};

type Options<'a> = LossOptions<'a, f64>;

/// ln n!
fn ln_factorial(n: u32) -> f64 {
    (1..=n).map(|i| f64::from(i).ln()).sum()
}

/// ln of the binomial probability of k of n.
fn binomial(k: u32, n: u32, x: f64) -> f64 {
    let q = 1.0 / (1.0 + (-x).exp());
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
        + f64::from(k) * q.ln()
        + f64::from(n - k) * (1.0 - q).ln()
}

/// Pixels with logit and votes: k of n.
fn votes() -> impl Strategy<Value = Vec<(f64, u32, u32)>> {
    prop::collection::vec((-5.0..5.0, 1u32..9, 0.0..1.0), 1..20).prop_map(|pixels| {
        pixels.into_iter().map(|(x, n, share)| (x, (share * f64::from(n + 1)) as u32, n)).collect()
    })
}

/// [1, 1, pixels]
fn row(values: impl Iterator<Item = f64>) -> Array3<f64> {
    Array::from_iter(values).insert_axis(Axis(0)).insert_axis(Axis(0))
}

/// Numbers in 0..1 from a fixed seed (SplitMix64).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

proptest! {
    #[test]
    fn weighted_by_n_it_is_the_binomial_likelihood(pixels in votes()) {
        let x = row(pixels.iter().map(|p| p.0));
        let s = row(pixels.iter().map(|p| f64::from(p.1) / f64::from(p.2)));
        let n = row(pixels.iter().map(|p| f64::from(p.2)));
        let options = Options::default().weights(n.view()).denominator(Denominator::None);
        let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), s.view(), &options).unwrap();
        // The value up to ln C(n, k), which no prediction changes.
        let constant: f64 = pixels.iter().map(|(_, k, n)| ln_factorial(*n) - ln_factorial(*k) - ln_factorial(n - k)).sum();
        let likelihood: f64 = pixels.iter().map(|(x, k, n)| binomial(*k, *n, *x)).sum();
        prop_assert!((loss.value + likelihood - constant).abs() < 1e-11 * loss.value.max(1.0));
        // The gradient exactly: n q - k, and what differences of the likelihood say.
        for (g, (x, k, n)) in gradient.iter().zip(&pixels) {
            let q = 1.0 / (1.0 + (-x).exp());
            prop_assert!((g - (f64::from(*n) * q - f64::from(*k))).abs() < 1e-13);
            let step = 1e-5;
            let slope = (binomial(*k, *n, x - step) - binomial(*k, *n, x + step)) / (2.0 * step);
            prop_assert!((g - slope).abs() < 1e-7);
        }
        // Divided by the weights it is the mean of one opinion's log loss, taken one by one.
        let mean = options.denominator(Denominator::Weights);
        let opinions: Vec<(f64, f64)> = pixels.iter()
            .flat_map(|&(x, k, n)| (0..n).map(move |rater| (x, f64::from(u8::from(rater < k))))).collect();
        let each = sigmoid_cross_entropy(
            row(opinions.iter().map(|o| o.0)).view(), row(opinions.iter().map(|o| o.1)).view(), &Options::default());
        let soft = sigmoid_cross_entropy(x.view(), s.view(), &mean).unwrap();
        prop_assert!((soft.value - each.unwrap().value).abs() < 1e-13);
    }

    #[test]
    fn with_several_classes_it_is_the_multinomial(x in prop::collection::vec(-4.0..4.0, 3), k in prop::collection::vec(0u32..6, 3)) {
        let n: u32 = k.iter().sum();
        prop_assume!(n > 0);
        let column = |values: Vec<f64>| Array::from(values).insert_axis(Axis(0)).insert_axis(Axis(2));
        let likelihood = |x: &[f64]| {
            let z: f64 = x.iter().map(|x| x.exp()).sum();
            let sum: f64 = x.iter().zip(&k).map(|(x, k)| f64::from(*k) * (x - z.ln()) - ln_factorial(*k)).sum();
            ln_factorial(n) + sum
        };
        let p = column(k.iter().map(|k| f64::from(*k) / f64::from(n)).collect());
        let weight = array![[f64::from(n)]];
        let options = Options::default().weights(weight.view()).denominator(Denominator::None);
        let (loss, gradient) = softmax_cross_entropy_gradient(column(x.clone()).view(), p.view(), &options).unwrap();
        let constant = ln_factorial(n) - k.iter().map(|k| ln_factorial(*k)).sum::<f64>();
        prop_assert!((loss.value + likelihood(&x) - constant).abs() < 1e-11);
        for (class, g) in gradient.iter().enumerate() {
            let near = |by: f64| { let mut x = x.clone(); x[class] += by; likelihood(&x) };
            prop_assert!((g - (near(-1e-5) - near(1e-5)) / 2e-5).abs() < 1e-7);
        }
    }

    #[test]
    fn independent_labels_need_only_their_marginals(x in prop::collection::vec(-4.0..4.0, 3), p in prop::collection::vec(0.01..1.0, 8)) {
        // p(y) over the 8 sets of 3 labels, bit i of a set: label i.
        let sum: f64 = p.iter().sum();
        let p: Vec<f64> = p.iter().map(|p| p / sum).collect();
        let q: Vec<f64> = x.iter().map(|x: &f64| 1.0 / (1.0 + f64::exp(-*x))).collect();
        let has = |set: usize, label: usize| set >> label & 1 == 1;
        let product = |set: usize| (0..3).map(|i| if has(set, i) { q[i] } else { 1.0 - q[i] }).product::<f64>();
        let joint: f64 = (0..8).map(|set| -p[set] * product(set).ln()).sum();
        let marginals: Vec<f64> = (0..3).map(|i| (0..8).filter(|set| has(*set, i)).map(|set| p[set]).sum()).collect();
        let pixel = |values: Vec<f64>| Array::from(values).insert_axis(Axis(0)).insert_axis(Axis(2));
        let options = Options::default().denominator(Denominator::None);
        let found = sigmoid_cross_entropy(pixel(x).view(), pixel(marginals.clone()).view(), &options).unwrap();
        prop_assert!((found.value - joint).abs() < 1e-12);
        // What independence costs at best is the total correlation.
        let correlation = marginals.iter().map(|s| entropy([*s, 1.0 - s])).sum::<f64>() - entropy(p.iter().copied());
        prop_assert!((found.floor - entropy(p.iter().copied()) - correlation).abs() < 1e-12 && correlation > -1e-14);
    }

    #[test]
    fn one_prediction_for_all_learns_the_mean_label(pixels in prop::collection::vec((0.0..=1.0, 0.1..3.0), 1..20)) {
        let t = row(pixels.iter().map(|p| p.0));
        let w = row(pixels.iter().map(|p| p.1));
        let mass: f64 = pixels.iter().map(|p| p.1).sum();
        let mean = pixels.iter().map(|(t, w)| w * t).sum::<f64>() / mass;
        prop_assume!(mean > 1e-6 && mean < 1.0 - 1e-6);
        let options = Options::default().weights(w.view());
        let at = |q: f64| Array3::from_elem(t.dim(), (q / (1.0 - q)).ln());
        for kind in [LossKind::Sigmoid, LossKind::Brier] {
            let (best, gradient) = loss_gradient(kind, at(mean).view(), t.view(), &options).unwrap();
            prop_assert!(gradient.sum().abs() < 1e-14); // the slope of the one logit that all share
            for q in [mean * 0.99, 1.0 - (1.0 - mean) * 0.99] {
                prop_assert!(loss(kind, at(q).view(), t.view(), &options).unwrap().value > best.value);
            }
        }
    }
}

#[test]
fn one_prediction_for_all_learns_the_mean_distribution() {
    let t = array![[[0.2, 0.5, 1.0], [0.7, 0.0, 0.0], [0.1, 0.5, 0.0]]];
    let mean = t.mean_axis(Axis(2)).unwrap();
    let x = Array3::from_shape_fn(t.dim(), |(_, k, _)| f64::ln(mean[[0, k]]));
    for kind in [LossKind::Softmax, LossKind::Brier] {
        let options = Options::default().classes(Classes::Exclusive);
        let (_, gradient) = loss_gradient(kind, x.view(), t.view(), &options).unwrap();
        assert!(gradient.sum_axis(Axis(2)).iter().all(|g| g.abs() < 1e-15), "{kind}");
    }
}

#[test]
fn drawn_hard_labels_converge_to_the_soft_loss() {
    let mut state = 7;
    let x = Array2::from_shape_fn((4, 8), |_| 6.0 * uniform(&mut state) - 3.0).insert_axis(Axis(1));
    let t = Array2::from_shape_fn((4, 8), |_| uniform(&mut state)).insert_axis(Axis(1));
    let options = Options::default();
    let (soft, slopes) = sigmoid_cross_entropy_gradient(x.view(), t.view(), &options).unwrap();
    let (mut value, mut mean) = (0.0, Array3::<f64>::zeros(x.dim()));
    let (draws, mut first_error) = (20_000, 0.0);
    for draw in 1..=draws {
        let hard = t.mapv(|t| f64::from(u8::from(uniform(&mut state) < t)));
        let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), hard.view(), &options).unwrap();
        assert_eq!(loss.floor, 0.0);
        value += loss.value;
        mean += &gradient;
        if draw == 20 {
            first_error = (value / 20.0 - soft.value).abs();
        }
    }
    // The loss is linear in the label. A term's standard deviation is |x| sqrt(t (1-t)) <= 1.5, so that of the mean
    // of 32 pixels and 20,000 draws is below 1.5 / 800; five of these never happen.
    let error = (value / f64::from(draws) - soft.value).abs();
    assert!(error < 5.0 * 1.5 / 800.0 && error < first_error, "{error} after {first_error}");
    // A slope is (s - t) / 32: its deviation after the draws is below 0.5 / 32 / 141.
    let slopes_error =
        (mean / f64::from(draws) - slopes).iter().fold(0.0, |worst, d| f64::max(worst, d.abs()));
    assert!(slopes_error < 5.0 * 0.5 / 32.0 / 141.0, "{slopes_error}");
}

#[test]
fn the_excess_is_half_the_deviance_of_one_opinion() {
    // Deviance: 2 (ln P of the saturated model - ln P).
    let (k, n, x) = (3, 7, 0.4);
    let s = f64::from(k) / f64::from(n);
    let saturated = binomial(k, n, (s / (1.0 - s)).ln());
    let deviance = 2.0 * (saturated - binomial(k, n, x));
    let found = sigmoid_cross_entropy(array![[x]].view(), array![[s]].view(), &Options::default()).unwrap();
    assert!((2.0 * f64::from(n) * found.excess - deviance).abs() < 1e-13);
}

#[test]
fn focal_loss_is_less_sure_than_the_label() {
    let focal = LossKind::Focal { gamma: 2.0 };
    for t in [0.6, 0.8, 0.95] {
        let at = |q: f64| {
            loss(focal, array![[f64::ln(q / (1.0 - q))]].view(), array![[t]].view(), &Options::default())
                .unwrap()
                .value
        };
        let best = (1..10_000).map(|i| f64::from(i) / 1e4).min_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
        assert!(best < t - 0.01 && best > 0.5, "{t}: {best}");
    }
}
