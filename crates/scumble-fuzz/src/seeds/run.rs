//! What a small training writes.

use scumble_data::{Dataset, SyntheticOptions, synthetic, write_synthetic};
use scumble_nn::ranks::Alone;
use scumble_nn::{ClaimedRun, Device, TrainRequest, load_config, train};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// The files of a run.
struct Written {
    info: Vec<u8>,
    config: Vec<u8>,
    metrics: Vec<u8>,
    model: Vec<u8>,
    checkpoint: Vec<u8>,
}

/// model.safetensors.
pub(crate) fn models() -> Vec<Vec<u8>> {
    vec![written().model.clone()]
}

/// checkpoints/last.safetensors.
pub(crate) fn checkpoints() -> Vec<Vec<u8>> {
    vec![written().checkpoint.clone()]
}

/// metrics.jsonl.
pub(crate) fn metrics() -> Vec<Vec<u8>> {
    vec![written().metrics.clone()]
}

/// run.json.
pub(crate) fn run_infos() -> Vec<Vec<u8>> {
    vec![written().info.clone()]
}

/// config.toml in full, in part, and with assignments.
pub(crate) fn configs() -> Vec<Vec<u8>> {
    let mut configs = vec![written().config.clone()];
    configs.extend(
        [
            "[train]\nepochs = 3\nminutes = 0.5\npatch = 64\nloss = [{ kind = \"softmax\", weight = 0.5 }, { kind = \"dice\" }]\n",
            "[data]\nvalidation = \"rows 0.8..1\"\ntarget = \"staple\"\ngroup = \"^(\\\\d+)\"\n[network]\nwidths = [4, 8]\n",
            "[train]\nbatch = 2\n\0train.epochs=4\nnetwork.norm=group\ndata.group=^(\\d+)\nlr=0.1\n",
            "\0data.validation=0.25\ntask.kind=multilabel\ntask.joint=nested\ntrain.likelihood=beta-binomial\n",
        ]
        .map(Vec::from),
    );
    configs
}

/// A training of two steps, once in the program; the clock and the folder are taken out of what it wrote.
fn written() -> &'static Written {
    static WRITTEN: OnceLock<Written> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let images = synthetic(&SyntheticOptions { images: 3, size: 16, raters: 2, seed: 1 });
        write_synthetic(&data, &images).expect("a data set");
        let dataset = Dataset::open(&data).expect("a data set");
        let settings =
            ["network.widths=[1, 2]", "train.epochs=2", "train.steps=1", "train.batch=1", "train.patch=8"];
        let config = load_config(None, &settings.map(String::from)).expect("settings");
        let run = ClaimedRun::create(&folder.path().join("run"), false).expect("a run folder");
        let request = TrainRequest {
            dataset: &dataset,
            config: &config,
            run: Some(&run),
            ranks: &Alone,
            device: &Device::Cpu,
            pause_after: None,
            command: &["scumble".to_owned(), "train".to_owned()],
        };
        train(&request, &()).expect("a training");
        let text = |path: &Path| {
            let text = fs::read_to_string(path).expect("a text");
            without_clock(text.replace(&folder.path().display().to_string(), "").into_bytes())
        };
        Written {
            info: text(&run.folder().join("run.json")),
            config: text(&run.config_path()),
            metrics: text(&run.metrics_path()),
            model: fs::read(run.model_path()).expect("a model"),
            checkpoint: with_header(&fs::read(run.last_path()).expect("a checkpoint"), without_clock),
        }
    })
}

/// The seconds set to 1.
fn without_clock(mut text: Vec<u8>) -> Vec<u8> {
    let key = b"seconds";
    let places: Vec<usize> = (0..text.len()).filter(|at| text[*at..].starts_with(key)).collect();
    for place in places.into_iter().rev() {
        let is_number = |byte: &u8| byte.is_ascii_digit() || b".e-".contains(byte);
        let behind = place + key.len();
        let start = behind + text[behind..].iter().position(is_number).expect("a number");
        let end = start + text[start..].iter().position(|byte| !is_number(byte)).expect("an end");
        text.splice(start..end, *b"1.0");
    }
    text
}

/// A safetensors file with its header changed.
fn with_header(file: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let (length, rest) = file.split_first_chunk().expect("a length");
    let (header, tensors) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header = change(header.to_vec());
    [&(header.len() as u64).to_le_bytes()[..], &header, tensors].concat()
}
