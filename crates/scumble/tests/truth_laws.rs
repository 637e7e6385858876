//! What votes tell of the probability behind them: closed forms, and made-up raters of a known probability.

mod common;

use common::labels::space;
use ndarray::{Array3, Axis, Zip};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::labels::{Kind, NO_RATERS, SoftLabels, Votes};
use scumble::score::{Judge, JudgeOptions, Scores};
use scumble::truth::{Sides, VoteCounts};

/// Weighted beta distributions (weight, a, b) of the probability of yes.
type Mixture = &'static [(f64, f64, f64)];

/// Spread, thin lines, blobs, rims of blobs, all between, two peaks.
const MIXTURES: [Mixture; 6] = [
    &[(1.0, 0.3, 0.6)],
    &[(0.85, 0.05, 5.0), (0.15, 2.0, 1.0)],
    &[(0.7, 0.02, 8.0), (0.3, 0.8, 0.3)],
    &[(0.6, 0.001, 1.0), (0.3, 3.0, 0.1), (0.1, 1.0, 1.0)],
    &[(1.0, 1.0, 1.0)],
    &[(0.5, 50.0, 150.0), (0.5, 20.0, 1.0)],
];

/// The exact share of pixels at which k of n say yes.
fn counts(mixture: Mixture, n: u16) -> VoteCounts {
    let mut counts = VoteCounts::default();
    for &(weight, a, b) in mixture {
        let rising = |x: f64, j: u16| (0..j).map(|i| x + f64::from(i)).product::<f64>();
        let mut choose = 1.0;
        for k in 0..=n {
            counts.add(k, n, weight * choose * rising(a, k) * rising(b, n - k) / rising(a + b, n));
            choose *= f64::from(n - k) / f64::from(k + 1);
        }
    }
    counts
}

/// The mean of -c ln c: a/(a+b) (psi(a+b+1) - psi(a+1)).
fn entropy_of_yes(mixture: Mixture) -> f64 {
    mixture.iter().map(|(w, a, b)| w * a / (a + b) * (digamma(a + b + 1.0) - digamma(a + 1.0))).sum()
}

fn entropy(mixture: Mixture) -> f64 {
    let no = |(w, a, b): &(f64, f64, f64)| w * b / (a + b) * (digamma(a + b + 1.0) - digamma(b + 1.0));
    entropy_of_yes(mixture) + mixture.iter().map(no).sum::<f64>()
}

/// By its recurrence and asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18).
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + x.ln() - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y / 240.0)))
}

#[test]
fn the_true_floor_lies_between_the_bounds_and_near_the_estimate() {
    for (at, mixture) in MIXTURES.into_iter().enumerate() {
        let truth = [(Sides::Both, entropy(mixture)), (Sides::Yes, entropy_of_yes(mixture))];
        for (sides, truth) in truth {
            let mut width = f64::INFINITY;
            for n in 2..=12 {
                let counts = counts(mixture, n);
                let floor = counts.expected_floor(sides).unwrap();
                assert!(
                    floor.low <= truth + 1e-6 && truth <= floor.high + 1e-6,
                    "{at} {n} {sides:?}: {truth} {floor:?}"
                );
                assert!(counts.plug_in_floor(sides).unwrap() < floor.low);
                // Few raters tell little of the form, and of one side less than of both together.
                let near = if n < 4 && sides == Sides::Yes { 0.15 } else { 0.035 };
                assert!(
                    (floor.estimate - truth).abs() < near * truth,
                    "{at} {n} {sides:?}: {truth} {floor:?}"
                );
                assert!(
                    floor.high - floor.low < width + 1e-6,
                    "more raters tell no less: {at} {n} {sides:?}"
                );
                width = floor.high - floor.low;
            }
        }
    }
}

#[test]
fn of_one_beta_distribution_four_raters_tell_the_floor() {
    for mixture in [MIXTURES[0], MIXTURES[4], &[(1.0, 0.5, 8.0)]] {
        for n in 4..=9 {
            let floor = counts(mixture, n).expected_floor(Sides::Both).unwrap();
            assert!((floor.estimate - entropy(mixture)).abs() < 1e-5, "{n}: {floor:?} {}", entropy(mixture));
        }
    }
}

/// Pixels that all raters see alike change the floor by their share alone.
#[test]
fn agreed_pixels_only_dilute() {
    for n in [2, 3, 5, 8] {
        let counts = counts(MIXTURES[1], n);
        let alone = counts.expected_floor(Sides::Both).unwrap();
        let mut diluted = counts.clone();
        diluted.add(0, n, 3.0);
        let diluted = diluted.expected_floor(Sides::Both).unwrap();
        assert!((4.0 * diluted.estimate - alone.estimate).abs() < 1e-9, "{n}: {alone:?} {diluted:?}");
    }
}

struct Made {
    truth: Array3<f64>,
    rng: ChaCha8Rng,
}

impl Made {
    /// Probabilities [K, 300, 300]; of exclusive classes they sum to 1.
    fn new(kind: Kind, classes: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut truth = Array3::from_shape_simple_fn((classes, 300, 300), || uniform(&mut rng).powi(3));
        if kind == Kind::Multiclass {
            let sum = truth.sum_axis(Axis(0)).insert_axis(Axis(0));
            truth /= &sum;
        }
        Self { truth, rng }
    }

    /// `n` raters drawn anew; where `missing`, each pixel lacks some of them.
    fn votes(&mut self, kind: Kind, n: u16, missing: bool) -> Votes {
        let (classes, height, width) = self.truth.dim();
        let groups = if kind == Kind::Multilabel { classes } else { 1 };
        let mut total = Array3::from_elem((groups, height, width), n);
        if missing {
            total.mapv_inplace(|n| n - (self.rng.next_u32() % u32::from(n)) as u16);
        }
        let mut yes = Array3::zeros(self.truth.dim());
        for ((group, y, x), &n) in total.indexed_iter() {
            for _ in 0..n {
                let mut u = uniform(&mut self.rng);
                if kind == Kind::Multiclass {
                    let drawn = (0..classes).find(|&k| {
                        u -= self.truth[[k, y, x]];
                        u < 0.0
                    });
                    yes[[drawn.unwrap_or(classes - 1), y, x]] += 1;
                } else {
                    yes[[group, y, x]] += u16::from(u < self.truth[[group, y, x]]);
                }
            }
        }
        Votes::from_counts(kind, yes, total).unwrap()
    }
}

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    rng.next_u64() as f64 / 2_f64.powi(64)
}

fn judged(kind: Kind, labels: &SoftLabels, prediction: &Array3<f64>) -> Scores {
    let classes = labels.classes();
    let mut judge = Judge::new(&space(kind, classes), JudgeOptions::default());
    judge.add(labels, prediction.view(), NO_RATERS).unwrap();
    judge.scores()
}

/// Mean over pixels (multilabel: and classes) of a sum over classes.
fn mean_of(kind: Kind, weights: &Array3<f32>, of: &Array3<f64>) -> f64 {
    let weights = weights.mapv(f64::from);
    let sum = match kind {
        Kind::Multiclass => &of.sum_axis(Axis(0)).insert_axis(Axis(0)) * &weights,
        _ => of * &weights,
    };
    sum.sum() / weights.sum()
}

const KINDS: [(Kind, usize); 3] = [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 2)];

#[test]
fn the_distance_is_that_to_the_probability_whatever_the_number_of_raters() {
    for (kind, classes) in KINDS {
        for n in 2..=7 {
            for missing in [false, true] {
                let mut made = Made::new(kind, classes, u64::from(n));
                let q = Zip::from(&made.truth).map_collect(|&c| 0.5 * c + 0.2);
                let q =
                    if kind == Kind::Multiclass { &q / &q.sum_axis(Axis(0)).insert_axis(Axis(0)) } else { q };
                let mut labels = made.votes(kind, n, missing).into_labels();
                // Weights that go with the probability.
                labels.weigh(made.truth.index_axis(Axis(0), 0).mapv(|c| (0.2 + c) as f32).view()).unwrap();
                let scores = judged(kind, &labels, &q);
                let truth = scores.truth.unwrap();
                let mut weights = labels.effective_weights(true);
                // Where one rater looked nothing is known.
                let total = labels.votes().unwrap().total().to_owned();
                Zip::from(&mut weights).and(&total).for_each(|w, &n| *w *= f32::from(u8::from(n > 1)));
                let squared = mean_of(kind, &weights, &(&q - &made.truth).mapv(|d| d * d));
                assert!(
                    (truth.mean_squared - squared).abs() < 0.1 * squared,
                    "{kind:?} {n} {missing}: {squared} {truth:?}"
                );
                assert_eq!(truth.distance, truth.mean_squared.max(0.0).sqrt());
                let h = made.truth.mapv(|c| match kind {
                    Kind::Multiclass => Sides::Yes.entropy(c),
                    _ => Sides::Both.entropy(c),
                });
                let floor = mean_of(kind, &weights, &h);
                let found = truth.expected_floor;
                assert!(
                    found.low < floor + 2e-3 && floor < found.high + 2e-3,
                    "{kind:?} {n} {missing}: {floor} {found:?}"
                );
                assert!(
                    (found.estimate - floor).abs() < if n == 2 { 0.08 } else { 0.05 } * floor,
                    "{kind:?} {n} {missing}: {floor} {found:?}"
                );
                assert_eq!(truth.pixels as usize, total.iter().filter(|n| **n > 1).count());
            }
        }
    }
}

#[test]
fn the_mean_of_m_other_raters_is_worth_m_raters() {
    for (kind, classes) in KINDS {
        for m in [1, 3, 9] {
            let mut made = Made::new(kind, classes, 5);
            let others = made.votes(kind, m, false).into_labels().probabilities().mapv(f64::from);
            let truth = judged(kind, &made.votes(kind, 4, false).into_labels(), &others).truth.unwrap();
            let worth = truth.worth_in_raters.unwrap();
            assert!((worth / f64::from(m) - 1.0).abs() < 0.06, "{kind:?} {m}: {worth}");
            let of_four = truth.raters_mean_distance / truth.distance * (4.0 / f64::from(m)).sqrt();
            assert!((of_four - 1.0).abs() < 0.03, "{kind:?} {m}: {truth:?}");
        }
    }
}

#[test]
fn two_exclusive_classes_are_one_against_the_rest() {
    let mut made = Made::new(Kind::Binary, 1, 3);
    let votes = made.votes(Kind::Binary, 4, true);
    let (yes, total) = (votes.yes().to_owned(), votes.total().to_owned());
    let pair = ndarray::concatenate![Axis(0), &total - &yes, yes];
    let q = made.truth.mapv(|c| 0.8 * c + 0.1);
    let both = ndarray::concatenate![Axis(0), q.mapv(|q| 1.0 - q), q.view()];
    let exclusive = Votes::from_counts(Kind::Multiclass, pair, total).unwrap().into_labels();
    let one = judged(Kind::Binary, &votes.into_labels(), &q);
    let two = judged(Kind::Multiclass, &exclusive, &both);
    let (one, two_classes) = (one.truth.unwrap(), two.truth.unwrap());
    assert!((2.0 * one.mean_squared - two_classes.mean_squared).abs() < 1e-9);
    assert!((one.worth_in_raters.unwrap() - two_classes.worth_in_raters.unwrap()).abs() < 1e-6);
    let (a, b) = (one.expected_floor, two_classes.expected_floor);
    let gaps = [a.low - b.low, a.high - b.high, a.estimate - b.estimate];
    assert!(gaps.iter().all(|gap| gap.abs() < 1e-12), "{a:?} {b:?}");
    assert_eq!(one.pixels, two_classes.pixels);
    let class = two.classes[1].truth.unwrap();
    assert!((class.mean_squared - one.mean_squared).abs() < 1e-9);
}

#[test]
fn without_votes_of_two_nothing_is_known() {
    let mut made = Made::new(Kind::Binary, 1, 1);
    let alone = made.votes(Kind::Binary, 1, false).into_labels();
    assert_eq!(judged(Kind::Binary, &alone, &made.truth).truth, None);
    let soft = SoftLabels::new(Kind::Binary, made.truth.mapv(|c| c as f32)).unwrap();
    let scores = judged(Kind::Binary, &soft, &made.truth);
    assert_eq!((scores.truth, scores.classes[0].truth), (None, None));
}

/// A prediction that is right is at no distance but chance, and worth more raters than can be told.
#[test]
fn the_probability_itself_is_no_distance_away() {
    let mut made = Made::new(Kind::Binary, 1, 8);
    let labels = made.votes(Kind::Binary, 3, false).into_labels();
    let truth = judged(Kind::Binary, &labels, &made.truth).truth.unwrap();
    assert!(truth.mean_squared.abs() < 3e-4, "{truth:?}");
    assert!(truth.worth_in_raters.is_none_or(|worth| worth > 100.0), "{truth:?}");
    // And their mean against themselves would be nearer than nothing: it was made from these votes.
    let own = labels.probabilities().mapv(f64::from);
    assert!(judged(Kind::Binary, &labels, &own).truth.unwrap().mean_squared < 0.0);
}

/// Brier's parts without the chance of the raters: what is left of the score is the distance to the truth, and of the
/// uncertainty the variance of the truth.
#[test]
fn the_noise_of_the_labels_is_a_part_of_the_brier_score() {
    for (kind, classes) in KINDS {
        let mut made = Made::new(kind, classes, 6);
        let q = made.truth.mapv(|c| 0.7 * c + 0.1);
        let scores = judged(kind, &made.votes(kind, 4, false).into_labels(), &q);
        let (parts, truth) = (scores.brier_parts.unwrap(), scores.truth.unwrap());
        let noise = parts.label_noise.unwrap();
        assert!((scores.brier.unwrap() - noise - truth.mean_squared).abs() < 1e-12, "{kind:?}");
        let elements = if kind == Kind::Multilabel { classes as f64 } else { 1.0 };
        let variance: f64 = made.truth.outer_iter().map(|map| map.var(0.0)).sum::<f64>() / elements;
        let found = parts.uncertainty - noise;
        assert!((found - variance).abs() < 0.02 * variance, "{kind:?}: {found} {variance}");
        let one_alone = judged(kind, &made.votes(kind, 4, true).into_labels(), &q);
        assert!(one_alone.truth.is_some());
        assert_eq!(one_alone.brier_parts.unwrap().label_noise, None, "some pixels have one rater");
    }
}
