//! The report for people.

use super::survey::Survey;
use super::suspicions;
use crate::show::{Table, optional, percent, thousands};
use scumble::labels::Kind;
use scumble_data::Dataset;
use std::f64::consts::LN_2;

/// More channels than these are summed up.
const CHANNELS: usize = 4;

pub(super) fn page(survey: &Survey, dataset: &Dataset, fingerprint: Option<&str>) -> String {
    let mut parts = vec![head(survey, dataset, fingerprint)];
    if !survey.intensities.is_empty() {
        parts.push(intensities(survey));
    }
    parts.push(classes(survey, dataset));
    if survey.agreement.raters().next().is_some() {
        parts.push(raters(survey, dataset));
    }
    let exclusive = dataset.kind() == Kind::Multiclass;
    let suspicious = suspicions::lines(survey, dataset.classes(), exclusive);
    if !suspicious.is_empty() {
        parts.push(format!("look at these masks:\n  {}", suspicious.join("\n  ")));
    }
    parts.join("\n\n")
}

fn head(survey: &Survey, dataset: &Dataset, fingerprint: Option<&str>) -> String {
    let numbers = survey.numbers.keys().copied().collect::<Vec<_>>().join(" and ");
    let images = format!("{} images{}", thousands(survey.images), sizes(survey));
    let numbers = if numbers.is_empty() { numbers } else { format!(", {numbers}") };
    let fingerprint = fingerprint.map_or("-".to_owned(), |print| format!("{print:.16}"));
    [
        format!("{}: {}", dataset.root().display(), dataset.describe_choice()),
        format!("{images}{numbers}; {} with a label", thousands(survey.labelled)),
        format!("fingerprint {fingerprint}"),
    ]
    .join("\n")
}

fn sizes(survey: &Survey) -> String {
    let say = |(height, width, channels): (usize, usize, usize)| {
        let s = if channels == 1 { "" } else { "s" };
        format!("{width} x {height}, {channels} channel{s}")
    };
    match (survey.sizes.first_key_value(), survey.sizes.last_key_value()) {
        (Some((first, _)), Some((last, _))) if first == last => format!(" of {}", say(*first)),
        (Some((first, _)), Some((last, _))) => {
            format!(" of {} sizes from {} to {}", survey.sizes.len(), say(*first), say(*last))
        }
        _ => String::new(),
    }
}

fn intensities(survey: &Survey) -> String {
    let mut table = Table::new(&["intensity", "minimum", "maximum", "mean", "saturated"]);
    let mut row = |name: String, found: &scumble_data::Intensity| {
        let saturated = found.at_maximum as f64 / found.samples as f64;
        let number =
            |value: f64| if value.fract() == 0.0 { value.to_string() } else { format!("{value:.4}") };
        let mean = format!("{:.4}", found.mean());
        let saturated = format!("{:.2} %", 100.0 * saturated);
        table.row([name, number(found.minimum), number(found.maximum), mean, saturated]);
    };
    if survey.intensities.len() <= CHANNELS {
        survey.intensities.iter().enumerate().for_each(|(k, found)| row(format!("channel {k}"), found));
    } else {
        let mut all = survey.intensities[0];
        survey.intensities[1..].iter().for_each(|channel| all.merge(channel));
        row(format!("all {} channels", survey.intensities.len()), &all);
    }
    table.to_string()
}

fn classes(survey: &Survey, dataset: &Dataset) -> String {
    let rated = survey.agreement.pairs().next().is_some();
    let mut head = vec!["class", "frequency", "floor (nats)", "floor (bits)"];
    if rated {
        head.extend(["disputed of marked", "Fleiss' kappa", "Krippendorff's alpha"]);
    }
    let mut table = Table::new(&head);
    for (k, name) in dataset.classes().iter().enumerate() {
        let sums = &survey.classes[k];
        let floor = sums.floor.value();
        let frequency = sums.frequency.value().map_or("-".into(), percent);
        let mut row = vec![name.clone(), frequency, optional(floor), optional(floor.map(|f| f / LN_2))];
        if rated {
            let units = survey.agreement.units_of(k);
            let disputed = (units.marked() > 0).then(|| units.disputed() as f64 / units.marked() as f64);
            row.push(disputed.map_or("-".into(), percent));
            row.extend([units.fleiss_kappa(), units.krippendorff_alpha()].map(optional));
        }
        table.row(row);
    }
    let meaning = survey.floor().map(|floor| {
        format!(
            "\nthe labels themselves leave {floor:.4} nats ({:.4} bits) open: no classifier's cross entropy gets \
             below that floor here, so judge it by what it has in excess",
            floor / LN_2
        )
    });
    format!("{table}{}", meaning.unwrap_or_default())
}

fn raters(survey: &Survey, dataset: &Dataset) -> String {
    let agreement = &survey.agreement;
    let counts = survey.raters_per_image.iter();
    let counts: Vec<String> =
        counts.map(|(raters, images)| format!("{raters} ({} images)", thousands(*images))).collect();
    let mut parts = vec![format!("raters an image: {}", counts.join(", "))];
    if agreement.pairs().next().is_none() {
        return parts.remove(0);
    }
    let several = dataset.classes().len() > 1;
    let figures = ["images", "sensitivity", "specificity", "Dice", "kappa", "suspicious"];
    let mut table = Table::new(&[&["rater against the others"], &figures[..]].concat());
    for (rater, images) in agreement.raters() {
        let Some(others) = agreement.against_others(rater) else { continue };
        for (k, class) in dataset.classes().iter().enumerate() {
            let name = if several { format!("{rater}, {class}") } else { rater.to_owned() };
            let flagged = survey
                .flags
                .iter()
                .filter(|(_, flag)| flag.rater == rater && flag.class.is_none_or(|class| class == k));
            let figures =
                [others.sensitivity(k), others.specificity(k), others.dice_of(k), others.of_class(k).kappa()];
            let row = [name, thousands(images)].into_iter().chain(figures.map(optional));
            table.row(row.chain([thousands(flagged.count() as u64)]));
        }
    }
    parts.push(table.to_string());
    let mut table = Table::new(&["raters", "images", "Dice", "kappa", "equal"]);
    for (a, b, pair) in agreement.pairs() {
        let equal = pair.observed().map_or("-".into(), percent);
        let figures = [thousands(pair.images()), optional(pair.dice()), optional(pair.kappa()), equal];
        table.row([format!("{a} - {b}")].into_iter().chain(figures));
    }
    parts.push(table.to_string());
    parts.push(format!(
        "all raters: Fleiss' kappa {}, Krippendorff's alpha {} (1: all agree, 0: as by chance)\n\
         disputed: {} of all pixels, {} of those that any rater marked",
        optional(agreement.fleiss_kappa()),
        optional(agreement.krippendorff_alpha()),
        agreement.disputed_share().map_or("-".into(), percent),
        agreement.disputed_share_of_marked().map_or("-".into(), percent),
    ));
    parts.join("\n\n")
}
