//! Laws of the losses: what must hold whatever the numbers are. Golden values are in `loss_values.rs`.

use ndarray::{Array, Array4, Axis, Ix4};
use proptest::prelude::*;
use scumble::loss::{
    Denominator, LossOptions, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient,
    sigmoid_cross_entropy_reference, softmax_cross_entropy, softmax_cross_entropy_gradient,
    softmax_cross_entropy_reference,
};

const SHAPE: (usize, usize, usize, usize) = (2, 3, 4, 5);

fn values(low: f64, high: f64) -> impl Strategy<Value = Array4<f64>> {
    prop::collection::vec(low..high, 2 * 3 * 4 * 5).prop_map(|v| Array::from_shape_vec(SHAPE, v).unwrap())
}

fn distribution() -> impl Strategy<Value = Array4<f64>> {
    values(0.01, 1.0).prop_map(|a| {
        let sum = a.sum_axis(Axis(1)).insert_axis(Axis(1));
        a / sum
    })
}

fn mask() -> impl Strategy<Value = ndarray::Array3<bool>> {
    prop::collection::vec(any::<bool>(), 2 * 4 * 5).prop_map(|v| Array::from_shape_vec((2, 4, 5), v).unwrap())
}

proptest! {
    #[test]
    fn sigmoid_equals_the_reference(x in values(-9.0, 9.0), t in values(0.0, 1.0)) {
        let (loss, gradient) = sigmoid_cross_entropy_gradient(x.view(), t.view(), &LossOptions::default()).unwrap();
        let pairs: Vec<_> = x.iter().zip(&t).map(|(&x, &t)| sigmoid_cross_entropy_reference(x, t)).collect();
        let n = pairs.len() as f64;
        prop_assert!((loss.value - pairs.iter().map(|p| p.0).sum::<f64>() / n).abs() < 1e-14);
        for (g, pair) in gradient.iter().zip(&pairs) {
            prop_assert!((g - pair.1 / n).abs() < 1e-16);
        }
        let plain = sigmoid_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap();
        prop_assert_eq!(loss, plain);
        prop_assert!(loss.excess >= -1e-15 && loss.floor > 0.0);
    }

    #[test]
    fn softmax_equals_the_reference(x in values(-9.0, 9.0), t in distribution()) {
        let c = [0.5, 1.0, 2.0];
        let options = LossOptions::default().class_weights(&c);
        let (loss, gradient) = softmax_cross_entropy_gradient(x.view(), t.view(), &options).unwrap();
        let (mut sum, pixels) = (0.0, 40.0);
        for n in 0..2 { for row in 0..4 { for column in 0..5 {
            let at = |a: &Array4<f64>| (0..3).map(|k| a[[n, k, row, column]]).collect::<Vec<_>>();
            let (value, slopes) = softmax_cross_entropy_reference(&at(&x), &at(&t), &c);
            sum += value;
            for (k, slope) in slopes.iter().enumerate() {
                prop_assert!((gradient[[n, k, row, column]] - slope / pixels).abs() < 1e-15);
            }
        }}}
        prop_assert!((loss.value - sum / pixels).abs() < 1e-13);
        prop_assert!(loss.excess >= -1e-15, "{loss}");
    }

    #[test]
    fn masking_a_pixel_is_leaving_it_out(mut x in values(-9.0, 9.0), t in distribution(), mask in mask()) {
        let options = LossOptions::default().mask(mask.view());
        let hidden = (softmax_cross_entropy(x.view(), t.view(), &options), sigmoid_cross_entropy(x.view(), t.view(), &options));
        // Whatever stands at a masked pixel: NaN changes nothing.
        let mut garbage = t.clone();
        for ((n, k, row, column), x) in x.indexed_iter_mut() {
            if !mask[[n, row, column]] {
                *x = f64::NAN;
                garbage[[n, k, row, column]] = 255.0;
            }
        }
        prop_assert_eq!(&hidden.0, &softmax_cross_entropy(x.view(), garbage.view(), &options));
        prop_assert_eq!(&hidden.1, &sigmoid_cross_entropy(x.view(), garbage.view(), &options));
        let (_, gradient) = softmax_cross_entropy_gradient(x.view(), garbage.view(), &options).unwrap();
        for ((n, _, row, column), g) in gradient.indexed_iter() {
            prop_assert!(g.is_finite() && (mask[[n, row, column]] || *g == 0.0));
        }
        // The same from an array that never had the pixel.
        let kept: Vec<_> = mask.indexed_iter().filter(|(_, on)| **on).map(|(at, _)| at).collect();
        let only = |a: &Array4<f64>| Array::from_shape_fn((1, 3, kept.len()), |(_, k, i)| {
            let (n, row, column) = kept[i];
            a[[n, k, row, column]]
        });
        let loss = softmax_cross_entropy(only(&x).view(), only(&t).view(), &LossOptions::default()).unwrap();
        prop_assert!((loss.value - hidden.0.unwrap().value).abs() < 1e-13);
    }

    #[test]
    fn moving_the_class_axis_moves_nothing_else(x in values(-9.0, 9.0), t in distribution(), mask in mask()) {
        let first = LossOptions::default().mask(mask.view());
        let (a, g) = softmax_cross_entropy_gradient(x.view(), t.view(), &first).unwrap();
        let last = |a: &Array4<f64>| a.view().permuted_axes([0, 2, 3, 1]).as_standard_layout().into_owned();
        let options = LossOptions::default().class_axis(3).mask(mask.view());
        let (b, h) = softmax_cross_entropy_gradient(last(&x).view(), last(&t).view(), &options).unwrap();
        prop_assert!((a.value - b.value).abs() < 1e-14 && a.valid == b.valid);
        prop_assert!((h.view().permuted_axes([0, 3, 1, 2]).to_owned() - g).iter().all(|d| d.abs() < 1e-15));
        // A view that is not in memory order gives the same as its copy.
        let view = x.view().permuted_axes([0, 2, 3, 1]);
        let (c, _) = softmax_cross_entropy_gradient(view, last(&t).view(), &options).unwrap();
        prop_assert_eq!(b, c);
    }

    #[test]
    fn the_gradient_is_the_derivative(x in values(-4.0, 4.0), t in distribution(), w in values(0.0, 2.0), at in 0usize..120) {
        let c = [0.3, 1.0, 1.7];
        let weights = w.index_axis(Axis(1), 0);
        let options = LossOptions::default().weights(weights).class_weights(&c).denominator(Denominator::Weights);
        let step = 1e-5;
        let nudge = |by: f64| { let mut x = x.clone(); x.as_slice_mut().unwrap()[at] += by; x };
        let (higher, lower) = (nudge(step), nudge(-step));
        for (value, gradient) in [
            (softmax_cross_entropy as fn(_, _, &_) -> _, softmax_cross_entropy_gradient::<f64, Ix4> as fn(_, _, &_) -> _),
            (sigmoid_cross_entropy, sigmoid_cross_entropy_gradient),
        ] {
            let (_, g) = gradient(x.view(), t.view(), &options).unwrap();
            let up = value(higher.view(), t.view(), &options).unwrap().value;
            let down = value(lower.view(), t.view(), &options).unwrap().value;
            prop_assert!((g.as_slice().unwrap()[at] - (up - down) / (2.0 * step)).abs() < 1e-8);
        }
    }

    #[test]
    fn f32_is_close_to_f64(x in values(-30.0, 30.0), t in distribution()) {
        let (xs, ts) = (x.mapv(|v| v as f32), t.mapv(|v| v as f32));
        // The same numbers, so that only the arithmetic differs.
        let (x, t) = (xs.mapv(f64::from), ts.mapv(f64::from));
        let options = LossOptions::default();
        let narrow = softmax_cross_entropy(xs.view(), ts.view(), &LossOptions::default()).unwrap();
        let wide = softmax_cross_entropy(x.view(), t.view(), &options).unwrap();
        prop_assert!((narrow.value / wide.value - 1.0).abs() < 1e-6);
        let narrow = sigmoid_cross_entropy(xs.view(), ts.view(), &LossOptions::default()).unwrap();
        let wide = sigmoid_cross_entropy(x.view(), t.view(), &options).unwrap();
        prop_assert!((narrow.value / wide.value - 1.0).abs() < 1e-6);
        prop_assert!((narrow.floor / wide.floor - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_hard_label_gives_the_log_loss_exactly(x in values(-30.0, 30.0), bits in prop::collection::vec(any::<bool>(), 120)) {
        let t = Array::from_shape_vec(SHAPE, bits.iter().map(|&b| f64::from(u8::from(b))).collect()).unwrap();
        for ((&x, &t), &bit) in x.iter().zip(&t).zip(&bits) {
            let (value, _) = sigmoid_cross_entropy_reference(x, t);
            let margin = if bit { x } else { -x };
            // ln(1 + exp(-margin)), the log loss as everybody writes it.
            let log_loss = (-margin).max(0.0) + (-margin.abs()).exp().ln_1p();
            prop_assert_eq!(value, log_loss);
        }
        let loss = sigmoid_cross_entropy(x.view(), t.view(), &LossOptions::default()).unwrap();
        prop_assert_eq!(loss.floor, 0.0);
        prop_assert_eq!(loss.excess, loss.value);
    }
}
