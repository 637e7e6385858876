//! How far raters agree, and which masks look like mistakes, for people.

use crate::show::{self, Table, counted, decimals, optional, percent, thousands};
use scumble::agreement::Suspicion;
use scumble_jobs::check::{MaskFlag, Summary};
use std::collections::BTreeMap;

/// Images named in one line; the JSON has all.
const EXAMPLES: usize = 3;

pub(super) fn raters(summary: &Summary) -> String {
    let counts = summary.raters_per_image.iter();
    let counts: Vec<String> = counts
        .map(|count| format!("{} ({})", count.raters, counted(count.images as usize, "image")))
        .collect();
    let counts = format!("raters an image: {}", counts.join(", "));
    if summary.pairs.is_empty() {
        return counts;
    }
    let all = format!(
        "all raters: Fleiss' kappa {}, Krippendorff's alpha {} (1: all agree, 0: as by chance)\n\
         disputed: {} of all pixels, {} of those that any rater marked",
        optional(summary.fleiss_kappa),
        optional(summary.krippendorff_alpha),
        summary.disputed.map_or("-".into(), percent),
        summary.disputed_of_marked.map_or("-".into(), percent),
    );
    [counts, against_the_others(summary).to_string(), pairs(summary).to_string(), all].join("\n\n")
}

fn against_the_others(summary: &Summary) -> Table {
    let several = summary.classes.len() > 1;
    let figures = ["images", "sensitivity", "specificity", "Dice", "kappa", "suspicious"];
    let mut table = Table::new(&[&["rater against the others"], &figures[..]].concat());
    for rater in &summary.raters {
        for found in rater.with_others.iter().flat_map(|others| &others.classes) {
            let (name, class) = (&rater.rater, &found.class);
            let of_class = |flag: &&MaskFlag| {
                flag.rater == *name && flag.class.as_ref().is_none_or(|flagged| flagged == class)
            };
            let flagged = summary.flags.iter().filter(of_class).count() as u64;
            let name = if several { format!("{name}, {class}") } else { name.clone() };
            let directed = found.directed.as_ref();
            let figures = [
                directed.and_then(|found| found.sensitivity),
                directed.and_then(|found| found.specificity),
                found.dice,
                found.kappa,
            ];
            let row = [name, thousands(rater.images)].into_iter().chain(figures.map(optional));
            table.row(row.chain([thousands(flagged)]));
        }
    }
    table
}

fn pairs(summary: &Summary) -> Table {
    let mut table = Table::new(&["raters", "images", "Dice", "kappa", "equal"]);
    for pair in &summary.pairs {
        let found = &pair.agreement;
        let equal = found.equal.map_or("-".into(), percent);
        table.row([
            pair.raters.join(" - "),
            thousands(pair.images),
            optional(found.dice),
            optional(found.kappa),
            equal,
        ]);
    }
    table
}

/// A line for each rater and sort of suspicion, with the images.
pub(super) fn suspicious(summary: &Summary) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for flag in &summary.flags {
        let (what, figures) = words(flag);
        let class = flag.class.as_ref().map(|class| format!(", {class}")).unwrap_or_default();
        let what = format!("{}{class}: {what}", flag.rater);
        groups.entry(what).or_default().push(format!("{} ({figures})", flag.image));
    }
    let mut lines: Vec<String> = groups.iter().map(|(what, images)| line(what, images)).collect();
    for same in &summary.same_masks {
        lines.push(line(&format!("{}: the same mask for several images", same.rater), &same.images));
    }
    lines
}

fn line(what: &str, images: &[String]) -> String {
    let named = images.iter().take(EXAMPLES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match images.len().checked_sub(EXAMPLES) {
        None | Some(0) => show::name(&format!("{what}: {named}")),
        Some(more) => show::name(&format!("{what}: {named} and {more} more")),
    }
}

/// What a mask looks like, the same for all images; and the figures of one.
fn words(flag: &MaskFlag) -> (String, String) {
    let differ = |others: &f64| format!("the others differ at {:.2} %", 100.0 * others);
    let kappas = |kappa: &f64, exchanged: &f64| {
        format!("kappa with the others {}, turned round {}", decimals(*kappa, 2), decimals(*exchanged, 2))
    };
    match &flag.suspicion {
        Suspicion::Copy { of, pixels } => {
            (format!("the same mask as {of}"), format!("{} pixels marked alike", thousands(*pixels)))
        }
        Suspicion::Constant { others, .. } => match &flag.only {
            Some(only) => (format!("nothing but {only}"), differ(others)),
            None => (format!("{} mask", flag.flag), differ(others)),
        },
        Suspicion::Inverted { kappa, exchanged, .. } => match &flag.classes {
            Some([a, b]) => (format!("{a} and {b} exchanged"), kappas(kappa, exchanged)),
            None => ("inverted mask".to_owned(), kappas(kappa, exchanged)),
        },
        Suspicion::Shifted { rows, columns, dice, moved } => {
            let by = format!("moved by {rows} rows and {columns} columns");
            ("shifted mask".to_owned(), format!("Dice with the others {dice:.2}, {by} {moved:.2}"))
        }
        Suspicion::OtherImage { of_image, fit, there } => (
            "fits another image better than its own".to_owned(),
            format!("{of_image} at {}, its own at {}", decimals(*there, 2), decimals(*fit, 2)),
        ),
        Suspicion::Outlier { fit, usual } => (
            "far from the others here, not elsewhere".to_owned(),
            format!("fit {}, usually {}", decimals(*fit, 2), decimals(*usual, 2)),
        ),
        Suspicion::Repeated { of_image, pixels, others, there } => (
            "has marks of another image, too".to_owned(),
            format!(
                "{} pixels are as in {of_image}; {} of the others' marks agree there, {} here",
                thousands(*pixels),
                percent(*there),
                percent(*others)
            ),
        ),
        _ => ("suspicious mask".to_owned(), String::new()),
    }
}
