//! Judging as a library: what is kept of images, and what a request cannot ask for.

use ndarray::{Array3, Axis};
use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
use scumble::score::JudgeOptions;
use scumble_data::{
    MapFormat, MapWriter, Sidecar, SyntheticOptions, synthetic, write_sidecar, write_synthetic,
};
use scumble_jobs::judge::{Bins, DrawnMasks, Error, JudgeRequest, PooledImages, Probability, StripMemory};
use scumble_jobs::{Fault, JobError, Observer, Report, judge};
use std::path::Path;
use std::sync::Mutex;

/// Nine lagoons, and maps of eight of them: the truth made paler, each image more than the one before.
fn lagoons(folder: &Path) -> JudgeRequest {
    let (data, maps) = (folder.join("data"), folder.join("maps"));
    let made = synthetic(&SyntheticOptions { images: 9, size: 48, raters: 3, seed: 5 });
    write_synthetic(&data, &made).unwrap();
    let classes = ["water".to_string()];
    for (at, scene) in made.iter().take(8).enumerate() {
        let (height, width) = scene.truth.dim();
        let map = scene.truth.mapv(|p| p * (1.0 - 0.04 * at as f32)).insert_axis(Axis(0));
        let mut writer =
            MapWriter::create(&maps, &scene.id, MapFormat::Npy, Kind::Binary, &classes, height, width)
                .unwrap();
        writer.write_rows(map.view()).unwrap();
        writer.finish().unwrap();
    }
    write_sidecar(&maps, &Sidecar::new(Kind::Binary, classes, MapFormat::Npy, None)).unwrap();
    JudgeRequest { allow_missing: true, ..JudgeRequest::new(maps, data) }
}

/// Whether images are kept while they are judged, or looked at again, is not to be seen.
#[test]
fn a_second_look_shows_the_same_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = lagoons(folder.path());
    let mut page = |memory: StripMemory| {
        request.report = Some(memory);
        Report::new(&judge(&request, &()).unwrap()).unwrap().html()
    };
    let kept = page(StripMemory::default());
    assert_eq!(kept.matches("<article class=\"strip\"").count(), 6);
    assert!(page(StripMemory(0)) == kept, "no strip is kept");
    // An image of 48 x 48 pixels with a picture, six maps and no truth.
    let strip = 48 * 48 * (6 * 4 + 3);
    assert!(page(StripMemory(3 * strip)) == kept, "three strips are kept");
}

/// Images of 3 x 4 pixels in memory, of these numbers.
fn pooled(numbers: std::ops::Range<usize>, name: impl Fn(usize) -> String) -> PooledImages {
    let mut pooled =
        PooledImages::new(&LabelSpace::unnamed(Kind::Binary, 1).unwrap(), JudgeOptions::default());
    for number in numbers {
        let map =
            |seed: usize| Array3::from_shape_fn((1, 3, 4), |(_, y, x)| ((seed + 4 * y + x) % 7) as f32 / 7.0);
        let labels = SoftLabels::new(Kind::Binary, map(number)).unwrap();
        let mut judge = pooled.judge();
        judge.add(&labels, map(3 * number + 1).view(), NO_RATERS).unwrap();
        pooled.add(&name(number), "", &judge).unwrap();
    }
    pooled
}

#[test]
fn images_of_parts_are_merged_to_the_images_of_all() {
    let unnamed = |_| String::new();
    let mut merged = pooled(0..3, unnamed);
    merged.merge(&pooled(3..5, unnamed)).unwrap();
    let (merged, whole) = (merged.finish(), pooled(0..5, unnamed).finish());
    let names: Vec<&str> = merged.images.iter().map(|(image, _)| image.as_str()).collect();
    assert_eq!(names, ["1", "2", "3", "4", "5"]);
    assert_eq!((&merged.groups, &merged.images), (&whole.groups, &whole.images));
    assert_eq!(merged.intervals, whole.intervals);
    assert_eq!(merged.amounts, whole.amounts);
    assert_eq!(merged.amounts.images[4].image, "5");
}

#[test]
fn an_image_is_there_once_and_judges_are_alike() {
    let named = |number| format!("image {number}");
    let mut ours = pooled(0..3, named);
    let again = ours.add("image 1", "", &ours.judge()).unwrap_err();
    assert_eq!(again.to_string(), "image image 1 has been judged already");
    assert!(matches!(ours.merge(&pooled(2..4, named)), Err(Error::Twice { image }) if image == "image 2"));
    let options = JudgeOptions { bins: 3, ..JudgeOptions::default() };
    let others = PooledImages::new(ours.space(), options);
    let message = ours.merge(&others).unwrap_err().to_string();
    assert!(message.ends_with("the other of binary (foreground) by other options"), "{message}");
    assert_eq!((ours.count(), others.count()), (3, 0));
}

#[test]
fn a_report_needs_to_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let judgement = judge(&lagoons(folder.path()), &()).unwrap();
    let error = Report::new(&judgement).map(|report| report.html()).unwrap_err();
    assert_eq!(error.fault(), Fault::Request);
}

#[test]
fn every_image_is_told_of() {
    #[derive(Default)]
    struct Told(Mutex<Vec<(&'static str, u64, u64)>>);
    impl Observer for Told {
        fn progress(&self, what: &'static str, done: u64, all: u64) {
            self.0.lock().unwrap().push((what, done, all));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (request, told) = (lagoons(folder.path()), Told::default());
    let judgement = judge(&request, &told).unwrap();
    assert_eq!((judgement.images.len(), judgement.missing.len()), (8, 1));
    let told = told.0.into_inner().unwrap();
    assert_eq!(told, (0..=9).map(|done| ("judging", done, 9)).collect::<Vec<_>>());
}

#[test]
fn a_prediction_that_is_missing_is_named_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let request = JudgeRequest { allow_missing: false, ..lagoons(folder.path()) };
    let error = judge(&request, &()).unwrap_err();
    assert_eq!(error.fault(), Fault::Input);
    let message = error.to_string();
    assert!(message.starts_with("no prediction of 1 of 9 images: lagoon-"), "{message}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_read() {
    assert!(Bins::new(0).is_err() && Bins::new(65537).is_err() && Bins::new(65536).is_ok());
    assert!(DrawnMasks::new(0).is_err() && DrawnMasks::new(257).is_err() && DrawnMasks::new(256).is_ok());
    for number in [-0.1, 1.1, f64::NAN] {
        assert!(Probability::new(number).is_err(), "{number}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut request = lagoons(folder.path());
    request.label_sets = true;
    let error: JobError = judge(&request, &()).unwrap_err();
    assert_eq!((error.fault(), error.to_string().contains("each label alone")), (Fault::Request, true));
    request.label_sets = false;
    request.gates.push("dice[land] < 0.5".parse().unwrap());
    let error = judge(&request, &()).unwrap_err();
    assert!(error.to_string().contains("no class is named \"land\"; there are"), "{error}");
}
