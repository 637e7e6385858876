//! How a training begins or goes on: everything is read and checked before the run folder is touched.

use super::batches::BatchSampler;
use super::checkpoint::{Checkpoint, Position};
use super::request::{TrainOutcome, TrainRequest};
use super::session::Session;
use super::trainer::Trainer;
use super::training_data::TrainingData;
use super::{Run, RunData, RunInfo, Status, TrainError};
use crate::executor::{State, open};
use crate::{Config, EpochReport, Observer};
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
    let resumed = if request.resume { Some(resume(run, config, &fingerprint)?) } else { None };
    let recorded = resumed.as_ref().map(|resumed| &resumed.data);
    let data = TrainingData::load(dataset, config, recorded, observer)?;
    let trainer = Trainer::new(&data, config);
    let sampler = BatchSampler::new(&data, config)?;
    let network = trainer.network()?;
    let (position, state, metrics) = match resumed {
        Some(Resumed { checkpoint, metrics, .. }) => (checkpoint.position, checkpoint.state, metrics),
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

/// What a run that goes on begins with.
struct Resumed {
    checkpoint: Checkpoint,
    /// Its epochs up to there: a crash may have come between the two files.
    metrics: Vec<EpochReport>,
    /// Which images it has learnt from, and which it has not: that stays.
    data: RunData,
}

fn resume(run: &Run, config: &Config, fingerprint: &str) -> Result<Resumed, TrainError> {
    let data = run.info()?.data;
    if data.fingerprint != fingerprint {
        let (found, expected) = (fingerprint.to_string(), data.fingerprint);
        return Err(TrainError::OtherData { path: run.folder().into(), found, expected });
    }
    let began = run.config(&[])?.data;
    for (key, same) in [
        ("data.validation", began.validation == config.data.validation),
        ("data.group", began.group == config.data.group),
        ("data.seed", began.seed == config.data.seed),
    ] {
        if !same {
            return Err(TrainError::SplitStays { key, path: run.folder().into() });
        }
    }
    let checkpoint = Checkpoint::read(&run.last_path())?;
    let mut metrics = run.metrics()?;
    metrics.retain(|epoch| epoch.epoch <= checkpoint.position.epoch);
    Ok(Resumed { checkpoint, metrics, data })
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
            unlabelled: data.unlabelled.clone(),
        },
        status: Status::Running,
        epochs: 0,
        steps: 0,
        seconds: 0.0,
    }
}
