//! Laws of uncertainty: entropies that go together, risk where only the surest count, calibration against each rater.

mod common;

use common::labels::space;
use ndarray::{Array2, Array3, Axis, concatenate};
use scumble::labels::{Kind, RaterMask, SoftLabels, UNSEEN, Votes};
use scumble::score::{Judge, JudgeOptions, RiskCoverage, RiskCoverageScore, Scores};

const OPTIONS: fn() -> JudgeOptions = || JudgeOptions { uncertainty: true, ..JudgeOptions::default() };
const KINDS: [(Kind, usize); 3] = [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 2)];
const SIZE: (usize, usize) = (60, 40);

/// Numbers from 0 to 1, always the same.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    }
}

/// Four raters, one of them of a part, and maps that know something of them.
fn image(kind: Kind, classes: usize, seed: u64) -> (Vec<(String, RaterMask)>, Array3<f32>) {
    let mut noise = noise(seed);
    let mut maps = Array3::from_shape_simple_fn((classes, SIZE.0, SIZE.1), || noise() as f32);
    if kind == Kind::Multiclass {
        let sums = maps.sum_axis(Axis(0)).insert_axis(Axis(0));
        maps /= &sums;
    }
    let space = space(kind, classes);
    let mut mask = |part: bool| {
        let marks = Array3::from_shape_fn((space.groups(), SIZE.0, SIZE.1), |(g, y, x)| {
            let (draw, unseen) = (noise() as f32, part && noise() < 0.3);
            match kind {
                _ if unseen => UNSEEN,
                Kind::Multiclass => {
                    let mut sum = 0.0;
                    let below = |k: &usize| {
                        sum += maps[[*k, y, x]];
                        draw < sum
                    };
                    (0..classes).find(below).unwrap_or(classes - 1) as u16
                }
                _ => u16::from(draw < maps[[g, y, x]]),
            }
        });
        RaterMask::new(&space, marks).unwrap()
    };
    let raters = (0..4).map(|at| (format!("r{at}"), mask(at == 3))).collect();
    (raters, maps)
}

fn labels(kind: Kind, classes: usize, raters: &[(String, RaterMask)]) -> SoftLabels {
    let size = raters[0].1.marks().dim();
    let mut votes = Votes::new(&space(kind, classes), (size.1, size.2));
    raters.iter().for_each(|(_, mask)| votes.add(mask).unwrap());
    votes.into_labels()
}

fn judged(labels: &SoftLabels, maps: &Array3<f32>, raters: &[(String, RaterMask)]) -> Judge {
    let mut judge = Judge::new(&space(labels.kind(), labels.classes()), OPTIONS());
    judge.add(labels, maps.view(), raters).unwrap();
    judge
}

/// All that uncertainty has.
fn values(scores: &Scores) -> Vec<Option<f64>> {
    let risk = scores.risk_coverage;
    let mut values = vec![
        scores.entropy_correlation,
        risk.map(|risk| risk.risk),
        risk.map(|risk| risk.aurc),
        risk.map(|risk| risk.excess_aurc),
        scores.rater_calibration,
        scores.rater_top_label_calibration,
    ];
    for class in &scores.classes {
        values.extend([class.entropy_correlation, class.rater_calibration]);
    }
    for rater in &scores.raters {
        values.extend([rater.calibration_error, rater.top_label_calibration]);
        values.extend(rater.classes.iter().map(|class| class.calibration_error));
    }
    values
}

fn alike(a: &Scores, b: &Scores, what: &str) {
    for (at, (a, b)) in values(a).into_iter().zip(values(b)).enumerate() {
        let (a, b) = (a.unwrap_or_else(|| panic!("{what}: {at}")), b.unwrap());
        assert!((a - b).abs() < 1e-9, "{what}: {at}: {a} {b}");
    }
}

/// Rows turned around, in maps and masks.
fn turned(
    maps: &Array3<f32>,
    raters: &[(String, RaterMask)],
    space: &scumble::labels::LabelSpace,
) -> (Array3<f32>, Vec<(String, RaterMask)>) {
    let mut maps = maps.clone();
    maps.invert_axis(Axis(1));
    let turn = |(name, mask): &(String, RaterMask)| {
        let mut marks = mask.marks().to_owned();
        marks.invert_axis(Axis(1));
        (name.clone(), RaterMask::new(space, marks.as_standard_layout().to_owned()).unwrap())
    };
    (maps, raters.iter().map(turn).collect())
}

#[test]
fn the_order_of_rows_does_not_matter() {
    for (kind, classes) in KINDS {
        let (raters, maps) = image(kind, classes, 3);
        let space = space(kind, classes);
        let (back, raters_back) = turned(&maps, &raters, &space);
        let scores = judged(&labels(kind, classes, &raters), &maps, &raters).scores();
        let other = judged(&labels(kind, classes, &raters_back), &back, &raters_back).scores();
        alike(&scores, &other, kind.name());
    }
}

/// What is ignored might as well not be there.
#[test]
fn a_part_that_is_ignored_is_left_out() {
    for (kind, classes) in KINDS {
        let (raters, maps) = image(kind, classes, 5);
        let space = space(kind, classes);
        let mut whole = labels(kind, classes, &raters);
        whole.ignore(Array2::from_shape_fn(SIZE, |(y, _)| y >= 25).view()).unwrap();
        let part = |maps: ndarray::ArrayView3<'_, f32>| maps.slice_axis(Axis(1), (..25).into()).to_owned();
        let cut = |(name, mask): &(String, RaterMask)| {
            let marks = mask.marks().slice_axis(Axis(1), (..25).into()).to_owned();
            (name.clone(), RaterMask::new(&space, marks).unwrap())
        };
        let raters_part: Vec<_> = raters.iter().map(cut).collect();
        let alone = judged(&labels(kind, classes, &raters_part), &part(maps.view()), &raters_part);
        alike(&judged(&whole, &maps, &raters).scores(), &alone.scores(), kind.name());
    }
}

/// Two images are one of both, but for what is a mean over images.
#[test]
fn images_merged_are_one_pass() {
    for (kind, classes) in KINDS {
        let ((raters, maps), (more, others)) = (image(kind, classes, 7), image(kind, classes, 8));
        let space = space(kind, classes);
        let both = |((name, a), (_, b)): (&(String, RaterMask), &(String, RaterMask))| {
            let marks = concatenate(Axis(1), &[a.marks(), b.marks()]).unwrap();
            (name.clone(), RaterMask::new(&space, marks).unwrap())
        };
        let all_raters: Vec<_> = raters.iter().zip(&more).map(both).collect();
        let all_maps = concatenate(Axis(1), &[maps.view(), others.view()]).unwrap();
        let one = judged(&labels(kind, classes, &all_raters), &all_maps, &all_raters);
        let mut parts = judged(&labels(kind, classes, &raters), &maps, &raters);
        let first = parts.scores();
        let second = judged(&labels(kind, classes, &more), &others, &more);
        parts.merge(&second);
        let (mut one, mut parts, second) = (one.scores(), parts.scores(), second.scores());
        let mean = |a: Option<f64>, b: Option<f64>| (a.unwrap() + b.unwrap()) / 2.0;
        let wanted = mean(first.entropy_correlation, second.entropy_correlation);
        assert!((parts.entropy_correlation.unwrap() - wanted).abs() < 1e-12, "{kind}");
        for scores in [&mut one, &mut parts] {
            scores.entropy_correlation = Some(0.0);
            scores.classes.iter_mut().for_each(|class| class.entropy_correlation = Some(0.0));
        }
        alike(&one, &parts, kind.name());
    }
}

/// The label itself has just its entropies, and is surest where fewest differ.
#[test]
fn the_label_knows_where_it_errs() {
    for (kind, classes) in KINDS {
        let (raters, _) = image(kind, classes, 9);
        let labels = labels(kind, classes, &raters[..3]);
        let scores = judged(&labels, &labels.probabilities().to_owned(), &raters).scores();
        assert!((scores.entropy_correlation.unwrap() - 1.0).abs() < 1e-6, "{kind}");
        let risk = scores.risk_coverage.unwrap();
        assert!(risk.excess_aurc.abs() < 1e-6 && risk.aurc < risk.risk, "{kind}: {risk:?}");
        // The mean of all raters' errors is not that of their mean: each says more than all together.
        assert!(scores.rater_calibration.unwrap() > 1e-3, "{kind}");
        assert!(scores.calibration_error.unwrap() < 1e-6, "{kind}");
    }
}

/// A rater judged by what that rater says has no error.
#[test]
fn a_rater_is_calibrated_to_itself() {
    for (kind, classes) in KINDS {
        let (raters, _) = image(kind, classes, 10);
        let own = labels(kind, classes, &raters[..1]);
        let scores =
            judged(&labels(kind, classes, &raters), &own.probabilities().to_owned(), &raters).scores();
        let [first, others @ ..] = &scores.raters[..] else { unreachable!() };
        assert_eq!((first.calibration_error, first.top_label_calibration), (Some(0.0), Some(0.0)), "{kind}");
        assert!(others.iter().all(|rater| rater.calibration_error > Some(0.1)), "{kind}");
        assert_eq!(scores.majority.unwrap().calibration_error, None);
    }
}

#[test]
fn one_value_everywhere_says_nothing_of_where() {
    for (kind, classes) in KINDS {
        let (raters, mut maps) = image(kind, classes, 11);
        maps.fill(1.0 / (classes as f32 + 1.0));
        let scores = judged(&labels(kind, classes, &raters), &maps, &raters).scores();
        assert_eq!(scores.entropy_correlation, None, "{kind}");
        let risk = scores.risk_coverage.unwrap();
        assert!((risk.aurc - risk.risk).abs() < 1e-12 && risk.excess_aurc > 1e-3, "{kind}: {risk:?}");
    }
}

#[test]
fn what_is_dear_is_asked_for() {
    let (kind, classes) = KINDS[0];
    let (raters, maps) = image(kind, classes, 12);
    let mut judge = Judge::new(&space(kind, classes), JudgeOptions::default());
    judge.add(&labels(kind, classes, &raters), maps.view(), &raters).unwrap();
    assert!(judge.risk_coverage().is_none());
    assert!(values(&judge.scores()).iter().all(Option::is_none));
    // All else is the same.
    let mut dear = judged(&labels(kind, classes, &raters), &maps, &raters).scores();
    let plain = judge.scores();
    assert_eq!(
        (dear.cross_entropy, dear.areas, dear.consensus),
        (plain.cross_entropy, plain.areas, plain.consensus)
    );
    dear.raters.iter_mut().for_each(|rater| {
        (rater.calibration_error, rater.top_label_calibration) = (None, None);
        rater.classes.iter_mut().for_each(|class| class.calibration_error = None);
    });
    assert_eq!(dear.raters, plain.raters);
}

/// Pixels by their counts, and the same taken one by one.
#[test]
fn the_curve_of_pixels_is_nearly_that_of_images() {
    let mut noise = noise(13);
    let pixels: Vec<(f64, f64)> = (0..4000).map(|_| (0.5 + 0.5 * noise(), noise())).collect();
    let mut curve = RiskCoverage::default();
    pixels.iter().for_each(|&(confidence, risk)| curve.add(1.0 - risk, confidence, 1.0));
    let (found, plain) = (curve.score().unwrap(), RiskCoverageScore::of_images(&pixels).unwrap());
    let within = (1.0 + 4000_f64.ln()) / 4000.0;
    assert!((found.aurc - plain.aurc).abs() < within, "{found:?} {plain:?}");
    assert!((found.excess_aurc - plain.excess_aurc).abs() < within, "{found:?} {plain:?}");
    assert!((found.risk - plain.risk).abs() < 1e-12);
}
