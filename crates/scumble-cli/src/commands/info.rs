//! `scumble info`: what a model, run, data set, image or map is.

use crate::arguments;
use crate::show::{self, counted, duration, signed, thousands, with_floor};
use scumble_data::listed;
use scumble_jobs::info::{AboutDataset, AboutModel, AboutRaster, AboutRun, AboutVolume, Info, info};
use scumble_nn::Scales;

pub(crate) fn run(arguments: &arguments::Info) -> anyhow::Result<()> {
    let info = info(&arguments.path)?;
    if arguments.print.json {
        show::json(&info);
    } else {
        show::result(&match &info {
            Info::Model(model) => model_text(model, true),
            Info::Run(run) => run_text(run),
            Info::Begun(begun) => format!(
                "{}: a training that has no checkpoint yet; if it was stopped, `scumble train DATA -o {0} --resume` starts it",
                begun.folder.display()
            ),
            Info::Dataset(dataset) => dataset_text(dataset),
            Info::Volume(volume) => volume_text(volume),
            Info::Raster(raster) => raster_text(raster),
        });
    }
    Ok(())
}

/// A model; unless it is told `alone`, its run has said what it was validated by.
fn model_text(model: &AboutModel, alone: bool) -> String {
    let history = &model.history;
    let validation = history.validation.map_or("none".to_string(), |(value, floor)| {
        format!("cross entropy {}", with_floor(value, floor, value - floor))
    });
    let shifts: Vec<String> = model.shift.iter().map(|shift| signed(f64::from(*shift), 3)).collect();
    let shift = if shifts.is_empty() { "none".to_string() } else { shifts.join(", ") };
    let calibration = model.calibration.as_ref().map_or("none".to_string(), |c| c.to_string());
    let likelihood = model.likelihood.name();
    let raters = match &model.raters[..] {
        [] => String::new(),
        raters => format!(", and by themselves: {}", show::name(&raters.join(", "))),
    };
    let joint = model.joint.map_or("none".to_string(), |family| family.to_string());
    let scales = match model.scales == Scales::default() {
        true => String::new(),
        false => format!(", at scales {}", model.scales),
    };
    let views = match model.trained_views {
        None => " (its file does not say how the training turned and flipped images)".to_string(),
        Some(trained) if trained != model.views => {
            format!(" (as its calibration was fitted to; its training had {trained})")
        }
        Some(_) => String::new(),
    };
    let by = match &model.validated_by {
        _ if !alone => String::new(),
        Some(found) => format!("\n{}", validated_by(&found.images, found.band.as_deref())),
        None => "\nvalidated by: not known without the run's folder".into(),
    };
    format!(
        "model: {} ({})\nimages: {}; size any; normalisation: {}\n\
         network: {} layers, {} parameters, receptive field {} pixels\n\
         trained: {}, {}, seed {}, scumble {}\nvalidation: {validation}{by}\n\
         raters' votes: {likelihood}{raters}\nlabel sets: {joint}\nclass weights move the logits by: {shift}\n\
         calibration: {calibration}\npredicts from: {}{scales}{views}\ndata: {:.16}",
        model.kind,
        show::name(&model.classes.join(", ")),
        counted(model.channels, "channel"),
        model.normalisation.method(),
        model.layers,
        thousands(model.parameters as u64),
        model.receptive_field,
        counted(history.epochs as usize, "epoch"),
        counted(history.steps as usize, "step"),
        history.seed,
        model.scumble,
        model.views,
        history.data,
    )
}

/// The images that no training has learnt from, or the band of them.
fn validated_by(images: &[String], band: Option<&str>) -> String {
    match band {
        Some(band) => format!("validated by: {band} of {}", show::name(&listed(images))),
        None => format!("validated by: {}", show::name(&listed(images))),
    }
}

fn run_text(about: &AboutRun) -> String {
    let (run, data) = (&about.run, &about.run.data);
    let judged = (about.best.as_ref().and_then(show::validation))
        .map_or("no validated epoch yet".to_string(), |found| format!("best validation {found}"));
    let mut text = format!(
        "run: {:?}, {}, {}, {}\non: {}\ndata: {} ({} to train, {} to validate{})\n{}\n{judged}",
        run.status,
        counted(run.epochs as usize, "epoch"),
        counted(run.steps as usize, "step"),
        duration(run.seconds),
        run.place(),
        show::path(&data.path),
        data.train.len(),
        data.validation.len(),
        data.band.as_ref().map_or(String::new(), |band| format!(" on {band}")),
        validated_by(&data.validation, data.band.as_deref()),
    );
    if !data.unlabelled.is_empty() {
        text += &format!("\nleft out, as they have no label: {}", show::name(&listed(&data.unlabelled)));
    }
    match &about.model {
        Some(model) => format!("{text}\n{}", model_text(model, false)),
        None => text,
    }
}

fn dataset_text(dataset: &AboutDataset) -> String {
    format!(
        "data set: {}\n{}{}, {}; `scumble check {}` looks into every file",
        show::name(&dataset.understood),
        counted(dataset.images, "image"),
        if dataset.groups == dataset.images {
            String::new()
        } else {
            format!(" of {}", counted(dataset.groups, "group"))
        },
        counted(dataset.raters.len(), "rater"),
        show::path(&dataset.folder),
    )
}

fn volume_text(volume: &AboutVolume) -> String {
    let [first, last] = volume.ends.each_ref().map(|address| show::path(address));
    let mut text = format!(
        "volume: {} of {} x {} pixels, {}, {}\nslices: {first} to {last}",
        counted(volume.slices, "slice"),
        volume.width,
        volume.height,
        counted(volume.channels, "channel"),
        volume.numbers,
    );
    // As the file has it in f32, without the digits that f64 adds.
    let number = |value: f64| format!("{}", value as f32 + 0.0);
    if let Some([column, row, slice]) = volume.spacing.map(|spacing| spacing.map(number)) {
        text += &format!("\nspacing: {column} x {row} x {slice} mm (columns, rows, slices)");
    }
    if let Some(affine) = volume.affine {
        let rows = affine.map(|row| format!("[{}]", row.map(number).join(", ")));
        text += &format!("\naffine: {}", rows.join(" "));
    }
    text
}

fn raster_text(raster: &AboutRaster) -> String {
    format!(
        "image: {} x {} pixels, {}, {}, values {} to {}{}{}",
        raster.width,
        raster.height,
        counted(raster.channels, "channel"),
        raster.numbers,
        raster.low,
        raster.high,
        if raster.nan > 0 { format!(", {} NaN", thousands(raster.nan)) } else { String::new() },
        match raster.orientation {
            1 => String::new(),
            number => format!(", turned as its orientation says ({number})"),
        },
    )
}
