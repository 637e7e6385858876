//! An image judged by rows is the image judged as a whole.

use ndarray::{Array3, Axis, Slice};
use scumble::fusion::mean;
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels, UNSEEN};
use scumble::score::{Judge, JudgeOptions, Scores};
use serde_json::Value;

/// Numbers without any pattern, 0 to `below`.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

const SIZE: (usize, usize) = (90, 70);

fn masks(space: &LabelSpace, seed: &mut u64) -> Vec<(String, RaterMask)> {
    let mask = |name: &str, seed: &mut u64| {
        let marks = Array3::from_shape_fn((space.groups(), SIZE.0, SIZE.1), |_| {
            if draw(seed, 9) == 0 { UNSEEN } else { draw(seed, space.states() as u64) as u16 }
        });
        (name.to_owned(), RaterMask::new(space, marks).unwrap())
    };
    ["ann", "bob", "cid"].map(|name| mask(name, seed)).into()
}

fn prediction(space: &LabelSpace, seed: &mut u64) -> Array3<f32> {
    let mut maps =
        Array3::from_shape_fn((space.count(), SIZE.0, SIZE.1), |_| (1 + draw(seed, 998)) as f32 / 1000.0);
    if space.kind() == Kind::Multiclass {
        maps.lanes_mut(Axis(0)).into_iter().for_each(|mut lane| {
            let sum = lane.sum();
            lane.mapv_inplace(|q| q / sum);
        });
    }
    maps
}

fn rows_of(masks: &[(String, RaterMask)], space: &LabelSpace, rows: Slice) -> Vec<(String, RaterMask)> {
    let part = |mask: &RaterMask| mask.marks().slice_axis(Axis(1), rows).to_owned();
    masks.iter().map(|(name, mask)| (name.clone(), RaterMask::new(space, part(mask)).unwrap())).collect()
}

fn labels(space: &LabelSpace, masks: &[(String, RaterMask)]) -> SoftLabels {
    mean(space, masks).unwrap()
}

/// Equal but for the rounding of sums.
fn alike(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().for_each(|(key, value)| alike(&format!("{path}.{key}"), value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().zip(b).for_each(|(a, b)| alike(path, a, b));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-10 * a.abs().max(1.0), "{path}: {a} and {b}");
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

fn as_json(scores: &Scores) -> Value {
    serde_json::to_value(scores).unwrap()
}

#[test]
fn all_scores_are_those_of_the_whole() {
    for (kind, classes) in [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 2)] {
        let space = LabelSpace::unnamed(kind, classes).unwrap();
        let empty = Judge::new(&space, JudgeOptions { uncertainty: true, ..JudgeOptions::default() });
        let (mut whole, mut by_rows) = (empty.clone(), empty);
        let mut seed = 7;
        // Two images: what is a mean over images must not count parts as such.
        for cuts in [[0, 1, 40, 90], [0, 30, 60, 90]] {
            let (masks, maps) = (masks(&space, &mut seed), prediction(&space, &mut seed));
            whole.add(&labels(&space, &masks), maps.view(), &masks).unwrap();
            for cut in cuts.windows(2) {
                let rows = Slice::from(cut[0]..cut[1]);
                let part = rows_of(&masks, &space, rows);
                let maps = maps.slice_axis(Axis(1), rows);
                by_rows.add_rows(&labels(&space, &part), maps, &part).unwrap();
            }
            by_rows.end_image();
        }
        assert_eq!(by_rows.scores().pixels, whole.scores().pixels);
        alike(&kind.to_string(), &as_json(&whole.scores()), &as_json(&by_rows.scores()));
    }
}

#[test]
fn an_image_that_has_not_ended_lacks_what_only_whole_images_have() {
    let space = LabelSpace::unnamed(Kind::Binary, 1).unwrap();
    let mut judge = Judge::new(&space, JudgeOptions::default());
    let mut seed = 3;
    let (masks, maps) = (masks(&space, &mut seed), prediction(&space, &mut seed));
    judge.add_rows(&labels(&space, &masks), maps.view(), &masks).unwrap();
    assert!(judge.scores().levels_dice.is_none() && judge.scores().brier.is_some());
    judge.end_image();
    assert!(judge.scores().levels_dice.is_some());
}
