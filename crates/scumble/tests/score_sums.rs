//! Laws of all scores together: how pixels, weights, images and threads may be put together.

mod common;

use common::labels::space;
use ndarray::{Array3, ArrayView2, Axis};
use proptest::prelude::*;
use scumble::labels::{Kind, NO_RATERS, SoftLabels, Votes};
use scumble::score::{
    Binning, Groups, Histogram, Interval, Jackknife, Judge, JudgeOptions, Proper, Scores, Tally, intervals,
    score_names,
};

const PIXELS: usize = 40;

/// Soft labels with the ends among them, and predictions with coarse ties among them.
fn pixels() -> impl Strategy<Value = (Vec<f32>, Vec<f32>, Vec<f32>)> {
    let label = prop_oneof![Just(0.0f32), Just(1.0), 0.0f32..1.0];
    let prediction = prop_oneof![0.001f32..0.999, (1u8..20).prop_map(|k| f32::from(k) / 20.0)];
    (
        prop::collection::vec(label, PIXELS),
        prop::collection::vec(prediction, PIXELS),
        prop::collection::vec(1u8..4, PIXELS).prop_map(|w| w.into_iter().map(f32::from).collect()),
    )
}

fn options() -> impl Strategy<Value = JudgeOptions> {
    (1usize..20, prop::sample::select(Binning::ALL.to_vec()), 0.1f64..0.9).prop_map(
        |(bins, binning, threshold)| JudgeOptions {
            bins,
            binning,
            threshold,
            uncertainty: bins == 8,
            ..Default::default()
        },
    )
}

fn judge(p: &[f32], q: &[f32], w: &[f32], options: JudgeOptions) -> Judge {
    let map = |values: &[f32]| Array3::from_shape_vec((1, 1, values.len()), values.to_vec()).unwrap();
    let mut labels = SoftLabels::new(Kind::Binary, map(p)).unwrap();
    labels.weigh(ArrayView2::from_shape((1, w.len()), w).unwrap()).unwrap();
    let mut judge = Judge::new(&space(Kind::Binary, 1), options);
    judge.add(&labels, map(q).view(), NO_RATERS).unwrap();
    judge
}

/// Every score that has a name, and Brier's parts.
fn values(scores: &Scores) -> Vec<Option<f64>> {
    let parts = scores.brier_parts.unwrap();
    let parts = [parts.uncertainty, parts.within_bins, parts.label_variance, scores.weight];
    score_names().iter().map(|score| (score.of)(scores)).chain(parts.map(Some)).collect()
}

fn alike(a: &Scores, b: &Scores) -> Result<(), TestCaseError> {
    for (i, (a, b)) in values(a).into_iter().zip(values(b)).enumerate() {
        let name = score_names().get(i).map_or("a part of Brier", |score| score.name);
        match (a, b) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9, "{}: {} {}", name, a, b),
            (a, b) => prop_assert_eq!(a, b, "{}", name),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_pixel_of_weight_two_is_two_pixels((p, q, w) in pixels(), options in options()) {
        let repeat = |values: &[f32]| -> Vec<f32> {
            values.iter().zip(&w).flat_map(|(v, w)| std::iter::repeat_n(*v, *w as usize)).collect()
        };
        let (once, many) = (judge(&p, &q, &w, options), (repeat(&p), repeat(&q)));
        alike(&once.scores(), &judge(&many.0, &many.1, &vec![1.0; many.0.len()], options).scores())?;
    }

    #[test]
    fn the_order_of_pixels_does_not_matter((p, q, w) in pixels(), options in options()) {
        let turn = |values: &[f32]| values.iter().rev().copied().collect::<Vec<_>>();
        let turned = judge(&turn(&p), &turn(&q), &turn(&w), options);
        alike(&judge(&p, &q, &w, options).scores(), &turned.scores())?;
    }

    #[test]
    fn images_merged_are_one_pass_but_for_scores_of_an_image((p, q, w) in pixels(), options in options()) {
        let at = PIXELS / 3;
        let mut parts = judge(&p[..at], &q[..at], &w[..at], options);
        parts.merge(&judge(&p[at..], &q[at..], &w[at..], options));
        let (mut parts, mut whole) = (parts.scores(), judge(&p, &q, &w, options).scores());
        // Means over images: a part of an image is none.
        for scores in [&mut parts, &mut whole] {
            (scores.levels_dice, scores.curvas_dice, scores.entropy_correlation) = (None, None, None);
        }
        alike(&parts, &whole)?;
    }

    #[test]
    fn a_masked_pixel_is_left_out((p, q, w) in pixels(), options in options()) {
        let at = PIXELS / 2;
        let map = |values: &[f32]| Array3::from_shape_vec((1, 1, PIXELS), values.to_vec()).unwrap();
        let mut labels = SoftLabels::new(Kind::Binary, map(&p)).unwrap();
        labels.weigh(ArrayView2::from_shape((1, PIXELS), &w).unwrap()).unwrap();
        labels.ignore(ndarray::Array2::from_shape_fn((1, PIXELS), |(_, i)| i >= at).view()).unwrap();
        let mut masked = Judge::new(&space(Kind::Binary, 1), options);
        masked.add(&labels, map(&q).view(), NO_RATERS).unwrap();
        alike(&masked.scores(), &judge(&p[..at], &q[..at], &w[..at], options).scores())?;
    }

    #[test]
    fn briers_parts_sum_to_it((p, q, w) in pixels(), options in options()) {
        let scores = judge(&p, &q, &w, options).scores();
        let parts = scores.brier_parts.unwrap();
        prop_assert!((parts.total() - scores.brier.unwrap()).abs() < 1e-12);
        prop_assert!(parts.reliability >= 0.0 && parts.resolution >= 0.0);
        prop_assert!(parts.resolution <= parts.uncertainty + 1e-12);
    }

    /// |signed| <= expected <= root mean square <= maximum; one bin of all has the signed error alone.
    #[test]
    fn calibration_errors_have_an_order((p, q, w) in pixels(), options in options()) {
        let scores = judge(&p, &q, &w, options).scores();
        for c in [scores.calibration.unwrap(), scores.top_label.unwrap()] {
            prop_assert!(c.signed.abs() <= c.expected + 1e-12 && c.expected <= c.root_mean_square + 1e-12);
            prop_assert!(c.root_mean_square <= c.maximum + 1e-12);
        }
        let one = judge(&p, &q, &w, JudgeOptions { bins: 1, ..options }).scores().calibration.unwrap();
        prop_assert!((one.adaptive.unwrap() - one.signed.abs()).abs() < 1e-12);
    }

    #[test]
    fn the_label_is_the_best_prediction((p, q, w) in pixels(), options in options()) {
        let (best, other) = (judge(&p, &p, &w, options).scores(), judge(&p, &q, &w, options).scores());
        prop_assert!(best.cross_entropy.unwrap().excess.abs() < 1e-6, "of f32's edge");
        prop_assert!(best.spherical.unwrap().excess.abs() < 1e-12);
        prop_assert!(other.spherical.unwrap().excess > -1e-12 && other.cross_entropy.unwrap().excess > -1e-9);
        prop_assert_eq!((best.brier, best.levels_dice), (Some(0.0), Some(1.0)));
        prop_assert_eq!(best.calibration.unwrap().adaptive, Some(0.0));
    }

    /// The area below the ROC curve is the share of pairs in order, ties half, over all pairs of pixels.
    #[test]
    fn the_roc_area_is_that_of_all_pairs((p, q, w) in pixels()) {
        let (mut ordered, mut pairs) = (0.0, 0.0);
        for i in 0..PIXELS {
            for j in 0..PIXELS {
                let pair = f64::from(w[i] * p[i]) * f64::from(w[j]) * (1.0 - f64::from(p[j]));
                pairs += pair;
                ordered += pair * if q[i] > q[j] { 1.0 } else if q[i] == q[j] { 0.5 } else { 0.0 };
            }
        }
        let mut histogram = Histogram::default();
        (0..PIXELS).for_each(|i| histogram.add(f64::from(p[i]), f64::from(q[i]), f64::from(w[i])));
        let areas = histogram.curve().areas();
        if let (Some(area), Some(within)) = (areas.roc_auc, areas.roc_auc_within) {
            prop_assert!((area - ordered / pairs).abs() <= within + 1e-6, "{} {}", area, ordered / pairs);
        }
    }
}

/// A few stripes and blocks with masks and weights, in all kinds.
fn image(kind: Kind, classes: usize) -> (SoftLabels, Array3<f32>) {
    let mut state = 11u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let shape = (classes, 150, 300);
    let mut maps = || {
        let mut maps = Array3::from_shape_simple_fn(shape, || noise() * f32::from(u8::from(noise() > 0.2)));
        if kind == Kind::Multiclass {
            maps.mapv_inplace(|v| v + 1e-3);
            let sums = maps.sum_axis(Axis(0)).insert_axis(Axis(0));
            maps /= &sums;
        }
        maps
    };
    let (label, prediction) = (maps(), maps());
    let mut labels = SoftLabels::new(kind, label).unwrap();
    labels.weigh(ndarray::Array2::from_shape_fn((150, 300), |(y, x)| ((y + x) % 3) as f32).view()).unwrap();
    labels.ignore(ndarray::Array2::from_shape_fn((150, 300), |(y, x)| y * x % 7 == 1).view()).unwrap();
    (labels, prediction)
}

const KINDS: [(Kind, usize); 3] = [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 2)];

/// The pass over blocks with vectorised logarithms, and the formula pixel by pixel.
#[test]
fn the_fast_pass_gives_the_plain_sums() {
    for (kind, classes) in KINDS {
        let (labels, q) = image(kind, classes);
        let (p, weights, valid) = (labels.probabilities(), labels.effective_weights(true), labels.valid());
        let edge = JudgeOptions::default().resolution.edge();
        let mut plain = Proper::default();
        for ((group, y, x), &weight) in weights.indexed_iter().filter(|(at, _)| valid[*at]) {
            let w = f64::from(weight);
            let pair = |k: usize| (f64::from(p[[k, y, x]]), f64::from(q[[k, y, x]]));
            match kind {
                Kind::Multiclass => plain.add_exclusive((0..classes).map(pair), w, edge),
                _ => plain.add_binary(pair(group).0, pair(group).1, w, edge),
            }
        }
        let mut judge = Judge::new(&space(kind, classes), JudgeOptions::default());
        judge.add(&labels, q.view(), NO_RATERS).unwrap();
        let scores = judge.scores();
        assert_eq!((scores.pixels, scores.clipped), (plain.count, plain.clipped), "{kind}");
        let (log, spherical) = (scores.cross_entropy.unwrap(), scores.spherical.unwrap());
        for (found, sum) in [
            (log.value, plain.cross_entropy),
            (log.floor, plain.floor),
            (scores.brier.unwrap(), plain.brier),
            (1.0 - spherical.value, plain.spherical),
            (1.0 - spherical.floor, plain.spherical_best),
        ] {
            let wanted = sum / plain.weight;
            assert!((found - wanted).abs() < 1e-11 * wanted.abs().max(1.0), "{kind}: {found} {wanted}");
        }
        // Training's judge finds the same of what it counts.
        let mut short = Judge::new(&space(kind, classes), JudgeOptions::training());
        short.add(&labels, q.view(), NO_RATERS).unwrap();
        let short = short.scores();
        assert_eq!((short.cross_entropy, short.brier), (scores.cross_entropy, scores.brier), "{kind}");
        assert_eq!((short.calibration_error, short.dice), (scores.calibration_error, scores.dice), "{kind}");
        assert_eq!((short.spherical, short.areas, short.levels_dice), (None, None, None), "{kind}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for (kind, classes) in KINDS {
        let (labels, q) = image(kind, classes);
        let options = JudgeOptions { uncertainty: true, ..JudgeOptions::default() };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut judge = Judge::new(&space(kind, classes), options);
                judge.add(&labels, q.view(), NO_RATERS).unwrap();
                let tallies: Vec<Tally> = vec![judge.tally().clone(); 3];
                (judge.scores(), intervals(&tallies, &Groups::each(3)))
            })
        };
        assert!(with(1) == with(3), "{kind}");
    }
}

fn apart(a: &Interval, b: &Interval) -> f64 {
    (a.low - b.low).abs().max((a.high - b.high).abs())
}

/// The scores without an image are those of the others judged together.
#[test]
fn intervals_come_from_images_judged_again() {
    let images: Vec<(Vec<f32>, Vec<f32>)> = (0..4u8)
        .map(|i| {
            let p: Vec<f32> = (0..50u8).map(|k| f32::from((k % 16 * (i + 3)) % 11) / 10.0).collect();
            let q = p.iter().map(|p| 0.05 + 0.8 * p + 0.02 * f32::from(i)).collect();
            (p, q)
        })
        .collect();
    let options = JudgeOptions { uncertainty: true, ..JudgeOptions::default() };
    let judged = |at: &[usize]| {
        let mut all = Judge::new(&space(Kind::Binary, 1), options);
        at.iter().for_each(|&i| {
            let (p, q) = &images[i];
            let map = |v: &[f32]| Array3::from_shape_vec((1, 1, 50), v.to_vec()).unwrap();
            // Of a hundred raters, so that all is known that votes can tell.
            let yes = map(p).mapv(|p| (100.0 * p).round() as u16);
            let votes = Votes::from_counts(Kind::Binary, yes, Array3::from_elem((1, 1, 50), 100)).unwrap();
            let labels = SoftLabels::new(Kind::Binary, map(p)).unwrap().with_votes(votes).unwrap();
            all.add(&labels, map(q).view(), NO_RATERS).unwrap();
        });
        all
    };
    let tallies: Vec<Tally> = (0..4).map(|i| judged(&[i]).tally().clone()).collect();
    let found = intervals(&tallies, &Groups::each(4)).unwrap();
    let again = |times: &[u32]| {
        let at: Vec<usize> = (0..4).flat_map(|i| std::iter::repeat_n(i, times[i] as usize)).collect();
        let scores = judged(&at).scores();
        score_names().iter().map(|score| (score.base)(&scores)).collect()
    };
    for (score, wanted) in score_names().iter().zip(Jackknife::each(&Groups::each(4), again)) {
        let wanted = wanted.and_then(|jackknife| jackknife.interval(score.scale, 0.95));
        match (found.all.get(score.name), wanted) {
            (Some(found), Some(wanted)) => {
                assert!(apart(found, &wanted) < 1e-9, "{}: {found:?} {wanted:?}", score.name);
            }
            (found, wanted) => {
                assert!(found.is_none(), "{}: {wanted:?}", score.name);
                // They need finely counted predictions, or the raters' own masks.
                let without = ["calibration_adaptive", "average_precision", "roc_auc", "aurc", "excess_aurc"];
                let of_raters = ["rater_calibration", "rater_top_label_calibration"];
                assert!(without.iter().chain(&of_raters).any(|name| *name == score.name), "{}", score.name);
            }
        }
    }
    assert!(intervals(&tallies[..1], &Groups::each(1)).is_none());
    // Copies of the images in their groups say no more than the images.
    let copies: Vec<Tally> = tallies.iter().flat_map(|tally| [tally.clone(), tally.clone()]).collect();
    let grouped = intervals(&copies, &Groups::of((0..8).map(|i| i / 2))).unwrap();
    for (name, once) in &found.all {
        assert!(apart(&grouped.all[name], once) < 1e-9, "{name}: {once:?} {:?}", grouped.all[name]);
    }
    assert!(intervals(&copies, &Groups::of([0; 8])).is_none());
}
