//! `scumble check`: what one reads first about a data set.

mod page;
mod raters;

use crate::arguments::Check;
use crate::failure::Shown;
use crate::show;
use scumble_jobs::check::{Augmented, CheckRequest, Summary, check};

pub(crate) fn run(arguments: &Check) -> anyhow::Result<()> {
    let request = CheckRequest {
        data: arguments.data.clone(),
        images: arguments.images.patterns.clone(),
        pictures: arguments.pictures.clone(),
        overwrite: arguments.overwrite,
        augmented: arguments.augment.map(|patches| Augmented {
            patches: patches.into(),
            config: arguments.config.clone(),
            assignments: arguments.assignments.clone(),
        }),
    };
    let result = check(&request, &show::Progress::default())?;
    if arguments.print.json {
        show::json(&result);
    } else if let Some(summary) = &result.summary {
        show::result(&page::page(&result.data, summary));
        if result.problems.is_empty() {
            show::result("\nno problem found");
        }
    }
    result.problems.iter().for_each(|problem| show::error(&format!("problem: {problem}")));
    if !result.problems.is_empty() {
        return Err(Shown.into());
    }
    if arguments.strict && result.summary.as_ref().is_some_and(Summary::is_suspicious) {
        show::error("suspicious masks (--strict)");
        return Err(Shown.into());
    }
    Ok(())
}
