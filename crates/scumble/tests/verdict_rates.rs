//! What intervals and verdicts promise, in simulation: `docs/scores.md` states these rates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::score::{Groups, Jackknife, PairedDifference, Scale, SignFlip, Turn};

const GROUPS: [usize; 5] = [3, 6, 10, 20, 50];

struct Chance(ChaCha8Rng);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() as f64 + 0.5) / 2_f64.powi(64)
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    fn log_normal(&mut self, deviation: f64) -> f64 {
        (deviation * self.normal()).exp()
    }
}

/// The losses of two equally good predictions, image by image: skewed, and what is hard for one is hard for the other. Of
/// images in groups, whose pixels are of different numbers.
fn equally_good(chance: &mut Chance, groups: usize) -> (Groups, Vec<[f64; 3]>) {
    let mut images = Vec::new();
    for group in 0..groups {
        let (hard, own) = (0.6 * chance.normal(), [0.3 * chance.normal(), 0.3 * chance.normal()]);
        for _ in 0..1 + group % 3 {
            let image = 0.5 * chance.normal();
            let mut loss = |own: f64| (hard + own + image + 0.3 * chance.normal()).exp();
            let losses = own.map(&mut loss);
            images.push((group, [losses[0], losses[1], chance.log_normal(0.5)]));
        }
    }
    (Groups::of(images.iter().map(|(group, _)| *group)), images.into_iter().map(|(_, image)| image).collect())
}

fn above(images: &[[f64; 3]], turns: impl Iterator<Item = Turn>) -> Option<f64> {
    let (mut sum, mut pixels) = (0.0, 0.0);
    for ([first, other, weight], turn) in images.iter().zip(turns) {
        sum += match turn {
            Turn::AsItIs => weight * (other - first),
            Turn::Exchanged => weight * (first - other),
            Turn::LeftOut => continue,
        };
        pixels += weight;
    }
    Some(sum / pixels)
}

/// The share of comparisons of equally good predictions that find one better.
fn false_verdicts(groups: usize, trials: u32) -> f64 {
    let mut chance = Chance::new(groups as u64);
    let found = (0..trials).filter(|_| {
        let (of, images) = equally_good(&mut chance, groups);
        if groups <= 10 {
            let difference = PairedDifference::of(&of, |turns| above(&images, turns.iter().copied()));
            return difference.unwrap().shown() == Some(true);
        }
        // The same test with fewer exchanges, for speed.
        let turn = |exchanged: bool| if exchanged { Turn::Exchanged } else { Turn::AsItIs };
        let test = SignFlip { exchanges: 300, seed: 1 };
        let chance = test.chance(of.count(), |exchanged| {
            above(&images, of.indices().iter().map(|group| turn(exchanged[*group])))
        });
        chance.unwrap() <= PairedDifference::SIGNIFICANT
    });
    found.count() as f64 / f64::from(trials)
}

#[test]
fn equally_good_predictions_are_rarely_told_apart() {
    for (groups, stated) in GROUPS.into_iter().zip([0.0, 0.03, 0.05, 0.05, 0.05]) {
        let found = false_verdicts(groups, 2000);
        assert!(found <= 0.06 && (found - stated).abs() <= 0.01, "{groups} groups: {found}");
    }
}

/// Sums of one image, of which all scores here are made.
type Sums = [f64; 3];

/// A kind of score: an image's sums by chance, the score of the sums of many, and what it is of all images there are.
struct Case {
    name: &'static str,
    scale: Scale,
    image: fn(&mut Chance) -> Sums,
    score: fn(Sums) -> f64,
    /// How often the interval holds it, of 3, 6, 10, 20 and 50 images.
    stated: [f64; 5],
}

fn ratio(sums: Sums) -> f64 {
    sums[0] / sums[1]
}

fn image_of(loss: f64, pixels: f64) -> Sums {
    [loss * pixels, pixels, 0.0]
}

/// An overlap spread on the logit, of areas that differ.
fn overlap(chance: &mut Chance) -> Sums {
    let logit = 2.0 + 0.8 * chance.normal();
    image_of(1.0 / (1.0 + (-logit).exp()), chance.log_normal(0.8))
}

/// A mean squared distance with chance in it, and the variance of a rater.
fn squared(chance: &mut Chance, mean: f64) -> Sums {
    let noise = 0.0006 * chance.normal();
    [mean * chance.log_normal(0.7) + noise, 1.0, 0.05 * chance.log_normal(0.4)]
}

/// Three bins with a gap of their own, in which images differ.
fn gaps(chance: &mut Chance, gap: f64) -> Sums {
    [1.0, -1.0, 0.5].map(|sign| sign * gap + 0.05 * chance.normal())
}

fn calibration(sums: Sums) -> f64 {
    sums.iter().map(|gap| gap.abs()).sum()
}

const CASES: [Case; 8] = [
    Case {
        name: "a mean loss",
        scale: Scale::Positive,
        image: |chance| image_of(chance.log_normal(0.7), 1.0),
        score: ratio,
        stated: [0.93, 0.93, 0.93, 0.93, 0.94],
    },
    Case {
        name: "a mean loss of images of different sizes",
        scale: Scale::Positive,
        image: |chance| image_of(chance.log_normal(0.7), chance.log_normal(0.7)),
        score: ratio,
        stated: [0.92, 0.89, 0.92, 0.92, 0.93],
    },
    Case {
        name: "an overlap",
        scale: Scale::Share,
        image: overlap,
        score: ratio,
        stated: [0.93, 0.92, 0.92, 0.93, 0.94],
    },
    Case {
        name: "a distance to the truth",
        scale: Scale::Root,
        image: |chance| squared(chance, 0.004),
        score: ratio,
        stated: [0.93, 0.93, 0.93, 0.95, 0.94],
    },
    Case {
        name: "one that chance hides",
        scale: Scale::Root,
        image: |chance| squared(chance, 0.0002),
        score: ratio,
        stated: [0.92, 0.89, 0.9, 0.92, 0.92],
    },
    Case {
        name: "worth in raters",
        scale: Scale::Inverse,
        image: |chance| squared(chance, 0.004),
        score: |sums| sums[0] / sums[2],
        stated: [0.94, 0.93, 0.94, 0.94, 0.94],
    },
    Case {
        name: "a calibration error",
        scale: Scale::Error,
        image: |chance| gaps(chance, 0.03),
        score: calibration,
        stated: [0.95, 0.96, 0.96, 0.96, 0.95],
    },
    Case {
        name: "one of 0",
        scale: Scale::Error,
        image: |chance| gaps(chance, 0.0),
        score: calibration,
        stated: [0.9, 0.89, 0.88, 0.88, 0.85],
    },
];

fn sum<'s>(images: impl Iterator<Item = &'s Sums>) -> Sums {
    let (sum, count) = images.fold(([0.0; 3], 0.0), |(mut sum, count), image| {
        sum.iter_mut().zip(image).for_each(|(sum, more)| *sum += more);
        (sum, count + 1.0)
    });
    sum.map(|sum: f64| sum / count)
}

/// On the scale of the score itself.
fn on(scale: Scale, base: f64) -> f64 {
    match scale {
        Scale::Root => base.sqrt(),
        Scale::Inverse => base.recip(),
        _ => base,
    }
}

#[test]
fn intervals_hold_the_score_as_often_as_stated() {
    let mut wrong = Vec::new();
    for case in CASES {
        let mut chance = Chance::new(7);
        let many: Vec<Sums> = (0..100_000).map(|_| (case.image)(&mut chance)).collect();
        let truth = on(case.scale, (case.score)(sum(many.iter())));
        for (groups, stated) in GROUPS.into_iter().zip(case.stated) {
            let trials = 1000;
            let held = (0..trials).filter(|_| {
                let images: Vec<Sums> = (0..groups).map(|_| (case.image)(&mut chance)).collect();
                let jackknife = Jackknife::of(&Groups::each(groups), |times| {
                    let kept = images.iter().zip(times).filter(|(_, times)| **times > 0);
                    Some((case.score)(sum(kept.map(|(image, _)| image))))
                });
                let interval = jackknife.unwrap().interval(case.scale, 0.95);
                interval.is_some_and(|interval| interval.low <= truth && truth <= interval.high)
            });
            let found = held.count() as f64 / f64::from(trials);
            if (found - stated).abs() > 0.025 {
                wrong.push(format!("{} of {groups} images: {found}, stated is {stated}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// As many groups as are said to be needed show the difference in four of five cases.
#[test]
fn the_groups_needed_show_the_difference() {
    let mut chance = Chance::new(3);
    for difference in [2.0, 0.9, 0.6] {
        let groups = PairedDifference::groups_needed(difference, 1.0).unwrap() as usize;
        let trials = 600;
        let shown = (0..trials).filter(|_| {
            let gains: Vec<f64> = (0..groups).map(|_| difference + chance.normal()).collect();
            let test = SignFlip { exchanges: 1000, seed: 2 };
            let found = test.chance(groups, |exchanged| {
                Some(gains.iter().zip(exchanged).map(|(gain, out)| if *out { -gain } else { *gain }).sum())
            });
            found.unwrap() <= PairedDifference::SIGNIFICANT
        });
        let power = shown.count() as f64 / f64::from(trials);
        assert!(power > 0.75 && (groups == 6 || power < 0.87), "{groups} groups: {power}");
    }
}
