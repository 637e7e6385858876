//! Laws of the raters' agreement, and a plain walk over pixels and pairs.

mod common;

use approx::assert_relative_eq;
use common::labels::space;
use ndarray::{Array3, array};
use proptest::prelude::*;
use scumble::agreement::Agreement;
use scumble::labels::{Kind, RaterMask, UNSEEN};

const NAMES: [&str; 4] = ["ann", "bob", "cy", "dee"];
const SHAPE: (usize, usize) = (4, 9);

type Masks = Vec<(String, RaterMask)>;

fn kinds() -> impl Strategy<Value = (Kind, usize)> {
    prop_oneof![Just((Kind::Binary, 1)), Just((Kind::Multiclass, 4)), Just((Kind::Multilabel, 2))]
}

/// Marks of some raters, some of them missing.
fn masks((kind, classes): (Kind, usize)) -> impl Strategy<Value = Masks> {
    let states = if kind == Kind::Multiclass { classes as u16 } else { 2 };
    let groups = kind.groups(classes);
    let mark = prop_oneof![8 => 0..states, 1 => Just(UNSEEN)];
    let marks = prop::collection::vec(mark, groups * SHAPE.0 * SHAPE.1);
    let mask = marks.prop_map(move |marks| {
        let marks = Array3::from_shape_vec((groups, SHAPE.0, SHAPE.1), marks).unwrap();
        RaterMask::new(&space(kind, classes), marks).unwrap()
    });
    prop::collection::vec(mask, 2..=4)
        .prop_map(|masks| NAMES.map(str::to_owned).into_iter().zip(masks).collect())
}

fn cases() -> impl Strategy<Value = ((Kind, usize), Masks)> {
    kinds().prop_flat_map(|what| (Just(what), masks(what)))
}

fn count((kind, classes): (Kind, usize), images: &[Masks]) -> Agreement {
    let mut agreement = Agreement::new(&space(kind, classes));
    images.iter().for_each(|masks| agreement.add(masks).unwrap());
    agreement
}

fn remark(masks: &Masks, what: (Kind, usize), new: impl Fn(u16) -> u16) -> Masks {
    let mask = |mask: &RaterMask| {
        let marks = mask.marks().mapv(|mark| if mark == UNSEEN { UNSEEN } else { new(mark) });
        RaterMask::new(&space(what.0, what.1), marks).unwrap()
    };
    masks.iter().map(|(name, old)| (name.clone(), mask(old))).collect()
}

fn close(a: Option<f64>, b: Option<f64>) -> Result<(), TestCaseError> {
    match (a, b) {
        (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12, "{a} {b}"),
        _ => prop_assert_eq!(a, b),
    }
    Ok(())
}

proptest! {
    #[test]
    fn images_counted_apart_and_merged_are_the_data_set((what, first) in cases(), second in any::<u8>()) {
        let moved = remark(&first, what, |mark| mark ^ u16::from(second & 1));
        let together = count(what, &[first.clone(), moved.clone()]);
        let mut parts = count(what, &[moved]);
        parts.merge(&count(what, &[first]));
        prop_assert_eq!(parts, together);
    }

    #[test]
    fn the_order_of_the_raters_does_not_matter((what, masks) in cases()) {
        let reversed: Masks = masks.iter().rev().cloned().collect();
        prop_assert_eq!(count(what, &[masks]), count(what, &[reversed]));
    }

    #[test]
    fn the_names_of_the_classes_do_not_matter((what, masks) in cases()) {
        let last = if what.0 == Kind::Multiclass { what.1 as u16 - 1 } else { 1 };
        let other = count(what, &[remark(&masks, what, |mark| last - mark)]);
        let plain = count(what, &[masks]);
        close(plain.fleiss_kappa(), other.fleiss_kappa())?;
        close(plain.krippendorff_alpha(), other.krippendorff_alpha())?;
        prop_assert_eq!(plain.disputed_share(), other.disputed_share());
        for ((_, _, a), (_, _, b)) in plain.pairs().zip(other.pairs()) {
            prop_assert_eq!((a.kappa(), a.observed()), (b.kappa(), b.observed()));
        }
    }

    #[test]
    fn raters_who_agree_agree_perfectly((what, masks) in cases()) {
        let one = masks[0].1.clone();
        let masks: Masks = NAMES[..3].iter().map(|name| (name.to_string(), one.clone())).collect();
        let same = count(what, &[masks]);
        let all = [same.fleiss_kappa(), same.krippendorff_alpha()];
        let pairs = same.pairs().flat_map(|(_, _, pair)| [pair.kappa(), pair.dice(), pair.observed()]);
        for value in pairs.chain(all).flatten() {
            prop_assert!((value - 1.0).abs() < 1e-12, "{value}");
        }
        prop_assert!(same.disputed_share().is_none_or(|share| share == 0.0));
    }

    #[test]
    fn pairs_are_symmetric((what, masks) in cases()) {
        let masks: Masks = masks.into_iter().take(2).collect();
        let two = count(what, &[masks]);
        let (first, second) = (two.against_others("ann").unwrap(), two.against_others("bob").unwrap());
        prop_assert_eq!((first.kappa(), first.dice()), (second.kappa(), second.dice()));
        for class in 0..what.1 {
            prop_assert_eq!(first.of_class(class).transposed(), second.of_class(class));
        }
    }

    #[test]
    fn a_class_against_the_rest_is_a_binary_label((what, masks) in cases()) {
        // Per-class counts of exclusive classes are those of masks that are on where the class is.
        let all = count(what, std::slice::from_ref(&masks));
        prop_assume!(what.0 == Kind::Multiclass);
        for class in 0..what.1 {
            let on = remark(&masks, (Kind::Binary, 1), |mark| u16::from(usize::from(mark) == class));
            let one = count((Kind::Binary, 1), &[on]);
            prop_assert_eq!(all.units_of(class), one.units_of(0));
            for ((_, _, all), (_, _, one)) in all.pairs().zip(one.pairs()) {
                prop_assert_eq!(all.of_class(class), one.of_class(0));
            }
        }
    }

    #[test]
    fn a_walk_over_pixels_and_pairs_says_the_same((what, masks) in cases()) {
        let found = count(what, std::slice::from_ref(&masks));
        for group in 0..what.0.groups(what.1) {
            let at = |rater: usize, pixel: usize| {
                let mark = masks[rater].1.marks()[[group, pixel / SHAPE.1, pixel % SHAPE.1]];
                (mark != UNSEEN).then_some(usize::from(mark))
            };
            let (mut judged, mut disputed) = (0, 0);
            // Pairs of values in a unit, each weighing 1 / (n - 1): Krippendorff's disagreements.
            let (mut apart, mut values) = (0.0, Vec::new());
            for pixel in 0..SHAPE.0 * SHAPE.1 {
                let marks: Vec<usize> = (0..masks.len()).filter_map(|rater| at(rater, pixel)).collect();
                if marks.len() < 2 {
                    continue;
                }
                judged += 1;
                disputed += u64::from(marks.iter().any(|mark| *mark != marks[0]));
                let pairs = marks.iter().flat_map(|a| marks.iter().map(move |b| a != b));
                apart += pairs.filter(|differ| *differ).count() as f64 / (marks.len() - 1) as f64;
                values.extend(marks);
            }
            prop_assert_eq!((found.units()[group].judged(), found.units()[group].disputed()), (judged, disputed));
            let n = values.len() as f64;
            let chance = values.iter().flat_map(|a| values.iter().map(move |b| a != b)).filter(|d| *d).count();
            let alpha = (chance > 0).then(|| 1.0 - (n - 1.0) * apart / chance as f64);
            close(found.units()[group].krippendorff_alpha(), alpha)?;

            for (first, second, pair) in found.pairs() {
                let rater = |name: &str| NAMES.iter().position(|n| *n == name).unwrap();
                let table = &pair.tables()[group];
                for a in 0..table.states() {
                    for b in 0..table.states() {
                        let both = |pixel: &usize| {
                            at(rater(first), *pixel) == Some(a) && at(rater(second), *pixel) == Some(b)
                        };
                        let plain = (0..SHAPE.0 * SHAPE.1).filter(both).count() as u64;
                        prop_assert_eq!(table.count(a, b), plain);
                    }
                }
            }
        }
    }
}

#[test]
fn a_rater_against_the_others_is_the_mean_of_the_others_left_out() {
    let mask = |row: [bool; 4]| RaterMask::from_mask(array![row].view());
    let rows = [[true, true, false, false], [true, false, false, false], [true, true, true, false]];
    let masks: Masks = NAMES.map(str::to_owned).into_iter().zip(rows.map(mask)).collect();
    let all = count((Kind::Binary, 1), &[masks]);
    // Bob's others say 1, 1, 1/2, 0: he marks 1 of 2.5, and leaves out all of 1.5.
    let bob = all.against_others("bob").unwrap();
    assert_relative_eq!(bob.sensitivity(0).unwrap(), 1.0 / 2.5);
    assert_relative_eq!(bob.specificity(0).unwrap(), 1.0);
    // Cy's others say 1, 1/2, 0, 0.
    let cy = all.against_others("cy").unwrap();
    assert_relative_eq!(cy.sensitivity(0).unwrap(), 1.0);
    assert_relative_eq!(cy.specificity(0).unwrap(), 1.0 / 2.5);
    assert!(all.against_others("nobody").is_none());
}

#[test]
fn what_nobody_can_know_is_nothing() {
    let empty = || RaterMask::from_mask(array![[false, false]].view());
    let masks: Masks = vec![("ann".into(), empty()), ("bob".into(), empty())];
    let all = count((Kind::Binary, 1), &[masks]);
    let (_, _, pair) = all.pairs().next().unwrap();
    assert_eq!((pair.dice(), pair.kappa(), pair.observed()), (None, None, Some(1.0)));
    assert_eq!((all.fleiss_kappa(), all.krippendorff_alpha()), (None, None));
    assert_eq!((all.disputed_share(), all.disputed_share_of_marked()), (Some(0.0), None));
    assert_eq!(Agreement::new(&space(Kind::Binary, 1)).disputed_share(), None);
}

#[test]
fn masks_that_do_not_fit_are_refused_and_nothing_is_counted() {
    let mut all = Agreement::new(&space(Kind::Multiclass, 2));
    let mask = |marks| RaterMask::new(&space(Kind::Multiclass, 3), marks).unwrap();
    let small = ("ann".to_owned(), mask(array![[[0, 1]]]));
    let wide = ("bob".to_owned(), mask(array![[[0, 1, 1]]]));
    let beyond = ("bob".to_owned(), mask(array![[[0, 2]]]));
    assert!(all.add(&[small.clone(), wide]).is_err());
    assert!(all.add(&[small, beyond]).is_err());
    assert_eq!(all, Agreement::new(&space(Kind::Multiclass, 2)));
}
