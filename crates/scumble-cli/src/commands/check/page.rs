//! A data set's summary for people.

use super::raters::{raters, suspicious};
use crate::show::{self, Table, counted, decimals, optional, percent, thousands};
use scumble::truth::{ExpectedFloor, LabelNoise};
use scumble_jobs::check::{ChannelSummary, OutlyingSamples, Size, Summary, WithoutData};
use std::path::Path;

/// More channels than these are summed up.
const CHANNELS: usize = 4;

pub(super) fn page(data: &Path, summary: &Summary) -> String {
    let mut parts = vec![head(data, summary)];
    parts.extend(intensities(summary));
    parts.extend(units(summary));
    parts.extend(without_data(summary));
    parts.extend(outlying(summary));
    parts.push(classes(summary));
    if !summary.raters.is_empty() {
        parts.push(raters(summary));
    }
    let suspicious = suspicious(summary);
    if !suspicious.is_empty() {
        parts.push(format!("look at these masks:\n  {}", suspicious.join("\n  ")));
    }
    parts.join("\n\n")
}

fn head(data: &Path, summary: &Summary) -> String {
    let numbers = summary.numbers.keys().copied().collect::<Vec<_>>().join(" and ");
    let images = format!("{}{}", counted(summary.images as usize, "image"), sizes(summary));
    let numbers = if numbers.is_empty() { numbers } else { format!(", {numbers}") };
    let fingerprint = summary.fingerprint.as_ref().map_or("-".to_owned(), |print| format!("{print:.16}"));
    [
        format!("{}: {}", show::path(data), show::name(&summary.understood)),
        format!("{images}{numbers}; {} with a label", thousands(summary.labelled)),
        format!("fingerprint {fingerprint}"),
    ]
    .join("\n")
}

fn sizes(summary: &Summary) -> String {
    let say = |size: &Size| {
        let s = if size.channels == 1 { "" } else { "s" };
        format!("{} x {}, {} channel{s}", size.width, size.height, size.channels)
    };
    match &summary.sizes[..] {
        [] => String::new(),
        [size] => format!(" of {}", say(size)),
        [first, .., last] => {
            format!(" of {} sizes from {} to {}", summary.sizes.len(), say(first), say(last))
        }
    }
}

fn intensities(summary: &Summary) -> Option<String> {
    let mut table = Table::new(&["intensity", "minimum", "maximum", "mean", "saturated"]);
    let mut row = |name: String, found: &ChannelSummary| {
        let number =
            |value: f64| if value.fract() == 0.0 { (value + 0.0).to_string() } else { decimals(value, 4) };
        if found.minimum > found.maximum {
            // Of nothing that counts.
            return table.row([name, "-".into(), "-".into(), "-".into(), "-".into()]);
        }
        let mean = decimals(found.mean, 4);
        let saturated = format!("{:.2} %", 100.0 * found.saturated);
        table.row([name, number(found.minimum), number(found.maximum), mean, saturated]);
    };
    let all = summary.all_channels.as_ref()?;
    if summary.intensity.len() <= CHANNELS {
        summary.intensity.iter().for_each(|found| row(format!("channel {}", found.channel), found));
    } else {
        row(format!("all {} channels", summary.intensity.len()), all);
    }
    Some(table.to_string())
}

fn units(summary: &Summary) -> Option<String> {
    let units = summary.units.as_ref()?;
    Some(format!(
        "the images look like {units}, which mean the same in every image: training keeps them as they are \
         (data.normalisation = \"dataset\")"
    ))
}

fn without_data(summary: &Summary) -> Option<String> {
    let WithoutData { images, pixels, labelled } = summary.without_data?;
    let labelled = match labelled {
        0 => String::new(),
        _ => format!("; {} of them are labelled, and count for nothing", thousands(labelled)),
    };
    let (pixels, images) = (thousands(pixels), thousands(images));
    Some(format!("no data (NaN, infinite or nodata) at {pixels} pixels of {images} images{labelled}"))
}

fn outlying(summary: &Summary) -> Option<String> {
    let OutlyingSamples { images, pixels, least, largest } = summary.outlying?;
    let (samples, advice) = match least == largest {
        true => {
            (least.to_string(), format!("if it stands for no data, say nodata = {least} in dataset.toml"))
        }
        false => (format!("{least} to {largest}"), "write NaN there, if they say nothing".to_owned()),
    };
    let (pixels, images) = (thousands(pixels), thousands(images));
    Some(format!(
        "warning: {samples} at {pixels} pixels of {images} images, far outside of those that count, where nothing counts; \
         {advice}"
    ))
}

fn classes(summary: &Summary) -> String {
    let rated = !summary.pairs.is_empty();
    let mut head = vec!["class", "frequency", "entropy (nats)", "entropy (bits)"];
    if rated {
        head.extend(["disputed of marked", "Fleiss' kappa", "Krippendorff's alpha"]);
    }
    let mut table = Table::new(&head);
    let share = |value: Option<f64>| value.map_or("-".into(), percent);
    for class in &summary.classes {
        let floors = [class.floor, class.floor_bits].map(optional);
        let mut row: Vec<String> =
            [class.class.clone(), share(class.frequency)].into_iter().chain(floors).collect();
        if rated {
            row.push(share(class.disputed_of_marked));
            row.extend([class.fleiss_kappa, class.krippendorff_alpha].map(optional));
        }
        table.row(row);
    }
    let floor = summary.floor.zip(summary.floor_bits).map(|(nats, bits)| {
        format!(
            "\nthe labels' own entropy is {nats:.4} nats ({bits:.4} bits) a pixel: against these labels no cross entropy \
             is below it"
        )
    });
    format!("{table}{}{}", floor.unwrap_or_default(), summary.noise.as_ref().map(noise).unwrap_or_default())
}

/// What the votes tell of the probability behind them.
fn noise(noise: &LabelNoise) -> String {
    let ExpectedFloor { low, high, estimate } = noise.expected_floor;
    let points = |distance: f64| format!("{:.1}", 100.0 * distance);
    format!(
        "\nagainst all such raters it is about {estimate:.4} nats ({low:.4} to {high:.4}): the floor of any classifier\n\
         the raters' mean is {} points off (root mean square) from what all such raters would say; with one more rater \
         it would be {}",
        points(noise.raters_mean_distance),
        points(noise.with_one_more),
    )
}
