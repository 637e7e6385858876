//! Laws of objects: components, their matching, their counts; and SciPy's numbers.

use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use scumble::score::objects::{Components, ObjectCounts, ObjectsError, objects};
use serde::Deserialize;

fn masks() -> impl Strategy<Value = (Array2<bool>, Array2<bool>)> {
    (1usize..8, 1usize..8).prop_flat_map(|(height, width)| {
        let mask = prop::collection::vec(any::<bool>(), height * width);
        let shaped = move |pixels| Array2::from_shape_vec((height, width), pixels).unwrap();
        (mask.clone().prop_map(shaped), mask.prop_map(shaped))
    })
}

fn count(predicted: &Array2<bool>, truth: &Array2<bool>, above: f64) -> ObjectCounts {
    let sure = predicted.mapv(|on| f64::from(u8::from(on)));
    objects(predicted.view(), sure.view(), truth.view(), above).unwrap()
}

/// Everything that touches what touches, the plain way.
fn flooded(mask: &Array2<bool>) -> Vec<Vec<(usize, usize)>> {
    let mut left = mask.clone();
    let mut parts = Vec::new();
    for (first, _) in mask.indexed_iter().filter(|(_, on)| **on) {
        let (mut waiting, mut part) = (vec![first], Vec::new());
        while let Some((y, x)) = waiting.pop() {
            if left.get((y, x)).copied() == Some(true) {
                left[[y, x]] = false;
                part.push((y, x));
                let around = (0..9).map(|i| ((y + i / 3).wrapping_sub(1), (x + i % 3).wrapping_sub(1)));
                waiting.extend(around);
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

proptest! {
    #[test]
    fn components_are_what_touches((mask, _) in masks()) {
        let found = Components::of(mask.view());
        let parts = flooded(&mask);
        prop_assert_eq!(found.areas(), parts.iter().map(|part| part.len() as u64).collect::<Vec<_>>());
        for (number, part) in parts.iter().enumerate() {
            prop_assert!(part.iter().all(|at| found.labels()[*at] == number as u32 + 1));
        }
        let on: u64 = found.areas().iter().sum();
        prop_assert_eq!(on, mask.iter().filter(|on| **on).count() as u64);
    }

    /// What was predicted and what is there change places; a mask finds itself; a stricter threshold finds no more.
    #[test]
    fn counts_are_fair((a, b) in masks(), above in 0.0f64..0.9, more in 0.0f64..0.1) {
        let (there, back) = (count(&a, &b, above), count(&b, &a, above));
        prop_assert_eq!((there.found, there.missed, there.extra), (back.found, back.extra, back.missed));
        prop_assert!((there.iou - back.iou).abs() < 1e-12);
        let own = count(&a, &a, above);
        let objects = Components::of(a.view()).count();
        prop_assert_eq!((own.found, own.missed, own.extra), (objects as u64, 0, 0));
        prop_assert!((own.iou - objects as f64).abs() < 1e-12 && (own.expected - objects as f64).abs() < 1e-12);
        let scores = own.scores();
        let whole = (objects > 0).then_some(1.0);
        prop_assert_eq!([scores.f1, scores.precision, scores.recall], [whole; 3]);
        prop_assert!(count(&a, &b, above + more).found <= there.found);
        let scores = there.scores();
        prop_assert_eq!(scores.objects as usize, Components::of(b.view()).count());
        if let (Some(pq), Some(sq), Some(f1)) = (scores.panoptic_quality, scores.segmentation_quality, scores.f1) {
            prop_assert!((pq - sq * f1).abs() < 1e-12);
        }
    }
}

/// One object moved by one column of its four: 12 of 20 pixels are in both, so it is found up to 0.6 alone.
#[test]
fn an_object_that_has_moved() {
    let square = |left: usize| {
        Array2::from_shape_fn((6, 9), |(y, x)| (1..5).contains(&y) && (left..left + 4).contains(&x))
    };
    let probability = Array2::from_elem((6, 9), 0.75_f32);
    let find = |above| objects(square(3).view(), probability.view(), square(2).view(), above).unwrap();
    let half = find(0.5);
    assert_eq!((half.found, half.missed, half.extra), (1, 0, 0));
    assert!((half.iou - 0.6).abs() < 1e-12 && half.expected == 0.75);
    let strict = find(0.6);
    assert_eq!((strict.found, strict.missed, strict.extra), (0, 1, 1));
    assert_eq!(strict.scores().f1, Some(0.0));
    assert_eq!((strict.scores().segmentation_quality, strict.scores().panoptic_quality), (None, Some(0.0)));
    let mut both = half;
    both.merge(&strict);
    assert_eq!((both.scores().f1, both.expected), (Some(0.5), 1.5));
    let nothing = count(&Array2::default((6, 9)), &Array2::default((6, 9)), 0.5).scores();
    assert_eq!((nothing.f1, nothing.panoptic_quality, nothing.objects), (None, None, 0));
}

/// Below 0.5 two pairs go before one that is better than both.
#[test]
fn as_many_as_possible_are_matched() {
    let row = |text: &str| Array2::from_shape_fn((1, text.len()), |(_, x)| text.as_bytes()[x] == b'#');
    let (predicted, truth) = (row("##########.#"), row("#.##########"));
    let found = |above| count(&predicted, &truth, above);
    assert_eq!((found(0.05).found, found(0.1).found), (2, 1));
    assert!((found(0.05).iou - 2.0 / 10.0).abs() < 1e-12);
    assert!((found(0.1).iou - 8.0 / 12.0).abs() < 1e-12);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (mask, other) = (array![[true, false]], array![[true], [false]]);
    let sure = array![[1.0, 0.0]];
    let shape = objects(mask.view(), sure.view(), other.view(), 0.5).unwrap_err();
    assert_eq!(shape, ObjectsError::Shape { first: (1, 2), second: (2, 1) });
    for above in [-0.1, 1.0, f64::NAN] {
        let error = objects(mask.view(), sure.view(), mask.view(), above).unwrap_err();
        assert!(matches!(error, ObjectsError::Threshold(_)));
    }
    let empty = Array2::default((0, 3));
    assert_eq!(Components::of(empty.view()).count(), 0);
    assert_eq!(Components::of(mask.index_axis(Axis(0), 0).insert_axis(Axis(1))).areas(), [1]);
}

#[derive(Deserialize)]
struct Case {
    predicted: Vec<String>,
    truth: Vec<String>,
    above: f64,
    found: u64,
    missed: u64,
    extra: u64,
    iou: f64,
    expected: f64,
}

/// `scripts/golden_objects.py` made the cases and the numbers.
#[test]
fn counts_are_those_of_scipy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/objects.json")).unwrap();
    assert_eq!(cases.len(), 27);
    let mask = |rows: &[String]| {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| rows[y].as_bytes()[x] == b'#')
    };
    for case in cases {
        let (predicted, truth) = (mask(&case.predicted), mask(&case.truth));
        let probability =
            Array2::from_shape_fn(predicted.dim(), |(y, x)| ((7 * y + 11 * x) % 13 + 1) as f64 / 16.0);
        let found = objects(predicted.view(), probability.view(), truth.view(), case.above).unwrap();
        assert_eq!((found.found, found.missed, found.extra), (case.found, case.missed, case.extra));
        assert!((found.iou - case.iou).abs() < 1e-12 && (found.expected - case.expected).abs() < 1e-12);
    }
}
