//! Real sets, where they lie beside the project; they are never part of it. Skipped elsewhere.

use scumble::labels::Kind;
use scumble_data::{Dataset, Target};
use std::path::PathBuf;

/// The set, or None with a word why.
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn open(name: &str) -> Option<Dataset> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if !path.is_dir() {
        eprintln!("skipped: no {name} beside the project");
        return None;
    }
    Some(Dataset::open(&path).unwrap_or_else(|error| panic!("{error}")))
}

/// Opens the set, reads one item and returns the set for more.
fn expect(name: &str, kind: Kind, classes: &[&str], items: usize, raters: usize) -> Option<Dataset> {
    let data = open(name)?;
    assert_eq!((data.kind(), data.items().len(), data.raters().len()), (kind, items, raters), "{name}");
    assert_eq!(data.classes(), classes, "{name}: {}", data.describe_choice());
    let item = &data.items()[items / 2];
    let labels = data.labels(item, Target::Auto).unwrap_or_else(|error| panic!("{error}"));
    let image = data.image(item).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(labels.size(), (image.height, image.width));
    let soft = labels.probabilities().iter().filter(|p| **p > 0.0 && **p < 1.0).count();
    assert!(soft > 0, "{name}: someone disagrees somewhere");
    Some(data)
}

fn sound(data: Option<Dataset>) {
    let problems = data.map(|data| data.check(&|_, _| ())).unwrap_or_default();
    let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(messages.is_empty(), "{}", messages.join("\n"));
}

#[test]
fn chase() {
    sound(expect("chase_db1", Kind::Binary, &["foreground"], 20, 2));
}

#[test]
fn drishti() {
    sound(expect("drishti_gs", Kind::Multilabel, &["cup", "disc"], 50, 0));
}

#[test]
fn samson() {
    let data = expect("samson", Kind::Multiclass, &["class0", "class1", "class2"], 1, 0);
    if let Some(data) = &data {
        assert_eq!(data.image(&data.items()[0]).unwrap().channels, 156);
    }
    sound(data);
}

#[test]
fn cfos() {
    expect("cfos_wue1", Kind::Binary, &["foreground"], 36, 5);
    expect("cfos_inns1", Kind::Binary, &["foreground"], 5, 4);
}

#[test]
fn bsds() {
    expect("bsds500/train", Kind::Binary, &["foreground"], 200, 9);
    expect("bsds500/val", Kind::Binary, &["foreground"], 100, 8);
    expect("bsds500", Kind::Binary, &["foreground"], 300, 9);
}
