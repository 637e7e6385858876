//! What must hold of any fusion: counting in parts, leaving out, renaming, and expectation maximisation
//! against a plain one over pixels.

mod common;

use common::labels::space;
use ndarray::{Array3, Axis, array};
use proptest::prelude::*;
use scumble::fusion::{DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, dawid_skene, staple};
use scumble::labels::{Kind, LabelError, LabelSpace, NO_RATERS, RaterMask, UNSEEN};

type Masks = Vec<(String, RaterMask)>;

fn name(rater: usize) -> String {
    format!("r{rater:02}")
}

/// Masks of one row from marks[rater][pixel]; every number beyond the classes is unseen.
fn masks(kind: Kind, classes: usize, marks: &[Vec<u16>]) -> Masks {
    let states = if kind == Kind::Multiclass { classes } else { 2 } as u16;
    let mask = |row: &Vec<u16>| {
        let marks: Vec<u16> = row.iter().map(|m| if *m < states { *m } else { UNSEEN }).collect();
        let marks = Array3::from_shape_vec((1, 1, marks.len()), marks).unwrap();
        RaterMask::new(&space(kind, classes), marks).unwrap()
    };
    marks.iter().enumerate().map(|(rater, row)| (name(rater), mask(row))).collect()
}

fn patterns(kind: Kind, classes: usize, images: &[&Masks]) -> Patterns {
    let mut patterns = Patterns::new(&space(kind, classes));
    images.iter().for_each(|masks| patterns.add(*masks).unwrap());
    patterns
}

fn fit_both(patterns: &Patterns) -> [Fit; 2] {
    let iterations = 200;
    let options = StapleOptions { iterations, ..Default::default() };
    let other = DawidSkeneOptions { iterations, ..Default::default() };
    [staple(patterns, &options).unwrap(), dawid_skene(patterns, &other).unwrap()]
}

/// marks[rater][pixel] of raters who are mostly right, now and then blind.
fn opinions(raters: usize, states: u16) -> impl Strategy<Value = Vec<Vec<u16>>> {
    let pixel = (0..states, prop::collection::vec((0u16..10, 0..=states), raters)).prop_map(
        |(truth, said)| -> Vec<u16> {
            said.into_iter().map(|(luck, mark)| if luck < 6 { truth } else { mark }).collect()
        },
    );
    prop::collection::vec(pixel, 8..60).prop_map(move |pixels| {
        (0..raters).map(|rater| pixels.iter().map(|pixel| pixel[rater]).collect()).collect()
    })
}

fn near(a: &Array3<f32>, b: &Array3<f32>) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

/// Dawid and Skene as the paper writes it: pixel by pixel, products of probabilities.
fn plain(marks: &[Vec<u16>], states: usize, keep_prior: bool, rounds: u32) -> Vec<Vec<f64>> {
    let pixels: Vec<usize> =
        (0..marks[0].len()).filter(|p| marks.iter().any(|row| usize::from(row[*p]) < states)).collect();
    let mark = |rater: usize, pixel: usize| Some(usize::from(marks[rater][pixel])).filter(|m| *m < states);
    let mut truth = vec![vec![0.0; states]; marks[0].len()];
    for &pixel in &pixels {
        let said: Vec<usize> = (0..marks.len()).filter_map(|rater| mark(rater, pixel)).collect();
        said.iter().for_each(|m| truth[pixel][*m] += 1.0 / said.len() as f64);
    }
    let mean = |truth: &Vec<Vec<f64>>, state: usize| {
        pixels.iter().map(|pixel| truth[*pixel][state]).sum::<f64>() / pixels.len() as f64
    };
    let first: Vec<f64> = (0..states).map(|state| mean(&truth, state)).collect();
    for _ in 0..rounds {
        let prior: Vec<f64> = match keep_prior {
            true => first.clone(),
            false => (0..states).map(|state| mean(&truth, state)).collect(),
        };
        let error = |rater: usize, state: usize, said: usize| {
            let seen = || pixels.iter().filter(|pixel| mark(rater, **pixel).is_some());
            let all: f64 = seen().map(|pixel| truth[*pixel][state]).sum();
            let these = seen().filter(|pixel| mark(rater, **pixel) == Some(said));
            if all > 0.0 { these.map(|pixel| truth[*pixel][state]).sum::<f64>() / all } else { 0.0 }
        };
        let errors: Vec<Vec<Vec<f64>>> = (0..marks.len())
            .map(|r| (0..states).map(|s| (0..states).map(|m| error(r, s, m)).collect()).collect())
            .collect();
        for &pixel in &pixels {
            let likelihood = |state: usize| {
                let factors = (0..marks.len()).filter_map(|r| mark(r, pixel).map(|m| errors[r][state][m]));
                prior[state] * factors.product::<f64>()
            };
            let products: Vec<f64> = (0..states).map(likelihood).collect();
            let sum: f64 = products.iter().sum();
            truth[pixel] = products.iter().map(|p| p / sum).collect();
        }
    }
    truth
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_likelihood_never_falls(two in opinions(5, 2), four in opinions(4, 4)) {
        for (kind, classes, marks) in [(Kind::Binary, 1, two), (Kind::Multiclass, 4, four)] {
            let masks = masks(kind, classes, &marks);
            for fit in fit_both(&patterns(kind, classes, &[&masks])) {
                let likelihood = &fit.estimates()[0].log_likelihood;
                prop_assert!(likelihood.iter().all(|l| l.is_finite()));
                for pair in likelihood.windows(2) {
                    // What is left below 0 is the rounding of the sum.
                    prop_assert!(pair[1] >= pair[0] - 1e-12 * pair[0].abs(), "{} after {}", pair[1], pair[0]);
                }
            }
        }
    }

    #[test]
    fn patterns_give_what_pixels_give(marks in opinions(4, 3), rounds in 1u32..6) {
        let masks = masks(Kind::Multiclass, 3, &marks);
        let patterns = patterns(Kind::Multiclass, 3, &[&masks]);
        let keep = StapleOptions { iterations: rounds, ..Default::default() };
        let estimate = DawidSkeneOptions { iterations: rounds, ..Default::default() };
        let fits = [(true, staple(&patterns, &keep).unwrap()), (false, dawid_skene(&patterns, &estimate).unwrap())];
        for (keep_prior, fit) in fits {
            let labels = fit.map(&masks).unwrap();
            let expected = plain(&marks, 3, keep_prior, rounds);
            for (pixel, expected) in expected.iter().enumerate() {
                prop_assert_eq!(labels.valid()[[0, 0, pixel]], expected.iter().any(|p| *p > 0.0));
                for (class, p) in expected.iter().enumerate() {
                    prop_assert!((f64::from(labels.probabilities()[[class, 0, pixel]]) - p).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn an_image_may_come_in_parts(marks in opinions(4, 2), cut in 1usize..7) {
        let whole = masks(Kind::Binary, 1, &marks);
        let part = |from: usize, to: usize| -> Masks {
            let rows: Vec<Vec<u16>> = marks.iter().map(|row| row[from..to].to_vec()).collect();
            masks(Kind::Binary, 1, &rows)
        };
        let (left, mut right) = (part(0, cut), part(cut, marks[0].len()));
        right.reverse(); // the order of raters is nobody's
        let all = patterns(Kind::Binary, 1, &[&whole]);
        prop_assert_eq!(&patterns(Kind::Binary, 1, &[&left, &right]), &all);
        let mut merged = patterns(Kind::Binary, 1, &[&left]);
        merged.merge(&patterns(Kind::Binary, 1, &[&right])).unwrap();
        prop_assert_eq!(&merged, &all);
    }

    #[test]
    fn a_blind_rater_is_no_rater(marks in opinions(3, 2)) {
        let mut more = marks.clone();
        more.push(vec![UNSEEN; marks[0].len()]);
        let (few, many) = (masks(Kind::Binary, 1, &marks), masks(Kind::Binary, 1, &more));
        let (a, b) = (patterns(Kind::Binary, 1, &[&few]), patterns(Kind::Binary, 1, &[&many]));
        for (a, b) in fit_both(&a).iter().zip(fit_both(&b)) {
            prop_assert_eq!(b.estimates()[0].raters[3].sensitivity(), None);
            prop_assert_eq!(a.map(&few).unwrap(), b.map(&many).unwrap());
        }
    }

    #[test]
    fn two_exclusive_classes_are_a_binary_label(marks in opinions(4, 2)) {
        let binary = masks(Kind::Binary, 1, &marks);
        let two = masks(Kind::Multiclass, 2, &marks);
        let fits = fit_both(&patterns(Kind::Binary, 1, &[&binary]));
        for (a, b) in fits.iter().zip(fit_both(&patterns(Kind::Multiclass, 2, &[&two]))) {
            let (a, b) = (a.map(&binary).unwrap(), b.map(&two).unwrap());
            prop_assert_eq!(a.valid(), b.valid());
            let second = b.probabilities().index_axis_move(Axis(0), 1).insert_axis(Axis(0)).to_owned();
            prop_assert!(near(&a.probabilities().to_owned(), &second));
        }
    }

    #[test]
    fn each_overlapping_class_is_a_problem_of_its_own(first in opinions(3, 2), second in opinions(3, 2)) {
        let pixels = first[0].len().min(second[0].len());
        let cut = |marks: &[Vec<u16>]| marks.iter().map(|row| row[..pixels].to_vec()).collect::<Vec<_>>();
        let alone = [cut(&first), cut(&second)].map(|marks| masks(Kind::Binary, 1, &marks));
        let both: Masks = (0..3)
            .map(|rater| {
                let planes = alone.each_ref().map(|masks| masks[rater].1.marks().to_owned());
                let marks = ndarray::concatenate![Axis(0), planes[0], planes[1]];
                (name(rater), RaterMask::new(&space(Kind::Multilabel, 2), marks).unwrap())
            })
            .collect();
        for (method, fit) in fit_both(&patterns(Kind::Multilabel, 2, &[&both])).iter().enumerate() {
            let labels = fit.map(&both).unwrap();
            for (class, masks) in alone.iter().enumerate() {
                let own = &fit_both(&patterns(Kind::Binary, 1, &[masks]))[method];
                prop_assert_eq!(&own.estimates()[0], &fit.estimates()[class]);
                let own = own.map(masks).unwrap();
                prop_assert_eq!(own.probabilities().index_axis_move(Axis(0), 0), labels.probabilities().index_axis_move(Axis(0), class));
                prop_assert_eq!(own.valid().index_axis_move(Axis(0), 0), labels.valid().index_axis_move(Axis(0), class));
            }
        }
    }

    #[test]
    fn the_disputed_region_is_what_is_left_when_all_else_is_hidden(marks in opinions(4, 2)) {
        let agreed = |pixel: usize| {
            let mut seen = marks.iter().map(|row| row[pixel]).filter(|mark| *mark < 2);
            let first = seen.next();
            seen.all(|mark| Some(mark) == first).then_some(first).flatten()
        };
        let hidden: Vec<Vec<u16>> = marks
            .iter()
            .map(|row| {
                let disputed = |(pixel, mark): (usize, &u16)| if agreed(pixel).is_some() { UNSEEN } else { *mark };
                row.iter().enumerate().map(disputed).collect()
            })
            .collect();
        let (all, rest) = (masks(Kind::Binary, 1, &marks), masks(Kind::Binary, 1, &hidden));
        let only = StapleOptions { disputed_only: true, ..Default::default() };
        let fit = staple(&patterns(Kind::Binary, 1, &[&all]), &only).unwrap();
        let expected = staple(&patterns(Kind::Binary, 1, &[&rest]), &StapleOptions::default()).unwrap();
        prop_assert_eq!(fit.estimates(), expected.estimates());
        let (labels, expected) = (fit.map(&all).unwrap(), expected.map(&rest).unwrap());
        for pixel in 0..marks[0].len() {
            let p = labels.probabilities()[[0, 0, pixel]];
            match agreed(pixel) {
                Some(mark) => prop_assert_eq!(p, f32::from(mark)),
                None => prop_assert_eq!(p, expected.probabilities()[[0, 0, pixel]]),
            }
        }
    }

    #[test]
    fn many_raters_go_the_slow_way_to_the_same_numbers(marks in opinions(12, 2)) {
        // 3^12 codes are too many for a table, 3^10 are not; two blind raters change nothing.
        let few: Vec<Vec<u16>> = marks[..10].to_vec();
        let mut many = few.clone();
        many.extend([vec![UNSEEN; few[0].len()], vec![UNSEEN; few[0].len()]]);
        let (few, many) = (masks(Kind::Binary, 1, &few), masks(Kind::Binary, 1, &many));
        let (a, b) = (patterns(Kind::Binary, 1, &[&few]), patterns(Kind::Binary, 1, &[&many]));
        prop_assert_eq!(a.count(0), b.count(0));
        prop_assert_eq!(fit_both(&a)[0].map(&few).unwrap(), fit_both(&b)[0].map(&many).unwrap());
    }
}

#[test]
fn unanimous_and_empty_masks_have_an_answer() {
    let cases: [(&[u16], f32); 3] = [(&[0, 0, 0, 0], 0.0), (&[1, 1, 1, 1], 1.0), (&[0, 1, 1, 0], f32::NAN)];
    for (row, all) in cases {
        let masks = masks(Kind::Binary, 1, &[row.to_vec(), row.to_vec(), row.to_vec()]);
        for fit in fit_both(&patterns(Kind::Binary, 1, &[&masks])) {
            let labels = fit.map(&masks).unwrap();
            let expected: Vec<f32> = row.iter().map(|mark| f32::from(*mark)).collect();
            assert_eq!(labels.probabilities().as_slice(), Some(&expected[..]));
            let quality = &fit.estimates()[0].raters[0];
            assert_eq!(quality.sensitivity(), (all != 0.0).then_some(1.0));
            assert_eq!(quality.specificity(), (all != 1.0).then_some(1.0));
        }
    }
}

#[test]
fn counters_are_right_beyond_the_whole_numbers_of_f32() {
    let masks = masks(Kind::Binary, 1, &[vec![1, 0, 1, 0], vec![1, 0, 0, 0]]);
    let one = patterns(Kind::Binary, 1, &[&masks]);
    let mut many = one.clone();
    for _ in 0..30 {
        let same = many.clone();
        many.merge(&same).unwrap();
    }
    many.merge(&one).unwrap();
    assert_eq!((many.pixels(0), many.disputed(0)), (4 * ((1 << 30) + 1), (1 << 30) + 1));
    let (few, many) = (fit_both(&one), fit_both(&many));
    for (few, many) in few.iter().zip(&many) {
        let (a, b) = (few.map(&masks).unwrap(), many.map(&masks).unwrap());
        assert!(near(&a.probabilities().to_owned(), &b.probabilities().to_owned()));
    }
}

#[test]
fn marks_that_the_fit_has_never_seen_have_a_posterior() {
    // Of three who never differed, two say no and one says yes.
    let seen = masks(Kind::Binary, 1, &[vec![0, 1], vec![0, 1], vec![0, 1]]);
    let fit = &fit_both(&patterns(Kind::Binary, 1, &[&seen]))[1];
    let new = fit.posterior(0, &[("r00", 0), ("r01", 0), ("r02", 1)]).unwrap().unwrap();
    assert_eq!(new, [1.0, 0.0]);
    let nothing: [(usize, &[(&str, u16)]); 3] = [(0, &[]), (0, &[("r00", UNSEEN)]), (1, &[("r00", 1)])];
    for (group, marks) in nothing {
        assert_eq!(fit.posterior(group, marks).unwrap(), None);
    }
}

#[test]
fn what_cannot_be_fused_is_refused() {
    let good = masks(Kind::Binary, 1, &[vec![0, 1], vec![1, 1]]);
    let mut patterns = patterns(Kind::Binary, 1, &[&good]);
    let before = patterns.clone();
    assert_eq!(patterns.add(NO_RATERS), Err(FusionError::NoRater));
    let twice = vec![good[0].clone(), good[0].clone()];
    assert_eq!(patterns.add(&twice), Err(FusionError::Twice { rater: "r00".into() }));
    let wide = (name(1), RaterMask::from_mask(array![[true, false, true]].view()));
    assert!(
        matches!(patterns.add(&[good[0].clone(), wide]), Err(FusionError::Mask { rater, .. }) if rater == "r01")
    );
    let class = RaterMask::new(&space(Kind::Multiclass, 3), array![[[0, 2]]]).unwrap();
    let error = patterns.add(&[(name(0), class)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rater 'r00': row 0, column 1: class index 2, but there are 2 classes (0 to 1)"
    );
    assert!(matches!(
        patterns.merge(&Patterns::new(&space(Kind::Multilabel, 2))),
        Err(FusionError::Mismatch { .. })
    ));
    assert_eq!(patterns, before);
    let error = LabelSpace::unnamed(Kind::Binary, 2).unwrap_err();
    assert!(matches!(error, LabelError::Classes { kind: Kind::Binary, found: 2, .. }));
    for prior in [vec![], vec![0.0], vec![1.0], vec![f64::NAN], vec![0.5, 0.5]] {
        let options = StapleOptions { prior: Some(prior), ..Default::default() };
        assert!(matches!(staple(&patterns, &options), Err(FusionError::Prior { .. })));
    }
    assert_eq!(
        dawid_skene(&Patterns::new(&space(Kind::Binary, 1)), &DawidSkeneOptions::default()),
        Err(FusionError::NoRater)
    );
    let stranger = vec![("eve".to_owned(), good[0].1.clone())];
    let error = fit_both(&patterns)[0].map(&stranger).unwrap_err();
    assert_eq!(error.to_string(), "rater 'eve' was not among those whose quality was estimated (r00, r01)");
}
