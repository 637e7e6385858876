//! Masks that look like mistakes: one image's raters held against each other.

use super::comparison::Comparison;
use super::contingency::Contingency;
use super::count::Agreement;
use super::shifted::shifted;
use super::suspicion::{RaterFlag, Suspicion};
use crate::labels::{NamedMask, named};

/// What looks like a mistake among the masks of one image; `image` has counted these masks and no others.
///
/// # Panics
/// Masks of different sizes, or of another kind.
pub fn rater_flags<'a>(
    image: &Agreement,
    masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
) -> Vec<RaterFlag> {
    let masks = named(masks);
    let mut flags = copies(image);
    for NamedMask { rater, .. } in &masks {
        let Some(others) = image.against_others(rater) else { continue };
        for (group, table) in others.tables().iter().enumerate() {
            let suspicion = constant(image, rater, group, table).or_else(|| inverted(table));
            flags.extend(suspicion.map(|suspicion| flag(image, rater, group, suspicion)));
        }
    }
    for group in 0..image.units().len() {
        // A mask that is wrong already says nothing about where the others lie.
        let sound = |one: &&NamedMask<'_>| {
            !flags.iter().any(|flag| {
                flag.rater == one.rater && flag.class.is_none_or(|class| class == group) && !flag.is_copy()
            })
        };
        let sound: Vec<_> = masks.iter().filter(sound).collect();
        let found = shifted(&sound, group, image.units()[group].states());
        flags.extend(found.into_iter().map(|(rater, suspicion)| flag(image, rater, group, suspicion)));
    }
    flags
}

fn flag(image: &Agreement, rater: &str, group: usize, suspicion: Suspicion) -> RaterFlag {
    let class = (image.units().len() > 1).then_some(group);
    RaterFlag { rater: rater.to_owned(), class, suspicion }
}

fn copies(image: &Agreement) -> Vec<RaterFlag> {
    let copy = |(first, second, pair): (&str, &str, &Comparison)| {
        // Where all marks are one mark there is nothing to copy.
        let rare = |table: &Contingency| {
            let most = (0..table.states()).map(|k| table.first(k)).max().unwrap_or(0);
            table.total() - most
        };
        let pixels = pair.tables().iter().map(rare).sum();
        (pair.observed() == Some(1.0) && pixels >= Suspicion::LEAST_PIXELS).then(|| RaterFlag {
            rater: second.to_owned(),
            class: None,
            suspicion: Suspicion::Copy { of: first.to_owned(), pixels },
        })
    };
    image.pairs().filter_map(copy).collect()
}

/// `others` down, the rater across.
fn constant(image: &Agreement, rater: &str, group: usize, others: &Contingency) -> Option<Suspicion> {
    let total = others.total();
    let mark = (0..others.states()).find(|&mark| total > 0 && others.second(mark) == total)?;
    let differ = |(a, b, pair): (&str, &str, &Comparison)| {
        let table = &pair.tables()[group];
        let other = match (a == rater, b == rater) {
            (true, _) => table.second(mark),
            (_, true) => table.first(mark),
            _ => return None,
        };
        Some(table.total() - other)
    };
    let enough = image.pairs().filter_map(differ).all(|pixels| pixels >= Suspicion::LEAST_PIXELS);
    let share = 1.0 - others.first(mark) as f64 / total as f64;
    enough.then_some(Suspicion::Constant { mark, others: share })
}

fn inverted(others: &Contingency) -> Option<Suspicion> {
    let states = others.states();
    let pairs = (0..states).flat_map(|a| (a + 1..states).map(move |b| (a, b)));
    let gains = pairs.filter_map(|marks| {
        let table = others.between(marks.0, marks.1);
        let fewest = [table.first(0), table.first(1), table.second(0), table.second(1)].into_iter().min()?;
        let (kappa, exchanged) = (table.kappa()?, table.second_reversed().kappa()?);
        (fewest >= Suspicion::LEAST_PIXELS && exchanged - kappa >= Suspicion::LEAST_KAPPA_GAIN)
            .then_some(Suspicion::Inverted { marks, kappa, exchanged })
    });
    // Of two classes with all others the pair that explains most.
    gains.max_by(|a, b| gain(a).total_cmp(&gain(b)))
}

fn gain(suspicion: &Suspicion) -> f64 {
    match suspicion {
        Suspicion::Inverted { kappa, exchanged, .. } => exchanged - kappa,
        _ => 0.0,
    }
}
