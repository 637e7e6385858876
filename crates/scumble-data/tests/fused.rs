//! Labels that are made of raters by a model of how good each is: from files to numbers.

mod files;

use files::{at, mask, photo};
use ndarray::Axis;
use scumble::fusion::{DawidSkeneOptions, Patterns, StapleOptions, dawid_skene, staple};
use scumble_data::{Band, DataError, Dataset, Target, Wanted};
use std::path::Path;

const SIZE: (u32, u32) = (4, 4);

/// Two images and three raters: anna and ben all but agree, carl marks something else. The second row of `b` is to be
/// ignored.
fn raters(root: &Path) -> Dataset {
    let square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];
    for (id, shift) in [("a", 0), ("b", 4)] {
        photo(&at(root, &format!("images/{id}.png")), SIZE, 10);
        let moved = |by: usize| -> Vec<u8> { (0..16).map(|i| square[(i + by + shift) % 16]).collect() };
        let mut less = moved(0);
        less[5] = 0;
        for (name, marks) in [("anna", moved(0)), ("ben", less), ("carl", moved(1))] {
            mask(&at(root, &format!("raters/{name}/{id}.png")), SIZE, &marks);
        }
    }
    mask(&at(root, "ignore/b.png"), SIZE, &[0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    Dataset::open(root).unwrap()
}

#[test]
fn staple_is_of_each_image_and_dawid_skene_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = raters(folder.path());
    let mut all = Patterns::new(data.space());
    for item in data.items() {
        all.add(&data.read(item, &Wanted::raters()).unwrap().into_opinions()).unwrap();
    }
    let pooled = dawid_skene(&all, &DawidSkeneOptions::default()).unwrap();
    let [by_staple, by_all] =
        [Target::Staple, Target::DawidSkene].map(|target| data.labeller(target, data.items(), None).unwrap());
    for item in data.items() {
        let masks = data.read(item, &Wanted::raters()).unwrap().into_opinions();
        let mut own = Patterns::new(data.space());
        own.add(&masks).unwrap();
        let fit = staple(&own, &StapleOptions::default()).unwrap();
        assert_eq!(
            by_staple.labels(&data.read(item, &by_staple.wanted()).unwrap()).unwrap().probabilities(),
            fit.map(&masks).unwrap().probabilities()
        );
        assert_eq!(
            data.labels(item, Target::Staple).unwrap(),
            by_staple.labels(&data.read(item, &by_staple.wanted()).unwrap()).unwrap()
        );
        assert_eq!(
            by_all.labels(&data.read(item, &by_all.wanted()).unwrap()).unwrap().probabilities(),
            pooled.map(&masks).unwrap().probabilities()
        );
        // About one truth: a pixel weighs 1 however many raters there are, 0 where it is ignored.
        let weights =
            by_all.labels(&data.read(item, &by_all.wanted()).unwrap()).unwrap().effective_weights(true);
        assert_eq!(weights.sum(), if item.id() == "b" { 12.0 } else { 16.0 });
    }
}

/// A rater of whom training learnt nothing has no say in other images, nor has what is held out of them.
#[test]
fn only_what_was_learnt_from_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let data = raters(root);
    let carl = root.join("raters/carl/a.png");
    std::fs::remove_file(&carl).unwrap();
    let data = Dataset::open(data.root()).unwrap();
    let [a, b] = data.items() else { panic!("two images") };
    let labeller = data.labeller(Target::DawidSkene, [a], None).unwrap();
    let with = labeller.labels(&data.read(b, &labeller.wanted()).unwrap()).unwrap();
    std::fs::remove_file(root.join("raters/carl/b.png")).unwrap();
    let without = Dataset::open(root).unwrap();
    let labeller = without.labeller(Target::DawidSkene, &without.items()[..1], None).unwrap();
    assert_eq!(
        with,
        labeller.labels(&without.read(&without.items()[1], &labeller.wanted()).unwrap()).unwrap()
    );
    for name in ["anna", "ben"] {
        std::fs::rename(
            root.join(format!("raters/{name}/b.png")),
            at(root, &format!("raters/new-{name}/b.png")),
        )
        .unwrap();
    }
    let strangers = Dataset::open(root).unwrap();
    let labeller = strangers.labeller(Target::DawidSkene, &strangers.items()[..1], None).unwrap();
    let error =
        labeller.labels(&strangers.read(&strangers.items()[1], &labeller.wanted()).unwrap()).unwrap_err();
    assert!(
        matches!(&error, DataError::NoKnownRater { id, known } if id == "b" && known.len() == 2),
        "{error}"
    );
}

#[test]
fn a_held_out_band_teaches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = raters(folder.path());
    let band: Band = "rows 0.5..1".parse().unwrap();
    let before = data.labeller(Target::DawidSkene, data.items(), Some(&band)).unwrap();
    let labels: Vec<_> = data
        .items()
        .iter()
        .map(|item| before.labels(&data.read(item, &before.wanted()).unwrap()).unwrap())
        .collect();
    // Carl changes his mind there.
    mask(&at(folder.path(), "raters/carl/a.png"), SIZE, &[0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    let data = Dataset::open(folder.path()).unwrap();
    let after = data.labeller(Target::DawidSkene, data.items(), Some(&band)).unwrap();
    assert_eq!(after.labels(&data.read(&data.items()[1], &after.wanted()).unwrap()).unwrap(), labels[1]);
    let top = |labels: &scumble::labels::SoftLabels| labels.probabilities().index_axis(Axis(1), 1).to_owned();
    assert_eq!(
        top(&after.labels(&data.read(&data.items()[0], &after.wanted()).unwrap()).unwrap()),
        top(&labels[0])
    );
    assert_ne!(after.labels(&data.read(&data.items()[0], &after.wanted()).unwrap()).unwrap(), labels[0]);
}
