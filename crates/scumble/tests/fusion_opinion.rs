//! The mean with weights and the majority with its ties.

mod common;

use common::labels::space;
use ndarray::{Array3, array};
use proptest::prelude::*;
use scumble::fusion::{FusionError, Ties, majority, majority_labels, mean, weighted_mean};
use scumble::labels::{Kind, RaterMask, UNSEEN, Votes};

fn named(masks: &[RaterMask]) -> Vec<(String, RaterMask)> {
    masks.iter().enumerate().map(|(rater, mask)| (rater.to_string(), mask.clone())).collect()
}

fn raters() -> impl Strategy<Value = Vec<RaterMask>> {
    prop::collection::vec(prop::collection::vec(0u16..4, 12), 1..6).prop_map(|rows| {
        let mask = |row: Vec<u16>| {
            let marks = row.into_iter().map(|mark| if mark == 3 { UNSEEN } else { mark }).collect();
            RaterMask::new(&space(Kind::Multiclass, 3), Array3::from_shape_vec((1, 3, 4), marks).unwrap())
                .unwrap()
        };
        rows.into_iter().map(mask).collect()
    })
}

proptest! {
    #[test]
    fn equal_weights_are_no_weights(masks in raters()) {
        let plain = mean(&space(Kind::Multiclass, 3), &masks).unwrap();
        let weighted = weighted_mean(&space(Kind::Multiclass, 3), &named(&masks), |_| 1.0).unwrap();
        prop_assert_eq!(plain, weighted);
    }

    #[test]
    fn weight_two_is_the_same_opinion_twice(masks in raters()) {
        let mut twice = masks.clone();
        twice.push(masks[0].clone());
        let weight = |rater: &str| if rater == "0" { 2.0 } else { 1.0 };
        let weighted = weighted_mean(&space(Kind::Multiclass, 3), &named(&masks), weight).unwrap();
        let expected = mean(&space(Kind::Multiclass, 3), &twice).unwrap();
        prop_assert_eq!(weighted.probabilities(), expected.probabilities());
        // The number of raters stays what it is.
        let plain = mean(&space(Kind::Multiclass, 3), &masks).unwrap();
        prop_assert_eq!(weighted.votes(), plain.votes());
    }

    #[test]
    fn weight_zero_is_no_opinion(masks in raters(), other in raters()) {
        let mut more = masks.clone();
        more.push(other[0].clone());
        let last = masks.len().to_string();
        let weighted = weighted_mean(&space(Kind::Multiclass, 3), &named(&more), |rater| f64::from(rater != last)).unwrap();
        let expected = mean(&space(Kind::Multiclass, 3), &masks).unwrap();
        prop_assert_eq!(weighted.probabilities(), expected.probabilities());
        prop_assert_eq!(weighted.valid(), expected.valid());
    }

    #[test]
    fn without_ties_all_rules_are_the_majority(masks in raters()) {
        let mut votes = Votes::new(&space(Kind::Multiclass, 3), (3, 4));
        masks.iter().for_each(|mask| votes.add(mask).unwrap());
        let marks = majority(&votes);
        let rules = [Ties::Soft, Ties::Zero, Ties::One, Ties::Ignore]
            .map(|ties| majority_labels(&space(Kind::Multiclass, 3), &named(&masks), ties).unwrap());
        for ((_, row, column), &mark) in marks.marks().indexed_iter() {
            let judged = votes.total()[[0, row, column]] > 0;
            for labels in &rules[..3] {
                prop_assert_eq!(labels.valid()[[0, row, column]], judged);
            }
            prop_assert_eq!(rules[3].valid()[[0, row, column]], mark != UNSEEN);
            for labels in rules.iter().filter(|_| mark != UNSEEN) {
                prop_assert_eq!(labels.probabilities()[[usize::from(mark), row, column]], 1.0);
            }
            prop_assert_eq!(rules[0].votes(), Some(&votes));
        }
    }
}

#[test]
fn ties_follow_their_rule() {
    // no and yes; three classes at once; two of three classes.
    let mask = |marks: [u16; 2]| {
        RaterMask::new(
            &space(Kind::Multiclass, 3),
            Array3::from_shape_vec((1, 1, 2), marks.to_vec()).unwrap(),
        )
        .unwrap()
    };
    let masks = named(&[mask([0, 1]), mask([1, 2]), mask([2, UNSEEN])]);
    let maps = |ties| {
        let labels = majority_labels(&space(Kind::Multiclass, 3), &masks, ties).unwrap();
        (labels.probabilities().to_owned(), labels.valid().to_owned())
    };
    let third = 1.0 / 3.0;
    assert_eq!(maps(Ties::Soft).0, array![[[third, 0.0]], [[third, 0.5]], [[third, 0.5]]]);
    assert_eq!(maps(Ties::Zero).0, array![[[1.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]]);
    assert_eq!(maps(Ties::One).0, array![[[0.0, 0.0]], [[0.0, 0.0]], [[1.0, 1.0]]]);
    assert_eq!(maps(Ties::Ignore).1, array![[[false, false]]]);
}

#[test]
fn weights_must_mean_something() {
    let mask = RaterMask::from_mask(array![[true]].view());
    let masks = named(&[mask.clone(), mask]);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let weight = |rater: &str| if rater == "1" { bad } else { 1.0 };
        let error = weighted_mean(&space(Kind::Binary, 1), &masks, weight).unwrap_err();
        assert!(matches!(error, FusionError::Weight { rater, .. } if rater == "1"));
    }
    assert!(matches!(
        weighted_mean(&space(Kind::Binary, 1), &masks, |_| 0.0),
        Err(FusionError::Weight { .. })
    ));
}
