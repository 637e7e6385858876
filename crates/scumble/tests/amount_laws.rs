//! Laws of amounts, of Dice at the levels of CURVAS, and of scores where raters agree and where they do not.

mod common;

use common::labels::space;
use ndarray::{Array2, Array3, Axis};
use proptest::prelude::*;
use scumble::labels::{Kind, NO_RATERS, RaterMask, SoftLabels, UNSEEN, Votes};
use scumble::score::{Amount, AmountScores, Amounts, Judge, JudgeOptions};

fn amount(predicted: f64, raters: &[f64]) -> Amount {
    let raters = raters.iter().enumerate().map(|(at, amount)| (at.to_string(), *amount)).collect();
    Amount { predicted, raters }
}

/// The normal distribution function from the integral of its density.
fn phi(z: f64) -> f64 {
    let (parts, low) = (4000, -9.0);
    let step = (z - low) / f64::from(parts);
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0..parts).map(|i| step * density(low + (f64::from(i) + 0.5) * step)).sum()
}

/// The integral of (F - step at `predicted`)^2 from `low` to `high`.
fn integral(predicted: f64, [low, high]: [f64; 2], parts: u32, below: impl Fn(f64) -> f64) -> f64 {
    let step = (high - low) / f64::from(parts);
    (0..parts)
        .map(|i| {
            let x = low + (f64::from(i) + 0.5) * step;
            step * (below(x) - f64::from(u8::from(x >= predicted))).powi(2)
        })
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The exact form is the integral over the raters' own distribution.
    #[test]
    fn crps_is_the_integral(predicted in 0.0..100.0, raters in prop::collection::vec(0.0f64..100.0, 1..6)) {
        let share = |x: f64| raters.iter().filter(|y| **y <= x).count() as f64 / raters.len() as f64;
        let wanted = integral(predicted, [-1.0, 101.0], 200_000, share);
        let found = amount(predicted, &raters).crps().unwrap();
        prop_assert!((found - wanted).abs() < 2e-2, "{} {}", found, wanted);
        prop_assert!(found >= 0.0);
    }

    /// It is least at the raters' median, and 0 only where all have the predicted amount.
    #[test]
    fn crps_is_least_at_the_median(predicted in 0.0..100.0, raters in prop::collection::vec(0.0f64..100.0, 1..6)) {
        let mut sorted = raters.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let (best, other) = (amount(median, &raters).crps().unwrap(), amount(predicted, &raters).crps().unwrap());
        prop_assert!(best <= other + 1e-9, "{} {}", best, other);
        let same = vec![predicted; raters.len()];
        prop_assert!(amount(predicted, &same).crps().unwrap().abs() < 1e-12);
        prop_assert!(amount(predicted, &same).crps_gaussian().unwrap() < 1e-12);
    }

    /// Moved, and in another unit.
    #[test]
    fn scores_go_with_the_unit(predicted in 0.0..100.0, raters in prop::collection::vec(1.0f64..100.0, 1..6)) {
        let plain = amount(predicted, &raters);
        let (moved, larger) = (amount(predicted + 7.0, &raters.iter().map(|y| y + 7.0).collect::<Vec<_>>()), plain.times(3.0));
        for of in [Amount::bias, Amount::crps, Amount::crps_gaussian] {
            let (plain, moved, larger) = (of(&plain).unwrap(), of(&moved).unwrap(), of(&larger).unwrap());
            prop_assert!((plain - moved).abs() < 1e-9 && (3.0 * plain - larger).abs() < 1e-9);
        }
        prop_assert!((plain.relative_bias().unwrap() - larger.relative_bias().unwrap()).abs() < 1e-12);
    }
}

#[test]
fn the_gaussian_form_is_its_integral() {
    for (predicted, raters) in
        [(104.0, [98.0, 102.0, 103.0]), (99.0, [98.0, 102.0, 103.0]), (60.0, [40.0, 80.0, 90.0])]
    {
        let amount = amount(predicted, &raters);
        let (mean, deviation) = (amount.raters_mean().unwrap(), amount.raters_deviation().unwrap());
        let ends = [mean - 9.0 * deviation, mean + 9.0 * deviation];
        let wanted = integral(predicted, ends, 2000, |x| phi((x - mean) / deviation));
        let found = amount.crps_gaussian().unwrap();
        assert!((found - wanted).abs() < 1e-2 * deviation, "{found} {wanted}");
    }
    // Without a spread it is the distance.
    assert_eq!(amount(7.0, &[4.0]).crps_gaussian(), Some(3.0));
    assert_eq!(
        (amount(7.0, &[]).crps(), amount(7.0, &[]).bias(), amount(7.0, &[]).crps_gaussian()),
        (None, None, None)
    );
    assert_eq!(amount(7.0, &[0.0, 0.0]).relative_bias(), None);
}

/// Three raters of 4 x 6 pixels, two classes that overlap or exclude each other, or one.
fn raters(kind: Kind, classes: usize) -> Vec<(String, RaterMask)> {
    let space = space(kind, classes);
    let states = if kind == Kind::Multiclass { classes as u16 } else { 2 };
    let marks = |rater: usize| {
        Array3::from_shape_fn((space.groups(), 4, 6), |(k, y, x)| {
            ((y * x + rater * (x + k)) % 3) as u16 % states
        })
    };
    (0..3).map(|rater| (format!("r{rater}"), RaterMask::new(&space, marks(rater)).unwrap())).collect()
}

fn labels(kind: Kind, classes: usize, raters: &[(String, RaterMask)]) -> SoftLabels {
    let mut votes = Votes::new(&space(kind, classes), (4, 6));
    raters.iter().for_each(|(_, mask)| votes.add(mask).unwrap());
    votes.into_labels()
}

fn prediction(kind: Kind, classes: usize) -> Array3<f32> {
    let mut maps =
        Array3::from_shape_fn((classes, 4, 6), |(k, y, x)| ((k + 3 * y + 5 * x) % 7) as f32 / 8.0 + 0.06);
    if kind == Kind::Multiclass {
        let sums = maps.sum_axis(Axis(0)).insert_axis(Axis(0));
        maps /= &sums;
    }
    maps
}

const KINDS: [(Kind, usize); 3] = [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 2)];

fn judged(kind: Kind, labels: &SoftLabels, maps: &Array3<f32>, raters: &[(String, RaterMask)]) -> Judge {
    let mut judge = Judge::new(&space(kind, labels.classes()), JudgeOptions::default());
    judge.add(labels, maps.view(), raters).unwrap();
    judge
}

#[test]
fn amounts_are_sums_over_the_pixels_that_count_whatever_these_weigh() {
    for (kind, classes) in KINDS {
        let (raters, maps) = (raters(kind, classes), prediction(kind, classes));
        let mut labels = labels(kind, classes, &raters);
        labels.ignore(Array2::from_shape_fn((4, 6), |(y, x)| (y, x) == (1, 2)).view()).unwrap();
        labels.weigh(Array2::from_shape_fn((4, 6), |(y, x)| (y + x) as f32).view()).unwrap();
        let found = judged(kind, &labels, &maps, &raters).amounts().of_classes();
        for (k, found) in found.iter().enumerate() {
            let counts = |y: usize, x: usize| (y, x) != (1, 2);
            let map = maps.index_axis(Axis(0), k);
            let wanted: f64 =
                map.indexed_iter().filter(|((y, x), _)| counts(*y, *x)).map(|(_, q)| f64::from(*q)).sum();
            assert!((found.predicted - wanted).abs() < 1e-9, "{kind}: {} {wanted}", found.predicted);
            for (name, mask) in &raters {
                let (group, state) = match kind {
                    Kind::Binary => (0, 1),
                    Kind::Multiclass => (0, k as u16),
                    Kind::Multilabel => (k, 1),
                };
                let marks = mask.marks();
                let marks = marks.index_axis(Axis(0), group);
                let wanted =
                    marks.indexed_iter().filter(|((y, x), mark)| counts(*y, *x) && **mark == state).count();
                assert_eq!(found.raters[name], wanted as f64, "{kind} {name}");
            }
        }
    }
}

/// Who has looked at a part has no amount of the whole; where the unseen part does not count, they have.
#[test]
fn a_rater_of_a_part_is_left_out() {
    let (kind, classes) = KINDS[0];
    let mut raters = raters(kind, classes);
    let unseen = Array2::from_shape_fn((4, 6), |(y, x)| (y, x) == (0, 0));
    raters[1].1.hide(unseen.view()).unwrap();
    let (mut labels, maps) = (labels(kind, classes, &raters), prediction(kind, classes));
    let names = |labels: &SoftLabels| {
        let amounts = judged(kind, labels, &maps, &raters).amounts().of_classes();
        amounts[0].raters.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(raters[1].1.marks()[[0, 0, 0]], UNSEEN);
    assert_eq!(names(&labels), "r0 r2");
    labels.ignore(unseen.view()).unwrap();
    assert_eq!(names(&labels), "r0 r1 r2");
}

/// The slices of a volume are one thing; means are over things.
#[test]
fn parts_of_one_thing_add_up() {
    for (kind, classes) in KINDS {
        let (raters, maps) = (raters(kind, classes), prediction(kind, classes));
        let labels = labels(kind, classes, &raters);
        let one = judged(kind, &labels, &maps, &raters);
        let mut two = one.clone();
        two.merge(&one);
        let mut merged = Amounts::default();
        merged.merge(&one.amounts());
        merged.merge(&one.amounts());
        assert_eq!(merged, two.amounts(), "{kind}");
        for (once, twice) in one.amounts().of_classes().iter().zip(merged.of_classes()) {
            assert_eq!(once.times(2.0), twice, "{kind}");
            let mean = AmountScores::mean([(once, 1.0), (&twice, 1.0)].into_iter());
            assert_eq!(mean.count, 2);
            assert!((mean.bias.unwrap() - 1.5 * once.bias().unwrap()).abs() < 1e-9, "{kind}");
            assert!((mean.crps.unwrap() - 1.5 * once.crps().unwrap()).abs() < 1e-9, "{kind}");
        }
        // A slice that a rater has left out leaves the rater out.
        merged.merge(&judged(kind, &labels, &maps, &raters[1..]).amounts());
        assert!(merged.of_classes().iter().all(|amount| amount.raters.keys().eq(["r1", "r2"])), "{kind}");
    }
}

#[test]
fn dice_at_the_levels_of_curvas_is_counted_plainly() {
    let levels = [0.1, 0.24, 0.38, 0.52, 0.66, 0.8];
    for (kind, classes) in KINDS {
        let (raters, maps) = (raters(kind, classes), prediction(kind, classes));
        let labels = labels(kind, classes, &raters);
        let scores = judged(kind, &labels, &maps, &raters).scores();
        for (k, class) in scores.classes.iter().enumerate() {
            let dice = |level: f64| {
                let above = |x: &f32| f64::from(*x) > level;
                let (label, map) = (labels.probabilities(), maps.index_axis(Axis(0), k));
                let label = label.index_axis(Axis(0), k);
                let both = label.iter().zip(&map).filter(|(p, q)| above(p) && above(q)).count();
                let sizes =
                    label.iter().filter(|p| above(p)).count() + map.iter().filter(|q| above(q)).count();
                if sizes == 0 { 1.0 } else { 2.0 * both as f64 / sizes as f64 }
            };
            let wanted = levels.into_iter().map(dice).sum::<f64>() / 6.0;
            assert!(
                (class.curvas_dice.unwrap() - wanted).abs() < 1e-12,
                "{kind} {k}: {:?} {wanted}",
                class.curvas_dice
            );
        }
    }
}

/// Consensus and dissensus are the pixels with two raters, and their scores are those of these pixels alone.
#[test]
fn where_raters_agree_is_judged_as_if_it_were_all() {
    for (kind, classes) in KINDS {
        let mut raters = raters(kind, classes);
        // At one pixel only one rater has looked.
        let alone = Array2::from_shape_fn((4, 6), |(y, x)| (y, x) == (2, 3));
        raters[1..].iter_mut().for_each(|(_, mask)| mask.hide(alone.view()).unwrap());
        let maps = prediction(kind, classes);
        let mut all = labels(kind, classes, &raters);
        all.weigh(Array2::from_shape_fn((4, 6), |(y, x)| 1.0 + ((y + x) % 3) as f32).view()).unwrap();
        let whole = judged(kind, &all, &maps, &raters).scores();
        // Of overlapping classes each has pixels of its own, so those of one class are left at a time.
        let rounds = if kind == Kind::Multilabel { classes } else { 1 };
        for k in 0..rounds {
            let found = match kind {
                Kind::Multilabel => (whole.classes[k].consensus, whole.classes[k].dissensus),
                _ => (whole.consensus, whole.dissensus),
            };
            let group = if kind == Kind::Multilabel { k } else { 0 };
            let differ = Array2::from_shape_fn((4, 6), |(y, x)| {
                let marks: Vec<u16> = raters.iter().map(|(_, mask)| mask.marks()[[group, y, x]]).collect();
                marks.iter().any(|mark| *mark != marks[0])
            });
            let mut weights = Vec::new();
            for (part, ignored) in
                [(found.0.unwrap(), differ.clone()), (found.1.unwrap(), differ.mapv(|differ| !differ))]
            {
                let mut labels = all.clone();
                labels.ignore(ignored.view()).unwrap();
                labels.ignore(alone.view()).unwrap();
                let scores = judged(kind, &labels, &maps, &raters).scores();
                let (ce, brier, pixels, weight) = match kind {
                    Kind::Multilabel => {
                        let class = &scores.classes[k];
                        let weight = class.reliability.iter().map(|bin| bin.weight).sum();
                        (class.cross_entropy, class.brier, part.pixels, weight)
                    }
                    _ => (scores.cross_entropy, scores.brier, scores.pixels, scores.weight),
                };
                let (ce, found) = (ce.unwrap(), part.cross_entropy.unwrap());
                assert!((found.value - ce.value).abs() < 1e-12, "{kind}: {found:?} {ce:?}");
                assert!((found.excess - ce.excess).abs() < 1e-12, "{kind}: {found:?} {ce:?}");
                assert!((part.brier.unwrap() - brier.unwrap()).abs() < 1e-12, "{kind}");
                assert_eq!(part.pixels, pixels, "{kind}");
                weights.push((part.share, weight));
            }
            let [(share, weight), (rest, other)] = weights[..] else { unreachable!() };
            assert!(
                (share + rest - 1.0).abs() < 1e-12 && (share - weight / (weight + other)).abs() < 1e-12,
                "{kind}"
            );
        }
        if kind == Kind::Multilabel {
            let [agree, differ] = [whole.consensus.unwrap(), whole.dissensus.unwrap()];
            let pixels =
                |of: fn(&scumble::score::ClassScores) -> u64| whole.classes.iter().map(of).sum::<u64>();
            assert_eq!(agree.pixels, pixels(|class| class.consensus.unwrap().pixels));
            assert_eq!(differ.pixels, pixels(|class| class.dissensus.unwrap().pixels));
        }
    }
}

/// Of one rater, and of labels without counts, it is not known who agrees.
#[test]
fn consensus_needs_two_raters() {
    let (kind, classes) = KINDS[0];
    let (raters, maps) = (raters(kind, classes), prediction(kind, classes));
    let one = labels(kind, classes, &raters[..1]);
    let plain = SoftLabels::new(kind, labels(kind, classes, &raters).into_probabilities()).unwrap();
    let mut together = Judge::new(&space(kind, classes), JudgeOptions::default());
    for labels in [&one, &plain] {
        let scores = judged(kind, labels, &maps, &raters).scores();
        assert_eq!((scores.consensus, scores.dissensus), (None, None));
        together.add(labels, maps.view(), NO_RATERS).unwrap();
    }
    // Beside an image with counts they change nothing.
    let three = labels(kind, classes, &raters);
    together.add(&three, maps.view(), NO_RATERS).unwrap();
    let (found, wanted) = (together.scores(), judged(kind, &three, &maps, &raters).scores());
    let (found, wanted) = (found.consensus.unwrap(), wanted.consensus.unwrap());
    assert_eq!(found.pixels, wanted.pixels);
    assert!((found.brier.unwrap() - wanted.brier.unwrap()).abs() < 1e-12);
    assert!((found.share - wanted.share).abs() < 1e-12);
}
