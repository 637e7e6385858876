//! Golden values and edges: numbers from closed forms and from PyTorch 2.x (float64), each with its source.

use ndarray::{Array3, Array4, array};
use scumble::{
    Denominator, LossError, LossOptions, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, softmax_cross_entropy,
    softmax_cross_entropy_gradient,
};

#[test]
fn the_denominators_are_what_they_say() {
    let x = Array4::<f64>::zeros((2, 3, 2, 2));
    let t = Array4::from_elem((2, 3, 2, 2), 1.0 / 3.0);
    let mut mask = Array3::from_elem((2, 2, 2), true);
    mask[[0, 0, 0]] = false;
    mask[[1, 1, 1]] = false;
    let weights = Array3::from_elem((2, 2, 2), 2.0);
    let c = [1.0, 2.0, 3.0];
    let all = LossOptions::default().mask(mask.view()).weights(weights.view()).class_weights(&c);
    for (name, sigmoid, softmax) in [
        (Denominator::Valid, 18.0, 6.0),
        (Denominator::All, 24.0, 8.0),
        (Denominator::Batch, 2.0, 2.0),
        (Denominator::Weights, 72.0, 24.0),
        (Denominator::None, 1.0, 1.0),
    ] {
        let options = all.clone().denominator(name);
        let a = sigmoid_cross_entropy(x.view(), t.view(), &options).unwrap();
        let b = softmax_cross_entropy(x.view(), t.view(), &options).unwrap();
        assert!((a.divisor - sigmoid).abs() < 1e-12, "{name:?}: sigmoid {}", a.divisor);
        assert!((b.divisor - softmax).abs() < 1e-12, "{name:?}: softmax {}", b.divisor);
        assert_eq!((a.valid, b.valid), (18, 6));
        assert!((a.value * a.divisor - 72.0 * 2f64.ln()).abs() < 1e-10);
        assert!((b.value * b.divisor - 24.0 * 3f64.ln()).abs() < 1e-10);
    }
}

#[test]
fn without_a_valid_pixel_all_is_zero_and_said() {
    let x = array![[[f32::NAN, 1.0]]];
    let t = array![[[0.5, 9.0]]];
    let mask = array![[false, false]];
    for denominator in [Denominator::Valid, Denominator::None, Denominator::Weights] {
        let options = LossOptions::default().mask(mask.view()).denominator(denominator);
        let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), t.view(), &options).unwrap();
        assert_eq!((loss.value, loss.floor, loss.excess, loss.valid), (0.0, 0.0, 0.0, 0));
        assert!(loss.is_empty() && loss.to_string().contains("no valid pixel"), "{loss}");
        assert_eq!(gradient, array![[[0.0, 0.0]]]);
    }
    let empty = Array3::<f32>::zeros((0, 1, 4));
    assert!(sigmoid_cross_entropy(empty.view(), empty.view(), &LossOptions::default()).unwrap().is_empty());
}

#[test]
fn enormous_logits_stay_exact() {
    let x = array![[[1e4f32, -1e4, 1e4, -1e4]]];
    let t = array![[[1.0, 0.0, 0.25, 0.75]]];
    let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert_eq!(loss.value, (7500.0 + 7500.0) / 4.0);
    assert_eq!(gradient, array![[[0.0, 0.0, 0.75 / 4.0, -0.75 / 4.0]]]);
    let x = array![[[1e4f32], [0.0], [-1e4]]];
    let t = array![[[0.0f32], [0.5], [0.5]]];
    let (loss, gradient) = softmax_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
    assert_eq!(loss.value, 0.5 * 1e4 + 0.5 * 2e4);
    assert_eq!(gradient, array![[[1.0], [-0.5], [-0.5]]]);
}

#[test]
fn class_weights_lift_the_floor_to_the_true_minimum() {
    // q proportional to c t = (0.5, 1.5) is best: -(0.5 ln 0.25 + 1.5 ln 0.75).
    let t = array![[[0.5f64], [0.5]]];
    let c = [1.0, 3.0];
    let best = array![[[0.25f64.ln()], [0.75f64.ln()]]];
    let loss = softmax_cross_entropy(best.view(), t.view(), &LossOptions::default().class_weights(&c)).unwrap();
    assert!((loss.floor + 0.5 * 0.25f64.ln() + 1.5 * 0.75f64.ln()).abs() < 1e-15);
    assert!(loss.excess.abs() < 1e-15);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let x = Array4::<f32>::zeros((1, 2, 2, 2));
    let t = x.clone();
    let options = LossOptions::default;
    let fails = |o: &LossOptions<'_, f32>| sigmoid_cross_entropy(x.view(), t.view(), o).unwrap_err();
    assert!(matches!(fails(&options().class_axis(4)), LossError::ClassAxis { axis: 4, rank: 4 }));
    assert!(matches!(fails(&options().class_weights(&[1.0])), LossError::ClassWeights { found: 1, classes: 2 }));
    assert!(matches!(fails(&options().class_weights(&[1.0, -1.0])), LossError::Weight { .. }));
    let wide = Array3::from_elem((1, 2, 3), true);
    assert!(matches!(fails(&options().mask(wide.view())), LossError::Shape { what: "the mask", .. }));
    let bad = Array3::from_elem((1, 2, 2), f32::NAN);
    assert!(matches!(fails(&options().weights(bad.view())), LossError::Weight { .. }));
    let mut t = x.clone();
    t[[0, 1, 0, 1]] = 1.5;
    let error = sigmoid_cross_entropy(x.view(), t.view(), &options()).unwrap_err();
    assert_eq!(error, LossError::Target { index: vec![0, 1, 0, 1], value: 1.5 });
    assert!(sigmoid_cross_entropy(x.view(), t.view(), &options().unchecked()).is_ok());
    let error = softmax_cross_entropy(x.view(), x.view(), &options()).unwrap_err();
    assert_eq!(error, LossError::Sum { pixel: vec![0, 0, 0], sum: 0.0 });
    let one = Array4::<f32>::zeros((1, 1, 2, 2));
    assert_eq!(softmax_cross_entropy(one.view(), one.view(), &options()).unwrap_err(), LossError::OneClass(1));
    // A mask of its own for each class fits independent classes and no others.
    let each = Array4::from_elem((1, 2, 2, 2), true);
    assert_eq!(sigmoid_cross_entropy(x.view(), x.view(), &options().mask(each.view())).unwrap().valid, 8);
    assert!(softmax_cross_entropy(x.view(), x.view(), &options().mask(each.view()).unchecked()).is_err());
}

#[test]
fn the_same_bytes_at_any_number_of_threads() {
    let x = Array4::from_shape_fn((3, 4, 97, 131), |(a, b, c, d)| ((a * 31 + b * 17 + c * 7 + d) % 101) as f32 / 7.0 - 7.0);
    let t = Array4::from_elem(x.dim(), 0.25f32);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let a = softmax_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
            let b = sigmoid_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
            (a.0.value.to_bits(), a.1, b.0.value.to_bits(), b.1)
        })
    };
    assert_eq!(run(1), run(3));
}
