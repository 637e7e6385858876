//! `scumble calibrate`: makes a model's probabilities true on images it has not seen.

use crate::arguments::Calibrate;
use crate::show::{self, Table, counted, decimals};
use scumble::score::{Interval, PairedDifference};
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
    request.group = arguments.groups.grouping();
    request.method = arguments.method;
    request.settings = arguments.against.settings();
    request.folds = Folds::new(arguments.folds)?;
    request.store = match (arguments.force, arguments.dry_run) {
        (_, true) => Store::Never,
        (true, _) => Store::Always,
        _ => Store::IfItGains,
    };
    request.device = arguments.device.device;
    request.precision = arguments.precision.precision;
    request.averaging = arguments.averaging.asked();
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
    format!("{fitted}\n\n{table}\n{}", verdict(found))
}

fn verdict(found: &Calibration) -> String {
    let Some(gain) = found.gain else { return "no gain can be told".into() };
    // A negative fall is a rise.
    let falls = gain.value >= 0.0;
    let size = |change: f64| decimals(if falls { change } else { -change }, 5);
    let interval = gain.interval.map_or(String::new(), |Interval { low, high }| {
        let (low, high) = if falls { (low, high) } else { (high, low) };
        format!(" [{}, {}]", size(low), size(high))
    });
    let way = if falls { "falls" } else { "rises" };
    format!("the cross entropy {way} by {}{interval} nats: {}", size(gain.value), in_words(&gain, found))
}

fn in_words(gain: &PairedDifference, found: &Calibration) -> String {
    let (groups, images) = (found.groups, found.images.len());
    let chance = show::chance(gain);
    let said = match (gain.shown(), gain.value > 0.0) {
        (None, _) => show::too_few(groups, images),
        (Some(true), true) => return format!("a gain (by chance: {chance})"),
        (Some(true), false) => return format!("a loss (by chance: {chance})"),
        (Some(false), _) => {
            let needed = gain.groups_needed.map_or(String::new(), |_| {
                format!("; {} {} would show this much", show::needed(gain), show::unit(groups, images))
            });
            format!("no gain shown (by chance: {chance}{needed})")
        }
    };
    let apart = gain.interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0);
    if apart { said + "; the interval is approximate, and the exact test decides" } else { said }
}

/// What became of the model file.
fn fate(found: &Calibration) -> String {
    let place = show::path(&found.file);
    match (found.stored, &found.replaced) {
        (true, None) => format!("stored in {place}: predict and eval apply it"),
        (true, Some(old)) => format!("stored in {place} instead of: {old}"),
        (false, _) if found.request.store == Store::Never => "nothing stored: a dry run".into(),
        (false, None) => "nothing stored (--force would)".into(),
        (false, Some(old)) => format!("nothing stored (--force would); the model keeps: {old}"),
    }
}
