//! Laws of the joint families. `the_identities_hold_to_1e_9` prints each identity's largest deviation; a new one is
//! a new row there. Laws with cases of their own follow below it.
//!
//!     cargo test -p scumble --test joint_laws -- --nocapture
#![allow(clippy::print_stdout, reason = "the deviations are what the test is asked for")]

use ndarray::{Array, Array1, Array2, Array3, Axis, Ix3, array};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use scumble::joint::{
    JointError, JointFamily, JointKind, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient,
    joint_cross_entropy_map, joint_entropy, joint_label_sets, joint_marginals, label_set_targets,
    state_marginals,
};
use scumble::labels::entropy;
use scumble::loss::{Denominator, LossOptions, sigmoid_cross_entropy};

/// More than a block's lanes, and no multiple of them.
const PIXELS: usize = 19;

fn families(labels: usize) -> Vec<JointFamily> {
    vec![
        JointFamily::independent(labels).unwrap(),
        JointFamily::pairwise(labels).unwrap(),
        JointFamily::mixture(labels, 3).unwrap(),
        JointFamily::chain(labels).unwrap(),
        JointFamily::powerset(labels).unwrap(),
    ]
}

/// Numbers of one case, drawn from a stream with a fixed seed.
struct Draw(TestRng);

impl Draw {
    fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / f64::from(u32::MAX)
    }

    /// [1, rows, PIXELS] of numbers in -size..size.
    fn parameters(&mut self, rows: usize, size: f64) -> Array3<f64> {
        Array::from_shape_simple_fn((1, rows, PIXELS), || size * (2.0 * self.unit() - 1.0))
    }

    /// Distributions over 2^labels states; uneven, and sometimes exactly 0.
    fn distribution(&mut self, labels: usize) -> Array3<f64> {
        let mut raw = Array::from_shape_simple_fn((1, 1 << labels, PIXELS), || {
            let u = self.unit();
            if u < 0.1 { 0.0 } else { u * u * u + 1e-6 }
        });
        // Not all of them 0.
        raw.index_axis_mut(Axis(1), 0).mapv_inplace(|p| p + 1e-3);
        let sum = raw.sum_axis(Axis(1)).insert_axis(Axis(1));
        raw / sum
    }

    fn positive_distribution(&mut self, labels: usize) -> Array3<f64> {
        let raw = Array::from_shape_simple_fn((1, 1 << labels, PIXELS), || 0.01 + self.unit());
        let sum = raw.sum_axis(Axis(1)).insert_axis(Axis(1));
        raw / sum
    }
}

fn sum_of() -> LossOptions<'static, f64> {
    LossOptions::default().denominator(Denominator::None)
}

fn value(family: &JointFamily, x: &Array3<f64>, p: &Array3<f64>) -> scumble::loss::Loss {
    joint_cross_entropy(family, x.view(), JointTargets::Distribution(p.view()), &sum_of()).unwrap()
}

fn slopes(family: &JointFamily, x: &Array3<f64>, p: &Array3<f64>) -> Array3<f64> {
    joint_cross_entropy_gradient(family, x.view(), JointTargets::Distribution(p.view()), &sum_of()).unwrap().1
}

fn apart<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    let mut worst = 0.0f64;
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => worst = worst.max((a - b).abs()),
            (None, None) => return worst,
            _ => return f64::INFINITY,
        }
    }
}

/// Rows `range` of the class axis.
fn rows(x: &Array3<f64>, range: std::ops::Range<usize>) -> Array3<f64> {
    x.select(Axis(1), &range.collect::<Vec<_>>())
}

fn logit(m: f64) -> f64 {
    (m / (1.0 - m)).ln()
}

/// The derivative by a five-point formula: its error is of the fourth power of the step.
fn derivative(mut f: impl FnMut(f64) -> f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

fn at(x: &Array3<f64>, pixel: usize) -> Vec<f64> {
    x.index_axis(Axis(2), pixel).iter().copied().collect()
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
        let mut draw = Draw(TestRunner::deterministic().new_rng());
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
        let mut draw = Draw(TestRunner::deterministic().new_rng());
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
    let mut draw = Draw(TestRunner::deterministic().new_rng());
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
    let mut draw = Draw(TestRunner::deterministic().new_rng());
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
    let mut draw = Draw(TestRunner::deterministic().new_rng());
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
    let mut draw = Draw(TestRunner::deterministic().new_rng());
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
    let mut draw = Draw(TestRunner::deterministic().new_rng());
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

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let message = |error: JointError| error.to_string();
    let parts =
        |text: String, wanted: &[&str]| wanted.iter().for_each(|part| assert!(text.contains(part), "{text}"));
    parts(message(JointFamily::powerset(13).unwrap_err()), &["powerset", "1 to 12", "13", "use a chain"]);
    parts(message(JointFamily::chain(65).unwrap_err()), &["1 to 64", "65"]);
    parts(message(JointFamily::pairwise(0).unwrap_err()), &["not 0"]);
    assert_eq!(JointFamily::mixture(3, 0), Err(JointError::NoComponent));
    parts(
        message(JointFamily::from_parameters(JointKind::Mixture, 3, 9).unwrap_err()),
        &["9 parameters", "M (K + 1)"],
    );
    assert_eq!(JointFamily::from_parameters(JointKind::Mixture, 3, 8), JointFamily::mixture(3, 2));

    let plain = LossOptions::default();
    fn refuse(targets: JointTargets<'_, f64, Ix3>, options: &LossOptions<'_, f64>) -> JointError {
        let family = JointFamily::pairwise(2).unwrap();
        joint_cross_entropy(&family, Array3::zeros((1, 3, 2)).view(), targets, options).unwrap_err()
    }
    let m = Array3::from_elem((1, 2, 2), 0.5);
    let text = message(refuse(JointTargets::Marginals(m.view()), &plain));
    parts(text, &["pairwise", "2 labels", "independent", "label sets"]);
    let mut p = Array3::from_elem((1, 4, 2), 0.25);
    let five = Array3::from_elem((1, 5, 2), 0.2);
    parts(
        message(refuse(JointTargets::Distribution(five.view()), &plain)),
        &["[1, 5, 2]", "[1, 4, 2]", "2^K"],
    );
    let c = [1.0, 2.0];
    let weighted = LossOptions::default().class_weights(&c);
    parts(
        message(refuse(JointTargets::Distribution(p.view()), &weighted)),
        &["class weight", "weigh pixels"],
    );
    let smooth = LossOptions::default().label_smoothing(0.1);
    parts(message(refuse(JointTargets::Distribution(p.view()), &smooth)), &["label smoothing"]);
    let half = LossOptions::default().ignore_value(0.5);
    assert_eq!(refuse(JointTargets::Distribution(p.view()), &half), JointError::IgnoreValue { value: 0.5 });
    p[[0, 3, 1]] = 0.5;
    assert_eq!(
        refuse(JointTargets::Distribution(p.view()), &plain),
        JointError::Sum { pixel: vec![0, 1], sum: 1.25 }
    );
    p[[0, 2, 1]] = -0.25;
    p[[0, 3, 1]] = 0.75;
    assert_eq!(
        refuse(JointTargets::Distribution(p.view()), &plain),
        JointError::Target { index: vec![0, 2, 1], value: -0.25 }
    );
    let sets = array![[Some(0), Some(4)]];
    assert_eq!(
        refuse(JointTargets::Sets(vec![sets.view()]), &plain),
        JointError::Set { rater: 0, pixel: vec![0, 1], set: 4, labels: 2 }
    );
    assert_eq!(refuse(JointTargets::Sets(vec![]), &plain), JointError::NoRater);
    let axis = LossOptions::default().class_axis(3);
    assert_eq!(refuse(JointTargets::Marginals(m.view()), &axis), JointError::ClassAxis { axis: 3, rank: 3 });
    let odd = Array2::from_elem((1, 3), true);
    let masked = LossOptions::default().mask(odd.view());
    parts(message(refuse(JointTargets::Distribution(p.view()), &masked)), &["the mask", "[1, 3]", "[1, 2]"]);
    let w = array![[1.0, f64::NAN]];
    let heavy = LossOptions::default().weights(w.view());
    assert!(matches!(refuse(JointTargets::Distribution(p.view()), &heavy), JointError::Weight { .. }));
    let many = JointFamily::mixture(13, 2).unwrap();
    let x = Array3::<f64>::zeros((1, many.parameters(), 1));
    parts(message(joint_entropy(&many, x.view(), 1).unwrap_err()), &["mixture", "13"]);
}

#[test]
fn a_family_is_checked_when_it_is_read() {
    for family in families(3) {
        let text = serde_json::to_string(&family).unwrap();
        assert_eq!(serde_json::from_str::<JointFamily>(&text).unwrap(), family);
    }
    let pairwise: JointFamily = serde_json::from_str(r#"{"kind":"pairwise","labels":3}"#).unwrap();
    assert_eq!(pairwise, JointFamily::pairwise(3).unwrap());
    let error = serde_json::from_str::<JointFamily>(r#"{"kind":"powerset","labels":20}"#).unwrap_err();
    assert!(error.to_string().contains("use a chain"), "{error}");
    for kind in JointKind::ALL {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
}

/// Worked by hand: three labels, the parameters in the order that the documentation gives.
#[test]
fn the_layouts_are_as_documented() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    // Couplings 01, 02, 12.
    let pairwise = JointFamily::pairwise(3).unwrap();
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 4.0];
    let score = |set| pairwise.log_probability(&x, set).unwrap() + pairwise.log_partition(&x).unwrap();
    for (set, wanted) in [(0b000, 0.0), (0b001, 0.1), (0b011, 1.3), (0b101, 2.4), (0b110, 4.5), (0b111, 7.6)]
    {
        close(score(set), wanted);
    }
    // Weights of 0 on 1, 0 on 2, 1 on 2.
    let chain = JointFamily::chain(3).unwrap();
    let ln_s = |x: f64| -(1.0 + (-x).exp()).ln();
    close(chain.log_probability(&x, 0b101).unwrap(), ln_s(0.1) + ln_s(-1.2) + ln_s(2.3));
    close(chain.log_probability(&x, 0b110).unwrap(), ln_s(-0.1) + ln_s(0.2) + ln_s(4.3));
    // Two mixing logits, then a row of logits for each component.
    let mixture = JointFamily::mixture(2, 2).unwrap();
    let q = mixture.log_probability(&[0.0, 3f64.ln(), 1.0, -1.0, 2.0, -2.0], 0b01).unwrap().exp();
    close(q, 0.25 * (2.0 * ln_s(1.0)).exp() + 0.75 * (2.0 * ln_s(2.0)).exp());
    let powerset = JointFamily::powerset(2).unwrap();
    close(
        powerset.log_probability(&[0.0, 1.0, 2.0, 3.0], 0b10).unwrap(),
        2.0 - powerset.log_partition(&[0.0, 1.0, 2.0, 3.0]).unwrap(),
    );
}
