//! The images that are shown, panel by panel.

use super::colour::{DIVERGING, SEQUENTIAL};
use super::content::Report;
use super::inline::{brighten, data_address};
use super::words::{number, points};
use crate::judge::Strip;
use crate::picture::{CLASS_COLOURS, Picture};
use maud::{Markup, html};
use ndarray::{Array2, Array3, Axis};

/// All strips, best to worst, with what their colours mean.
pub(super) fn strips(report: &Report<'_>) -> Markup {
    // One scale for all images, so that they can be compared.
    let scale =
        report.material.strips.iter().flat_map(|strip| &strip.off).flatten().filter(|gap| !gap.is_nan());
    let scale = ceiling(scale.map(|gap| gap.abs()).collect()).max(0.01);
    html! {
        (legend(report, scale))
        @for (at, strip) in report.material.strips.iter().enumerate() { (self::strip(at + 1, strip, report, scale)) }
    }
}

/// What all but one in a hundred stay below: single spots must not make the rest pale.
fn ceiling(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() * 99 / 100).copied().unwrap_or(0.0)
}

fn strip(at: usize, strip: &Strip, report: &Report<'_>, scale: f32) -> Markup {
    let heading = format!("image-{at}");
    let signed = report.judgement.all.classes.len() == 1;
    let scores = report.judgement.images.iter().find(|(id, _)| *id == strip.id).map(|(_, scores)| scores);
    let difference = colour(&strip.difference, |gap| DIVERGING.at(0.5 + gap / 2.0));
    html! {
        article.strip id=(heading) aria-labelledby={ (heading) "-name" } {
            h3 id={ (heading) "-name" } { (strip.id) " " span.place { (strip.place) } }
            p.numbers {
                (strip.size.1) " x " (strip.size.0) " pixels"
                @if let Some(loss) = scores.and_then(|scores| scores.cross_entropy) {
                    "; log loss " (number(loss.value)) ", of the label " (number(loss.floor)) ", excess " (number(loss.excess))
                }
                @if let Some(error) = scores.and_then(|scores| scores.calibration_error) { "; calibration error " (points(error)) " points" }
            }
            div.panels {
                @if let Some(image) = &strip.image {
                    @match brighten(image) {
                        Some(bright) => (panel(strip, "image, brightened", "", &bright)),
                        None => (panel(strip, "image", "", image)),
                    }
                }
                (panel(strip, "label", "label", &probabilities(&strip.label)))
                (panel(strip, "prediction", "prediction", &probabilities(&strip.prediction)))
                @if let Some(truth) = &strip.truth { (panel(strip, "truth", "", &probabilities(truth))) }
                (panel(strip, "difference", "", &difference))
                (panel(strip, "uncertainty of the prediction", "", &colour(&strip.uncertainty, |v| SEQUENTIAL.at(v))))
                @if let Some(doubt) = &strip.disagreement {
                    (panel(strip, "disagreement of the raters", "", &colour(doubt, |v| SEQUENTIAL.at(v))))
                }
                @for (class, off) in report.judgement.all.classes.iter().zip(&strip.off) {
                    @let name = if signed { "calibration map".to_string() } else { format!("calibration map: {}", class.class) };
                    (panel(strip, &name, "", &colour(off, |gap| DIVERGING.at(0.5 + gap / scale / 2.0))))
                }
            }
        }
    }
}

/// Grey where no class counts.
fn probabilities(maps: &Array3<f32>) -> Picture {
    let colours = Picture::probabilities(maps.mapv(|p| if p.is_nan() { 0.0 } else { p }).view());
    let unknown = maps.map_axis(Axis(0), |pixel| pixel.iter().all(|p| p.is_nan()));
    let (height, width) = unknown.dim();
    Picture::new(height, width, |row, column| match unknown[[row, column]] {
        true => SEQUENTIAL.at(f32::NAN),
        false => colours.at(row, column),
    })
}

fn colour(map: &Array2<f32>, of: impl Fn(f32) -> [u8; 3]) -> Picture {
    let (height, width) = map.dim();
    Picture::new(height, width, |row, column| of(map[[row, column]]))
}

fn panel(strip: &Strip, name: &str, role: &str, picture: &Picture) -> Markup {
    let (height, width) = picture.size();
    html! {
        figure.panel data-role=[(!role.is_empty()).then_some(role)] {
            div.frame {
                img.coarse[width.max(height) < 200] src=(data_address(picture)) width=(width) height=(height)
                    alt={ (name) " of " (strip.id) };
            }
            figcaption { (name) }
        }
    }
}

fn legend(report: &Report<'_>, scale: f32) -> Markup {
    let off = points(f64::from(scale));
    let one = report.judgement.all.classes.len() == 1;
    html! {
        ul.legend {
            @if one {
                li { "label, prediction: " (ramp("0 %", "linear-gradient(to right,#000,#fff)", "100 %")) }
                li { "difference: " (ramp("too low by 100 points", &DIVERGING.css(), "too high by 100")) }
            } @else {
                li {
                    "label, prediction: "
                    @for (class, [r, g, b]) in report.judgement.all.classes.iter().zip(CLASS_COLOURS.iter().cycle()) {
                        span.chip { span.swatch style={ "background:rgb(" (r) "," (g) "," (b) ")" } {} (class.class) } " "
                    }
                    "(mixed by their probabilities)"
                }
                li { "difference: the redder, the more of the probability is misplaced" }
            }
            li { "uncertainty, disagreement: " (ramp("certain", &SEQUENTIAL.css(), "no idea")) }
            li {
                "calibration map, the difference smoothed: "
                (ramp(&format!("too low by {off} points or more"), &DIVERGING.css(), &format!("too high by {off}")))
            }
            li { "grey: does not count" }
        }
    }
}

fn ramp(from: &str, gradient: &str, to: &str) -> Markup {
    html! { span.ramp-line { (from) " " span.ramp style={ "background:" (gradient) } {} " " (to) } }
}
