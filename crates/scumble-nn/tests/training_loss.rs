//! The gradient that training starts its backward from is the reference's, for every kind of label.

mod common;

use common::noise;
use ndarray::{Array4, Axis, concatenate};
use scumble::labels::{Kind, LabelSpace};
use scumble::loss::{
    Denominator, Extent, LossKind, LossOptions, LossTerm, beta_binomial_reference, loss_sum_gradient,
    sigmoid_cross_entropy_reference, softmax_cross_entropy_reference,
};
use scumble_nn::head::{ClassLoss, Objective, ObjectiveError};
use scumble_nn::ranks::{Alone, Share};
use scumble_nn::{Head, Task};

/// Reproducible numbers in 0..1.
fn shares(shape: (usize, usize, usize, usize), seed: u32) -> Array4<f32> {
    common::noise(shape, seed).mapv(|value| 0.5 + 0.5 * value)
}

fn task(kind: Kind, classes: usize) -> Task {
    Task::new(LabelSpace::unnamed(kind, classes).unwrap())
}

#[test]
fn sigmoid_over_raters_is_the_reference() {
    let shape = (2, 3, 8, 9);
    let logits = shares(shape, 1).mapv(|v| 20.0 * v - 10.0);
    let targets = shares(shape, 2);
    // Rater counts 0 to 4 for each class; 0 is ignored.
    let weights = shares(shape, 3).mapv(|v| (5.0 * v).floor());
    let task = task(Kind::Multilabel, 3);
    let (loss, gradient) = task.objective().gradient(logits.view(), targets.view(), weights.view()).unwrap();
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let mut value = 0.0;
    for (at, &x) in logits.indexed_iter() {
        let (own, slope) = sigmoid_cross_entropy_reference(x.into(), targets[at].into());
        value += f64::from(weights[at]) * own;
        let wanted = f64::from(weights[at]) * slope / total;
        assert!((f64::from(gradient[at]) - wanted).abs() < 1e-8, "{at:?}");
    }
    assert!((loss.value - value / total).abs() < 1e-6 * loss.value);
    assert_eq!(loss.valid, weights.iter().filter(|w| **w > 0.0).count() as u64);
}

#[test]
fn softmax_over_raters_is_the_reference() {
    let shape = (2, 4, 8, 9);
    let logits = shares(shape, 4).mapv(|v| 20.0 * v - 10.0);
    let targets = shares(shape, 5);
    let targets = &targets / &targets.sum_axis(Axis(1)).insert_axis(Axis(1));
    let weights = shares((2, 1, 8, 9), 6).mapv(|v| (5.0 * v).floor());
    let task = task(Kind::Multiclass, 4);
    let (loss, gradient) = task.objective().gradient(logits.view(), targets.view(), weights.view()).unwrap();
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let mut value = 0.0;
    for ((n, _, y, x), &w) in weights.indexed_iter() {
        let at = |a: &Array4<f32>| (0..4).map(|k| f64::from(a[[n, k, y, x]])).collect::<Vec<_>>();
        let (own, slopes) = softmax_cross_entropy_reference(&at(&logits), &at(&targets), &[]);
        value += f64::from(w) * own;
        for (k, slope) in slopes.iter().enumerate() {
            assert!((f64::from(gradient[[n, k, y, x]]) - f64::from(w) * slope / total).abs() < 1e-8);
        }
    }
    assert!((loss.value - value / total).abs() < 1e-5 * loss.value);
}

#[test]
fn two_exclusive_classes_train_as_one_binary_class() {
    let shape = (2, 1, 8, 9);
    let logits = shares(shape, 7).mapv(|v| 20.0 * v - 10.0);
    let targets = shares(shape, 8);
    let weights = shares(shape, 9);
    let binary =
        task(Kind::Binary, 1).objective().gradient(logits.view(), targets.view(), weights.view()).unwrap();
    let both = concatenate![Axis(1), Array4::zeros(shape), logits];
    let shares = concatenate![Axis(1), targets.mapv(|t| 1.0 - t), targets];
    let two =
        task(Kind::Multiclass, 2).objective().gradient(both.view(), shares.view(), weights.view()).unwrap();
    assert!((binary.0.value - two.0.value).abs() < 1e-6 && (binary.0.floor - two.0.floor).abs() < 1e-6);
    for (a, b) in binary.1.iter().zip(two.1.index_axis(Axis(1), 1)) {
        assert!((a - b).abs() < 1e-8);
    }
}

#[test]
fn hard_labels_train_with_the_log_loss() {
    let shape = (1, 1, 16, 16);
    let logits = shares(shape, 10).mapv(|v| 20.0 * v - 10.0);
    let targets = shares(shape, 11).mapv(|v| f32::from(u8::from(v > 0.5)));
    let weights = Array4::ones(shape);
    let (loss, _) =
        task(Kind::Binary, 1).objective().gradient(logits.view(), targets.view(), weights.view()).unwrap();
    let log_loss: f64 = logits
        .iter()
        .zip(&targets)
        .map(|(&x, &t)| {
            let c = 1.0 / (1.0 + (-f64::from(x)).exp());
            if t == 1.0 { -c.ln() } else { -(1.0 - c).ln() }
        })
        .sum();
    assert!((loss.value - log_loss / 256.0).abs() < 1e-7 * log_loss);
    assert_eq!(loss.floor, 0.0);
}

#[test]
fn a_batch_without_labels_changes_nothing() {
    let shape = (1, 1, 4, 4);
    let zero = Array4::zeros(shape);
    let (loss, gradient) =
        task(Kind::Binary, 1).objective().gradient(zero.view(), zero.view(), zero.view()).unwrap();
    assert!(loss.is_empty() && gradient.iter().all(|g| *g == 0.0));
}

/// Counts in place of targets, and a logit of the correlation behind each class's own.
#[test]
fn beta_binomial_over_counts_is_the_reference() {
    let task = task(Kind::Multilabel, 2).with_head(Head::BetaBinomial).unwrap();
    let logits = shares((2, 4, 6, 7), 7).mapv(|v| 8.0 * v - 4.0);
    let total = shares((2, 2, 6, 7), 8).mapv(|v| (6.0 * v).floor());
    let yes = &total * &shares((2, 2, 6, 7), 9);
    let weights = shares((2, 2, 6, 7), 10).mapv(|v| (3.0 * v).floor());
    let counts = concatenate![Axis(1), yes, total];
    let both = concatenate![Axis(1), weights, weights];
    let (loss, gradient) = task.objective().gradient(logits.view(), counts.view(), both.view()).unwrap();
    let opinions: f64 = total.iter().zip(&weights).map(|(n, w)| f64::from(n * w)).sum();
    let mut value = 0.0;
    for ((n, k, y, x), &w) in weights.indexed_iter() {
        let (yes, total) = (f64::from(yes[[n, k, y, x]]), f64::from(total[[n, k, y, x]]));
        let logit = |class: usize| f64::from(logits[[n, class, y, x]]);
        let (own, slopes) = beta_binomial_reference(logit(k), logit(2 + k), yes, total);
        value += f64::from(w) * own;
        for (class, slope) in [k, 2 + k].into_iter().zip(slopes) {
            let wanted = f64::from(w) * slope / opinions;
            assert!((f64::from(gradient[[n, class, y, x]]) - wanted).abs() < 1e-8, "{n} {class} {y} {x}");
        }
    }
    assert!((loss.divisor - opinions).abs() < 1e-9 && (loss.value - value / opinions).abs() < 1e-9);
    assert!(task.objective().shift().is_empty());
}

/// What raters say together is learnt as without them; each of them as an image of its own would be.
#[test]
fn raters_have_losses_of_their_own() {
    for (kind, classes) in [(Kind::Binary, 1), (Kind::Multilabel, 2), (Kind::Multiclass, 3)] {
        let (raters, images) = (2, 3);
        let alone = task(kind, classes);
        let people = alone.clone().with_raters(["ann", "ben"]).unwrap();
        let shape = (images, classes * (1 + raters), 5, 4);
        let logits = shares(shape, 20).mapv(|v| 8.0 * v - 4.0);
        let of = |maps: &Array4<f32>, block: usize| {
            maps.slice(ndarray::s![.., block * classes..(block + 1) * classes, .., ..]).to_owned()
        };
        let mut targets = shares(shape, 21);
        let mut weights = Array4::zeros(shape);
        for block in 0..=raters {
            let at = ndarray::s![.., block * classes..(block + 1) * classes, .., ..];
            if kind == Kind::Multiclass {
                let sums = of(&targets, block).sum_axis(Axis(1)).insert_axis(Axis(1));
                let shares = of(&targets, block) / sums;
                targets.slice_mut(at).assign(&shares);
            }
            let seen = shares((images, 1, 5, 4), 30 + block as u32).mapv(|v| (3.0 * v).floor());
            weights.slice_mut(at).assign(&seen.broadcast((images, classes, 5, 4)).unwrap());
        }
        // Ben has not seen the last image.
        weights.slice_mut(ndarray::s![images - 1, 2 * classes.., .., ..]).fill(0.0);
        let (loss, gradient) =
            people.objective().gradient(logits.view(), targets.view(), weights.view()).unwrap();
        let counted = |weights: Array4<f32>| match kind {
            Kind::Multiclass => weights.slice(ndarray::s![.., ..1, .., ..]).to_owned(),
            _ => weights,
        };
        let objective = alone.objective();
        let own = |blocks: &[usize]| {
            let stacked = |maps: &Array4<f32>| {
                let blocks: Vec<_> = blocks.iter().map(|&block| of(maps, block)).collect();
                let blocks: Vec<_> = blocks.iter().map(|block| block.view()).collect();
                ndarray::concatenate(Axis(0), &blocks).unwrap()
            };
            let weights = counted(stacked(&weights));
            objective.gradient(stacked(&logits).view(), stacked(&targets).view(), weights.view()).unwrap()
        };
        let (together, slopes) = own(&[0]);
        assert_eq!(loss, together, "{kind}");
        assert_eq!(of(&gradient, 0), slopes, "{kind}");
        let (_, slopes) = own(&[1, 2]);
        for rater in 0..raters {
            let wanted = slopes.slice(ndarray::s![rater * images..(rater + 1) * images, .., .., ..]);
            let found = of(&gradient, 1 + rater);
            // Divided by what is summed in another order.
            assert!((&found - &wanted).iter().all(|off| off.abs() < 1e-8), "{kind} {rater}");
        }
        assert!(of(&gradient, 2).index_axis(Axis(0), images - 1).iter().all(|slope| *slope == 0.0));
    }
}

/// An overlap over the batch is one number of all its images, and each of them learns from it.
#[test]
fn an_overlap_over_the_batch_is_that_of_the_heart_with_its_gradient() {
    let (logits, targets) = (noise((3, 2, 4, 5), 1), noise((3, 2, 4, 5), 2).mapv(|x| 0.5 + 0.5 * x));
    let weights = noise((3, 2, 4, 5), 3).mapv(|x| if x > 0.5 { 0.0 } else { 1.5 + x });
    let over = |over| LossKind::Dice { smooth: 0.5, over };
    for terms in [
        vec![over(Extent::Batch).into()],
        vec![LossTerm { kind: LossKind::Sigmoid, weight: 0.5 }, over(Extent::Batch).into()],
        vec![over(Extent::Image).into()],
        vec![LossTerm { kind: LossKind::Focal { gamma: 2.0 }, weight: 2.0 }, over(Extent::Image).into()],
    ] {
        let of_batch = terms.iter().any(|term: &LossTerm| term.kind == over(Extent::Batch));
        let objective = Objective::Classes(ClassLoss::new(Kind::Multilabel).with_terms(&terms));
        assert_eq!(objective.is_of_batch(), of_batch);
        let (loss, gradient) = objective.gradient(logits.view(), targets.view(), weights.view()).unwrap();
        let mask = weights.mapv(|w| w > 0.0);
        let options = LossOptions::default()
            .mask(mask.view())
            .weights(weights.view())
            .denominator(Denominator::Weights)
            .unchecked();
        let (expected, slopes) = loss_sum_gradient(&terms, logits.view(), targets.view(), &options).unwrap();
        assert!((loss.value - expected.value).abs() < 1e-6 * expected.value, "{loss} {expected}");
        assert!((loss.floor - expected.floor).abs() < 1e-6, "{loss} {expected}");
        assert!((loss.divisor - expected.divisor).abs() < 1e-4 && loss.valid == expected.valid);
        for (found, expected) in gradient.iter().zip(&slopes) {
            assert!((found - expected).abs() < 1e-7, "{terms:?}: {found} {expected}");
        }
    }
}

#[test]
fn a_share_of_a_loss_has_as_many_images_as_it_says() {
    let objective = Objective::Classes(ClassLoss::new(Kind::Binary));
    let maps = noise((2, 1, 2, 2), 1).mapv(f32::abs);
    let of = |all| objective.share_gradient(maps.view(), maps.view(), maps.view(), &Share::new(&Alone, all));
    assert!(matches!(of(3), Err(ObjectiveError::Share { expected: 3, found: 2 })));
    of(2).unwrap();
}
