//! What the package says of itself: `rdf.yaml` of the specification's version 0.5, and the README.

use super::example::Sizes;
use super::{COVER, INPUT, OUTPUT, PackageRequest, README, WEIGHTS};
use scumble::Kind;
use scumble_nn::{ModelCard, onnx};
use serde_json::{Value, json};
use std::collections::HashSet;

/// The version of the specification that is written, the first that knows all that is used of it.
const FORMAT: &str = "0.5.4";

/// What a model is called, and by whom it is given.
pub(super) struct Named {
    pub(super) name: String,
    authors: Vec<String>,
    license: Option<String>,
}

impl Named {
    pub(super) fn of(request: &PackageRequest, card: &ModelCard) -> Self {
        let name =
            request.name.clone().unwrap_or_else(|| format!("{} pixels", card.task.classes().join(" and ")));
        Self { name: allowed(&name), authors: request.authors.clone(), license: request.license.clone() }
    }
}

/// A name in the letters that the specification allows, of 5 to 128 of them.
fn allowed(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || "_+- ()".contains(c) { c } else { '_' };
    let name: String = name.trim().chars().map(letter).take(128).collect();
    if name.len() < 5 { format!("{name} model") } else { name }
}

/// Names of channels as identifiers, which no two share.
fn channel_names(names: &[String]) -> Vec<String> {
    let plain = |name: &String| {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = name.chars().map(letter).collect();
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("c_{name}") }
    };
    let plain: Vec<String> = names.iter().map(plain).collect();
    match plain.iter().collect::<HashSet<_>>().len() == names.len() {
        true => plain,
        false => (0..names.len()).map(|k| format!("class{k}")).collect(),
    }
}

/// In JSON, which is YAML: images have these sizes and numbers up to `full`, if they have an end; the hashes are those of
/// weights, input and output.
pub(super) fn described(
    named: &Named,
    card: &ModelCard,
    (sizes, full): (&Sizes, Option<f32>),
    [weights, input, output]: [String; 3],
) -> String {
    let network = &card.network;
    let halo = network.halo();
    let bands: Vec<String> = (0..network.channels()).map(|c| format!("channel{c}")).collect();
    let axes = |names: &[String], space: &dyn Fn(&str) -> Value| json!([{"type": "batch"}, {"type": "channel", "channel_names": names}, space("y"), space("x")]);
    let any = |id: &str| json!({"type": "space", "id": id, "size": {"min": sizes.least, "step": sizes.step}});
    let same = |id: &str| json!({"type": "space", "id": id, "halo": halo, "size": {"tensor_id": onnx::INPUT, "axis_id": id}});
    let (numbers, preprocessing) = match full {
        Some(full) => (
            json!({"type": "float32", "range": [0.0, full]}),
            json!([{"id": "scale_linear", "kwargs": {"gain": 1.0 / f64::from(full), "offset": 0.0}}]),
        ),
        None => (json!({"type": "float32"}), json!([])),
    };
    let mut rdf = json!({
        "format_version": FORMAT,
        "type": "model",
        "name": named.name,
        "description": says(card),
        "documentation": README,
        "covers": [COVER],
        "tags": ["semantic-segmentation", "probabilities", "soft-labels", "unet", "scumble"],
        "cite": [{"text": "Ronneberger, Fischer, Brox 2015: U-Net", "doi": "10.1007/978-3-319-24574-4_28"}],
        "inputs": [{
            "id": onnx::INPUT,
            "description": "an image, as its file has it",
            "axes": axes(&bands, &any),
            "data": numbers,
            "test_tensor": {"source": INPUT, "sha256": input},
            "preprocessing": preprocessing,
        }],
        "outputs": [{
            "id": onnx::OUTPUT,
            "description": "the probability of each class at each pixel",
            "axes": axes(&channel_names(card.task.classes()), &same),
            "data": {"type": "float32", "range": [0.0, 1.0]},
            "test_tensor": {"source": OUTPUT, "sha256": output},
        }],
        "weights": {"onnx": {"source": WEIGHTS, "sha256": weights, "opset_version": onnx::OPERATORS}},
    });
    if !named.authors.is_empty() {
        rdf["authors"] = named.authors.iter().map(|name| json!({"name": name})).collect();
    }
    if let Some(license) = &named.license {
        rdf["license"] = json!(license);
    }
    serde_json::to_string_pretty(&rdf).expect("a description is plain data") + "\n"
}

/// What the model does, in a sentence.
fn says(card: &ModelCard) -> String {
    let classes = card.task.classes().join(", ");
    let kind = match card.task.kind() {
        Kind::Binary => "of",
        Kind::Multiclass => "of one of",
        Kind::Multilabel => "of each of",
    };
    // The specification takes no more.
    format!("The probability {kind} {classes} at each pixel, learnt from labels that are probabilities.")
        .chars()
        .take(512)
        .collect()
}

/// What people read first.
pub(super) fn readme(named: &Named, card: &ModelCard) -> String {
    let history = &card.history;
    let validation = match history.validation {
        Some((value, floor)) => format!(
            "The images that the training held out have a cross entropy of {value:.4} nats a pixel. {floor:.4} of them are the \
             entropy of their own labels, which no prediction is below."
        ),
        None => "The training has held no images out.".to_owned(),
    };
    let calibration = match card.task.calibration() {
        Some(calibration) => format!("calibrated ({calibration})"),
        None => "as the network gives them".to_owned(),
    };
    format!(
        "# {}\n\n{}\n\n\
         Trained by scumble {} for {} steps. Probabilities are {calibration}, from one view of the image. The image's \
         normalisation ({}) is part of the graph: samples are given as their file has them (see `rdf.yaml` for their kind). \
         An image may have any size. Where it is cut into tiles, these should overlap by {} pixels and begin at multiples of \
         {}{}.\n\n\
         # Validation\n\n{validation} `test_input.npy` and `test_output.npy` are an image and what scumble itself predicts of \
         it; `bioimageio test` holds the graph against them.\n",
        named.name,
        says(card),
        card.scumble,
        history.steps,
        card.normalisation.method(),
        card.network.halo(),
        card.network.stride(),
        match onnx::by_tiles(card) {
            true => "",
            false => "; each is then normalised by itself, so that large ones are truer",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_the_letters_that_are_allowed() {
        assert_eq!(allowed("cells: type 1/2"), "cells_ type 1_2");
        assert_eq!(allowed("cup"), "cup model");
        assert_eq!(allowed(&"x".repeat(200)).len(), 128);
        let names = |names: [&str; 2]| channel_names(&names.map(str::to_owned));
        assert_eq!(names(["optic cup", "2nd"]), ["optic_cup", "c_2nd"]);
        assert_eq!(names(["a b", "a-b"]), ["class0", "class1"]);
    }
}
