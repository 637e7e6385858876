//! Identities between joint families. `the_identities_hold_to_1e_9` prints each one's largest deviation; a new one is a
//! new row here. Laws with cases of their own are in `joint_laws.rs`.
//!
//!     cargo test -p scumble --test joint_identities -- --nocapture
#![allow(clippy::print_stdout, reason = "the deviations are what the test is asked for")]

mod common;

use common::joint::{Draw, PIXELS, apart, at, derivative, families, rows, slopes, sum_of, value};
use ndarray::{Array, Array1, Array2, Array3, Axis};
use scumble::joint::{
    JointFamily, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient, joint_cross_entropy_map,
    joint_entropy, joint_label_sets, joint_marginals, label_set_targets, state_marginals,
};
use scumble::labels::entropy;
use scumble::loss::{Denominator, LossOptions, sigmoid_cross_entropy};

fn logit(m: f64) -> f64 {
    (m / (1.0 - m)).ln()
}

type Identity = (&'static str, fn(&mut Draw, usize) -> f64);

const IDENTITIES: &[Identity] = &[
    ("independent = sum of sigmoid losses on the marginals", |draw, k| {
        let (x, p) = (draw.parameters(k, 8.0), draw.distribution(k));
        let m = state_marginals(p.view(), 1).unwrap();
        let sigmoids = sigmoid_cross_entropy(x.view(), m.view(), &sum_of()).unwrap();
        (value(&JointFamily::independent(k).unwrap(), &x, &p).value - sigmoids.value).abs()
    }),
    ("independent: marginals as targets = their distribution as targets", |draw, k| {
        let (x, p) = (draw.parameters(k, 8.0), draw.distribution(k));
        let m = state_marginals(p.view(), 1).unwrap();
        let family = JointFamily::independent(k).unwrap();
        let target = JointTargets::Marginals(m.view());
        let (loss, g) = joint_cross_entropy_gradient(&family, x.view(), target, &sum_of()).unwrap();
        (loss.value - value(&family, &x, &p).value).abs().max(apart(&g, &slopes(&family, &x, &p)))
    }),
    ("pairwise with zero couplings = independent", |draw, k| {
        zero_links(draw, &JointFamily::pairwise(k).unwrap())
    }),
    ("chain with zero weights = independent", |draw, k| zero_links(draw, &JointFamily::chain(k).unwrap())),
    ("mixture with one component = independent", |draw, k| equal_components(draw, k, 1)),
    ("mixture with equal components = independent", |draw, k| equal_components(draw, k, 3)),
    ("pairwise with K = 2 and the log odds ratio reproduces any distribution", |draw, _| {
        let p = draw.positive_distribution(2);
        let family = JointFamily::pairwise(2).unwrap();
        let x = saturated(&p);
        (0..PIXELS)
            .map(|i| apart(&family.distribution(&at(&x, i)).unwrap(), &at(&p, i)))
            .fold(value(&family, &x, &p).excess.abs(), f64::max)
    }),
    ("powerset: the minimum is the floor, at logits ln p", |draw, k| {
        let p = draw.distribution(k);
        let family = JointFamily::powerset(k).unwrap();
        let x = p.mapv(|p| if p == 0.0 { -800.0 } else { p.ln() });
        let slope = slopes(&family, &x, &p).iter().fold(0.0f64, |worst, g| worst.max(g.abs()));
        value(&family, &x, &p).excess.abs().max(slope)
    }),
    ("loss = mean negative log likelihood of the raters", |draw, k| {
        let raters: Vec<Array2<Option<u64>>> = (0..5)
            .map(|_| {
                Array::from_shape_simple_fn((1, PIXELS), || {
                    (draw.unit() < 0.8).then(|| (draw.unit() * (1 << k) as f64) as u64 % (1 << k))
                })
            })
            .collect();
        let views: Vec<_> = raters.iter().map(|r| r.view()).collect();
        let targets = label_set_targets::<f64, _>(&views, k, 1).unwrap();
        let seen = targets.seen();
        families(k)
            .iter()
            .map(|family| {
                let x = draw.parameters(family.parameters(), 4.0);
                let options = LossOptions::default()
                    .weights(targets.raters.view())
                    .mask(seen.view())
                    .denominator(Denominator::Weights);
                let sets = JointTargets::Sets(views.clone());
                let a = joint_cross_entropy(family, x.view(), sets, &options).unwrap();
                let p = JointTargets::Distribution(targets.distribution.view());
                let b = joint_cross_entropy(family, x.view(), p, &options).unwrap();
                let likelihoods: Vec<f64> = raters
                    .iter()
                    .flat_map(|sets| sets.indexed_iter())
                    .filter_map(|((_, i), set)| Some(-family.log_probability(&at(&x, i), (*set)?).unwrap()))
                    .collect();
                let mean = likelihoods.iter().sum::<f64>() / likelihoods.len() as f64;
                (a.value - mean).abs().max((b.value - mean).abs())
            })
            .fold(0.0, f64::max)
    }),
    ("excess of the best independent model = total correlation of the target", |draw, k| {
        let p = draw.positive_distribution(k);
        let m = state_marginals(p.view(), 1).unwrap();
        let family = JointFamily::independent(k).unwrap();
        let x = m.mapv(logit);
        let of_labels: f64 = m.iter().map(|&m| scumble::labels::binary_entropy(m)).sum();
        let of_sets: f64 = (0..PIXELS).map(|i| entropy(at(&p, i))).sum();
        let slope = slopes(&family, &x, &p).iter().fold(0.0f64, |worst, g| worst.max(g.abs()));
        (value(&family, &x, &p).excess - (of_labels - of_sets)).abs().max(slope)
    }),
    ("gradient = numeric derivative: independent", |draw, k| gradient(draw, &families(k)[0])),
    ("gradient = numeric derivative: pairwise", |draw, k| gradient(draw, &families(k)[1])),
    ("gradient = numeric derivative: mixture", |draw, k| gradient(draw, &families(k)[2])),
    ("gradient = numeric derivative: chain", |draw, k| gradient(draw, &families(k)[3])),
    ("gradient = numeric derivative: powerset", |draw, k| gradient(draw, &families(k)[4])),
    ("masking = leaving out", |draw, k| {
        let p = draw.distribution(k);
        let mask = Array::from_shape_simple_fn((1, PIXELS), || draw.unit() < 0.6);
        let kept: Vec<usize> = (0..PIXELS).filter(|&i| mask[[0, i]]).collect();
        families(k)
            .iter()
            .map(|family| {
                let x = draw.parameters(family.parameters(), 5.0);
                let (mut bad_x, mut bad_p) = (x.clone(), p.clone());
                for i in (0..PIXELS).filter(|&i| !mask[[0, i]]) {
                    bad_x.index_axis_mut(Axis(2), i).fill(f64::NAN);
                    bad_p.index_axis_mut(Axis(2), i).fill(255.0);
                }
                let options = LossOptions::default().mask(mask.view());
                let target = JointTargets::Distribution(bad_p.view());
                let (hidden, g) =
                    joint_cross_entropy_gradient(family, bad_x.view(), target, &options).unwrap();
                let (x, p) = (x.select(Axis(2), &kept), p.select(Axis(2), &kept));
                let target = JointTargets::Distribution(p.view());
                let (out, h) =
                    joint_cross_entropy_gradient(family, x.view(), target, &LossOptions::default()).unwrap();
                let rest: f64 = g.iter().map(|g| g.abs()).sum::<f64>()
                    - g.select(Axis(2), &kept).iter().map(|g| g.abs()).sum::<f64>();
                (hidden.value - out.value).abs().max(apart(&g.select(Axis(2), &kept), &h)).max(rest.abs())
            })
            .fold(0.0, f64::max)
    }),
    ("ignoring a value = masking where it is", |draw, k| {
        let mut p = draw.distribution(k);
        let mask = Array::from_shape_simple_fn((1, PIXELS), || draw.unit() < 0.6);
        for i in (0..PIXELS).filter(|&i| !mask[[0, i]]) {
            p[[0, 0, i]] = -1.0;
        }
        each_family(draw, k, |family, x| {
            let loss = |options: LossOptions<'_, f64>| {
                joint_cross_entropy(family, x.view(), JointTargets::Distribution(p.view()), &options).unwrap()
            };
            let (a, b) = (
                loss(LossOptions::default().mask(mask.view())),
                loss(LossOptions::default().ignore_value(-1.0)),
            );
            if a == b { 0.0 } else { f64::INFINITY }
        })
    }),
    ("the class axis moved: value, gradient, marginals, entropy", |draw, k| {
        let p = draw.distribution(k);
        families(k)
            .iter()
            .map(|family| {
                let x = draw.parameters(family.parameters(), 5.0);
                let last =
                    |a: &Array3<f64>| a.view().permuted_axes([0, 2, 1]).as_standard_layout().into_owned();
                let options = LossOptions::default().class_axis(2).denominator(Denominator::None);
                let (moved_p, moved_x) = (last(&p), last(&x));
                let target = JointTargets::Distribution(moved_p.view());
                let (a, g) = joint_cross_entropy_gradient(family, moved_x.view(), target, &options).unwrap();
                let b = value(family, &x, &p);
                let m = joint_marginals(family, moved_x.view(), 2).unwrap();
                let e = joint_entropy(family, moved_x.view(), 2).unwrap();
                (a.value - b.value)
                    .abs()
                    .max(apart(&last(&slopes(family, &x, &p)), &g))
                    .max(apart(&last(&joint_marginals(family, x.view(), 1).unwrap()), &m))
                    .max(apart(&joint_entropy(family, x.view(), 1).unwrap(), &e))
            })
            .fold(0.0, f64::max)
    }),
    ("marginals = gradient of the log partition (pairwise)", |draw, k| {
        let family = JointFamily::pairwise(k).unwrap();
        let x = draw.parameters(family.parameters(), 4.0);
        let m = joint_marginals(&family, x.view(), 1).unwrap();
        let mut worst = 0.0f64;
        for i in 0..PIXELS {
            for label in 0..k {
                let mut x = at(&x, i);
                let slope = derivative(|by| {
                    x[label] += by;
                    let z = family.log_partition(&x).unwrap();
                    x[label] -= by;
                    z
                });
                worst = worst.max((m[[0, label, i]] - slope).abs());
            }
        }
        worst
    }),
    ("blocks of pixels = the definition, pixel by pixel", |draw, k| {
        let p = draw.distribution(k);
        each_family(draw, k, |family, x| {
            let target = JointTargets::Distribution(p.view());
            let map = joint_cross_entropy_map(family, x.view(), target, &sum_of()).unwrap().1;
            let plain = Array1::from_shape_fn(PIXELS, |i| {
                let x = at(x, i);
                let cost = |(set, p): (usize, &f64)| {
                    if *p == 0.0 { 0.0 } else { -p * family.log_probability(&x, set as u64).unwrap() }
                };
                at(&p, i).iter().enumerate().map(cost).sum::<f64>()
            });
            apart(&map, &plain)
        })
    }),
    ("probabilities of all states sum to 1", |draw, k| {
        each_family(draw, k, |family, x| {
            (0..PIXELS)
                .map(|i| (family.distribution(&at(x, i)).unwrap().iter().sum::<f64>() - 1.0).abs())
                .fold(0.0, f64::max)
        })
    }),
    ("marginals = sums over the states", |draw, k| {
        each_family(draw, k, |family, x| {
            let q = states(family, x);
            apart(&joint_marginals(family, x.view(), 1).unwrap(), &state_marginals(q.view(), 1).unwrap())
        })
    }),
    ("entropy = -sum q ln q", |draw, k| {
        each_family(draw, k, |family, x| {
            let q = states(family, x);
            let plain = Array1::from_shape_fn(PIXELS, |i| entropy(at(&q, i)));
            apart(&joint_entropy(family, x.view(), 1).unwrap(), &plain)
        })
    }),
    ("no label set is likelier than the most probable", |draw, k| {
        each_family(draw, k, |family, x| {
            let q = states(family, x);
            let best = joint_label_sets(family, x.view(), 1).unwrap();
            let short =
                |i: usize| at(&q, i).into_iter().fold(0.0, f64::max) - q[[0, best[[0, i]] as usize, i]];
            (0..PIXELS).map(short).fold(0.0, f64::max)
        })
    }),
    ("K = 1: marginals are enough for every family", |draw, _| {
        let p = draw.distribution(1);
        let m = state_marginals(p.view(), 1).unwrap();
        each_family(draw, 1, |family, x| {
            let target = JointTargets::Marginals(m.view());
            let a = joint_cross_entropy(family, x.view(), target, &sum_of()).unwrap();
            let b = value(family, x, &p);
            (a.value - b.value).abs().max((a.floor - b.floor).abs())
        })
    }),
];

fn each_family(draw: &mut Draw, k: usize, of: impl Fn(&JointFamily, &Array3<f64>) -> f64) -> f64 {
    families(k)
        .iter()
        .map(|family| of(family, &draw.parameters(family.parameters(), 6.0)))
        .fold(0.0, f64::max)
}

fn states(family: &JointFamily, x: &Array3<f64>) -> Array3<f64> {
    let all: Vec<Vec<f64>> = (0..PIXELS).map(|i| family.distribution(&at(x, i)).unwrap()).collect();
    Array::from_shape_fn((1, 1 << family.labels(), PIXELS), |(_, state, i)| all[i][state])
}

fn saturated(p: &Array3<f64>) -> Array3<f64> {
    let log = p.mapv(f64::ln);
    let state = |s: usize| log.index_axis(Axis(1), s).to_owned();
    let (none, first, second, both) = (state(0), state(1), state(2), state(3));
    ndarray::stack![Axis(1), &first - &none, &second - &none, both - &first - &second + &none]
}

/// A family whose first K parameters are logits of labels, the others 0, beside the independent one.
fn zero_links(draw: &mut Draw, family: &JointFamily) -> f64 {
    let k = family.labels();
    let (logits, p) = (draw.parameters(k, 8.0), draw.distribution(k));
    let mut x = Array3::zeros((1, family.parameters(), PIXELS));
    for (mut to, from) in x.axis_iter_mut(Axis(1)).zip(logits.axis_iter(Axis(1))) {
        to.assign(&from);
    }
    let independent = JointFamily::independent(k).unwrap();
    let by_labels = rows(&slopes(family, &x, &p), 0..k);
    (value(family, &x, &p).value - value(&independent, &logits, &p).value)
        .abs()
        .max(apart(&by_labels, &slopes(&independent, &logits, &p)))
        .max(apart(
            &joint_marginals(family, x.view(), 1).unwrap(),
            &joint_marginals(&independent, logits.view(), 1).unwrap(),
        ))
        .max(apart(
            &joint_entropy(family, x.view(), 1).unwrap(),
            &joint_entropy(&independent, logits.view(), 1).unwrap(),
        ))
}

fn equal_components(draw: &mut Draw, k: usize, components: usize) -> f64 {
    let (logits, p) = (draw.parameters(k, 8.0), draw.distribution(k));
    let mut parts = vec![draw.parameters(components, 3.0)];
    parts.extend(std::iter::repeat_n(logits.clone(), components));
    let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
    let x = ndarray::concatenate(Axis(1), &views).unwrap();
    let (mixture, independent) =
        (JointFamily::mixture(k, components).unwrap(), JointFamily::independent(k).unwrap());
    let slope = slopes(&mixture, &x, &p);
    let mixing = rows(&slope, 0..components).iter().fold(0.0f64, |worst, g| worst.max(g.abs()));
    let mut by_logits = Array3::<f64>::zeros((1, k, PIXELS));
    for m in 0..components {
        by_logits += &rows(&slope, components + m * k..components + (m + 1) * k);
    }
    (value(&mixture, &x, &p).value - value(&independent, &logits, &p).value)
        .abs()
        .max(mixing)
        .max(apart(&by_logits, &slopes(&independent, &logits, &p)))
}

fn gradient(draw: &mut Draw, family: &JointFamily) -> f64 {
    let (mut x, p) = (draw.parameters(family.parameters(), 3.0), draw.distribution(family.labels()));
    let slope = slopes(family, &x, &p);
    let pixel = (draw.unit() * PIXELS as f64) as usize % PIXELS;
    let own = p.select(Axis(2), &[pixel]);
    let mut worst = 0.0f64;
    for parameter in 0..family.parameters() {
        let numeric = derivative(|by| {
            x[[0, parameter, pixel]] += by;
            let one = x.select(Axis(2), &[pixel]);
            x[[0, parameter, pixel]] -= by;
            value(family, &one, &own).value
        });
        worst = worst.max((slope[[0, parameter, pixel]] - numeric).abs());
    }
    worst
}

#[test]
fn the_identities_hold_to_1e_9() {
    let mut failed = Vec::new();
    for (name, deviation) in IDENTITIES {
        let mut draw = Draw::default();
        let mut worst = 0.0f64;
        for case in 0..40 {
            let found = deviation(&mut draw, 1 + case % 5);
            worst = if found.is_nan() { f64::INFINITY } else { worst.max(found) };
        }
        println!("{worst:9.1e}  {name}");
        if worst > 1e-9 {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
