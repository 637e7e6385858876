//! A mask that belongs to another image is named with it, a mask that is like nothing is named, opinions are not.

mod common;

use common::labels::space;
use ndarray::{Array3, Axis, concatenate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::agreement::{AcrossImages, RaterFlag, Suspicion};
use scumble::labels::{Kind, LabelSpace, RaterMask, UNSEEN};

const RATERS: [&str; 4] = ["ann", "bob", "cy", "dee"];

/// Numbers from -1 to 1.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    move || f64::from(random.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// Discs at places that depend on the image, each drawn by a rater in an own way.
fn cells(image: usize, rater: usize, (height, width): (usize, usize)) -> Array3<u16> {
    let mut place = noise(1000 + image as u64);
    let mut hand = noise(100 * image as u64 + rater as u64);
    let discs: Vec<[f64; 3]> = (0..7)
        .map(|_| {
            [0.5 + 0.45 * place() + 0.01 * hand(), 0.5 + 0.45 * place() + 0.01 * hand(), 0.07 + 0.01 * hand()]
        })
        .collect();
    Array3::from_shape_fn((1, height, width), |(_, y, x)| {
        let at = [(y as f64 + 0.5) / height as f64, (x as f64 + 0.5) / width as f64];
        u16::from(discs.iter().any(|[cy, cx, r]| (at[0] - cy).hypot(at[1] - cx) < *r))
    })
}

fn size(image: usize) -> (usize, usize) {
    (90 + 7 * image, 130 - 5 * image)
}

type Masks = Vec<Vec<Array3<u16>>>;

/// By image and rater.
fn opinions(images: usize, raters: usize) -> Masks {
    (0..images).map(|image| (0..raters).map(|rater| cells(image, rater, size(image))).collect()).collect()
}

fn flags(space: &LabelSpace, masks: &Masks) -> Vec<(String, RaterFlag)> {
    let mut all = AcrossImages::new(space);
    // In parts that are merged, the last first.
    for (image, masks) in masks.iter().enumerate().rev() {
        let mut one = AcrossImages::new(space);
        let mask = |marks: &Array3<u16>| RaterMask::new(space, marks.clone()).unwrap();
        let masks: Vec<_> = RATERS.into_iter().zip(masks.iter().map(mask)).collect();
        one.add(&image.to_string(), masks.iter().map(|(rater, mask)| (*rater, mask)));
        all.merge(one);
    }
    all.flags()
}

/// (image, rater, image that it fits) of the masks that are named so.
fn misplaced(found: &[(String, RaterFlag)]) -> Vec<(String, String, String)> {
    let names = |(image, flag): &(String, RaterFlag)| match &flag.suspicion {
        Suspicion::OtherImage { of_image, fit, there } => {
            assert!(there > fit, "{flag:?}");
            (image.clone(), flag.rater.clone(), of_image.clone())
        }
        other => panic!("{other:?}"),
    };
    found.iter().map(names).collect()
}

fn triple(image: &str, rater: &str, of: &str) -> (String, String, String) {
    (image.into(), rater.into(), of.into())
}

#[test]
fn opinions_are_no_mistakes() {
    for raters in 1..=4 {
        assert_eq!(flags(&space(Kind::Binary, 1), &opinions(12, raters)), [], "{raters} raters");
    }
}

#[test]
fn blobs_that_are_much_alike_are_not_taken_for_each_other() {
    let blob = |image: usize, rater: usize| {
        let (mut shape, mut hand) = (noise(image as u64), noise(500 + 10 * image as u64 + rater as u64));
        let [cy, cx, r] =
            [32.0 + 3.0 * shape() + 3.0 * hand(), 32.0 + 3.0 * shape(), 17.0 + 3.0 * shape() + 3.0 * hand()];
        Array3::from_shape_fn((1, 64, 64), |(_, y, x)| u16::from((y as f64 - cy).hypot(x as f64 - cx) < r))
    };
    let masks: Masks = (0..40).map(|image| (0..3).map(|rater| blob(image, rater)).collect()).collect();
    assert_eq!(flags(&space(Kind::Binary, 1), &masks), []);
}

#[test]
fn exchanged_masks_are_named_with_the_image_that_they_fit() {
    let binary = space(Kind::Binary, 1);
    for (first, second) in [(0, 1), (2, 9), (4, 11)] {
        let mut masks = opinions(12, 3);
        // Of other sizes: as somebody would store them, in the size of the image that they lie beside.
        masks[first][1] = cells(second, 1, size(first));
        masks[second][1] = cells(first, 1, size(second));
        let (a, b) = (first.to_string(), second.to_string());
        let mut expected = [triple(&a, "bob", &b), triple(&b, "bob", &a)];
        expected.sort();
        assert_eq!(misplaced(&flags(&binary, &masks)), expected);
    }
}

#[test]
fn a_mask_beside_the_wrong_image_alone_is_named() {
    let mut masks = opinions(6, 4);
    masks[3][2] = cells(5, 2, size(3));
    assert_eq!(misplaced(&flags(&space(Kind::Binary, 1), &masks)), [triple("3", "cy", "5")]);
    // That rater has not marked the image that it belongs to, and others are missing elsewhere.
    masks[5] = vec![cells(5, 0, size(5)), cells(5, 1, size(5))];
    masks[0].truncate(1);
    assert_eq!(misplaced(&flags(&space(Kind::Binary, 1), &masks)), [triple("3", "cy", "5")]);
}

#[test]
fn of_two_raters_nobody_can_say_which_one_is_right() {
    let mut masks = opinions(6, 2);
    masks[1][0] = cells(4, 0, size(1));
    masks[4][0] = cells(1, 0, size(4));
    let expected =
        [triple("1", "ann", "4"), triple("1", "bob", "4"), triple("4", "ann", "1"), triple("4", "bob", "1")];
    assert_eq!(misplaced(&flags(&space(Kind::Binary, 1), &masks)), expected);
}

#[test]
fn classes_are_held_against_their_own_kind() {
    // The classes are exchanged between the images: seen without classes, all masks are the same.
    let classes = |image: usize, rater: usize| {
        let marks = cells(100, rater, (96, 96));
        let left = |x: usize| (x < 48) == image.is_multiple_of(2);
        Array3::from_shape_fn(marks.raw_dim(), |at| match marks[at] {
            0 => 0,
            _ if image < 2 => 1 + u16::from(left(at.2)),
            _ => cells(image, rater, (96, 96))[at],
        })
    };
    let exclusive: Masks = (0..5).map(|image| (0..3).map(|rater| classes(image, rater)).collect()).collect();
    let overlapping: Masks = exclusive
        .iter()
        .map(|masks| {
            let apart = |marks: &Array3<u16>| {
                let class = |k: u16| marks.mapv(|mark| u16::from(mark == k));
                concatenate![Axis(0), class(1), class(2)]
            };
            masks.iter().map(apart).collect()
        })
        .collect();
    for (kind, count, mut masks) in [(Kind::Multiclass, 3, exclusive), (Kind::Multilabel, 2, overlapping)] {
        assert_eq!(flags(&space(kind, count), &masks), [], "{kind}");
        let (mut first, mut second) = (masks[0][2].clone(), masks[1][2].clone());
        std::mem::swap(&mut first, &mut second);
        (masks[0][2], masks[1][2]) = (first, second);
        let expected = [triple("0", "cy", "1"), triple("1", "cy", "0")];
        assert_eq!(misplaced(&flags(&space(kind, count), &masks)), expected, "{kind}");
    }
}

#[test]
fn a_mask_like_no_other_is_an_outlier() {
    let mut masks = opinions(8, 3);
    masks[6][0] = cells(77, 0, size(6));
    let found = flags(&space(Kind::Binary, 1), &masks);
    let [(image, flag)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((image.as_str(), flag.rater.as_str()), ("6", "ann"));
    assert!(matches!(flag.suspicion, Suspicion::Outlier { fit, usual } if fit < 0.4 * usual), "{flag:?}");
    // A mask of far too much shares pixels with every image, and is no mask of any of them.
    let mut random = noise(3);
    masks[6][0].mapv_inplace(|_| u16::from(random() > -0.2));
    let found = flags(&space(Kind::Binary, 1), &masks);
    assert!(matches!(&found[..], [(_, RaterFlag { suspicion: Suspicion::Outlier { .. }, .. })]), "{found:?}");
}

#[test]
fn marks_that_were_left_over_from_another_image_are_found() {
    let mut masks: Masks =
        (0..6).map(|image| (0..3).map(|rater| cells(image, rater, (100, 120))).collect()).collect();
    let left_over = masks[1][2].clone();
    masks[4][2].zip_mut_with(&left_over, |mark, left| *mark = (*mark).max(*left));
    let found = flags(&space(Kind::Binary, 1), &masks);
    let [(image, flag)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((image.as_str(), flag.rater.as_str()), ("4", "cy"));
    let Suspicion::Repeated { of_image, pixels, others, there } = &flag.suspicion else { panic!("{flag:?}") };
    assert_eq!(of_image, "1");
    assert!(*pixels >= 64 && *pixels <= u64::from(left_over.sum()), "{pixels}");
    assert!(*others < 0.5 && *there > 0.5, "{others} {there}");
}

#[test]
fn a_frame_that_all_raters_mark_everywhere_is_no_left_over() {
    let mut masks: Masks =
        (0..6).map(|image| (0..3).map(|rater| cells(image, rater, (100, 120))).collect()).collect();
    for mask in masks.iter_mut().flatten() {
        mask.slice_mut(ndarray::s![.., ..4, ..]).fill(1);
        mask.slice_mut(ndarray::s![.., 4..8, ..]).fill(0);
    }
    assert_eq!(flags(&space(Kind::Binary, 1), &masks), []);
}

#[test]
fn empty_masks_and_pixels_that_nobody_saw_say_nothing() {
    let mut masks = opinions(6, 3);
    masks[0][0].fill(0);
    masks[1][0].fill(UNSEEN);
    masks[2][0].slice_mut(ndarray::s![.., .., ..60]).fill(UNSEEN);
    assert_eq!(flags(&space(Kind::Binary, 1), &masks), []);
}
