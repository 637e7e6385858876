//! Brier, focal and overlaps against plain f64, and between sets.

use scumble_kernels::{
    Isa, OverlapSlopes, OverlapSums, focal_floor, sigmoid_brier, sigmoid_focal, sigmoid_overlap,
    sigmoid_overlap_gradient, softmax_brier, softmax_focal, softmax_overlap, softmax_overlap_gradient,
};

use crate::noise;

const GAMMAS: [f64; 5] = [0.0, 0.5, 1.0, 2.0, 5.0];

/// q, 1 - q and -ln q of each class, as the textbook has them, but for what cancels.
fn softmax(x: &[f64]) -> Vec<(f64, f64, f64)> {
    let of = |k: usize| {
        let others: f64 = (0..x.len()).filter(|j| *j != k).map(|j| (x[j] - x[k]).exp()).sum();
        (
            1.0 / (1.0 + others),
            if others.is_infinite() { 1.0 } else { others / (1.0 + others) },
            cost(x, k, others),
        )
    };
    (0..x.len()).map(of).collect()
}

fn cost(x: &[f64], k: usize, others: f64) -> f64 {
    let top = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if others < 1.0 {
        others.ln_1p()
    } else {
        top - x[k] + x.iter().map(|x| (x - top).exp()).sum::<f64>().ln()
    }
}

/// Value of one pixel and q times its derivative by q.
fn plain(loss: &str, gamma: f64, x: &[f64], a: &[f64]) -> (f64, Vec<f64>) {
    let mass: f64 = a.iter().sum();
    let mut value = 0.0;
    let mut slopes = Vec::new();
    for ((q, rest, cost), a) in softmax(x).into_iter().zip(a) {
        if loss == "brier" {
            let t = a / mass;
            let error = if t > 0.5 { (1.0 - t) - rest } else { q - t };
            value += mass * error * error;
            slopes.push(2.0 * mass * error * q);
        } else if *a > 0.0 {
            value += a * rest.powf(gamma) * cost;
            let odds = if rest == 0.0 { 1.0 } else { cost / rest };
            slopes.push(-a * rest.powf(gamma) * (1.0 + gamma * q * odds));
        } else {
            slopes.push(0.0);
        }
    }
    (value, slopes)
}

/// Derivatives by the logits.
fn chain(x: &[f64], u: &[f64]) -> Vec<f64> {
    let sum: f64 = u.iter().sum();
    softmax(x).iter().zip(u).map(|((q, rest, _), u)| u * rest - q * (sum - u)).collect()
}

fn views<T>(planes: &[Vec<T>]) -> Vec<&[T]> {
    planes.iter().map(|plane| &plane[..]).collect()
}

/// Logits from undecided to sure and targets from even to hard, a plane a class.
fn pixels(classes: usize, count: usize) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let sizes = [1e-3f32, 1.0, 5.0, 30.0, 1e4];
    let x = |k: usize| -> Vec<f32> {
        noise(count, 1 + k as u32).iter().enumerate().map(|(i, v)| v * sizes[i % sizes.len()]).collect()
    };
    let mut t: Vec<Vec<f32>> = (0..classes).map(|k| noise(count, 60 + k as u32)).collect();
    for i in 0..count {
        let hardness = [1.0f32, 4.0, 30.0, 400.0][i / 3 % 4];
        t.iter_mut().for_each(|plane| plane[i] = plane[i].abs().powf(hardness));
        let sum: f32 = t.iter().map(|plane| plane[i]).sum();
        for (k, plane) in t.iter_mut().enumerate() {
            plane[i] = if sum > 1e-9 { plane[i] / sum } else { f32::from(u8::from(k == i % classes)) };
        }
    }
    ((0..classes).map(x).collect(), t)
}

fn weights(count: usize) -> Vec<f32> {
    (0..count).map(|i| [1.0, 0.0, 2.5, 0.5][i % 4]).collect()
}

#[test]
fn exclusive_classes_are_the_plain_form() {
    for classes in [2, 3, 21] {
        let count = 300;
        let (x, t) = pixels(classes, count);
        let w = weights(count);
        let c: Vec<f32> = (0..classes).map(|k| 0.5 + k as f32 / 3.0).collect();
        for (loss, gamma) in GAMMAS.map(|g| ("focal", g)).into_iter().chain([("brier", 0.0)]) {
            let mut g = vec![vec![f32::NAN; count]; classes];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
            let isa = Isa::best();
            let found = match loss {
                "brier" => softmax_brier(isa, &views(&x), &views(&t), &c, &w, 0.5, &mut planes),
                _ => softmax_focal(isa, gamma as f32, &views(&x), &views(&t), &c, &w, 0.5, &mut planes),
            };
            let mut wanted = 0.0;
            for i in 0..count {
                let at = |planes: &[Vec<f32>]| planes.iter().map(|p| f64::from(p[i])).collect::<Vec<_>>();
                let a: Vec<f64> = at(&t).iter().zip(&c).map(|(t, c)| t * f64::from(*c)).collect();
                let (value, slopes) = plain(loss, gamma, &at(&x), &a);
                let weight = f64::from(w[i]);
                wanted += weight * value;
                for (k, slope) in chain(&at(&x), &slopes).into_iter().enumerate() {
                    let (found, wanted) = (f64::from(g[k][i]), 0.5 * weight * slope);
                    // Of the weight, of the largest class weight, and of what the focus makes steep.
                    let near = 1e-6 * weight * (classes as f64 / 3.0).max(1.0) * (1.0 + gamma);
                    assert!((found - wanted).abs() <= near, "{loss} {gamma}, {classes}: {found} {wanted}");
                }
            }
            assert!((found - wanted).abs() <= 1e-6 * wanted, "{loss} {gamma}, {classes}: {found} {wanted}");
        }
    }
}

#[test]
fn one_class_is_the_plain_form() {
    let count = 1000;
    let (x, t) = pixels(2, count);
    let w = weights(count);
    for (loss, gamma) in GAMMAS.map(|g| ("focal", g)).into_iter().chain([("brier", 0.0)]) {
        let mut g = vec![f32::NAN; count];
        let found = match loss {
            "brier" => sigmoid_brier(Isa::best(), &x[0], &t[0], &w, 0.5, &mut g),
            _ => sigmoid_focal(Isa::best(), gamma as f32, &x[0], &t[0], &w, 0.5, &mut g),
        };
        let mut wanted = 0.0;
        for i in 0..count {
            let (logit, share, weight) = (f64::from(x[0][i]), f64::from(t[0][i]), f64::from(w[i]));
            let (value, slopes) = plain(loss, gamma, &[logit, 0.0], &[share, 1.0 - share]);
            // Over two exclusive classes both sides err alike.
            let halved = if loss == "brier" { 0.5 } else { 1.0 };
            wanted += halved * weight * value;
            let slope = 0.5 * halved * weight * chain(&[logit, 0.0], &slopes)[0];
            assert!(
                (f64::from(g[i]) - slope).abs() <= 4e-7 * weight * (1.0 + gamma),
                "{loss} {gamma}: {} {slope}",
                g[i]
            );
        }
        assert!((found - wanted).abs() <= 1e-6 * wanted, "{loss} {gamma}: {found} {wanted}");
    }
}

#[test]
fn a_sure_and_right_prediction_keeps_its_tiny_loss() {
    for x in [10.0f32, 20.0, 40.0] {
        let rest = (-f64::from(x)).exp() / (1.0 + (-f64::from(x)).exp());
        let found = sigmoid_brier(Isa::best(), &[x], &[1.0], &[], 1.0, &mut []);
        assert!((found / (rest * rest) - 1.0).abs() < 1e-6, "{found}");
        let found = sigmoid_focal(Isa::best(), 2.0, &[-x], &[0.0], &[], 1.0, &mut []);
        assert!((found / (-rest * rest * (-rest).ln_1p()) - 1.0).abs() < 1e-6 || x > 20.0, "{found}");
    }
}

#[test]
fn infinite_logits_cost_nothing_where_the_label_rules_them_out() {
    let (x, t) = ([f32::INFINITY, f32::NEG_INFINITY], [1.0f32, 0.0]);
    for gamma in [0.0, 0.5, 2.0] {
        let mut g = [f32::NAN; 2];
        assert_eq!(sigmoid_focal(Isa::best(), gamma, &x, &t, &[], 1.0, &mut g), 0.0);
        assert_eq!(g, [0.0; 2]);
    }
    let mut g = [f32::NAN; 2];
    assert_eq!(sigmoid_brier(Isa::best(), &x, &t, &[], 1.0, &mut g), 0.0);
    assert_eq!(g, [0.0; 2]);
}

/// p, and 1 - p, and their overlap with t as sums, at weight w.
fn plain_overlap(parts: &mut [f64; 3], (p, rest): (f64, f64), t: f64, w: f64) -> f64 {
    let error = if t > 0.5 { (1.0 - t) - rest } else { p - t };
    let common = if error < 0.0 { p } else { t };
    parts[0] += w * common;
    parts[1] += w * error.max(0.0);
    parts[2] += w * (-error).max(0.0);
    error
}

fn assert_overlap(found: OverlapSums, wanted: [f64; 3]) {
    for (found, wanted) in [found.common, found.beyond, found.missed].into_iter().zip(wanted) {
        assert!((found - wanted).abs() <= 1e-6 * wanted, "{found} {wanted}");
    }
    assert!(found.counted);
}

#[test]
fn overlaps_are_the_plain_sums_and_their_gradient_the_chain_rule() {
    for classes in [2, 3, 21] {
        let count = 300;
        let (x, t) = pixels(classes, count);
        let w = weights(count);
        let mut sums = vec![OverlapSums::default(); classes];
        softmax_overlap(Isa::best(), &views(&x), &views(&t), &w, &mut sums);
        let slopes: Vec<_> = (0..classes)
            .map(|k| OverlapSlopes { below: -0.5 - k as f32, equal: 0.25, above: 1.0 + k as f32 })
            .collect();
        let mut g = vec![vec![f32::NAN; count]; classes];
        let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
        softmax_overlap_gradient(Isa::best(), &views(&x), &views(&t), &w, &slopes, &mut planes);
        let mut wanted = vec![[0.0; 3]; classes];
        for i in 0..count {
            let at: Vec<f64> = x.iter().map(|x| f64::from(x[i])).collect();
            let weight = f64::from(w[i]);
            let mut u = Vec::new();
            for (k, (q, rest, _)) in softmax(&at).into_iter().enumerate() {
                let error = plain_overlap(&mut wanted[k], (q, rest), t[k][i].into(), weight);
                let slope = if error > 0.0 { slopes[k].above } else { slopes[k].below };
                u.push(q * f64::from(slope));
                // On the kink f32 may see another side.
                if error.abs() < 1e-6 {
                    u[k] = f64::NAN;
                }
            }
            for (k, slope) in chain(&at, &u).into_iter().enumerate() {
                let near = 1e-6 * weight * classes as f64;
                assert!(
                    slope.is_nan() || (f64::from(g[k][i]) - weight * slope).abs() <= near,
                    "{} {slope}",
                    g[k][i]
                );
            }
        }
        sums.iter().zip(wanted).for_each(|(found, wanted)| assert_overlap(*found, wanted));

        let found = sigmoid_overlap(Isa::best(), &x[0], &t[0], &w);
        let mut g = vec![f32::NAN; count];
        sigmoid_overlap_gradient(Isa::best(), &x[0], &t[0], &w, slopes[1], &mut g);
        let mut wanted = [0.0; 3];
        for i in 0..count {
            let (q, rest, _) = softmax(&[x[0][i].into(), 0.0])[0];
            let error = plain_overlap(&mut wanted, (q, rest), t[0][i].into(), w[i].into());
            let slope = f64::from(if error > 0.0 { slopes[1].above } else { slopes[1].below });
            let slope = f64::from(w[i]) * slope * q * rest;
            assert!(error.abs() < 1e-6 || (f64::from(g[i]) - slope).abs() <= 4e-6, "{} {slope}", g[i]);
        }
        assert_overlap(found, wanted);
    }
    let none = sigmoid_overlap(Isa::best(), &[f32::NAN], &[f32::NAN], &[0.0]);
    assert_eq!(none, OverlapSums::default());
}

/// The least of t A(x) + (1-t) B(x) by golden section over the logit, where it has one minimum.
fn searched(gamma: f64, t: f64) -> f64 {
    let of = |x: f64| plain("focal", gamma, &[x, 0.0], &[t, 1.0 - t]).0;
    let (mut low, mut high) = (-60.0, 60.0);
    for _ in 0..200 {
        let (a, b) =
            (high - 0.618_033_988_749_895 * (high - low), low + 0.618_033_988_749_895 * (high - low));
        if of(a) < of(b) { high = b } else { low = a }
    }
    of(0.5 * (low + high))
}

#[test]
fn the_floor_is_the_least_value_of_any_prediction() {
    for gamma in GAMMAS {
        for t in [1e-12, 1e-6, 1e-3, 0.01, 0.2, 0.4, 0.5, 0.7, 0.9, 0.999] {
            let (narrow, wide) = (t as f32, f64::from(t as f32));
            let wanted = searched(gamma, wide);
            let found = focal_floor(Isa::best(), gamma, &[&[wide]], &[], &[]);
            assert!(
                (found - wanted).abs() <= 1e-9 * wanted && found <= wanted * (1.0 + 1e-13),
                "{gamma} {t}: {found} {wanted}"
            );
            let short = focal_floor(Isa::best(), gamma as f32, &[&[narrow]], &[], &[]);
            assert!((short - found).abs() <= 2e-6 * found, "{gamma} {t}: {short} {found}");
        }
        assert_eq!(
            focal_floor(Isa::best(), gamma as f32, &[&[0.0, 1.0, f32::NAN]], &[], &[1.0, 1.0, 0.0]),
            0.0
        );
    }
}

#[test]
fn floors_of_many_classes_are_stationary_and_no_prediction_is_below_them() {
    for classes in [2, 3, 21] {
        let count = 200;
        let (x, t) = pixels(classes, count);
        for gamma in GAMMAS {
            for i in 0..count {
                let a: Vec<f64> = t.iter().map(|t| f64::from(t[i])).collect();
                let wide: Vec<Vec<f64>> = a.iter().map(|a| vec![*a]).collect();
                let floor = focal_floor(Isa::best(), gamma, &views(&wide), &[], &[]);
                // Any logits are worse, and so are the label's own.
                let logits: Vec<f64> = x.iter().map(|x| f64::from(x[i])).collect();
                let own: Vec<f64> = a.iter().map(|a| a.max(1e-300).ln()).collect();
                for tried in [&logits, &own] {
                    assert!(floor <= plain("focal", gamma, tried, &a).0 * (1.0 + 1e-12) + 1e-300);
                }
                if gamma == 0.0 {
                    let entropy: f64 = a
                        .iter()
                        .map(|a| if *a > 1e-30 { -a * (a / a_sum(&a_of(&t, i))).ln() } else { 0.0 })
                        .sum();
                    assert!((floor - entropy).abs() <= 1e-10 * entropy + 1e-15, "{floor} {entropy}");
                }
                let narrow: Vec<Vec<f32>> = t.iter().map(|t| vec![t[i]]).collect();
                let short = focal_floor(Isa::best(), gamma as f32, &views(&narrow), &[], &[]);
                assert!((short - floor).abs() <= 4e-6 * floor, "{classes} {gamma} {a:?}: {short} {floor}");
            }
        }
    }
}

fn a_of(t: &[Vec<f32>], i: usize) -> Vec<f64> {
    t.iter().map(|t| f64::from(t[i])).collect()
}

fn a_sum(a: &[f64]) -> f64 {
    a.iter().sum()
}

#[test]
fn every_set_returns_the_same_bits() {
    for (classes, count) in [(2, 1), (3, 127), (5, 300), (21, 257)] {
        let (x, t) = pixels(classes, count);
        let (w, c): (_, Vec<f32>) = (weights(count), (0..classes).map(|k| 0.5 + k as f32).collect());
        let all = |isa| {
            let mut bits = Vec::new();
            let mut g = vec![vec![0.0f32; count]; classes];
            let mut sums = vec![OverlapSums::default(); classes];
            for gamma in [0.5, 2.0] {
                let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
                let value = softmax_focal(isa, gamma, &views(&x), &views(&t), &c, &w, 0.3, &mut planes);
                bits.push((value.to_bits(), g.concat()));
                let floor = focal_floor(isa, gamma, &views(&t), &c, &w);
                let value = sigmoid_focal(isa, gamma, &x[0], &t[0], &w, 0.3, &mut g[0]);
                bits.extend([(value.to_bits(), g[0].clone()), (floor.to_bits(), vec![])]);
            }
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
            let value = softmax_brier(isa, &views(&x), &views(&t), &c, &w, 0.3, &mut planes);
            softmax_overlap(isa, &views(&x), &views(&t), &w, &mut sums);
            bits.push((value.to_bits(), g.concat()));
            let value = sigmoid_brier(isa, &x[0], &t[0], &w, 0.3, &mut g[0]);
            bits.push((value.to_bits(), g[0].clone()));
            sums.push(sigmoid_overlap(isa, &x[0], &t[0], &w));
            let slopes = OverlapSlopes { below: -0.5, equal: 0.25, above: 1.0 };
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|g| &mut g[..]).collect();
            softmax_overlap_gradient(isa, &views(&x), &views(&t), &w, &vec![slopes; classes], &mut planes);
            bits.push((0, g.concat()));
            sigmoid_overlap_gradient(isa, &x[0], &t[0], &w, slopes, &mut g[0]);
            bits.push((0, g[0].clone()));
            (bits, sums)
        };
        let wanted = all(Isa::portable());
        for isa in Isa::available() {
            assert!(all(isa) == wanted, "{isa:?}, {classes} classes, {count} pixels");
        }
    }
}
