//! `scumble calibrate`: makes a model's probabilities true on images it has not seen.

use crate::arguments::Calibrate;
use crate::show::{self, Table, counted, decimals};
use scumble::score::Interval;
use scumble_jobs::JobError;
use scumble_jobs::calibrate::{CalibrateRequest, Calibration, Folds, MeanScores, Store, calibrate};

pub(crate) fn run(arguments: &Calibrate) -> anyhow::Result<()> {
    let found = calibrate(&request(arguments)?, &show::Progress::default())?;
    if arguments.print.json {
        show::json(&found);
        return Ok(());
    }
    show::result(&text(&found));
    let images = found.images.len();
    let told = show::selection("fitted to", images, &found.selection);
    told.into_iter().chain(show::groups(found.groups, images)).for_each(|line| show::result(&line));
    show::result(&fate(&found));
    Ok(())
}

fn request(arguments: &Calibrate) -> Result<CalibrateRequest, JobError> {
    let mut request = CalibrateRequest::new(&arguments.model, &arguments.data);
    request.images = arguments.images.patterns.clone();
    request.group = arguments.intervals.grouping();
    request.method = arguments.method;
    request.settings = arguments.against.settings(&arguments.intervals);
    request.folds = Folds::new(arguments.folds)?;
    request.store = match (arguments.force, arguments.dry_run) {
        (_, true) => Store::Never,
        (true, _) => Store::Always,
        _ => Store::IfItGains,
    };
    request.device = arguments.device.device;
    request.tile = arguments.tile.tile;
    Ok(request)
}

fn text(found: &Calibration) -> String {
    let (images, pixels) = (counted(found.images.len(), "image"), counted(found.pixels, "pixel"));
    let fitted = format!("{}, fitted to {images}, {pixels}", found.calibrator);
    let Some(validation) = &found.validation else { return fitted };
    let title = format!("held out, {} folds", validation.folds());
    let mut table = Table::new(&[&title, "log_loss", "floor", "excess", "brier"]);
    for (name, sums) in [("as it was", validation.before()), ("calibrated", validation.after())] {
        let MeanScores { cross_entropy, floor, excess, brier } = MeanScores::of(&sums);
        let cells = [cross_entropy, floor, excess, brier].map(show::optional);
        table.row([name.to_string()].into_iter().chain(cells));
    }
    format!("{fitted}\n\n{table}\n{}", verdict(validation.gain(), found.interval))
}

fn verdict(gain: Option<f64>, interval: Option<Interval>) -> String {
    let (Some(gain), Some(Interval { low, high })) = (gain, interval) else {
        return "no gain can be told".into();
    };
    let found = match (low > 0.0, high < 0.0) {
        (true, _) => "a gain",
        (_, true) => "a loss",
        _ => "no gain: the interval has 0 in it",
    };
    // A negative fall is a rise.
    let (way, [gain, low, high]) = match gain < 0.0 {
        true => ("rises", [-gain, -high, -low]),
        false => ("falls", [gain, low, high]),
    };
    let [gain, low, high] = [gain, low, high].map(|change| decimals(change, 5));
    format!("the cross entropy {way} by {gain} [{low}, {high}] nats: {found}")
}

/// What became of the model file.
fn fate(found: &Calibration) -> String {
    let place = found.file.display();
    match (found.stored, &found.replaced) {
        (true, None) => format!("stored in {place}: predict and eval apply it"),
        (true, Some(old)) => format!("stored in {place} instead of: {old}"),
        (false, _) if found.request.store == Store::Never => "nothing stored: a dry run".into(),
        (false, None) => "nothing stored (--force would)".into(),
        (false, Some(old)) => format!("nothing stored (--force would); the model keeps: {old}"),
    }
}
