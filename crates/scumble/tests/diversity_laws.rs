//! Laws of crowds: the energy distance, matching, samples of a map, and a model among raters.

mod common;

use common::labels::space;
use ndarray::{Array3, array};
use proptest::prelude::*;
use scumble::labels::{Kind, RaterMask, UNSEEN};
use scumble::score::diversity::{
    DuelScore, EmptyMasks, HardMask, Pairs, Standing, energy_distance, level_samples, matched_iou,
};

type Marks = Vec<bool>;

fn crowd(most: usize) -> impl Strategy<Value = Vec<Marks>> {
    prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 1..=most)
}

fn masks(crowd: &[Marks]) -> Vec<HardMask> {
    crowd.iter().map(|mask| HardMask::new(mask.iter().map(|&on| Some(on)))).collect()
}

/// 1 - IoU, the plain way.
fn distance(a: &Marks, b: &Marks) -> Option<f64> {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    (either > 0).then(|| 1.0 - both as f64 / either as f64)
}

/// The mean over all pairs of two crowds, the plain way.
fn mean(a: &[Marks], b: &[Marks], empty: EmptyMasks, skip_same: bool) -> Option<f64> {
    let mut all = Vec::new();
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            if skip_same && i == j {
                continue;
            }
            match (distance(a, b), empty) {
                (Some(d), _) => all.push(d),
                (None, EmptyMasks::Equal) => all.push(0.0),
                (None, EmptyMasks::Ignored) => {}
            }
        }
    }
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// Every one-to-one matching of the repeated crowds.
fn best_matching(iou: &[Vec<f64>], row: usize, taken: &mut Vec<bool>) -> f64 {
    if row == iou.len() {
        return 0.0;
    }
    let mut best = f64::NEG_INFINITY;
    for column in 0..iou.len() {
        if !taken[column] {
            taken[column] = true;
            best = best.max(iou[row][column] + best_matching(iou, row + 1, taken));
            taken[column] = false;
        }
    }
    best
}

proptest! {
    #[test]
    fn the_energy_distance_is_its_definition(s in crowd(4), y in crowd(4)) {
        for empty in [EmptyMasks::Equal, EmptyMasks::Ignored] {
            for pairs in [Pairs::WithReplacement, Pairs::WithoutReplacement] {
                let different = pairs == Pairs::WithoutReplacement;
                let found = energy_distance(&masks(&s), &masks(&y), empty, pairs);
                let parts = (mean(&s, &y, empty, false), mean(&s, &s, empty, different), mean(&y, &y, empty, different));
                let (Some(between), Some(samples), Some(raters)) = parts else {
                    prop_assert_eq!(found, None);
                    continue;
                };
                let found = found.unwrap();
                for (a, b) in [
                    (found.between, between),
                    (found.samples, samples),
                    (found.raters, raters),
                    (found.distance, 2.0 * between - samples - raters),
                ] {
                    prop_assert!((a - b).abs() < 1e-12);
                }
            }
        }
    }

    /// 1 - IoU is a distance of negative type, so the energy distance is one of crowds: 0 between equal ones,
    /// never below, the same both ways, and blind to order and repetition.
    #[test]
    fn the_energy_distance_is_a_distance_of_crowds(s in crowd(5), y in crowd(5)) {
        let of = |s: &[Marks], y: &[Marks]| {
            energy_distance(&masks(s), &masks(y), EmptyMasks::Equal, Pairs::WithReplacement).unwrap().distance
        };
        let found = of(&s, &y);
        prop_assert!(found >= -1e-12 && (found - of(&y, &s)).abs() < 1e-12);
        let twice: Vec<Marks> = s.iter().chain(&s).rev().cloned().collect();
        prop_assert!((found - of(&twice, &y)).abs() < 1e-12 && of(&s, &twice).abs() < 1e-12);
    }

    #[test]
    fn no_matching_is_better(s in crowd(3), y in crowd(3)) {
        let n = (1..=9).find(|n| n % s.len() == 0 && n % y.len() == 0).unwrap();
        let iou = |i: usize, j: usize| distance(&s[i % s.len()], &y[j % y.len()]).map_or(1.0, |d| 1.0 - d);
        let all: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| iou(i, j)).collect()).collect();
        let best = best_matching(&all, 0, &mut vec![false; n]) / n as f64;
        prop_assert!((matched_iou(&masks(&s), &masks(&y), EmptyMasks::Equal).unwrap() - best).abs() < 1e-12);
        prop_assert!((matched_iou(&masks(&s), &masks(&s), EmptyMasks::Equal).unwrap() - 1.0).abs() < 1e-12);
        // Nothing is matched with nothing as often as it can be.
        let empty = |crowd: &[Marks]| (0..n).filter(|i| !crowd[i % crowd.len()].contains(&true)).count();
        let pairs = empty(&s).min(empty(&y));
        let others = (n as f64 * best - pairs as f64) / (n - pairs) as f64;
        match matched_iou(&masks(&s), &masks(&y), EmptyMasks::Ignored) {
            Some(found) => prop_assert!((found - others).abs() < 1e-12, "{found} {others}"),
            None => prop_assert_eq!(pairs, n),
        }
    }

    #[test]
    fn samples_are_nested_and_on_as_often_as_the_map_says(q in prop::collection::vec(0.0f32..=1.0, 6)) {
        let map = Array3::from_shape_vec((1, 2, 3), q.clone()).unwrap();
        let samples = level_samples(&space(Kind::Binary, 1), map.view(), 2000, 3).unwrap();
        for (i, a) in q.iter().enumerate() {
            let on = |pixel: usize, sample: &RaterMask| sample.marks()[[0, pixel / 3, pixel % 3]] == 1;
            let share = samples.iter().filter(|sample| on(i, sample)).count() as f32 / 2000.0;
            prop_assert!((share - a).abs() < 0.06, "{share} {a}");
            for (j, b) in q.iter().enumerate() {
                prop_assert!(a > b || samples.iter().all(|sample| !on(i, sample) || on(j, sample)));
            }
        }
    }
}

#[test]
fn samples_of_exclusive_classes_have_one_class_each() {
    let map = array![[[0.2, 0.0]], [[0.5, 0.0]], [[0.3, 1.0]]];
    let samples = level_samples(&space(Kind::Multiclass, 3), map.view(), 4000, 1).unwrap();
    let share = |class: u16| {
        samples.iter().filter(|sample| sample.marks()[[0, 0, 0]] == class).count() as f64 / 4000.0
    };
    for (class, q) in [(0, 0.2), (1, 0.5), (2, 0.3)] {
        assert!((share(class) - q).abs() < 0.03);
    }
    assert!(samples.iter().all(|sample| sample.marks()[[0, 0, 1]] == 2));
    assert_eq!(samples, level_samples(&space(Kind::Multiclass, 3), map.view(), 4000, 1).unwrap());
}

fn rater(name: &str, marks: &[u16]) -> (String, RaterMask) {
    let marks = Array3::from_shape_vec((1, 1, marks.len()), marks.to_vec()).unwrap();
    (name.to_string(), RaterMask::new(&space(Kind::Binary, 1), marks).unwrap())
}

/// Counted by hand. Raters: a = 1100, b = 1000, c = 1110; Dice ab = 2/3, ac = 4/5, bc = 1/2.
#[test]
fn a_model_is_ranked_among_raters() {
    let raters = [rater("a", &[1, 1, 0, 0]), rater("b", &[1, 0, 0, 0]), rater("c", &[1, 1, 1, 0])];
    let valid = Array3::from_elem((1, 1, 4), true);
    let stand = |measure, q: [f32; 4]| {
        let mut standing = Standing::new(&space(Kind::Binary, 1), measure);
        standing.add(Array3::from_shape_vec((1, 1, 4), q.to_vec()).unwrap().view(), &raters, valid.view());
        standing
    };
    let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} {b}");
    // The decision is a's mask: Dice 1 with a, 2/3 with b, 4/5 with c, each met twice.
    let dice = stand(DuelScore::Dice, [0.9, 0.5, 0.4, 0.0]);
    near(dice.model(), (1.0 + 2.0 / 3.0 + 4.0 / 5.0) / 3.0);
    let names: Vec<(&str, f64)> = dice.raters().collect();
    near(Some(names[0].1), (2.0 / 3.0 + 4.0 / 5.0) / 2.0);
    near(Some(names[1].1), (2.0 / 3.0 + 1.0 / 2.0) / 2.0);
    // Left out a: beats b and c. Left out b: ties with a, beats c. Left out c: ties with a, beats b.
    near(dice.wins(), (2.0 + 1.5 + 1.5) / 6.0);
    assert_eq!((dice.rank(), dice.duels()), (Some((1, 4)), 6));
    // The decision of the others' mean: of b, c 1110; of a, c 1110; of a, b 1100.
    near(dice.mean_of_others(), (4.0 / 5.0 + 1.0 / 2.0 + 4.0 / 5.0) / 3.0);
    // Brier of the probabilities: (1, 2/3, 1/3, 0) is a third off at one or two pixels of each rater.
    let brier = stand(DuelScore::Brier, [1.0, 2.0 / 3.0, 1.0 / 3.0, 0.0]);
    let third = |n: f64| n / 9.0 / 4.0;
    assert!((brier.model().unwrap() - (third(2.0) + third(5.0) + third(5.0)) / 3.0).abs() < 1e-7);
    near(brier.mean_of_others(), ((0.25 + 0.25) / 4.0 + (1.0 + 0.25) / 4.0 + (0.25 + 1.0) / 4.0) / 3.0);
    near(brier.wins(), 1.0);
    let worst = stand(DuelScore::Dice, [0.0, 0.0, 0.0, 1.0]);
    assert_eq!((worst.rank(), worst.wins()), (Some((4, 4)), Some(0.0)));
}

#[test]
fn what_was_not_seen_is_not_judged() {
    let raters = [rater("a", &[1, 0, UNSEEN]), rater("b", &[1, UNSEEN, 0]), rater("c", &[UNSEEN; 3])];
    let mut valid = Array3::from_elem((1, 1, 3), true);
    let prediction = array![[[1.0, 1.0, 1.0]]];
    let mut standing = Standing::new(&space(Kind::Binary, 1), DuelScore::Dice);
    standing.add(prediction.view(), &raters, valid.view());
    // a and b share the first pixel alone, where all agree.
    assert_eq!((standing.duels(), standing.wins(), standing.rank()), (2, Some(0.5), Some((1, 3))));
    valid[[0, 0, 0]] = false;
    let mut nothing = Standing::new(&space(Kind::Binary, 1), DuelScore::Brier);
    nothing.add(prediction.view(), &raters, valid.view());
    assert_eq!((nothing.duels(), nothing.wins(), nothing.rank()), (0, None, None));
    let mut both = standing.clone();
    both.merge(&standing);
    assert_eq!((both.duels(), both.model()), (4, standing.model()));
    let of = |mask: &RaterMask| HardMask::of_class(Kind::Binary, mask, 0, valid.view());
    assert_eq!(of(&raters[0].1).iou(&of(&raters[1].1)), None);
}
