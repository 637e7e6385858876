//! Surface distances against MedPy and SciPy: `scripts/golden_boundaries.py` made the cases and the numbers.

use ndarray::Array2;
use scumble::score::surface::{Connectivity, SurfaceDistances, SurfaceOptions, surface_distances};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    first: Vec<String>,
    second: Vec<String>,
    spacing: [f64; 2],
    connectivity: Connectivity,
    #[serde(flatten)]
    expected: SurfaceDistances,
}

fn mask(rows: &[String]) -> Array2<bool> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| rows[y].as_bytes()[x] == b'#')
}

#[test]
fn distances_are_those_of_medpy_and_scipy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/surfaces.json")).unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let options = SurfaceOptions { spacing: case.spacing, connectivity: case.connectivity };
        let found = surface_distances(mask(&case.first).view(), mask(&case.second).view(), &options);
        let (found, expected) = (found.unwrap().unwrap(), case.expected);
        for (found, expected) in [
            (found.hausdorff, expected.hausdorff),
            (found.hausdorff95, expected.hausdorff95),
            (found.hausdorff95_pooled, expected.hausdorff95_pooled),
            (found.average, expected.average),
        ] {
            assert!((found - expected).abs() < 1e-12 * expected.max(1.0), "{options:?}: {found}, {expected}");
        }
    }
}
