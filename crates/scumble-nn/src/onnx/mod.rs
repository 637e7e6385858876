//! A model as a file of [ONNX](https://onnx.ai), which other programs run without scumble.
//!
//! The graph takes samples and gives probabilities: normalisation, network, class weights' shift, calibration and sigmoid,
//! softmax or marginals are all inside of it, for images of any size.
//!
//! | name | what | shape, f32 |
//! |---|---|---|
//! | `image` | samples in units of [`Raster::to_unit`](scumble_data::Raster::to_unit): those of 8 bits over 255, of 16 bits over 65535, floats as they are; NaN where there is no data | [N, C, height, width] |
//! | `probabilities` | [`Reading::Classes`](crate::Reading::Classes), of one view of the image | [N, K, height, width] |
//!
//! What a program needs to know beside it is in the file's metadata, each a text: `kind`, `classes` (a JSON list),
//! `normalisation` (the method), `nodata` (a number, where there is one), `calibration`, `halo` and `stride` (of
//! [`Network`](crate::network::Network), for tiles), `tiles` ([whether they give the same](by_tiles)), `scumble` (the version that trained it), `data` (the fingerprint of what it
//! was trained on).

mod calibration;
mod error;
mod graph;
mod head;
mod network;
mod normalisation;
mod proto;
mod size;

pub use error::OnnxError;
pub use graph::OPERATORS;

use crate::network::Op;
use crate::{Model, ModelCard};
use graph::{Graph, Value};
use proto::Axis;
use scumble_data::NormalisationMethod;

/// The name of the graph's input.
pub const INPUT: &str = "image";
/// The name of the graph's output.
pub const OUTPUT: &str = "probabilities";

/// One file of protocol buffers is shorter than this.
const MOST_BYTES: u64 = i32::MAX as u64;

/// The bytes of a model's ONNX file; the same model has the same.
///
/// ```no_run
/// use scumble_nn::{Model, onnx};
///
/// let model = Model::read("runs/fundus/model.safetensors".as_ref())?;
/// std::fs::write("fundus.onnx", onnx::export(&model)?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A head that ONNX has no operations for, a network too large for one file, a model whose parts do not go together.
pub fn export(model: &Model) -> Result<Vec<u8>, OnnxError> {
    model.check().map_err(|message| OnnxError::Broken { message })?;
    let Model { card, weights } = model;
    let small = |bytes: u64| match bytes < MOST_BYTES {
        true => Ok(()),
        false => Err(OnnxError::TooLarge { bytes }),
    };
    small(weights.values().map(|tensor| 4 * tensor.len() as u64).sum())?;
    let (network, stride) = (&card.network, card.network.stride());
    let mut graph = Graph::default();
    let image = Value::input(INPUT);
    let seen = normalisation::normalised(&mut graph, &card.normalisation, &image);
    let padded = size::padded(&mut graph, &seen, stride);
    let logits = network::logits(&mut graph, network, weights, padded);
    let logits = size::cropped(&mut graph, &logits, &image, stride);
    let probabilities = head::probabilities(&mut graph, &card.task, &logits)?;
    graph.output(&probabilities, OUTPUT);
    let axes = |maps| [Axis::Any("images"), Axis::Fixed(maps), Axis::Any("height"), Axis::Any("width")];
    let input = proto::value_info(INPUT, &axes(network.channels()), IMAGE);
    let output = proto::value_info(OUTPUT, &axes(card.task.outputs()), PROBABILITIES);
    let parts = graph.parts("scumble", input, output);
    let file = proto::model(&parts, OPERATORS, env!("CARGO_PKG_VERSION"), &metadata(card)).into_bytes();
    small(file.len() as u64)?;
    Ok(file)
}

/// Whether tiles of an image give what the whole image gives: not where the statistics of what is seen change what is
/// predicted, as by a normalisation of the image by itself, or a group normalisation in the network.
pub fn by_tiles(card: &ModelCard) -> bool {
    let method = card.normalisation.method();
    let of_all = matches!(method, NormalisationMethod::Dataset | NormalisationMethod::None);
    of_all && !card.network.layers().iter().any(|layer| matches!(layer.op, Op::GroupNorm { .. }))
}

const IMAGE: &str =
    "samples of 8 bits over 255, of 16 bits over 65535, floats as they are; NaN where there is no data";
const PROBABILITIES: &str = "the probability of each class";

/// What a program that runs the graph may need to know.
fn metadata(card: &ModelCard) -> Vec<(&'static str, String)> {
    let ModelCard { task, normalisation, network, .. } = card;
    let classes = serde_json::to_string(task.classes()).expect("names are plain data");
    let mut entries = vec![
        ("kind", task.kind().to_string()),
        ("classes", classes),
        ("normalisation", normalisation.method().to_string()),
        ("halo", network.halo().to_string()),
        ("stride", network.stride().to_string()),
        ("tiles", by_tiles(card).to_string()),
        ("scumble", card.scumble.clone()),
        ("data", card.history.data.clone()),
    ];
    entries.extend(normalisation.nodata().map(|nodata| ("nodata", nodata.to_string())));
    entries.extend(task.calibration().map(|calibration| ("calibration", calibration.to_string())));
    entries
}
