//! Laws of the boundary benchmark, and small cases counted by hand.

use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;
use scumble::score::boundary::{
    BoundaryBenchmark, BoundaryCounts, BoundaryError, BoundaryOptions, match_boundaries, suppress_non_maxima,
    thin,
};
use std::collections::HashSet;

fn masks(height: usize, width: usize, share: f64) -> impl Strategy<Value = Array2<bool>> {
    prop::collection::vec(prop::bool::weighted(share), height * width)
        .prop_map(move |v| Array2::from_shape_vec((height, width), v).unwrap())
}

fn strengths(height: usize, width: usize) -> impl Strategy<Value = Array2<f32>> {
    prop::collection::vec(0u8..=10, height * width)
        .prop_map(move |v| Array2::from_shape_vec((height, width), v).unwrap().mapv(|s| f32::from(s) / 10.0))
}

/// As the benchmark, with a reach of 2 pixels on maps of 12 x 16.
const OPTIONS: BoundaryOptions =
    BoundaryOptions { thresholds: 9, max_distance: 0.1, suppress: false, thin_raters: false };

fn judge(prediction: &Array2<f32>, raters: &[Array2<bool>]) -> Vec<BoundaryCounts> {
    let raters: Vec<ArrayView2<'_, bool>> = raters.iter().map(|marks| marks.view()).collect();
    OPTIONS.judge(prediction.view(), &raters).unwrap()
}

type Place = (usize, usize);

fn cost((a, b): Place, (c, d): Place) -> i64 {
    let square = (a.abs_diff(c).pow(2) + b.abs_diff(d).pow(2)) as f64;
    (square.sqrt() * 100.0).round_ties_even() as i64
}

fn within((a, b): Place, (c, d): Place, reach: f64) -> bool {
    ((a.abs_diff(c).pow(2) + b.abs_diff(d).pow(2)) as f64) <= reach * reach
}

fn places(mask: &Array2<bool>) -> Vec<Place> {
    mask.indexed_iter().filter(|(_, on)| **on).map(|(place, _)| place).collect()
}

/// The least cost of every matching there is, by trying them all.
fn least_of_all(rows: &[Place], columns: &[Place], taken: &mut Vec<bool>, reach: f64) -> i64 {
    let Some((row, rest)) = rows.split_first() else { return 0 };
    let alone = (100.0 * reach * 100.0).ceil() as i64;
    let mut least = alone + least_of_all(rest, columns, taken, reach);
    for (i, column) in columns.iter().enumerate() {
        if !taken[i] && within(*row, *column, reach) {
            taken[i] = true;
            least = least.min(cost(*row, *column) + least_of_all(rest, columns, taken, reach));
            taken[i] = false;
        }
    }
    least
}

/// Numbers of the 8-connected pieces.
fn pieces(mask: &Array2<bool>) -> usize {
    let mut left: HashSet<Place> = places(mask).into_iter().collect();
    let mut pieces = 0;
    while let Some(&seed) = left.iter().next() {
        pieces += 1;
        let mut front = vec![seed];
        left.remove(&seed);
        while let Some((row, column)) = front.pop() {
            let near = left.iter().filter(|(r, c)| r.abs_diff(row) <= 1 && c.abs_diff(column) <= 1);
            let near: Vec<Place> = near.copied().collect();
            near.iter().for_each(|place| assert!(left.remove(place)));
            front.extend(near);
        }
    }
    pieces
}

proptest! {
    #[test]
    fn no_matching_is_cheaper(a in masks(4, 5, 0.3), b in masks(4, 5, 0.3), reach in 1.0..3.0f64) {
        let (rows, columns) = (places(&a), places(&b));
        prop_assume!(rows.len() <= 7 && columns.len() <= 7);
        let found = match_boundaries(a.view(), b.view(), reach).unwrap().pairs;
        let alone = (100.0 * reach * 100.0).ceil() as i64;
        let paid = found.iter().map(|(p, q)| cost(*p, *q)).sum::<i64>() + alone * (rows.len() - found.len()) as i64;
        prop_assert_eq!(paid, least_of_all(&rows, &columns, &mut vec![false; columns.len()], reach));
    }

    #[test]
    fn a_pixel_is_matched_once_and_within_reach(a in masks(12, 16, 0.3), b in masks(12, 16, 0.2), reach in 1.0..4.0f64) {
        let found = match_boundaries(a.view(), b.view(), reach).unwrap().pairs;
        for (p, q) in &found {
            prop_assert!(a[*p] && b[*q] && within(*p, *q, reach));
        }
        prop_assert_eq!(found.iter().map(|(p, _)| p).collect::<HashSet<_>>().len(), found.len());
        prop_assert_eq!(found.iter().map(|(_, q)| q).collect::<HashSet<_>>().len(), found.len());
        let back = match_boundaries(b.view(), a.view(), reach).unwrap().pairs;
        prop_assert_eq!(found.len(), back.len());
        let sum = |pairs: &[(Place, Place)]| pairs.iter().map(|(p, q)| cost(*p, *q)).sum::<i64>();
        prop_assert_eq!(sum(&found), sum(&back));
    }

    #[test]
    fn thinning_deletes_alone_keeps_the_pieces_and_has_an_end(mask in masks(14, 17, 0.7)) {
        let thinned = thin(mask.view());
        prop_assert!(thinned.iter().zip(&mask).all(|(thin, on)| *on || !thin));
        prop_assert_eq!(pieces(&thinned), pieces(&mask));
        prop_assert_eq!(thin(thinned.view()), thinned);
    }

    #[test]
    fn a_threshold_is_judged_as_if_it_were_alone(map in strengths(12, 16), rater in masks(12, 16, 0.2)) {
        let nine = judge(&map, std::slice::from_ref(&rater));
        let one = BoundaryOptions { thresholds: 1, ..OPTIONS }.judge(map.view(), &[rater.view()]).unwrap();
        prop_assert_eq!(nine[4], one[0]);
    }

    #[test]
    fn one_more_rater_never_makes_a_right_pixel_wrong(
        map in strengths(12, 16), a in masks(12, 16, 0.2), b in masks(12, 16, 0.2)
    ) {
        let (first, second) = (judge(&map, std::slice::from_ref(&a)), judge(&map, std::slice::from_ref(&b)));
        for ((both, a), b) in judge(&map, &[a, b]).iter().zip(&first).zip(&second) {
            prop_assert_eq!((both.found, both.marked), (a.found + b.found, a.marked + b.marked));
            prop_assert!(both.right >= a.right.max(b.right) && both.right <= (a.right + b.right).min(both.predicted));
            prop_assert_eq!((a.right, b.right), (a.found, b.found));
        }
    }

    #[test]
    fn a_rater_asked_twice_changes_no_share(map in strengths(12, 16), a in masks(12, 16, 0.2)) {
        let once = judge(&map, std::slice::from_ref(&a));
        for (twice, once) in judge(&map, &[a.clone(), a]).iter().zip(&once) {
            prop_assert_eq!((twice.recall(), twice.precision()), (once.recall(), once.precision()));
        }
    }

    #[test]
    fn where_the_raters_all_agree_the_map_that_is_theirs_is_perfect(rater in masks(12, 16, 0.3), raters in 1..4usize) {
        let rater = thin(rater.view());
        prop_assume!(rater.iter().any(|on| *on));
        let counts = judge(&rater.mapv(|on| if on { 1.0 } else { 0.0 }), &vec![rater; raters]);
        prop_assert!(counts.iter().all(|c| c.recall() == 1.0 && c.precision() == 1.0 && c.f() == 1.0));
    }
}

#[test]
fn a_solid_block_becomes_a_line() {
    let block = Array2::from_shape_fn((90, 120), |(y, x)| (10..80).contains(&y) && (10..110).contains(&x));
    let thinned = thin(block.view());
    assert_eq!(pieces(&thinned), 1);
    assert!(places(&thinned).len() < 200, "{} of 7000 pixels are left", places(&thinned).len());
}

#[test]
fn a_pixel_gives_way_to_one_that_has_no_other_partner() {
    // The nearest partner of both rows is the middle; the sum is least if the first takes the left one.
    let (first, second) = (array![[false, true, true, false]], array![[true, true, false, false]]);
    let found = match_boundaries(first.view(), second.view(), 1.0).unwrap();
    assert_eq!(found.pairs.into_iter().collect::<HashSet<_>>(), [((0, 1), (0, 0)), ((0, 2), (0, 1))].into());
}

/// Two images: one with 4 marked pixels found at 0.6 alone, one with 4 found at 0.3.
fn two_images() -> BoundaryBenchmark {
    let rater = Array2::from_shape_fn((12, 16), |(y, x)| y == 5 && (4..8).contains(&x));
    let mut benchmark = BoundaryBenchmark::new(OPTIONS);
    for (name, strength) in [("strong", 0.65), ("weak", 0.35)] {
        // As many pixels far from the rater's, at 0.2.
        let map = Array2::from_shape_fn((12, 16), |(y, x)| match (y, (4..8).contains(&x)) {
            (5, true) => strength,
            (10, true) => 0.25,
            _ => 0.0,
        });
        benchmark.add(name, map.view(), &[rater.view()]).unwrap();
    }
    benchmark
}

#[test]
fn ods_ois_and_ap_as_counted_by_hand() {
    let scores = two_images().scores();
    // At 0.3 all are found and nothing else; from 0.4 on, half.
    assert_eq!((scores.ods.threshold, scores.ods.f), (0.3, 1.0));
    assert_eq!((scores.ois.recall, scores.ois.precision, scores.ois.f), (1.0, 1.0, 1.0));
    let recalls: Vec<f64> = scores.curve.iter().map(|point| point.recall).collect();
    assert_eq!(recalls, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0]);
    let precisions: Vec<f64> = scores.curve.iter().map(|point| point.precision).collect();
    assert_eq!(precisions, [0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    // The points (0, 0), (0.5, 1) and (1, 0.5), of equal recalls the first: 50 steps up, 50 down to a half.
    let by_hand: f64 = (0..=50).map(|i| f64::from(i) / 50.0).sum::<f64>()
        + (1..=50).map(|i| 1.0 - f64::from(i) / 100.0).sum::<f64>();
    assert!((scores.ap - 0.01 * by_hand).abs() < 1e-12, "{}", scores.ap);
    assert_eq!(scores.images[1].image, "weak");
    assert_eq!((scores.images[1].threshold, scores.images[1].f), (0.3, 1.0));
}

#[test]
fn the_optimum_lies_between_thresholds() {
    // Recall falls from 1 to 1/2 while precision rises from 1/2 to 1: in the middle both are 3/4.
    let mut benchmark = BoundaryBenchmark::new(BoundaryOptions { thresholds: 2, ..OPTIONS });
    let counts = |found, right, predicted| BoundaryCounts { found, marked: 4, right, predicted };
    benchmark.add_counts("one", vec![counts(4, 4, 8), counts(2, 2, 2)]);
    let scores = benchmark.scores();
    assert!((scores.ods.f - 0.75).abs() < 1e-4 && (scores.ods.threshold - 0.5).abs() < 0.01);
    // The image's own scale is a threshold that was judged.
    assert!((scores.ois.f - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn nothing_predicted_and_no_image_are_0() {
    assert_eq!(BoundaryBenchmark::new(OPTIONS).scores().ods.f, 0.0);
    let counts = judge(&Array2::zeros((12, 16)), &[Array2::from_elem((12, 16), true)]);
    assert_eq!((counts[0].recall(), counts[0].precision(), counts[0].f()), (0.0, 0.0, 0.0));
    let counts = judge(&Array2::ones((12, 16)), &[Array2::from_elem((12, 16), false)]);
    assert_eq!((counts[0].recall(), counts[0].precision(), counts[0].f()), (0.0, 0.0, 0.0));
}

#[test]
fn the_default_is_the_benchmark() {
    let options = BoundaryOptions::default();
    assert_eq!((options.levels().len(), options.max_distance), (99, 0.0075));
    assert_eq!((options.levels()[0], options.levels()[98]), (0.01, 0.99));
    // 8-bit maps meet four thresholds exactly, and count there.
    for (level, byte) in [(20, 51.0), (40, 102.0), (60, 153.0), (80, 204.0)] {
        assert!(f64::from(byte / 255.0_f32) >= options.levels()[level - 1]);
    }
}

#[test]
fn raters_can_be_thinned() {
    let wide = Array2::from_shape_fn((12, 16), |(y, _)| (4..7).contains(&y));
    let line = thin(wide.view()).mapv(|on| if on { 1.0 } else { 0.0 });
    let options = BoundaryOptions { max_distance: 0.01, ..OPTIONS };
    assert!(options.judge(line.view(), &[wide.view()]).unwrap()[0].recall() < 0.5);
    let options = BoundaryOptions { thin_raters: true, ..options };
    assert_eq!(options.judge(line.view(), &[wide.view()]).unwrap()[0].recall(), 1.0);
}

#[test]
fn suppression_leaves_small_maps_and_their_range() {
    assert_eq!(suppress_non_maxima(array![[0.25_f32, 0.5]].view()), array![[0.25, 0.5]]);
    let kept = suppress_non_maxima(Array2::from_elem((9, 7), 1.0).view());
    assert!(kept.iter().all(|value| (0.0..=1.0).contains(value)));
}

#[test]
fn bad_input_is_refused() {
    let (map, rater) = (Array2::from_elem((12, 16), 0.5_f32), Array2::from_elem((12, 16), true));
    let judge = |options: BoundaryOptions, map: &Array2<f32>, raters: &[ArrayView2<'_, bool>]| {
        options.judge(map.view(), raters).unwrap_err()
    };
    let mut bad = map.clone();
    bad[[3, 4]] = f32::NAN;
    let error = judge(OPTIONS, &bad, &[rater.view()]);
    assert!(matches!(error, BoundaryError::NotProbability { row: 3, column: 4, .. }), "{error}");
    assert_eq!(judge(OPTIONS, &map, &[]), BoundaryError::NoRaters);
    let small = Array2::from_elem((12, 15), true);
    let error = judge(OPTIONS, &map, &[rater.view(), small.view()]);
    assert_eq!(error, BoundaryError::Shape { rater: 1, found: (12, 15), expected: (12, 16) });
    let none = BoundaryOptions { thresholds: 0, ..OPTIONS };
    assert_eq!(judge(none, &map, &[rater.view()]), BoundaryError::NoThresholds);
    let nowhere = BoundaryOptions { max_distance: 0.0, ..OPTIONS };
    assert_eq!(judge(nowhere, &map, &[rater.view()]), BoundaryError::Reach(0.0));
    let beyond = BoundaryOptions { max_distance: 1.5, ..OPTIONS };
    assert_eq!(judge(beyond, &map, &[rater.view()]), BoundaryError::Reach(1.5));
    assert_eq!(match_boundaries(rater.view(), rater.view(), 1e300).unwrap().pairs.len(), 12 * 16);
    assert!(match_boundaries(rater.view(), small.view(), 2.0).is_err());
    assert!(match_boundaries(rater.view(), rater.view(), f64::NAN).is_err());
}
