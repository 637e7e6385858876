//! Suspicious masks in words.

use super::survey::Survey;
use scumble::agreement::{RaterFlag, Suspicion};
use std::collections::BTreeMap;

/// Images named in one line; the JSON has all.
const EXAMPLES: usize = 3;

/// What a flag is called in JSON.
pub(super) fn name(suspicion: &Suspicion, exclusive: bool) -> &'static str {
    match suspicion {
        Suspicion::Copy { .. } => "copy",
        Suspicion::Constant { .. } if exclusive => "one class",
        Suspicion::Constant { mark: 0, .. } => "empty",
        Suspicion::Constant { .. } => "full",
        Suspicion::Inverted { .. } if exclusive => "exchanged",
        Suspicion::Inverted { .. } => "inverted",
        Suspicion::Shifted { .. } => "shifted",
        _ => "suspicious",
    }
}

/// A line for each rater and sort of suspicion, with the images.
pub(super) fn lines(survey: &Survey, classes: &[String], exclusive: bool) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (image, flag) in &survey.flags {
        let (what, figures) = words(flag, classes, exclusive);
        groups.entry(what).or_default().push(format!("{image} ({figures})"));
    }
    let mut lines: Vec<String> = groups.iter().map(|(what, images)| line(what, images)).collect();
    for (rater, images) in survey.same_masks() {
        lines.push(line(&format!("{rater}: the same mask for several images"), images));
    }
    lines
}

fn line(what: &str, images: &[String]) -> String {
    let named = images.iter().take(EXAMPLES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match images.len().checked_sub(EXAMPLES) {
        None | Some(0) => format!("{what}: {named}"),
        Some(more) => format!("{what}: {named} and {more} more"),
    }
}

/// Who and what, the same for all images; and the figures of one.
fn words(flag: &RaterFlag, classes: &[String], exclusive: bool) -> (String, String) {
    let class = flag.class.map(|class| format!(", {}", classes[class])).unwrap_or_default();
    let (what, figures) = match &flag.suspicion {
        Suspicion::Copy { of, pixels } => {
            (format!("the same mask as {of}"), format!("{pixels} pixels marked alike"))
        }
        Suspicion::Constant { mark, others } => {
            let what = match (exclusive, mark) {
                (true, mark) => format!("nothing but {}", classes[*mark]),
                (false, 0) => "empty mask".to_owned(),
                (false, _) => "full mask".to_owned(),
            };
            (what, format!("the others differ at {:.2} %", 100.0 * others))
        }
        Suspicion::Inverted { marks: (a, b), kappa, exchanged } => {
            let what = match exclusive {
                true => format!("{} and {} exchanged", classes[*a], classes[*b]),
                false => "inverted mask".to_owned(),
            };
            (what, format!("kappa with the others {kappa:.2}, turned round {exchanged:.2}"))
        }
        Suspicion::Shifted { rows, columns, dice, moved } => {
            let by = format!("moved by {rows} rows and {columns} columns");
            ("shifted mask".to_owned(), format!("Dice with the others {dice:.2}, {by} {moved:.2}"))
        }
        _ => ("suspicious mask".to_owned(), String::new()),
    };
    (format!("{}{class}: {what}", flag.rater), figures)
}
