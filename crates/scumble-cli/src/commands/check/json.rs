//! The report for programs; `docs/checking.md` explains every key.

use super::survey::Survey;
use super::suspicions;
use scumble::agreement::{Comparison, RaterFlag, Suspicion};
use scumble::labels::Kind;
use scumble_data::Dataset;
use serde_json::{Map, Value, json};
use std::f64::consts::LN_2;

pub(super) fn report(
    survey: &Survey,
    dataset: &Dataset,
    fingerprint: Option<&str>,
    problems: &[String],
) -> Value {
    let agreement = &survey.agreement;
    let sizes = survey.sizes.iter().map(|((height, width, channels), images)| {
        json!({"height": height, "width": width, "channels": channels, "images": images})
    });
    let intensity = survey.intensities.iter().enumerate().map(|(channel, found)| {
        json!({
            "channel": channel,
            "minimum": found.minimum,
            "maximum": found.maximum,
            "mean": found.mean(),
            "saturated": found.at_maximum as f64 / found.samples as f64,
        })
    });
    let raters = agreement.raters().map(|(rater, images)| {
        let mut row = json!({"rater": rater, "images": images});
        if let Some(others) = agreement.against_others(rater) {
            extend(&mut row, compared(&others, dataset, true));
        }
        row
    });
    let pairs = agreement.pairs().map(|(a, b, pair)| {
        let mut row = json!({"raters": [a, b], "images": pair.images()});
        extend(&mut row, compared(pair, dataset, false));
        row
    });
    let per_image =
        survey.raters_per_image.iter().map(|(raters, images)| json!({"raters": raters, "images": images}));
    let same = survey.same_masks().map(|(rater, images)| json!({"rater": rater, "images": images}));
    let disputed = survey
        .most_disputed
        .iter()
        .map(|(entropy, place)| json!({"image": dataset.items()[*place].id(), "entropy": entropy}));
    json!({
        "version": 1,
        "data": dataset.root(),
        "fingerprint": fingerprint,
        "kind": dataset.kind(),
        "understood": dataset.describe_choice(),
        "images": survey.images,
        "labelled": survey.labelled,
        "sizes": list(sizes),
        "numbers": survey.numbers,
        "intensity": list(intensity),
        "floor": survey.floor(),
        "floor_bits": survey.floor().map(|floor| floor / LN_2),
        "classes": classes(survey, dataset),
        "raters": list(raters),
        "raters_per_image": list(per_image),
        "pairs": list(pairs),
        "fleiss_kappa": agreement.fleiss_kappa(),
        "krippendorff_alpha": agreement.krippendorff_alpha(),
        "disputed": agreement.disputed_share(),
        "disputed_of_marked": agreement.disputed_share_of_marked(),
        "most_disputed": list(disputed),
        "flags": list(survey.flags.iter().map(|(image, found)| flag(image, found, dataset))),
        "same_masks": list(same),
        "problems": problems,
    })
}

fn list(values: impl Iterator<Item = Value>) -> Vec<Value> {
    values.collect()
}

fn extend(row: &mut Value, more: Map<String, Value>) {
    if let Value::Object(row) = row {
        row.extend(more);
    }
}

fn classes(survey: &Survey, dataset: &Dataset) -> Vec<Value> {
    let class = |(k, name): (usize, &String)| {
        let (sums, units) = (&survey.classes[k], survey.agreement.units_of(k));
        let floor = sums.floor.value();
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        json!({
            "class": name,
            "frequency": sums.frequency.value(),
            "floor": floor,
            "floor_bits": floor.map(|floor| floor / LN_2),
            "fleiss_kappa": units.fleiss_kappa(),
            "krippendorff_alpha": units.krippendorff_alpha(),
            "disputed": share(units.disputed(), units.judged()),
            "disputed_of_marked": share(units.disputed(), units.marked()),
        })
    };
    dataset.classes().iter().enumerate().map(class).collect()
}

/// `directed`: the first is a reference, so that sensitivity and specificity mean something.
fn compared(comparison: &Comparison, dataset: &Dataset, directed: bool) -> Map<String, Value> {
    let class = |(k, name): (usize, &String)| {
        let mut row = json!({
            "class": name,
            "dice": comparison.dice_of(k),
            "kappa": comparison.of_class(k).kappa(),
        });
        if directed {
            row["sensitivity"] = json!(comparison.sensitivity(k));
            row["specificity"] = json!(comparison.specificity(k));
        }
        row
    };
    let mut found = Map::new();
    found.insert("dice".into(), json!(comparison.dice()));
    found.insert("kappa".into(), json!(comparison.kappa()));
    found.insert("equal".into(), json!(comparison.observed()));
    let classes: Vec<Value> = dataset.classes().iter().enumerate().map(class).collect();
    found.insert("classes".into(), json!(classes));
    found
}

fn flag(image: &str, flag: &RaterFlag, dataset: &Dataset) -> Value {
    let exclusive = dataset.kind() == Kind::Multiclass;
    let class = |k: usize| dataset.classes()[k].as_str();
    let mut row = json!({
        "flag": suspicions::name(&flag.suspicion, exclusive),
        "rater": flag.rater,
        "image": image,
        "class": flag.class.map(class),
    });
    let figures = match &flag.suspicion {
        Suspicion::Copy { of, pixels } => json!({"of": of, "pixels": pixels}),
        Suspicion::Constant { mark, others } if exclusive => json!({"only": class(*mark), "others": others}),
        Suspicion::Constant { others, .. } => json!({"others": others}),
        Suspicion::Inverted { marks: (a, b), kappa, exchanged } if exclusive => {
            json!({"classes": [class(*a), class(*b)], "kappa": kappa, "exchanged": exchanged})
        }
        Suspicion::Inverted { kappa, exchanged, .. } => json!({"kappa": kappa, "exchanged": exchanged}),
        Suspicion::Shifted { rows, columns, dice, moved } => {
            json!({"rows": rows, "columns": columns, "dice": dice, "moved": moved})
        }
        _ => json!({}),
    };
    if let Value::Object(figures) = figures {
        extend(&mut row, figures);
    }
    row
}
