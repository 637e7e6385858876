//! `scumble eval --part` and `--merge`: one part of a judgement, and all of them together.

use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show;
use scumble_jobs::judge::parts::{MergeRequest, PartRequest, judge_part, merge};
use scumble_jobs::judge::{JudgeRequest, Judgement};
use scumble_jobs::part::Part;
use std::path::Path;

pub(super) fn run(arguments: &Eval, judge: JudgeRequest, part: Part, output: &Path) -> anyhow::Result<()> {
    let output = output.to_owned();
    let request = PartRequest { judge, part, output, skip_existing: arguments.skip_existing };
    let result = judge_part(&request, &show::Progress::default())?;
    if arguments.print.json {
        show::json(&result);
    } else if let Some(images) = result.images {
        show::result(&format!("{}: {images} of {} images", show::path(&result.sums), result.of));
    }
    Ok(())
}

pub(super) fn together(arguments: &Eval) -> anyhow::Result<Judgement> {
    if arguments.report.is_some() {
        let why = "--report: a report shows images, which the sums of parts do not have; scumble eval PREDICTIONS DATA --report \
                   judges all in one run, or with --images those that you name";
        return Err(Usage(why.into()).into());
    }
    let request = MergeRequest {
        sums: arguments.merge.clone(),
        gates: arguments.fail_if.clone(),
        written: arguments.csv.iter().cloned().collect(),
        overwrite: arguments.overwrite,
    };
    Ok(merge(&request, &show::Progress::default())?)
}
