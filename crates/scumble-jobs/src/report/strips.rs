//! The images that are shown in full, panel by panel.

use super::colour::{DIVERGING, SEQUENTIAL};
use super::content::Report;
use super::inline::brighten;
use super::panel::{Bar, Key, Panel, Scale};
use super::quantity::{Unit, quantity};
use crate::judge::Strip;
use crate::numbers::thousands;
use maud::{Markup, html};
use ndarray::{Array2, ArrayView2, Axis};
use scumble::score::Scores;

/// All strips, best to worst.
pub(super) fn strips(report: &Report<'_>) -> Markup {
    let scales = Scales::of(report);
    html! {
        p {
            "Best, median and worst by their " (report.order()) ". " (explained(report))
        }
        @if report.names().len() > 1 {
            p { "Where classes mix, so do their colours. Difference: how much of the probability is misplaced." }
        }
        div.threshold-place.sticky {}
        @for (at, strip) in report.material.strips.iter().enumerate() { (self::strip(at + 1, strip, report, &scales)) }
    }
}

fn explained(report: &Report<'_>) -> &'static str {
    match report.material.opinions {
        true => {
            "Uncertainty is the entropy of the prediction, disagreement that of the raters: where raters disagree, a good \
             prediction is uncertain. Grey-blue does not count. A picture opens large, with the numbers under the cursor."
        }
        false => {
            "Uncertainty is the entropy of the prediction. Grey-blue does not count. A picture opens large, with the numbers \
             under the cursor."
        }
    }
}

/// One scale for all images, so that they can be compared.
struct Scales {
    difference: f32,
    calibration: f32,
}

impl Scales {
    fn of(report: &Report<'_>) -> Self {
        let strips = &report.material.strips;
        Self {
            difference: ceiling(strips.iter().map(|strip| &strip.difference)),
            calibration: ceiling(strips.iter().flat_map(|strip| &strip.off)),
        }
    }
}

/// What all but one in a hundred stay below: single spots must not make the rest pale.
fn ceiling<'a>(maps: impl Iterator<Item = &'a Array2<f32>>) -> f32 {
    let mut gaps: Vec<f32> = maps.flatten().filter(|gap| !gap.is_nan()).map(|gap| gap.abs()).collect();
    gaps.sort_by(f32::total_cmp);
    gaps.get(gaps.len() * 99 / 100).copied().unwrap_or(0.0).max(0.01)
}

fn strip(at: usize, strip: &Strip, report: &Report<'_>, scales: &Scales) -> Markup {
    let heading = format!("image-{at}");
    let names = report.names();
    let scores = report.judgement.seen().find(|(id, _)| *id == strip.id).map(|(_, scores)| scores);
    let show = |panel: Panel<'_>| panel.figure(&strip.id);
    let maps = |name, role, maps| Panel::of_probabilities(name, role, maps, &names);
    html! {
        article.strip id=(heading) aria-labelledby={ (heading) "-name" } data-id=(strip.id)
            data-rows=(strip.size.0) data-columns=(strip.size.1) {
            h3 id={ (heading) "-name" } { (strip.id) " " span.place { (strip.place) } }
            p.numbers { (numbers(strip, scores)) }
            div.panels {
                @if let Some(image) = image(strip) { (show(image)) }
                (show(maps(report.label_name(), "label", &strip.label)))
                (show(maps("prediction", "prediction", &strip.prediction)))
                @if let Some(truth) = &strip.truth { (show(maps("truth", "truth", truth))) }
            }
            div.panels {
                (show(difference(strip, names.len() == 1, scales.difference)))
                @if let ([_], [off]) = (&names[..], &strip.off[..]) {
                    (show(Panel::of_map("calibration map", "calibration", off.view(), gaps(scales.calibration))))
                }
                (show(uncertainty(strip)))
                @if let Some(disagreement) = disagreement(strip) { (show(disagreement)) }
            }
            @if names.len() > 1 { (each_class(strip, report, &names, scales.calibration)) }
        }
    }
}

/// Label, prediction and calibration map of each class that has one.
fn each_class(strip: &Strip, report: &Report<'_>, names: &[&str], scale: f32) -> Markup {
    let panel = |words: &str, role, class, map: ArrayView2<'_, f32>, scale| {
        Panel::of_map(format!("{words}: {class}"), role, map, scale).of_class(class).lazy().figure(&strip.id)
    };
    html! {
        details {
            summary {
                @if strip.off.len() < names.len() { "The first " (strip.off.len()) " classes" } @else { "Each class" }
            }
            @for (k, (name, off)) in names.iter().zip(&strip.off).enumerate() {
                div.panels.trio {
                    @for (words, role, maps) in [(report.label_name(), "label", &strip.label), ("prediction", "prediction", &strip.prediction)] {
                        (panel(words, role, name, maps.index_axis(Axis(0), k), Scale::probability()))
                    }
                    (panel("calibration map", "calibration", name, off.view(), gaps(scale)))
                }
            }
        }
    }
}

/// Size and scores, in the units that they have everywhere.
fn numbers(strip: &Strip, scores: Option<&Scores>) -> String {
    let mut words = format!("{} x {} pixels", thousands(strip.size.1 as u64), thousands(strip.size.0 as u64));
    let known = [
        ("truth_distance", scores.and_then(|s| s.truth).map(|t| t.distance)),
        ("calibration", scores.and_then(|s| s.calibration_error)),
        ("excess", scores.and_then(|s| s.cross_entropy).map(|c| c.excess)),
        ("dice", scores.and_then(|s| s.dice)),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            let (title, unit) = quantity(name);
            words += &format!("; {title} {}", unit.words(value));
        }
    }
    words
}

pub(super) fn image(strip: &Strip) -> Option<Panel<'_>> {
    let image = strip.image.as_ref()?;
    let (name, picture) = match brighten(image) {
        Some(bright) => ("image, brightened", bright),
        None => ("image", image.clone()),
    };
    let bar = strip.pixel.and_then(|pixel| Bar::of(pixel, strip.size.1));
    Some(Panel::new(name, "image", picture, bar.map_or(Key::Nothing, Key::Bar)))
}

pub(super) fn uncertainty(strip: &Strip) -> Panel<'_> {
    Panel::of_map("uncertainty", "uncertainty", strip.uncertainty.view(), doubt())
}

fn disagreement(strip: &Strip) -> Option<Panel<'_>> {
    let map = strip.disagreement.as_ref()?;
    Some(Panel::of_map("disagreement", "disagreement", map.view(), doubt()))
}

/// Prediction minus label; of several classes how much is misplaced, which has no sign.
fn difference(strip: &Strip, signed: bool, most: f32) -> Panel<'_> {
    let mut scale = gaps(most);
    if !signed {
        scale.words.0 = "0".into();
        scale.ramp = SEQUENTIAL;
        scale.ends.0 = 0.0;
    }
    Panel::of_map("difference", "difference", strip.difference.view(), scale)
}

/// Of entropies as shares of the largest possible.
fn doubt() -> Scale {
    let words = ("certain".into(), "no idea".into());
    Scale { ramp: SEQUENTIAL, ends: (0.0, 1.0), words, unit: Unit::Probability }
}

/// Of differences of probabilities up to `most`.
fn gaps(most: f32) -> Scale {
    let end = Unit::Points.number(f64::from(most));
    let words = (format!("-{end}"), format!("+{end}\u{a0}pp"));
    Scale { ramp: DIVERGING, ends: (-most, most), words, unit: Unit::Points }
}
