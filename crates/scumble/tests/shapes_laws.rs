//! Laws of outlines, contours and measures.

use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;
use scumble::score::objects::Components;
use scumble::shapes::{Contour, Polygon, Ring, contours, measure, outlines};
use std::collections::BTreeSet;

fn masks() -> impl Strategy<Value = Array2<bool>> {
    (1usize..9, 1usize..9).prop_flat_map(|(height, width)| {
        let pixels = prop::collection::vec(any::<bool>(), height * width);
        pixels.prop_map(move |pixels| Array2::from_shape_vec((height, width), pixels).unwrap())
    })
}

/// Maps of few levels and no number, so that ties and gaps are common.
fn maps() -> impl Strategy<Value = Array2<f32>> {
    (1usize..8, 1usize..8).prop_flat_map(|(height, width)| {
        let value = prop_oneof![9 => (0u8..9).prop_map(|level| f32::from(level) / 8.0), 1 => Just(f32::NAN)];
        let pixels = prop::collection::vec(value, height * width);
        pixels.prop_map(move |pixels| Array2::from_shape_vec((height, width), pixels).unwrap())
    })
}

fn rings(polygon: &Polygon) -> impl Iterator<Item = &Ring> {
    [&polygon.outer].into_iter().chain(&polygon.holes)
}

/// Twice the area.
fn doubled(ring: &Ring) -> i64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs.map(|([x, y], [u, v])| i64::from(*x) * i64::from(*v) - i64::from(*u) * i64::from(*y)).sum()
}

/// Whether an odd number of sides lies to the left of a pixel's centre.
fn encloses(rings: &[&Ring], row: usize, column: usize) -> bool {
    let sides = rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)));
    let crossed = sides.filter(|([x, y], [u, v])| {
        x == u && *x as usize <= column && (y.min(v)..y.max(v)).contains(&&(row as u32))
    });
    crossed.count() % 2 == 1
}

proptest! {
    #[test]
    fn who_fills_the_outlines_has_the_objects(mask in masks()) {
        let parts = Components::of(mask.view());
        let objects = outlines(&parts);
        prop_assert_eq!(objects.len(), parts.count());
        for (number, object) in objects.iter().enumerate() {
            let all: Vec<&Ring> = object.iter().flat_map(rings).collect();
            let filled = Array2::from_shape_fn(mask.dim(), |(row, column)| encloses(&all, row, column));
            prop_assert_eq!(filled, parts.labels().mapv(|label| label as usize == number + 1));
        }
    }

    /// What OGC asks of polygons.
    #[test]
    fn outlines_are_valid_polygons(mask in masks()) {
        let parts = Components::of(mask.view());
        for (object, area) in outlines(&parts).iter().zip(parts.areas()) {
            let mut doubled_area = 0;
            for polygon in object {
                prop_assert!(doubled(&polygon.outer) > 0);
                prop_assert!(polygon.holes.iter().all(|hole| doubled(hole) < 0));
                for ring in rings(polygon) {
                    doubled_area += doubled(ring);
                    let corners: BTreeSet<_> = ring.iter().collect();
                    prop_assert_eq!(corners.len(), ring.len(), "no ring meets itself");
                    // Every corner is one: across and down by turns.
                    for (at, corner) in ring.iter().enumerate() {
                        let next = ring[(at + 1) % ring.len()];
                        let after = ring[(at + 2) % ring.len()];
                        prop_assert!((corner[0] == next[0]) != (corner[1] == next[1]));
                        prop_assert!((corner[0] == next[0]) != (next[0] == after[0]));
                    }
                }
            }
            prop_assert_eq!(doubled_area, 2 * *area as i64);
            // Each polygon is an area of its own, so two share no side.
            let by_sides = Components::by_sides(
                Array2::from_shape_fn(mask.dim(), |(row, column)| {
                    encloses(&object.iter().flat_map(rings).collect::<Vec<_>>(), row, column)
                })
                .view(),
            );
            prop_assert_eq!(by_sides.count(), object.len());
        }
    }

    #[test]
    fn measures_are_those_of_the_pixels(mask in masks()) {
        let values = Array2::from_shape_fn(mask.dim(), |(row, column)| ((3 * row + column) % 8) as f32 / 8.0);
        let parts = Components::of(mask.view());
        for (number, found) in measure(&parts, values.view()).iter().enumerate() {
            let labels = parts.labels();
            let pixels: Vec<(usize, usize)> = labels
                .indexed_iter()
                .filter(|(_, label)| **label as usize == number + 1)
                .map(|(at, _)| at)
                .collect();
            let sum = |of: &dyn Fn(&(usize, usize)) -> f64| pixels.iter().map(of).sum::<f64>();
            let count = pixels.len() as f64;
            prop_assert_eq!(found.area, pixels.len() as u64);
            prop_assert_eq!(found.sum, sum(&|at| f64::from(values[*at])));
            prop_assert_eq!(found.centroid, [sum(&|at| at.1 as f64 + 0.5) / count, sum(&|at| at.0 as f64 + 0.5) / count]);
            let (rows, columns) = (pixels.iter().map(|at| at.0), pixels.iter().map(|at| at.1));
            let [left, top, right, bottom] = found.bounds;
            prop_assert_eq!((Some(left), Some(top)), (columns.clone().min(), rows.clone().min()));
            prop_assert_eq!((Some(right - 1), Some(bottom - 1)), (columns.max(), rows.max()));
        }
    }

    /// Every pair of neighbours on both sides of a level has one crossing, where their squares are known.
    #[test]
    fn contours_go_between_what_is_above_and_below(map in maps(), level in 1u8..8) {
        let level = f64::from(level) / 8.0 - 1.0 / 16.0;
        let lines = contours(map.view(), level);
        for Contour { points, closed } in &lines {
            let least = if *closed { 4 } else { 2 };
            prop_assert!(points.len() >= least);
            for [x, y] in points {
                prop_assert!((sampled(map.view(), [*x, *y]) - level).abs() < 1e-6);
            }
            let pairs = points.iter().zip(points.iter().skip(1).chain(points.first().filter(|_| *closed)));
            for ([x, y], [u, v]) in pairs {
                // Of the two pixels beside a point the one above the level lies to the right.
                let (row, column) = ((y - 0.5).floor() as usize, (x - 0.5).floor() as usize);
                let next = if y.fract() == 0.5 { [row, column + 1] } else { [row + 1, column] };
                let above = [[row, column], next].into_iter().find(|at| f64::from(map[*at]) > level);
                let [above_y, above_x] = above.unwrap().map(|at| at as f64 + 0.5);
                prop_assert!((u - x) * (above_y - y) - (v - y) * (above_x - x) >= -1e-12);
            }
        }
        let known = |row: usize, column: usize| map.get([row, column]).is_some_and(|value| !value.is_nan());
        let square = |row: usize, column: usize| {
            known(row, column) && known(row, column + 1) && known(row + 1, column) && known(row + 1, column + 1)
        };
        let mut expected = 0;
        for ((row, column), value) in map.indexed_iter() {
            let crosses = |other: Option<&f32>| {
                other.is_some_and(|other| (f64::from(*other) >= level) != (f64::from(*value) >= level))
            };
            let (across, down) = (crosses(map.get([row, column + 1])), crosses(map.get([row + 1, column])));
            let of_row = square(row, column) || row > 0 && square(row - 1, column);
            let of_column = square(row, column) || column > 0 && square(row, column - 1);
            expected += usize::from(across && of_row) + usize::from(down && of_column);
        }
        prop_assert_eq!(lines.iter().map(|line| line.points.len()).sum::<usize>(), expected);
    }
}

/// A map between the centres of its pixels, linear along each axis.
fn sampled(map: ArrayView2<'_, f32>, [x, y]: [f64; 2]) -> f64 {
    let (height, width) = map.dim();
    let place = |at: f64, length: usize| {
        let at = (at - 0.5).clamp(0.0, length as f64 - 1.0);
        let low = (at.floor() as usize).min(length.saturating_sub(2));
        (low, at - low as f64)
    };
    let ((row, down), (column, across)) = (place(y, height), place(x, width));
    let value = |row: usize, column: usize| f64::from(map[[row.min(height - 1), column.min(width - 1)]]);
    // What has no part in it may be no number.
    let mix = |one: f64, other: f64, share: f64| match share {
        share if share < 1e-12 => one,
        share if share > 1.0 - 1e-12 => other,
        share => one + share * (other - one),
    };
    let row_of = |row: usize| mix(value(row, column), value(row, column + 1), across);
    mix(row_of(row), row_of(row + 1), down)
}

#[test]
fn what_touches_at_corners_is_one_object_of_two_polygons_and_holes_may_touch() {
    let ring = array![
        [true, true, true, true],
        [true, false, true, true],
        [true, true, false, true],
        [true, true, true, true],
    ];
    let found = outlines(&Components::of(ring.view()));
    let [polygon] = &found[0][..] else { panic!("one polygon") };
    assert_eq!(polygon.outer, [[0, 0], [4, 0], [4, 4], [0, 4]]);
    let corners = |hole: &Ring| hole.iter().copied().collect::<BTreeSet<_>>();
    let holes = [[[1, 1], [1, 2], [2, 1], [2, 2]], [[2, 2], [2, 3], [3, 2], [3, 3]]].map(BTreeSet::from);
    assert_eq!(polygon.holes.iter().map(corners).collect::<BTreeSet<_>>(), BTreeSet::from(holes));
    // A ring that is closed at a corner alone.
    let pinched = array![[true, true, false], [true, false, true], [true, true, true]];
    let found = outlines(&Components::of(pinched.view()));
    assert_eq!((found.len(), found[0].len(), found[0][0].holes.len()), (1, 1, 1));
}

#[test]
fn of_nothing_there_is_nothing() {
    for size in [(0, 0), (0, 3), (3, 0), (1, 1)] {
        let parts = Components::of(Array2::from_elem(size, false).view());
        assert!(outlines(&parts).is_empty());
        assert!(contours(Array2::zeros(size).view(), 0.5).is_empty());
        assert!(measure(&parts, Array2::zeros(size).view()).is_empty());
    }
}
