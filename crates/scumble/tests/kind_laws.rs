//! Laws that every kind of loss obeys, whatever the numbers are. A new kind is a new line in `kinds`.

use ndarray::{Array, Array3, Array4, Axis};
use proptest::prelude::*;
use scumble::loss::{
    Balance, Classes, Denominator, Extent, LossKind, LossOptions, loss, loss_gradient, loss_gradient_into,
    loss_map, loss_reference, one_hot,
};

const SHAPE: (usize, usize, usize, usize) = (2, 3, 2, 4);
const ELEMENTS: usize = 2 * 3 * 2 * 4;
const PIXELS: usize = 2 * 2 * 4;

/// Every kind, with each reading of the classes that it has.
fn kinds() -> Vec<(LossKind, Classes)> {
    let over = Extent::Image;
    let mut kinds = vec![(LossKind::Sigmoid, Classes::Independent), (LossKind::Softmax, Classes::Exclusive)];
    for classes in [Classes::Independent, Classes::Exclusive] {
        kinds.extend(
            [
                LossKind::Focal { gamma: 2.0 },
                LossKind::Focal { gamma: 0.5 },
                LossKind::Brier,
                LossKind::Dice { smooth: 0.5, over },
                LossKind::Jaccard { smooth: 0.0, over },
                LossKind::Jaccard { smooth: 1.0, over: Extent::Batch },
                LossKind::Tversky { alpha: 0.3, beta: 0.7, smooth: 0.1, over },
            ]
            .map(|kind| (kind, classes)),
        );
    }
    kinds
}

fn values(low: f64, high: f64) -> impl Strategy<Value = Array4<f64>> {
    prop::collection::vec(low..high, ELEMENTS).prop_map(|v| Array::from_shape_vec(SHAPE, v).unwrap())
}

fn distribution() -> impl Strategy<Value = Array4<f64>> {
    values(0.01, 1.0).prop_map(|a| {
        let sum = a.sum_axis(Axis(1)).insert_axis(Axis(1));
        a / sum
    })
}

fn mask() -> impl Strategy<Value = Array3<bool>> {
    prop::collection::vec(any::<bool>(), PIXELS).prop_map(|v| Array::from_shape_vec((2, 2, 4), v).unwrap())
}

fn pixel_weights() -> impl Strategy<Value = Array3<f64>> {
    prop::collection::vec(0.0..2.0, PIXELS).prop_map(|v| Array::from_shape_vec((2, 2, 4), v).unwrap())
}

/// The class of each pixel.
fn indices() -> impl Strategy<Value = Array3<i64>> {
    prop::collection::vec(0i64..3, PIXELS).prop_map(|v| Array::from_shape_vec((2, 2, 4), v).unwrap())
}

fn hard(indices: &Array3<i64>) -> Array4<f64> {
    one_hot(indices.view().into_dyn(), Array4::<f64>::zeros(SHAPE).view(), 1, None).unwrap().0
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

proptest! {
    // Each case goes through all kinds.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_gradient_written_over_what_was_there_is_the_gradient(
        x in values(-4.0, 4.0), t in distribution(), w in pixel_weights(), mask in mask(),
    ) {
        let c = [0.0, 1.0, 1.7];
        for (kind, classes) in kinds() {
            let options =
                LossOptions::default().classes(classes).mask(mask.view()).weights(w.view()).class_weights(&c);
            let wanted = loss_gradient(kind, x.view(), t.view(), &options).unwrap();
            let mut slopes = Array4::from_elem(SHAPE, f64::NAN);
            let found = loss_gradient_into(kind, x.view(), t.view(), &options, slopes.view_mut()).unwrap();
            prop_assert_eq!((found, &slopes), (wanted.0, &wanted.1));
            // Classes innermost in memory.
            let mut turned = Array4::from_elem((2, 2, 4, 3), f64::NAN);
            let view = turned.view_mut().permuted_axes([0, 3, 1, 2]);
            loss_gradient_into(kind, x.view(), t.view(), &options, view).unwrap();
            prop_assert_eq!(turned.permuted_axes([0, 3, 1, 2]), wanted.1);
            let mut other = Array4::zeros((2, 3, 2, 3));
            prop_assert!(loss_gradient_into(kind, x.view(), t.view(), &options, other.view_mut()).is_err());
        }
    }

    #[test]
    fn the_gradient_is_the_derivative(
        x in values(-4.0, 4.0), t in distribution(), w in pixel_weights(), mask in mask(), at in 0..ELEMENTS,
    ) {
        let c = [0.3, 1.0, 1.7];
        let p = [2.0, 0.5, 3.0];
        for (kind, classes) in kinds() {
            for denominator in [Denominator::Valid, Denominator::All, Denominator::Batch, Denominator::Weights, Denominator::None] {
                let mut options = LossOptions::default().classes(classes).denominator(denominator)
                    .mask(mask.view()).weights(w.view()).class_weights(&c).label_smoothing(0.1);
                if classes == Classes::Independent && !kind.is_overlap() {
                    options = options.positive_weights(&p);
                }
                let (whole, g) = loss_gradient(kind, x.view(), t.view(), &options).unwrap();
                prop_assert_eq!(whole, loss(kind, x.view(), t.view(), &options).unwrap());
                let step = 1e-5;
                let near = |by: f64| {
                    let mut x = x.clone();
                    x.as_slice_mut().unwrap()[at] += by;
                    loss(kind, x.view(), t.view(), &options).unwrap().value
                };
                let numeric = (near(step) - near(-step)) / (2.0 * step);
                let found = g.as_slice().unwrap()[at];
                prop_assert!(close(found, numeric, 1e-7), "{kind:?} {classes:?} {denominator:?}: {found} {numeric}");
            }
        }
    }

    #[test]
    fn masking_a_pixel_is_leaving_it_out(x in values(-9.0, 9.0), t in distribution(), mask in mask()) {
        // One image, so that "over an image" stays what it is without the pixels.
        let x = x.into_shape_with_order((1, 3, 4, 4)).unwrap();
        let sum = t.clone().into_shape_with_order((1, 3, 4, 4)).unwrap();
        let t = &sum / &sum.sum_axis(Axis(1)).insert_axis(Axis(1));
        let mask = mask.into_shape_with_order((1, 4, 4)).unwrap();
        let (mut hidden, mut garbage, mut marked) = (x.clone(), t.clone(), t.clone());
        for ((n, _, row, column), x) in hidden.indexed_iter_mut() {
            if !mask[[n, row, column]] { *x = f64::NAN; }
        }
        for ((n, _, row, column), t) in garbage.indexed_iter_mut() {
            if !mask[[n, row, column]] { *t = 9.0; }
        }
        for ((n, _, row, column), t) in marked.indexed_iter_mut() {
            if !mask[[n, row, column]] { *t = -1.0; }
        }
        let kept: Vec<_> = mask.indexed_iter().filter(|(_, on)| **on).map(|(at, _)| at).collect();
        let only = |a: &Array4<f64>| Array::from_shape_fn((1, 3, kept.len()), |(_, k, i)| {
            let (n, row, column) = kept[i];
            a[[n, k, row, column]]
        });
        for (kind, classes) in kinds() {
            let options = LossOptions::default().classes(classes).label_smoothing(0.05);
            let masked = options.clone().mask(mask.view());
            let (a, g) = loss_gradient(kind, hidden.view(), garbage.view(), &masked).unwrap();
            let b = loss(kind, only(&x).view(), only(&t).view(), &options).unwrap();
            prop_assert!(close(a.value, b.value, 1e-12) && close(a.floor, b.floor, 1e-12), "{kind:?}: {a} {b}");
            prop_assert_eq!((a.valid, a.is_empty()), (b.valid, b.is_empty()));
            for ((n, _, row, column), g) in g.indexed_iter() {
                prop_assert!(g.is_finite() && (mask[[n, row, column]] || *g == 0.0));
            }
            // The value that stands for "ignore" is a mask.
            let ignoring = options.clone().ignore_value(-1.0);
            let (c, h) = loss_gradient(kind, hidden.view(), marked.view(), &ignoring).unwrap();
            prop_assert_eq!((a, g), (c, h));
        }
    }

    #[test]
    fn moving_the_class_axis_moves_nothing_else(x in values(-9.0, 9.0), t in distribution(), mask in mask()) {
        let last = |a: &Array4<f64>| a.view().permuted_axes([0, 2, 3, 1]).as_standard_layout().into_owned();
        let balance = [Balance { positive: 2.0, negative: 1.0 }, Balance::EVEN, Balance { positive: 1.0, negative: 0.3 }];
        for (kind, classes) in kinds() {
            let mut first = LossOptions::default().classes(classes).mask(mask.view()).class_weights(&[0.5, 1.0, 2.0]);
            if classes == Classes::Independent && !kind.is_overlap() {
                first = first.balance(&balance);
            }
            let moved = first.clone().class_axis(3);
            let (a, g) = loss_gradient(kind, x.view(), t.view(), &first).unwrap();
            let (b, h) = loss_gradient(kind, last(&x).view(), last(&t).view(), &moved).unwrap();
            prop_assert!(close(a.value, b.value, 1e-13) && a.valid == b.valid, "{kind:?}: {a} {b}");
            prop_assert!((h.permuted_axes([0, 3, 1, 2]) - g).iter().all(|d| d.abs() < 1e-14), "{kind:?}");
            // A view that is not in memory order gives the same as its copy.
            let (c, _) = loss_gradient(kind, x.view().permuted_axes([0, 2, 3, 1]), last(&t).view(), &moved).unwrap();
            prop_assert_eq!(b, c);
        }
    }

    #[test]
    fn nothing_is_below_the_floor(x in values(-6.0, 6.0), t in distribution(), w in pixel_weights(), e in 0.0..0.5) {
        for (kind, classes) in kinds() {
            let mut options = LossOptions::default().classes(classes).weights(w.view()).label_smoothing(e);
            if !kind.is_overlap() {
                options = options.class_weights(&[0.2, 1.0, 3.0]);
                if classes == Classes::Independent {
                    options = options.positive_weights(&[4.0, 0.1, 1.0]);
                }
            }
            let found = loss(kind, x.view(), t.view(), &options).unwrap();
            prop_assert!(found.excess >= -1e-14, "{kind:?} {classes:?}: {found}");
            prop_assert!((found.value - found.floor - found.excess).abs() < 1e-15);
        }
    }

    #[test]
    fn the_floor_is_reached(t in distribution(), e in 0.0..0.5) {
        // At the label's own logits, or where weights move them to.
        let (c, p): ([f64; 3], [f64; 3]) = ([0.2, 1.0, 3.0], [4.0, 0.1, 1.0]);
        for (kind, classes) in kinds() {
            if matches!(kind, LossKind::Focal { .. }) {
                continue; // No proper score; its floor is held against a search beside it.
            }
            let weighted = !kind.is_overlap();
            let exclusive = classes == Classes::Exclusive;
            let mut options = LossOptions::default().classes(classes).label_smoothing(e);
            if weighted {
                options = options.class_weights(&c);
                if !exclusive { options = options.positive_weights(&p); }
            }
            let best = Array::from_shape_fn(SHAPE, |at| {
                let even = if exclusive { 1.0 / 3.0 } else { 0.5 };
                let label = (1.0 - e) * t[at] + e * even;
                match (exclusive, weighted) {
                    (true, _) => label.ln() + if weighted { c[at.1].ln() } else { 0.0 },
                    (false, _) => (label / (1.0 - label)).ln() + if weighted { p[at.1].ln() } else { 0.0 },
                }
            });
            let (found, g) = loss_gradient(kind, best.view(), t.view(), &options).unwrap();
            prop_assert!(found.excess.abs() < 1e-14, "{kind:?} {classes:?}: {found}");
            // Overlaps have a kink there, and no slope of their own.
            prop_assert!(kind.is_overlap() || g.iter().all(|g| g.abs() < 1e-14), "{kind:?}");
        }
    }

    #[test]
    fn a_hard_label_gives_the_loss_that_everybody_writes(x in values(-30.0, 30.0), y in indices()) {
        let t = hard(&y);
        let sums = |kind, classes| {
            let options = LossOptions::default().classes(classes).denominator(Denominator::None);
            loss(kind, x.view(), t.view(), &options).unwrap()
        };
        let s = |x: f64| 1.0 / (1.0 + (-x).exp());
        for (kind, classes) in kinds() {
            let mut wanted = 0.0;
            for ((n, row, column), &class) in y.indexed_iter() {
                let z: f64 = (0..3).map(|k| x[[n, k, row, column]].exp()).sum();
                for k in 0..3 {
                    let (x, yes) = (x[[n, k, row, column]], k == class as usize);
                    // The probability of what is true.
                    let p = if yes { s(x) } else { s(-x) };
                    let q = x.exp() / z;
                    wanted += match (kind, classes) {
                        (LossKind::Sigmoid, _) => -p.ln(),
                        (LossKind::Softmax, _) if yes => -q.ln(),
                        (LossKind::Focal { gamma }, Classes::Independent) => -(1.0 - p).powf(gamma) * p.ln(),
                        (LossKind::Focal { gamma }, Classes::Exclusive) if yes => -(1.0 - q).powf(gamma) * q.ln(),
                        (LossKind::Brier, Classes::Independent) => (1.0 - p).powi(2),
                        (LossKind::Brier, _) => (if yes { 1.0 - q } else { q }).powi(2),
                        _ => 0.0,
                    };
                }
            }
            if !kind.is_overlap() {
                let found = sums(kind, classes);
                // The plain forms lose digits where the prediction is sure and right.
                prop_assert!((found.value - wanted).abs() < 1e-9 * wanted.max(1e-3), "{kind:?} {classes:?}: {found} {wanted}");
                prop_assert_eq!(found.floor, 0.0);
            }
        }
    }

    #[test]
    fn the_loss_of_a_mean_label_is_the_mean_of_the_raters_losses(x in values(-9.0, 9.0), a in indices(), b in indices(), c in indices()) {
        // Linear in the label, weights and all: what makes them likelihoods. Brier and overlaps are not.
        let raters = [hard(&a), hard(&b), hard(&c)];
        let mean = (&raters[0] + &raters[1] + &raters[2]) / 3.0;
        for (kind, classes) in kinds() {
            if !matches!(kind, LossKind::Sigmoid | LossKind::Softmax | LossKind::Focal { .. }) {
                continue;
            }
            let mut options = LossOptions::default().classes(classes).class_weights(&[0.5, 1.0, 2.0]).label_smoothing(0.2);
            if classes == Classes::Independent { options = options.positive_weights(&[3.0]); }
            let of = |t: &Array4<f64>| loss(kind, x.view(), t.view(), &options).unwrap().value;
            let each = raters.iter().map(of).sum::<f64>() / 3.0;
            prop_assert!(close(of(&mean), each, 1e-13), "{kind:?} {classes:?}");
        }
    }

    #[test]
    fn the_map_adds_up(x in values(-9.0, 9.0), t in distribution(), w in pixel_weights(), mask in mask()) {
        for (kind, classes) in kinds() {
            let options = LossOptions::default().classes(classes).weights(w.view()).mask(mask.view());
            if kind.is_overlap() {
                prop_assert!(loss_map(kind, x.view(), t.view(), &options).is_err());
                continue;
            }
            let (whole, map) = loss_map(kind, x.view(), t.view(), &options).unwrap();
            prop_assert!(close(map.sum(), whole.value * whole.divisor, 1e-12));
            let plain = loss(kind, x.view(), t.view(), &options).unwrap();
            prop_assert!(close(whole.value, plain.value, 1e-13) && whole.divisor == plain.divisor);
            let exclusive = classes == Classes::Exclusive;
            prop_assert_eq!(map.shape(), if exclusive { &[2, 2, 4][..] } else { &[2, 3, 2, 4] });
            for ((n, row, column), on) in mask.indexed_iter() {
                let at = if exclusive { vec![n, row, column] } else { vec![n, 1, row, column] };
                prop_assert!(*on || map[&at[..]] == 0.0);
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_the_pixel_twice(x in values(-9.0, 9.0), t in distribution()) {
        // Side by side, in one image.
        let twice = |a: &Array4<f64>| ndarray::concatenate![Axis(3), *a, *a];
        let two = Array3::from_elem((2, 2, 4), 2.0);
        for (kind, classes) in kinds() {
            let options = LossOptions::default().classes(classes);
            let (bigger, _) = loss_gradient(kind, twice(&x).view(), twice(&t).view(), &options).unwrap();
            let weighted = options.clone().weights(two.view()).denominator(Denominator::Weights);
            let heavier = loss(kind, x.view(), t.view(), &weighted).unwrap();
            prop_assert!(close(heavier.value, bigger.value, 1e-12), "{kind:?}: {heavier} {bigger}");
        }
    }

    #[test]
    fn a_kernel_is_its_plain_reference(
        x in values(-30.0, 30.0), t in distribution(), w in pixel_weights(), mask in mask(),
    ) {
        let c = [0.3, 1.0, 1.7];
        let (xs, ts, ws) = (x.mapv(|v| v as f32), t.mapv(|v| v as f32), w.mapv(|v| v as f32));
        let (x, t, w) = (xs.mapv(f64::from), ts.mapv(f64::from), ws.mapv(f64::from));
        for (kind, classes) in kinds() {
            let wide = LossOptions::default().classes(classes).mask(mask.view()).denominator(Denominator::None);
            let wide = wide.weights(w.view()).class_weights(&c);
            let narrow = LossOptions::default().classes(classes).mask(mask.view()).denominator(Denominator::None);
            let narrow = narrow.weights(ws.view()).class_weights(&[0.3, 1.0, 1.7]);
            if kind.is_overlap() {
                continue; // Held against plain sums in the kernels' own tests.
            }
            let mut sum = 0.0;
            let mut slopes = Array4::zeros(SHAPE);
            for ((n, row, column), on) in mask.indexed_iter() {
                let at = |a: &Array4<f64>| (0..3).map(|k| a[[n, k, row, column]]).collect::<Vec<_>>();
                let (value, own) = loss_reference(kind, classes, &at(&x), &at(&t), &c).unwrap();
                let weight = if *on { w[[n, row, column]] } else { 0.0 };
                sum += weight * value;
                own.iter().enumerate().for_each(|(k, slope)| slopes[[n, k, row, column]] = weight * slope);
            }
            let (found, g) = loss_gradient(kind, x.view(), t.view(), &wide).unwrap();
            prop_assert!(close(found.value, sum, 1e-13), "{kind:?} {classes:?}: {found} {sum}");
            prop_assert!(g.iter().zip(&slopes).all(|(g, h)| (g - h).abs() < 1e-13), "{kind:?} {classes:?}");
            let (found, g) = loss_gradient(kind, xs.view(), ts.view(), &narrow).unwrap();
            prop_assert!((found.value - sum).abs() <= 1e-6 * sum, "{kind:?} {classes:?}: {found} {sum}");
            prop_assert!(g.iter().zip(&slopes).all(|(g, h)| (f64::from(*g) - h).abs() < 4e-6), "{kind:?} {classes:?}");
        }
    }

    #[test]
    fn f32_is_close_to_f64(x in values(-30.0, 30.0), t in distribution()) {
        let (xs, ts) = (x.mapv(|v| v as f32), t.mapv(|v| v as f32));
        // The same numbers, so that only the arithmetic differs.
        let (x, t) = (xs.mapv(f64::from), ts.mapv(f64::from));
        for (kind, classes) in kinds() {
            let narrow = LossOptions::default().classes(classes);
            let wide = LossOptions::default().classes(classes);
            let (a, g) = loss_gradient(kind, xs.view(), ts.view(), &narrow).unwrap();
            let (b, h) = loss_gradient(kind, x.view(), t.view(), &wide).unwrap();
            prop_assert!((a.value - b.value).abs() < 1e-6 * b.value, "{kind:?}: {a} {b}");
            prop_assert!(g.iter().zip(&h).all(|(g, h)| (f64::from(*g) - h).abs() < 1e-6));
        }
    }
}

#[test]
fn enormous_logits_stay_finite() {
    let t = Array3::<f64>::from_shape_fn((1, 2, 9), |(_, k, i)| {
        let first = [0.0, 0.25, 1.0][i / 3];
        if k == 0 { first } else { 1.0 - first }
    });
    let x = Array3::<f64>::from_shape_fn((1, 2, 9), |(_, k, i)| {
        [-1e4, 0.0, 1e4][i % 3] * if k == 0 { 1.0 } else { -1.0 }
    });
    for (kind, classes) in kinds() {
        let options = LossOptions::default().classes(classes).class_weights(&[1.0, 2.0]);
        let (wide, g) = loss_gradient(kind, x.view(), t.view(), &options).unwrap();
        assert!(
            wide.value.is_finite() && g.iter().all(|g| g.is_finite()),
            "{kind:?} {classes:?}: {wide} {g}"
        );
        let (xs, ts) = (x.mapv(|v| v as f32), t.mapv(|v| v as f32));
        let options = LossOptions::default().classes(classes).class_weights(&[1.0, 2.0]);
        let (narrow, g) = loss_gradient(kind, xs.view(), ts.view(), &options).unwrap();
        assert!(
            close(narrow.value, wide.value, 1e-6) && g.iter().all(|g| g.is_finite()),
            "{kind:?}: {narrow}"
        );
    }
}

#[test]
fn the_same_bytes_at_any_number_of_threads() {
    let x = Array4::from_shape_fn((3, 4, 47, 61), |(a, b, c, d)| {
        ((a * 31 + b * 17 + c * 7 + d) % 101) as f32 / 7.0 - 7.0
    });
    let t = Array4::from_elem(x.dim(), 0.25f32);
    for (kind, classes) in kinds() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let options = LossOptions::default().classes(classes);
                let (loss, gradient) = loss_gradient(kind, x.view(), t.view(), &options).unwrap();
                (loss.value.to_bits(), loss.floor.to_bits(), gradient)
            })
        };
        assert_eq!(run(1), run(3), "{kind:?}");
    }
}
