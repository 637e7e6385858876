//! `scumble convert`: maps in another format, and what is made of maps.

use crate::arguments::Convert;
use crate::failures::Failures;
use crate::show;
use scumble_jobs::convert::{ConvertRequest, ConvertResult, convert};
use serde_json::json;

pub(crate) fn run(arguments: &Convert) -> anyhow::Result<()> {
    let request = ConvertRequest {
        maps: arguments.maps.clone(),
        output: arguments.output.clone(),
        images: arguments.images.patterns.clone(),
        format: arguments.format,
        products: arguments.products.asked(),
        overwrite: arguments.overwrite,
    };
    let ConvertResult { images, failed, table } = convert(&request, &show::Progress::default())?;
    if arguments.print.json {
        images.iter().for_each(show::json);
        if let Some(table) = &table {
            show::json(&json!({ "table": table }));
        }
    } else {
        let files = images.iter().flat_map(|image| &image.maps).chain(&table);
        files.for_each(|file| show::result(&show::path(file)));
        if let Some(error) = images.iter().filter_map(|image| image.largest_error).reduce(f64::max) {
            let how = if error == 0.0 { "exact".to_owned() } else { format!("off by at most {error:.2e}") };
            show::note(&format!("the numbers of the maps are {how}"));
        }
    }
    let unknown = images.iter().filter(|image| image.without_data > 0);
    let (count, pixels) = unknown.fold((0, 0), |(n, pixels), image| (n + 1, pixels + image.without_data));
    if count > 0 {
        show::note(&format!(
            "nothing is known at {pixels} pixels of {count} of {} images: no class is predicted there",
            images.len()
        ));
    }
    let mut failures = Failures::default();
    failed.into_iter().for_each(|(image, error)| failures.add(&image, error));
    failures.tell()
}
