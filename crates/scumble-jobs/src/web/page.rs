//! The page: what it may do, what it says, and what it carries.

use crate::predict::READABLE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use scumble_nn::{Model, ModelCard};
use sha2::{Digest, Sha256};

/// The report's, and what is this page's alone.
const STYLE: &str = concat!(include_str!("../report/page/style.css"), include_str!("page/style.css"));
const SCRIPT: &str = concat!(include_str!("page/predict.js"), include_str!("page/show.js"));
const WORKER: &str = concat!(include_str!("page/wasi.js"), include_str!("page/worker.js"));

/// The page's own script runs, WebAssembly and a worker of the page's own text; nothing is loaded from or sent to anywhere.
fn policy() -> String {
    let script = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; script-src 'sha256-{script}' 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'"
    )
}

/// The page of a model, with the program compressed by gzip that predicts by it.
pub(super) fn page(model: &Model, program: &[u8]) -> Markup {
    let card = &model.card;
    let title = card.task.classes().join(", ");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "scumble " (env!("CARGO_PKG_VERSION")) };
                title { (title) " - scumble model" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.brand { "scumble model" }
                    h1 { (title) }
                }
                main {
                    (choice(card))
                    (result())
                    (about(card))
                }
                footer { p { "Written by scumble " (env!("CARGO_PKG_VERSION")) ". This file is whole in itself." } }
                script #program type="application/octet-stream" { (PreEscaped(STANDARD.encode(program))) }
                script #model type="application/octet-stream" { (PreEscaped(STANDARD.encode(model.to_bytes()))) }
                script #worker type="text/plain" { (PreEscaped(WORKER)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// As many letters of the data's fingerprint as tell it apart.
const FINGERPRINT: usize = 16;

fn epochs(epochs: u64) -> String {
    if epochs == 1 { "1 epoch".to_owned() } else { format!("{epochs} epochs") }
}

/// The channels of its images in words.
fn channels(card: &ModelCard) -> String {
    match card.network.channels() {
        1 => "one channel".to_owned(),
        n => format!("{n} channels"),
    }
}

fn choice(card: &ModelCard) -> Markup {
    let views = card.views().count() * Vec::from(card.scales()).len();
    html! {
        section aria-labelledby="choice-heading" {
            h2 #choice-heading { "An image" }
            noscript { p.alarm { "This page predicts by its script, which is switched off." } }
            label.drop #drop {
                strong { "Drop an image here, or choose one" }
                span.quiet { "of " (channels(card)) ", as the training had them (" (READABLE) ")" }
                input #image type="file";
            }
            p.quiet {
                "The image stays on this machine: the page carries the model and the program, and its policy forbids it any network."
            }
            @if views > 1 {
                label.check.quiet { input #fast type="checkbox"; "fast: from the image as it is, not from the mean of " (views) " views" }
            } @else {
                input #fast type="checkbox" hidden;
            }
            div.working {
                progress #progress hidden aria-label="tiles predicted" {}
                button.button #stop type="button" hidden { "Stop" }
                span #news role="status" {}
            }
            p.alarm #alarm role="alert" {}
        }
    }
}

fn result() -> Markup {
    let range = |id: &str, name: &str, value: &str| {
        html! {
            label {
                (name)
                input id=(id) type="range" min="0" max="1" step="0.01" value=(value);
                output id={ (id) "-value" } for=(id) {}
            }
        }
    };
    html! {
        section #result aria-labelledby="name" hidden {
            h2 #name {}
            p.quiet #said {}
            div.alarm #remarks {}
            div.controls {
                label #class hidden { "class" select {} }
                label #slice hidden { "slice" input type="number" min="0" step="1" value="0"; span #slices {} }
                (range("opacity", "opacity", "0.6"))
                (range("threshold", "threshold", "0.5"))
                label.check { input #cut type="checkbox"; span { "only where the probability is at or above the threshold" } }
                label { "colour" input #colour type="color" value="#00b4ff"; }
            }
            div.frame #frame tabindex="0" role="application" aria-label="the prediction over the image; arrow keys go from pixel to pixel" {
                canvas #picture {}
                canvas #overlay {}
                span.cross #cross hidden {}
            }
            output.number #numbers {}
            div.actions {
                button.button #save-picture type="button" { "Save as PNG, 16 bits" }
                button.button #save-maps type="button" { "Save as NPY, f32" }
            }
        }
    }
}

fn about(card: &ModelCard) -> Markup {
    let calibration = match card.task.calibration() {
        Some(_) => "yes",
        None => "none",
    };
    let facts = [
        ("classes", format!("{} ({})", card.task.classes().join(", "), card.task.kind())),
        ("images", channels(card)),
        ("normalisation", card.normalisation.method().to_string()),
        ("calibration", calibration.to_owned()),
        ("trained", format!("{}, by scumble {}", epochs(card.history.epochs), card.scumble)),
        ("data", card.history.data.chars().take(FINGERPRINT).collect()),
    ];
    html! {
        section aria-labelledby="about-heading" {
            h2 #about-heading { "The model" }
            dl.facts { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_carries_ends_none_of_its_scripts() {
        for text in [SCRIPT, WORKER] {
            assert!(!text.contains("</script") && !text.contains("<!--"));
        }
    }

    #[test]
    fn the_policy_lets_nothing_out() {
        let policy = policy();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        for loose in ["http", "connect-src", "img-src", "'unsafe-eval'", "*"] {
            assert!(!policy.contains(loose), "{policy}");
        }
    }
}
