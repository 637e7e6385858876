//! Laws of the distance transform, of outlines and of the distances between them.

use ndarray::{Array2, array};
use proptest::prelude::*;
use scumble::score::surface::{
    Connectivity, SurfaceError, SurfaceOptions, distance_transform, outline, surface_distances,
};

fn masks(share: f64) -> impl Strategy<Value = Array2<bool>> {
    prop::collection::vec(prop::bool::weighted(share), 9 * 13)
        .prop_map(|v| Array2::from_shape_vec((9, 13), v).unwrap())
}

proptest! {
    #[test]
    fn the_transform_is_the_distance_to_the_nearest(mask in masks(0.1), height in 0.1..3.0f64, width in 0.1..3.0f64) {
        let transform = distance_transform(mask.view(), [height, width]);
        for ((row, column), distance) in transform.indexed_iter() {
            let to = |(y, x): (usize, usize)| {
                (row.abs_diff(y) as f64 * height).hypot(column.abs_diff(x) as f64 * width)
            };
            let on = mask.indexed_iter().filter(|(_, on)| **on);
            let nearest = on.map(|(place, _)| to(place)).fold(f64::INFINITY, f64::min);
            prop_assert!(*distance == nearest || (distance - nearest).abs() < 1e-12, "{distance} {nearest}");
        }
    }

    #[test]
    fn distances_are_symmetric_below_the_greatest_and_0_to_oneself(a in masks(0.5), b in masks(0.5)) {
        let options = SurfaceOptions::default();
        let found = surface_distances(a.view(), b.view(), &options).unwrap();
        let back = surface_distances(b.view(), a.view(), &options).unwrap();
        prop_assert_eq!(found.is_some(), a.iter().any(|on| *on) && b.iter().any(|on| *on));
        if let (Some(found), Some(back)) = (found, back) {
            prop_assert_eq!((found.hausdorff, found.hausdorff95), (back.hausdorff, back.hausdorff95));
            prop_assert!((found.average - back.average).abs() < 1e-12);
            for part in [found.hausdorff95, found.hausdorff95_pooled, found.average] {
                prop_assert!(part <= found.hausdorff);
            }
            let own = surface_distances(a.view(), a.view(), &options).unwrap().unwrap();
            prop_assert_eq!((own.hausdorff, own.average), (0.0, 0.0));
        }
    }

    #[test]
    fn distances_have_the_unit_of_the_spacing(a in masks(0.4), b in masks(0.4)) {
        let measure = |side: f64| {
            let options = SurfaceOptions { spacing: [side, side], ..SurfaceOptions::default() };
            surface_distances(a.view(), b.view(), &options).unwrap()
        };
        if let (Some(one), Some(half)) = (measure(1.0), measure(0.5)) {
            prop_assert!((one.hausdorff - 2.0 * half.hausdorff).abs() < 1e-12);
            prop_assert!((one.average - 2.0 * half.average).abs() < 1e-12);
        }
    }

    #[test]
    fn an_outline_by_eight_neighbours_holds_that_by_four(mask in masks(0.8)) {
        let (four, eight) = (outline(mask.view(), Connectivity::Four), outline(mask.view(), Connectivity::Eight));
        prop_assert!(four.iter().zip(&eight).all(|(four, eight)| *eight || !four));
        prop_assert!(eight.iter().zip(&mask).all(|(eight, on)| *on || !eight));
    }
}

#[test]
fn lines_apart_are_as_far_as_they_are() {
    let line = |at: usize| Array2::from_shape_fn((10, 20), |(row, _)| row == at);
    let options = SurfaceOptions { spacing: [0.5, 7.0], connectivity: Connectivity::Eight };
    let found = surface_distances(line(2).view(), line(8).view(), &options).unwrap().unwrap();
    assert_eq!(
        (found.hausdorff, found.hausdorff95, found.hausdorff95_pooled, found.average),
        (3.0, 3.0, 3.0, 3.0)
    );
}

#[test]
fn bad_input_is_refused() {
    let (a, b) = (array![[true, false]], array![[true], [false]]);
    let error = surface_distances(a.view(), b.view(), &SurfaceOptions::default()).unwrap_err();
    assert_eq!(error, SurfaceError::Shape { first: (1, 2), second: (2, 1) });
    let options = SurfaceOptions { spacing: [1.0, 0.0], ..SurfaceOptions::default() };
    assert_eq!(surface_distances(a.view(), a.view(), &options), Err(SurfaceError::Spacing(0.0)));
}
