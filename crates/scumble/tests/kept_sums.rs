//! Sums that are written down and taken back are the same, in however many parts images are added.

use ndarray::Array3;
use scumble::fusion::mean;
use scumble::labels::{Kind, LabelSpace, RaterMask};
use scumble::score::{FineSums, ImageSums, Judge, JudgeOptions, SavedFine, SavedSums, Together};

const SPACES: [(Kind, &[&str]); 3] = [
    (Kind::Binary, &["water"]),
    (Kind::Multiclass, &["land", "reef", "water"]),
    (Kind::Multilabel, &["cup", "disc"]),
];

/// An image whose label is the mean of two raters, and a prediction.
fn judged(space: &LabelSpace, options: JudgeOptions, image: usize) -> Judge {
    let number = |i: usize| ((i * 7919 + 31 * image + 13) % 97) as f32 / 97.0;
    let groups = space.groups();
    let mask = |rater: usize| {
        let states = if space.kind() == Kind::Multiclass { space.count() } else { 2 };
        let mark = |(g, y, x): (usize, usize, usize)| {
            ((number(100 * rater + 40 * g + 8 * y + x) * states as f32) as u16).min(states as u16 - 1)
        };
        RaterMask::new(space, Array3::from_shape_fn((groups, 5, 8), mark)).unwrap()
    };
    let masks = [("ann", mask(0)), ("bob", mask(1))];
    let labels = mean(space, &masks).unwrap();
    let mut maps = Array3::from_shape_fn((space.count(), 5, 8), |(k, y, x)| 0.01 + number(7 * k + 8 * y + x));
    if space.kind() == Kind::Multiclass {
        let sum = maps.sum_axis(ndarray::Axis(0));
        maps.outer_iter_mut().for_each(|mut map| map /= &sum);
    }
    let mut judge = Judge::new(space, options);
    judge.add(&labels, maps.mapv(|q| q.min(1.0)).view(), &masks).unwrap();
    judge
}

fn spaces() -> impl Iterator<Item = LabelSpace> {
    SPACES.into_iter().map(|(kind, classes)| LabelSpace::new(kind, classes.iter().copied()).unwrap())
}

fn all_of_them() -> JudgeOptions {
    JudgeOptions { uncertainty: true, ..JudgeOptions::default() }
}

/// Through JSON, as a file has it.
#[test]
fn what_is_taken_back_has_the_same_scores() {
    for space in spaces() {
        for options in [all_of_them(), JudgeOptions::default(), JudgeOptions::training()] {
            let sums = judged(&space, options, 0).sums();
            let text = serde_json::to_string(&sums.save()).unwrap();
            let saved: SavedSums = serde_json::from_str(&text).unwrap();
            let again = ImageSums::restore(&saved, &space, options).unwrap();
            assert_eq!(again, sums);
            assert_eq!(again.scores(), judged(&space, options, 0).scores());
        }
    }
}

#[test]
fn numbers_of_another_sort_are_refused() {
    let [binary, multiclass, _] = [0, 1, 2].map(|at| spaces().nth(at).unwrap());
    let saved = judged(&binary, all_of_them(), 0).sums().save();
    assert_eq!(ImageSums::restore(&saved, &multiclass, all_of_them()), None);
    assert_eq!(ImageSums::restore(&saved, &binary, JudgeOptions::training()), None);
    assert_eq!(ImageSums::restore(&saved, &binary, JudgeOptions { bins: 65_536, ..all_of_them() }), None);
    assert_eq!(ImageSums::restore(&SavedSums::default(), &binary, all_of_them()), None);
}

/// One after the other, or in two halves of which each has gone through a file.
#[test]
fn parts_together_are_the_whole_to_the_last_bit() {
    let options = all_of_them();
    for space in spaces() {
        let images: Vec<Judge> = (0..7).map(|image| judged(&space, options, image)).collect();
        let fine = |images: &[Judge]| {
            let mut fine = FineSums::new(&space, options);
            images.iter().for_each(|image| fine.add(image));
            let text = serde_json::to_string(&fine.save()).unwrap();
            let saved: SavedFine = serde_json::from_str(&text).unwrap();
            assert_eq!(FineSums::restore(&saved, &space, options), Some(fine.clone()));
            fine
        };
        let together = |fine: &FineSums| {
            let mut together = Together::new(&space, options, fine);
            images.iter().for_each(|image| together.add(&image.sums()));
            together
        };
        let whole = together(&fine(&images));
        for cut in 0..7 {
            let (left, right) = images.split_at(cut);
            let mut parts = fine(right);
            parts.merge(&fine(left));
            let parts = together(&parts);
            assert_eq!(parts.scores(), whole.scores());
            assert_eq!(parts.curves(), whole.curves());
            assert_eq!(parts.risk_coverage(), whole.risk_coverage());
        }
        // Beside plain sums, as a judge adds them.
        let mut plain = Judge::new(&space, options);
        images.iter().for_each(|image| plain.merge(image));
        let area = |scores: &scumble::score::Scores| scores.areas.unwrap().roc_auc.unwrap();
        assert!((area(&plain.scores()) - area(&whole.scores())).abs() < 1e-12);
    }
}
