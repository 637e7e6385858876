//! The cross entropies, against f64 and between sets.

use scumble_kernels::{
    Isa, Sums, TargetElement, sigmoid_cross_entropy, softmax_cross_entropy, softmax_floor,
};

use crate::noise;

/// Logits from -1e4 to 1e4, the tiniest among them.
fn logits() -> Vec<f32> {
    let sizes = (-45..=40).map(|tenth| 10f32.powf(tenth as f32 / 10.0));
    let sizes = sizes.chain([0.0, 1e-45, 1e-38, 1e-8, 86.9, 87.0, 87.1, 88.8, 103.9, 104.1]);
    sizes.flat_map(|size| [size, -size]).collect()
}

/// Targets from 0 through the subnormal ones to 1.
fn targets() -> Vec<f32> {
    let mut targets =
        vec![0.0, 1e-45, 1e-40, 1.1e-38, 1e-30, 1e-8, 1e-4, 0.999, 1.0 - f32::EPSILON / 2.0, 1.0];
    targets.extend((1..50).map(|i| i as f32 / 50.0));
    targets
}

/// A loss's bound: 1e-6 of itself. What is below the normal numbers may be 0.
fn assert_loss(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() <= 1e-6 * wanted + 1e-37, "{what}: {found:e}, not {wanted:e}");
}

fn plain_sigmoid(x: f64, t: f64) -> (f64, f64) {
    let e = (-x.abs()).exp();
    let (against, s) = if x > 0.0 { (1.0 - t, 1.0 / (1.0 + e)) } else { (t, e / (1.0 + e)) };
    (x.abs() * against + e.ln_1p(), s - t)
}

/// [`scumble_kernels::sigmoid_floor`], but good to its last digit at tiny targets, too.
fn plain_entropy(t: f64) -> f64 {
    if t == 0.0 || t == 1.0 { 0.0 } else { -t * t.ln() - (1.0 - t) * (-t).ln_1p() }
}

#[test]
fn a_sigmoid_keeps_its_bounds_at_every_logit_and_target() {
    for x in logits() {
        for t in targets() {
            let mut g = [f32::NAN];
            let sums = sigmoid_cross_entropy(Isa::best(), &[x], &[t], &[], 1.0, &mut g, true);
            let (value, derivative) = plain_sigmoid(x.into(), t.into());
            assert_loss(sums.value, value, &format!("logit {x:e}, target {t:e}"));
            assert_loss(sums.floor, plain_entropy(t.into()), &format!("floor of {t:e}"));
            assert!((f64::from(g[0]) - derivative).abs() <= 2e-7, "{x:e} {t:e}: {} {derivative}", g[0]);
            assert!(sums.probabilities);
        }
    }
}

/// Logits and targets of pixels over some classes, a plane a class: from sure to undecided, with impossible classes.
fn pixels(classes: usize, pixels: usize) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let sizes = [1e-3, 1.0, 5.0, 30.0, 100.0, 1e4];
    let x = (0..classes).map(|k| {
        let noise = noise(pixels, 1 + k as u32);
        noise.iter().enumerate().map(|(i, v)| v * sizes[i % sizes.len()]).collect()
    });
    let mut t: Vec<Vec<f32>> = (0..classes).map(|k| noise(pixels, 100 + k as u32)).collect();
    for i in 0..pixels {
        let hardness = [1.0f32, 4.0, 40.0, 300.0][i / 7 % 4];
        t.iter_mut().for_each(|plane| plane[i] = plane[i].abs().powf(hardness));
        let sum: f32 = t.iter().map(|plane| plane[i]).sum();
        t.iter_mut()
            .for_each(|plane| plane[i] = if sum > 1e-9 { plane[i] / sum } else { 1.0 / classes as f32 });
    }
    (x.collect(), t)
}

fn views<T>(planes: &[Vec<T>]) -> Vec<&[T]> {
    planes.iter().map(|plane| &plane[..]).collect()
}

#[test]
fn a_softmax_keeps_its_bounds_from_undecided_to_sure() {
    for classes in [2, 3, 21, 150] {
        let (x, t) = pixels(classes, 840);
        assert!(t.iter().flatten().any(|t| *t > 0.0 && !t.is_normal()), "subnormal targets are among them");
        for i in 0..840 {
            let at = |planes: &[Vec<f32>]| planes.iter().map(|p| vec![p[i]]).collect::<Vec<_>>();
            let (x, t) = (at(&x), at(&t));
            let mut g = vec![[f32::NAN]; classes];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
            let sums =
                softmax_cross_entropy(Isa::best(), &views(&x), &views(&t), &[], &[], 1.0, &mut planes, true);
            let [x, t] = [x, t].map(|v| v.iter().map(|v| f64::from(v[0])).collect::<Vec<_>>());
            let top = (0..classes).fold(0, |top, k| if x[k] > x[top] { k } else { top });
            let rest: f64 = (0..classes).filter(|k| *k != top).map(|k| (x[k] - x[top]).exp()).sum();
            let (mass, mut value) = (t.iter().sum::<f64>(), 0.0);
            for k in 0..classes {
                value += t[k] * (x[top] - x[k] + rest.ln_1p());
                let derivative = mass * (x[k] - x[top]).exp() / (1.0 + rest) - t[k];
                assert!(
                    (f64::from(g[k][0]) - derivative).abs() <= 2e-7,
                    "{classes}, {i}: {} {derivative}",
                    g[k][0]
                );
            }
            assert_loss(sums.value, value, &format!("pixel {i} of {classes} classes"));
            let wide: Vec<_> = t.iter().map(|t| vec![*t]).collect();
            let floor = softmax_floor(&views(&wide), &[], &[]);
            assert!((sums.floor - floor).abs() <= 1e-6 * floor.abs() + 1e-13, "{} {floor}", sums.floor);
            assert!(sums.probabilities && sums.off < 1e-5);
        }
    }
}

/// Sums and gradient's bits of the sigmoid and the softmax, with weights and without.
fn all<T: TargetElement<f32>>(isa: Isa, t: &[Vec<T>]) -> Vec<(Sums, Vec<u32>)> {
    let (x, _) = pixels(t.len(), t[0].len());
    let weights: Vec<f32> = (0..t[0].len()).map(|i| [0.0, 1.0, 2.5][i % 3]).collect();
    let class_weights: Vec<f32> = (0..t.len()).map(|k| 0.5 + k as f32).collect();
    let mut all = Vec::new();
    for (w, c) in [(&[][..], &[][..]), (&weights, &class_weights)] {
        let mut g = vec![vec![f32::NAN; weights.len()]; t.len()];
        let sums = sigmoid_cross_entropy(isa, &x[0], &t[0], w, 0.3, &mut g[0], true);
        assert_eq!(sums, sigmoid_cross_entropy(isa, &x[0], &t[0], w, 0.3, &mut [], true), "{isa:?}");
        all.push((sums, g[0].iter().map(|g| g.to_bits()).collect()));
        let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
        let sums = softmax_cross_entropy(isa, &views(&x), &views(t), c, w, 0.3, &mut planes, true);
        assert_eq!(
            sums,
            softmax_cross_entropy(isa, &views(&x), &views(t), c, w, 0.3, &mut [], true),
            "{isa:?}"
        );
        all.push((sums, g.iter().flatten().map(|g| g.to_bits()).collect()));
    }
    all
}

#[test]
fn every_set_returns_the_same_bits_and_steps_those_of_their_float_copy() {
    for (classes, length) in [(2, 1), (3, 31), (5, 127), (4, 300), (21, 1000)] {
        let (_, t) = pixels(classes, length);
        let bytes: Vec<Vec<u8>> = t.iter().map(|t| t.iter().map(|t| (t * 255.0) as u8).collect()).collect();
        let words: Vec<Vec<u16>> =
            t.iter().map(|t| t.iter().map(|t| (t * 65535.0) as u16).collect()).collect();
        let floats = |values: Vec<Vec<f32>>, steps: f32| -> Vec<Vec<f32>> {
            values.into_iter().map(|v| v.into_iter().map(|v| v / steps).collect()).collect()
        };
        let of_bytes = floats(bytes.iter().map(|v| v.iter().map(|&v| v.into()).collect()).collect(), 255.0);
        let of_words = floats(words.iter().map(|v| v.iter().map(|&v| v.into()).collect()).collect(), 65535.0);
        let wanted = [&t, &of_bytes, &of_words].map(|t| all(Isa::portable(), t));
        for isa in Isa::available() {
            assert_eq!(all(isa, &t), wanted[0], "{isa:?}, {length} pixels");
            assert_eq!(all(isa, &bytes), wanted[1], "{isa:?}, {length} pixels of u8");
            assert_eq!(all(isa, &words), wanted[2], "{isa:?}, {length} pixels of u16");
        }
    }
}

#[test]
fn a_target_that_is_no_probability_is_noticed_where_it_counts() {
    for bad in [-1e-7, 1.000_001, f32::NAN, f32::INFINITY] {
        for at in [0, 5, 260, 299] {
            let (mut t, mut w) = (vec![0.25f32; 300], vec![1.0f32; 300]);
            t[at] = bad;
            let x = vec![1.0f32; 300];
            let sigmoid = |w: &[f32]| sigmoid_cross_entropy(Isa::best(), &x, &t, w, 1.0, &mut [], true);
            let other = vec![0.75f32; 300];
            let planes = [&t[..], &other[..]];
            let softmax = |w: &[f32]| {
                softmax_cross_entropy(Isa::best(), &[&x, &x], &planes, &[], w, 1.0, &mut [], true)
            };
            assert!(!sigmoid(&[]).probabilities && !sigmoid(&w).probabilities, "{bad}");
            assert!(!softmax(&[]).probabilities && !softmax(&w).probabilities, "{bad}");
            w[at] = 0.0;
            assert!(sigmoid(&w).probabilities && softmax(&w).probabilities, "{bad}");
            assert_eq!(softmax(&w).off, 0.0);
        }
    }
}
