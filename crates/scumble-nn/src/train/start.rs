//! How a training begins or goes on: everything is read and checked before the run folder is touched.

use super::batches::BatchSampler;
use super::checkpoint::{Checkpoint, Position};
use super::request::{TrainOutcome, TrainRequest};
use super::session::Session;
use super::trainer::Trainer;
use super::training_data::TrainingData;
use super::{Run, RunData, RunInfo, Status, TrainError};
use crate::executor::{State, open};
use crate::{EpochReport, Observer};
use std::sync::mpsc::sync_channel;

/// Trains until the budget is spent, the request says pause, or it is told to stop.
///
/// Whatever stops it, the run folder can be resumed, and goes on to the same bytes as if it had never stopped
/// (with a budget in epochs; one in minutes depends on the clock).
///
/// # Errors
/// Data, settings, device or disk at fault. What was written before stays readable.
pub fn train(request: &TrainRequest<'_>, observer: &dyn Observer) -> Result<TrainOutcome, TrainError> {
    let TrainRequest { config, run, dataset, .. } = *request;
    config.check()?;
    let fingerprint = dataset.fingerprint()?;
    let resumed = if request.resume { Some(resume(run, &fingerprint)?) } else { None };
    let data = TrainingData::load(dataset, config, observer)?;
    tell_split(&data, observer);
    let trainer = Trainer::new(&data, config);
    let sampler = BatchSampler::new(&data, config)?;
    let network = trainer.network()?;
    let (position, state, metrics) = match resumed {
        Some((checkpoint, metrics)) => (checkpoint.position, checkpoint.state, metrics),
        None => {
            let state = State::new(&network, trainer.initial_weights(&network));
            (Position { version: 1, ..Position::default() }, state, Vec::new())
        }
    };
    let executor = open(request.device, &network, &state)?;
    let first = position.step;
    let info = info(request, &data, fingerprint);
    let mut session = Session::new(request, trainer, executor, info, position, metrics);
    if !request.resume {
        run.begin()?;
    }
    run.write_config(config)?;
    session.save(Status::Running)?;
    // Patches are drawn ahead on a thread of their own, which ends when the session lets go of the receiver.
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        scope.spawn(move || (first..).map(|step| sampler.draw(step)).all(|batch| sender.send(batch).is_ok()));
        session.run(batches, observer)
    })
}

/// Batches that wait ready.
const AHEAD: usize = 2;

/// The last checkpoint of a run, and its epochs up to there (a crash may have come between the two files).
fn resume(run: &Run, fingerprint: &str) -> Result<(Checkpoint, Vec<EpochReport>), TrainError> {
    let info = run.info()?;
    if info.data.fingerprint != fingerprint {
        let (found, expected) = (fingerprint.to_string(), info.data.fingerprint);
        return Err(TrainError::OtherData { path: run.folder().into(), found, expected });
    }
    let checkpoint = Checkpoint::read(&run.last_path())?;
    let mut metrics = run.metrics()?;
    metrics.retain(|epoch| epoch.epoch <= checkpoint.position.epoch);
    Ok((checkpoint, metrics))
}

fn info(request: &TrainRequest<'_>, data: &TrainingData<'_>, fingerprint: String) -> RunInfo {
    let names =
        |indices: &[usize]| indices.iter().map(|&i| request.dataset.items()[i].id().to_string()).collect();
    RunInfo {
        version: 1,
        scumble: env!("CARGO_PKG_VERSION").into(),
        command: request.command.to_vec(),
        seed: request.config.train.seed,
        device: request.device.to_string(),
        data: RunData {
            path: request.dataset.root().into(),
            fingerprint,
            train: names(&data.split.train),
            validation: names(&data.split.validation),
            band: data.split.band.as_ref().map(|band| band.to_string()),
        },
        status: Status::Running,
        epochs: 0,
        steps: 0,
        seconds: 0.0,
    }
}

fn tell_split(data: &TrainingData<'_>, observer: &dyn Observer) {
    let split = &data.split;
    let task = &data.task;
    let images = match split.train.len() {
        1 => "1 image".to_owned(),
        several => format!("{several} images"),
    };
    let held_out = match &split.band {
        Some(band) => format!("{images}, validating on {band} of each"),
        None => format!("{images}, validating on {}", split.validation.len()),
    };
    observer.note(&format!("{} labels ({}); training on {held_out}", task.kind(), task.classes().join(", ")));
}
