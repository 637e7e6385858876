//! What a run folder says of its training must be so.

use scumble_data::{Dataset, SyntheticOptions, synthetic, write_synthetic};
use scumble_nn::config::KindChoice;
use scumble_nn::ranks::Alone;
use scumble_nn::{
    ClaimedRun, Config, Device, EpochReport, Model, Observer, Run, Status, StepReport, TrainError,
    TrainRequest, load_config, train,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn data(folder: &Path) -> Dataset {
    let images = synthetic(&SyntheticOptions { images: 3, size: 32, raters: 2, seed: 1 });
    write_synthetic(folder, &images).unwrap();
    Dataset::open(folder).unwrap()
}

fn config() -> Config {
    let settings = ["network.widths=[2, 4]", "train.epochs=2", "train.steps=1", "train.patch=16"];
    load_config(None, &settings.map(String::from)).unwrap()
}

fn request<'r>(dataset: &'r Dataset, config: &'r Config, run: &'r ClaimedRun) -> TrainRequest<'r> {
    let run = Some(run);
    TrainRequest {
        dataset,
        config,
        run,
        ranks: &Alone,
        device: &Device::Cpu,
        pause_after: None,
        command: &[],
    }
}

/// Loses the best epoch's model once the last epoch is over.
struct Loses<'r>(&'r Run);

impl Observer for Loses<'_> {
    fn epoch(&self, report: &EpochReport, _scores: Option<&scumble::Scores>) {
        if report.epoch == 2 {
            std::fs::remove_file(self.0.best_path()).unwrap();
        }
    }
}

#[test]
fn a_run_without_a_model_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, config) = (data(&folder.path().join("data")), config());
    let run = ClaimedRun::create(&folder.path().join("run"), false).unwrap();
    let error = train(&request(&dataset, &config, &run), &Loses(&run)).unwrap_err();
    assert!(matches!(&error, TrainError::RunFile { path, .. } if *path == run.best_path()), "{error}");
    assert!(error.to_string().contains("best.safetensors"), "{error}");
    assert_eq!(run.info().unwrap().status, Status::Running);
    assert!(!run.model_path().exists());

    // Once more, undisturbed.
    let folder = run.folder().to_owned();
    drop(run);
    let again = ClaimedRun::create(&folder, true).unwrap();
    assert_eq!(train(&request(&dataset, &config, &again), &()).unwrap().status, Status::Done);
    assert_eq!(again.info().unwrap().status, Status::Done);
    Model::read(&again.model_path()).unwrap();
}

#[test]
fn the_class_beside_one_called_background_has_another_name() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let settings = "kind = \"binary\"\nclasses = [\"background\"]\n";
    std::fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    let dataset = Dataset::open(folder.path()).unwrap();
    let mut config = config();
    config.task.kind = KindChoice::Multiclass;
    let run = ClaimedRun::create(&folder.path().join("run"), false).unwrap();
    let request = request(&dataset, &config, &run);
    train(&request, &()).unwrap();
    let model = Model::read(&run.model_path()).unwrap();
    assert_eq!(model.card.task.classes(), ["not background", "background"]);
}

/// Tells a training to stop at a moment, once.
#[derive(Default)]
struct Stops {
    at_step: Option<u64>,
    at_progress: Option<&'static str>,
    stopped: AtomicBool,
}

impl Observer for Stops {
    fn step(&self, report: &StepReport) {
        self.stopped.fetch_or(self.at_step == Some(report.step), Ordering::Relaxed);
    }

    fn progress(&self, what: &'static str, _done: u64, _all: u64) {
        self.stopped.fetch_or(self.at_progress == Some(what), Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

#[test]
fn whenever_it_is_stopped_it_goes_on_to_the_same_bytes_and_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, mut config) = (data(&folder.path().join("data")), config());
    (config.train.steps, config.train.epochs) = (2, 3);
    let outcome = |run: &Run| {
        let mut metrics = run.metrics().unwrap();
        metrics.iter_mut().for_each(|epoch| epoch.seconds = 0.0);
        (metrics, std::fs::read(run.model_path()).unwrap())
    };
    let whole = ClaimedRun::create(&folder.path().join("whole"), false).unwrap();
    train(&request(&dataset, &config, &whole), &()).unwrap();
    let whole = outcome(&whole);
    assert!(whole.0.iter().all(|epoch| epoch.learning_rate > 0.0));
    let moments = [
        (Some(1), None),
        (Some(2), None),
        (Some(6), None),
        (None, Some("reading")),
        (None, Some("validating")),
    ];
    for (at, (at_step, at_progress)) in moments.into_iter().enumerate() {
        let path = folder.path().join(at.to_string());
        let run = ClaimedRun::create(&path, false).unwrap();
        let stops = Stops { at_step, at_progress, ..Stops::default() };
        let stopped = train(&request(&dataset, &config, &run), &stops).unwrap();
        assert_eq!(stopped.status, Status::Interrupted, "{at}");
        drop(run);
        let run = ClaimedRun::resume(&path).unwrap();
        assert_eq!(run.resumes(), at_progress != Some("reading"), "{at}");
        let again = run.config(&[]).unwrap();
        // The run has settled what "auto" comes to.
        let mut settled = config.clone();
        settled.train.precision = config.train.precision.on(Device::Cpu).precision.into();
        assert_eq!(again, settled, "{at}");
        let outcome_of_session = train(&request(&dataset, &again, &run), &()).unwrap();
        assert_eq!((outcome_of_session.status, outcome_of_session.worked), (Status::Done, true), "{at}");
        assert!(outcome(&run) == whole, "{at}: {:?}\n{:?}", outcome(&run).0, whole.0);
    }
}
