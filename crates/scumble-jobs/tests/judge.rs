//! Judging as a library: what is kept of images, and what a request cannot ask for.

use ndarray::Axis;
use scumble::labels::Kind;
use scumble_data::{
    MapFormat, MapWriter, Sidecar, SyntheticOptions, synthetic, write_sidecar, write_synthetic,
};
use scumble_jobs::judge::{Bins, DrawnMasks, JudgeRequest, Probability, StripMemory};
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
