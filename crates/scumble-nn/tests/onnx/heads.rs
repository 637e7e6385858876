//! Every head, with and without the shift of class weights.

use super::{agrees, images, of_task, run, shifted, task};
use ndarray::Axis;
use scumble::joint::{JointFamily, JointKind};
use scumble::labels::Kind;
use scumble_nn::Head;
use scumble_nn::onnx::{self, OnnxError};

#[test]
fn of_classes() {
    for (kind, classes) in [(Kind::Binary, 1), (Kind::Multiclass, 4), (Kind::Multilabel, 3)] {
        let task = task(kind, classes);
        agrees(&format!("{kind}"), &of_task(task.clone()), &images(2, 1, (11, 14)));
        agrees(&format!("{kind} shifted"), &of_task(shifted(&task)), &images(1, 1, (11, 14)));
    }
}

#[test]
fn of_label_sets() {
    for kind in JointKind::ALL {
        for labels in [1, 2, 5] {
            let family = JointFamily::new(kind, labels, 3).unwrap();
            let task = task(Kind::Multilabel, labels).with_head(Head::Joint(family)).unwrap();
            agrees(&family.to_string(), &of_task(task.clone()), &images(1, 1, (9, 10)));
            if labels == 5 {
                agrees(&format!("{family} shifted"), &of_task(shifted(&task)), &images(1, 1, (9, 10)));
            }
        }
    }
}

#[test]
fn of_counts_and_of_raters() {
    for (kind, classes) in [(Kind::Binary, 1), (Kind::Multilabel, 2)] {
        let counts = task(kind, classes).with_head(Head::BetaBinomial).unwrap();
        agrees(&format!("counts {kind}"), &of_task(counts.clone()), &images(1, 1, (11, 14)));
        agrees(&format!("counts {kind} shifted"), &of_task(shifted(&counts)), &images(1, 1, (11, 14)));
    }
    let raters = task(Kind::Multiclass, 3).with_raters(["ann", "ben"]).unwrap();
    agrees("raters", &of_task(raters.clone()), &images(1, 1, (11, 14)));
    agrees("one rater", &of_task(raters.of_rater("ben").unwrap()), &images(1, 1, (11, 14)));
}

#[test]
fn exclusive_classes_sum_to_one() {
    let file = onnx::export(&of_task(task(Kind::Multiclass, 5))).unwrap();
    let image = images(1, 1, (13, 6))[0].to_unit().insert_axis(Axis(0));
    let found = run(&file, &image);
    assert!(found.iter().all(|q| (0.0..=1.0).contains(q)));
    assert!(found.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-6));
}

/// What is found by a search is refused, by name.
#[test]
fn a_chain_of_many_labels_is_refused() {
    let family = JointFamily::chain(13).unwrap();
    let task = task(Kind::Multilabel, 13).with_head(Head::Joint(family)).unwrap();
    let error = onnx::export(&of_task(task)).unwrap_err();
    assert_eq!(error, OnnxError::Chain { labels: 13, most: 12 });
    assert!(error.to_string().starts_with("a chain of 13 labels"), "{error}");
}
