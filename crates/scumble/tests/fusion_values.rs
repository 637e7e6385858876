//! STAPLE against SimpleITK and Dawid-Skene against crowd-kit, on the cases that scripts/golden_fusion.py has
//! stored.

mod common;

use common::labels::space;
use ndarray::Array3;
use scumble::fusion::{DawidSkeneOptions, Patterns, StapleOptions, dawid_skene, staple};
use scumble::labels::{Kind, RaterMask, UNSEEN};
use serde_json::Value;

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/// One different combination of marks: a digit a rater ('-': unseen), how many pixels have it, what is
/// expected there.
struct Expected {
    marks: Vec<u16>,
    count: usize,
    posterior: Vec<f64>,
}

impl Expected {
    fn of(case: &Value) -> Vec<Self> {
        let mark = |digit: char| digit.to_digit(10).map_or(UNSEEN, |mark| mark as u16);
        let numbers = |value: &Value| match value.as_array() {
            Some(values) => values.iter().map(|p| p.as_f64().unwrap()).collect(),
            None => vec![value.as_f64().unwrap()],
        };
        let patterns = case["patterns"].as_array().unwrap().iter();
        patterns
            .map(|row| Self {
                marks: row[0].as_str().unwrap().chars().map(mark).collect(),
                count: row[1].as_u64().unwrap() as usize,
                posterior: numbers(&row[2]),
            })
            .collect()
    }

    fn named(&self) -> Vec<(&'static str, u16)> {
        NAMES.into_iter().zip(self.marks.iter().copied()).filter(|(_, mark)| *mark != UNSEEN).collect()
    }
}

/// The masks of an image that has these pixels.
fn masks(kind: Kind, classes: usize, expected: &[Expected]) -> Vec<(String, RaterMask)> {
    let mask = |rater: usize| {
        let marks: Vec<u16> =
            expected.iter().flat_map(|row| std::iter::repeat_n(row.marks[rater], row.count)).collect();
        let marks = Array3::from_shape_vec((1, 1, marks.len()), marks).unwrap();
        (NAMES[rater].to_owned(), RaterMask::new(&space(kind, classes), marks).unwrap())
    };
    (0..expected[0].marks.len()).map(mask).collect()
}

fn cases(text: &str) -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert!(cases.len() >= 20);
    cases
}

#[test]
fn staple_is_that_of_simple_itk() {
    for (number, case) in cases(include_str!("fixtures/fusion_staple.json")).iter().enumerate() {
        let expected = Expected::of(case);
        let masks = masks(Kind::Binary, 1, &expected);
        let mut patterns = Patterns::new(&space(Kind::Binary, 1));
        patterns.add(&masks).unwrap();
        let prior = case["prior"].as_f64().unwrap();
        let options = StapleOptions {
            prior: case["given"].as_bool().unwrap().then(|| vec![prior]),
            iterations: case["limit"].as_u64().unwrap() as u32,
            ..Default::default()
        };
        let fit = staple(&patterns, &options).unwrap();
        let estimate = &fit.estimates()[0];
        assert!((estimate.prior[1] - prior).abs() < 1e-12, "case {number}");
        assert_eq!(u64::from(estimate.iterations), case["iterations"].as_u64().unwrap(), "case {number}");
        for (rater, quality) in estimate.raters.iter().enumerate() {
            for (name, found) in
                [("sensitivity", quality.sensitivity()), ("specificity", quality.specificity())]
            {
                let itk = case[name][rater].as_f64().unwrap();
                assert!((found.unwrap() - itk).abs() < 1e-9, "case {number}, rater {rater}: {name}");
            }
        }
        let map = fit.map(&masks).unwrap();
        let mut pixel = 0;
        for row in &expected {
            let found = fit.posterior(0, &row.named()).unwrap().unwrap()[1];
            let itk = row.posterior[0];
            assert!((found - itk).abs() < 1e-9, "case {number}, {:?}: {found}, ITK has {itk}", row.marks);
            assert_eq!(map.probabilities()[[0, 0, pixel]], found as f32);
            pixel += row.count;
        }
    }
}

#[test]
fn dawid_skene_is_that_of_crowd_kit() {
    for (number, case) in cases(include_str!("fixtures/fusion_dawid_skene.json")).iter().enumerate() {
        let expected = Expected::of(case);
        let classes = case["classes"].as_u64().unwrap() as usize;
        let masks = masks(Kind::Multiclass, classes, &expected);
        let mut patterns = Patterns::new(&space(Kind::Multiclass, classes));
        patterns.add(&masks).unwrap();
        let iterations = case["iterations"].as_u64().unwrap() as u32;
        let options = DawidSkeneOptions { iterations, ..Default::default() };
        let fit = dawid_skene(&patterns, &options).unwrap();
        assert_eq!(fit.estimates()[0].iterations, iterations, "case {number}");
        for row in &expected {
            let found = fit.posterior(0, &row.named()).unwrap().unwrap();
            for (found, theirs) in found.iter().zip(&row.posterior) {
                let marks = &row.marks;
                assert!((found - theirs).abs() < 1e-6, "case {number}, {marks:?}: {found} for {theirs}");
            }
        }
    }
}
