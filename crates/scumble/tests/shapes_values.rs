//! Outlines beside GDAL's, contours and measures beside scikit-image's: scripts/golden_outlines.py made `fixtures/shapes.json`.

use ndarray::Array2;
use scumble::score::objects::Components;
use scumble::shapes::{Ring, contours, measure, outlines};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Case {
    /// In 1/1024.
    values: Vec<Vec<u16>>,
    mask: Vec<String>,
    polygons: Vec<Vec<Ring>>,
    objects: Vec<Object>,
    contours: BTreeMap<String, Vec<[[f64; 2]; 2]>>,
}

#[derive(Deserialize)]
struct Object {
    area: u64,
    sum: f64,
    centroid: [f64; 2],
    bounds: [usize; 4],
}

impl Case {
    fn mask(&self) -> Array2<bool> {
        let pixels = self.mask.iter().flat_map(|row| row.bytes().map(|letter| letter == b'#')).collect();
        Array2::from_shape_vec((self.mask.len(), self.mask[0].len()), pixels).unwrap()
    }

    fn values(&self) -> Array2<f32> {
        let pixels = self.values.iter().flatten().map(|value| f32::from(*value) / 1024.0).collect();
        Array2::from_shape_vec((self.values.len(), self.values[0].len()), pixels).unwrap()
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("fixtures/shapes.json")).unwrap()
}

/// From the least corner on.
fn turned(ring: &Ring) -> Ring {
    let least = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap();
    let mut ring = ring.clone();
    ring.rotate_left(least);
    ring
}

#[test]
fn polygons_are_those_of_gdal() {
    for (number, case) in cases().iter().enumerate() {
        let mut found: Vec<Vec<Ring>> = Vec::new();
        for polygon in outlines(&Components::of(case.mask().view())).iter().flatten() {
            let mut holes: Vec<Ring> = polygon.holes.iter().map(turned).collect();
            holes.sort();
            found.push([turned(&polygon.outer)].into_iter().chain(holes).collect());
        }
        found.sort();
        assert_eq!(found, case.polygons, "case {number}");
    }
}

#[test]
fn measures_are_those_of_regionprops() {
    for (number, case) in cases().iter().enumerate() {
        let found = measure(&Components::of(case.mask().view()), case.values().view());
        assert_eq!(found.len(), case.objects.len(), "case {number}");
        for (found, object) in found.iter().zip(&case.objects) {
            assert_eq!((found.area, found.sum, found.bounds), (object.area, object.sum, object.bounds));
            for axis in [0, 1] {
                assert!((found.centroid[axis] - object.centroid[axis]).abs() < 1e-12, "case {number}");
            }
        }
    }
}

#[test]
fn contours_are_those_of_find_contours() {
    for (number, case) in cases().iter().enumerate() {
        for (level, expected) in &case.contours {
            let mut found = Vec::new();
            for line in contours(case.values().view(), level.parse().unwrap()) {
                let again = line.points.first().filter(|_| line.closed);
                for (one, other) in line.points.iter().zip(line.points.iter().skip(1).chain(again)) {
                    found.push(if one <= other { [*one, *other] } else { [*other, *one] });
                }
            }
            found.sort_by(|a, b| a.partial_cmp(b).unwrap());
            assert_eq!(found.len(), expected.len(), "case {number}, level {level}");
            for (found, expected) in found.iter().flatten().flatten().zip(expected.iter().flatten().flatten())
            {
                assert!((found - expected).abs() < 1e-9, "case {number}, level {level}");
            }
        }
    }
}
