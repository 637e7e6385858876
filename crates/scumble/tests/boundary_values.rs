//! Thinning, matching and non-maximum suppression against scikit-image and SciPy:
//! `scripts/golden_boundaries.py` made the cases and the numbers.

use ndarray::{Array2, ArrayView2};
use scumble::score::boundary::{BoundaryOptions, match_boundaries, suppress_non_maxima, thin};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    /// 0 to 255.
    map: Vec<Vec<f32>>,
    raters: Vec<Vec<String>>,
    /// In pixels.
    reach: f64,
    max_distance: f64,
    levels: Vec<f64>,
    thinned: Vec<Vec<String>>,
    /// Of each level and rater: pixels matched, cost in hundredths of a pixel.
    matched: Vec<Vec<(u64, i64)>>,
    suppressed: Vec<Vec<f32>>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("fixtures/boundaries.json")).unwrap()
}

fn mask(rows: &[String]) -> Array2<bool> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| rows[y].as_bytes()[x] == b'#')
}

fn array(rows: &[Vec<f32>]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| rows[y][x])
}

fn cut(map: &Array2<f32>, level: f64) -> Array2<bool> {
    map.mapv(|value| f64::from(value / 255.0) >= level)
}

#[test]
fn thinning_is_that_of_scikit_image() {
    for case in cases() {
        let map = array(&case.map);
        for (level, expected) in case.levels.iter().zip(&case.thinned) {
            assert_eq!(thin(cut(&map, *level).view()), mask(expected), "at {level}");
        }
    }
}

#[test]
fn the_matching_costs_what_the_cheapest_assignment_costs() {
    for case in cases() {
        for (thinned, expected) in case.thinned.iter().zip(&case.matched) {
            for (rater, expected) in case.raters.iter().zip(expected) {
                let found = match_boundaries(mask(thinned).view(), mask(rater).view(), case.reach).unwrap();
                assert_eq!((found.pairs.len() as u64, cost(&found.pairs)), *expected);
            }
        }
    }
}

#[test]
fn an_image_is_counted_by_thinning_and_matching_each_threshold() {
    for case in cases() {
        let map = array(&case.map).mapv(|value| value / 255.0);
        let raters: Vec<Array2<bool>> = case.raters.iter().map(|rows| mask(rows)).collect();
        let raters: Vec<ArrayView2<'_, bool>> = raters.iter().map(|marks| marks.view()).collect();
        let options =
            BoundaryOptions { thresholds: 9, max_distance: case.max_distance, ..BoundaryOptions::default() };
        let counts = options.judge(map.view(), &raters).unwrap();
        let marked: u64 = case.raters.iter().map(|rows| on(&mask(rows))).sum();
        for ((level, thinned), matched) in case.levels.iter().zip(&case.thinned).zip(&case.matched) {
            let counts = counts[(level * 10.0).round() as usize - 1];
            assert_eq!(counts.found, matched.iter().map(|(pixels, _)| pixels).sum::<u64>(), "at {level}");
            assert_eq!((counts.marked, counts.predicted), (marked, on(&mask(thinned))));
        }
    }
}

#[test]
fn suppression_keeps_what_the_reference_keeps() {
    for case in cases() {
        let kept = suppress_non_maxima(array(&case.map).mapv(|value| value / 255.0).view());
        for ((at, value), expected) in kept.indexed_iter().zip(&array(&case.suppressed)) {
            assert!((value - expected).abs() < 2e-5, "{at:?}: {value}, expected {expected}");
        }
    }
}

fn on(map: &Array2<bool>) -> u64 {
    map.iter().filter(|on| **on).count() as u64
}

type Place = (usize, usize);

fn cost(pairs: &[(Place, Place)]) -> i64 {
    let cost = |((a, b), (c, d)): &(Place, Place)| {
        let square = (a.abs_diff(*c).pow(2) + b.abs_diff(*d).pow(2)) as f64;
        (square.sqrt() * 100.0).round_ties_even() as i64
    };
    pairs.iter().map(cost).sum()
}
