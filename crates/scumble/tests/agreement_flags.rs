//! Masks that look like mistakes are named, opinions are not. A new mistake is a new test here.

mod common;

use common::labels::space;
use ndarray::{Array3, Axis, concatenate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::agreement::{Agreement, RaterFlag, Suspicion, rater_flags};
use scumble::labels::{Kind, RaterMask};

const SIZE: (usize, usize) = (96, 130);

/// Some discs, each drawn by the rater with an own radius and place: opinions.
fn discs(rater: u64) -> Array3<u16> {
    let mut random = ChaCha8Rng::seed_from_u64(rater);
    let mut jitter = move || (random.next_u32() % 3) as f64 - 1.0;
    let centres = [(20.0, 30.0), (60.0, 25.0), (40.0, 80.0), (75.0, 105.0)];
    let discs = centres.map(|(y, x)| (y + jitter(), x + jitter(), 10.0 + 1.5 * jitter()));
    Array3::from_shape_fn((1, SIZE.0, SIZE.1), |(_, y, x)| {
        let inside = |(cy, cx, r): &(f64, f64, f64)| (y as f64 - cy).hypot(x as f64 - cx) < *r;
        u16::from(discs.iter().any(inside))
    })
}

fn flags(kind: Kind, classes: usize, marks: &[Array3<u16>]) -> Vec<RaterFlag> {
    let named = ["ann", "bob", "cy"].into_iter().zip(marks);
    let mask = |marks: &Array3<u16>| RaterMask::new(&space(kind, classes), marks.clone()).unwrap();
    let masks: Vec<_> = named.map(|(name, marks)| (name.to_owned(), mask(marks))).collect();
    let mut image = Agreement::new(&space(kind, classes));
    image.add(&masks).unwrap();
    rater_flags(&image, &masks)
}

/// The one flag there is.
fn only(flags: Vec<RaterFlag>) -> RaterFlag {
    assert_eq!(flags.len(), 1, "{flags:?}");
    flags.into_iter().next().unwrap()
}

#[test]
fn opinions_are_no_mistakes() {
    for seed in 0..10 {
        let found = flags(Kind::Binary, 1, &[discs(3 * seed), discs(3 * seed + 1), discs(3 * seed + 2)]);
        assert_eq!(found, [], "seed {seed}");
    }
    let empty = Array3::zeros((1, SIZE.0, SIZE.1));
    assert_eq!(flags(Kind::Binary, 1, &[empty.clone(), empty.clone(), empty]), [], "nothing there to mark");
}

#[test]
fn a_copy() {
    let flag = only(flags(Kind::Binary, 1, &[discs(1), discs(2), discs(1)]));
    assert_eq!(flag.rater, "cy");
    let pixels = discs(1).sum().into();
    assert_eq!(flag.suspicion, Suspicion::Copy { of: "ann".into(), pixels });
}

#[test]
fn an_empty_mask_and_a_full_one() {
    for mark in [0, 1] {
        let constant = Array3::from_elem((1, SIZE.0, SIZE.1), mark);
        let flag = only(flags(Kind::Binary, 1, &[discs(1), constant, discs(2)]));
        assert_eq!((flag.rater.as_str(), flag.class), ("bob", None));
        let on = f64::from(discs(1).sum() + discs(2).sum()) / (2 * SIZE.0 * SIZE.1) as f64;
        let expected = if mark == 0 { on } else { 1.0 - on };
        match flag.suspicion {
            Suspicion::Constant { mark: found, others } => {
                assert_eq!(found, usize::from(mark));
                assert!((others - expected).abs() < 1e-12);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_inverted_mask() {
    let flag = only(flags(Kind::Binary, 1, &[discs(1), discs(2), 1 - discs(3)]));
    assert_eq!(flag.rater, "cy");
    match flag.suspicion {
        Suspicion::Inverted { marks: (0, 1), kappa, exchanged } => {
            assert!(kappa < 0.0 && exchanged > 0.7, "{kappa} {exchanged}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_shifted_mask() {
    for (rows, columns) in [(4_i64, -3_i64), (0, 6), (-8, 0)] {
        let plain = discs(3);
        let shifted = Array3::from_shape_fn(plain.dim(), |(g, y, x)| {
            let there = (y.checked_add_signed(rows as isize), x.checked_add_signed(columns as isize));
            let (Some(y), Some(x)) = there else { return 0 };
            plain.get((g, y, x)).copied().unwrap_or(0)
        });
        let flag = only(flags(Kind::Binary, 1, &[discs(1), shifted, discs(2)]));
        assert_eq!(flag.rater, "bob");
        match flag.suspicion {
            Suspicion::Shifted { rows: down, columns: right, dice, moved } => {
                // The shift that brings it back, within the raters' own scatter.
                assert!(down.abs_diff(rows) <= 1 && right.abs_diff(columns) <= 1, "{down}, {right}");
                assert!(moved > 0.8 && dice < moved - 0.1, "{dice} {moved}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn one_of_several_overlapping_classes() {
    let both = |a: Array3<u16>, b: Array3<u16>| concatenate![Axis(0), a, b];
    let found = flags(
        Kind::Multilabel,
        2,
        &[both(discs(1), discs(4)), both(discs(2), discs(5)), both(discs(3), 1 - discs(6))],
    );
    let flag = only(found);
    assert_eq!((flag.rater.as_str(), flag.class), ("cy", Some(1)));
    assert!(matches!(flag.suspicion, Suspicion::Inverted { .. }), "{flag:?}");
}

#[test]
fn two_exclusive_classes_in_each_others_place() {
    // Class 1 in the left half of the discs, class 2 in the right one.
    let classes = |rater| {
        let mut marks = discs(rater);
        marks.indexed_iter_mut().for_each(|((_, _, x), mark)| *mark *= if x < 60 { 1 } else { 2 });
        marks
    };
    assert_eq!(flags(Kind::Multiclass, 3, &[classes(1), classes(2), classes(3)]), []);
    let exchanged = classes(3).mapv(|mark| [0, 2, 1][usize::from(mark)]);
    let flag = only(flags(Kind::Multiclass, 3, &[classes(1), classes(2), exchanged]));
    assert_eq!((flag.rater.as_str(), flag.class), ("cy", None));
    assert!(matches!(flag.suspicion, Suspicion::Inverted { marks: (1, 2), .. }), "{flag:?}");
}
