//! The sign-flip test holds what it promises: among predictions that are equally good it finds few that are not.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::score::SignFlip;

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() as f64 + 0.5) / 2_f64.powi(64)
}

/// Heavy tails, both signs: what differs from image to image.
fn gain(rng: &mut ChaCha8Rng) -> f64 {
    let size = -uniform(rng).ln();
    if rng.next_u32() >> 31 == 1 { size * size } else { -size * size }
}

fn mean_of(gains: &[f64], exchanged: &[bool]) -> Option<f64> {
    Some(gains.iter().zip(exchanged).map(|(gain, out)| if *out { -gain } else { *gain }).sum::<f64>())
}

fn found(groups: usize, better_by: f64, trials: u32) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(groups as u64);
    let test = SignFlip { exchanges: 400, seed: 1 };
    let hits = (0..trials).filter(|_| {
        let gains: Vec<f64> = (0..groups).map(|_| gain(&mut rng) + better_by).collect();
        test.chance(groups, |exchanged| mean_of(&gains, exchanged)).is_some_and(|chance| chance <= 0.05)
    });
    hits.count() as f64 / f64::from(trials)
}

#[test]
fn equally_good_predictions_are_rarely_told_apart() {
    for groups in [3, 6, 10, 20, 50] {
        let share = found(groups, 0.0, 1000);
        assert!(share <= 0.066, "{groups} groups: {share}"); // 0.05 and what 1000 trials leave open
    }
    assert_eq!(found(5, 9.0, 20), 0.0, "below six groups nothing is said");
}

#[test]
fn what_is_better_is_found() {
    assert!(found(20, 5.0, 100) > 0.9);
    assert!(found(6, 30.0, 50) == 1.0);
}

#[test]
fn all_exchanges_and_drawn_ones_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let gains: Vec<f64> = (0..12).map(|_| gain(&mut rng) + 0.8).collect();
    let all = SignFlip::default().chance(12, |exchanged| mean_of(&gains, exchanged)).unwrap();
    let drawn =
        SignFlip { exchanges: 2000, seed: 3 }.chance(12, |exchanged| mean_of(&gains, exchanged)).unwrap();
    assert!((all - drawn).abs() < 0.03, "{all} {drawn}");
}
