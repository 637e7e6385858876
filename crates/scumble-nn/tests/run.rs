//! What a run folder says of its training must be so.

use scumble_data::{Dataset, SyntheticOptions, synthetic, write_synthetic};
use scumble_nn::config::KindChoice;
use scumble_nn::{
    ClaimedRun, Config, Device, EpochReport, Model, Observer, Run, Status, TrainError, TrainRequest, load_config, train,
};
use std::path::Path;

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
    TrainRequest {
        dataset,
        config,
        run,
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
    let mut request = request(&dataset, &config, &run);
    let error = train(&request, &Loses(&run)).unwrap_err();
    assert!(matches!(&error, TrainError::RunFile { path, .. } if *path == run.best_path()), "{error}");
    assert!(error.to_string().contains("best.safetensors"), "{error}");
    assert_eq!(run.info().unwrap().status, Status::Running);
    assert!(!run.model_path().exists());

    // Once more, undisturbed.
    let folder = run.folder().to_owned();
    drop(run);
    let again = ClaimedRun::create(&folder, true).unwrap();
    (request.run, request.command) = (&again, &[]);
    assert_eq!(train(&request, &()).unwrap().status, Status::Done);
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
