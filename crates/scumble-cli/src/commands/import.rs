//! `scumble import`: a data set in another layout, brought into ours.

use crate::arguments::Import;
use crate::failure::Shown;
use crate::show;
use scumble_data::{ImportPlan, LeftOut};
use scumble_jobs::import::{ImportRequest, ImportResult, import};
use std::collections::BTreeMap;
use std::path::Path;

/// Files named one by one; the JSON has all.
const EXAMPLES: usize = 5;

pub(crate) fn run(arguments: &Import) -> anyhow::Result<()> {
    let request = ImportRequest {
        source: arguments.source.clone(),
        data: arguments.output.clone(),
        layout: arguments.layout.layout(),
        several: arguments.several.map(|whose| whose.several()),
        copy: arguments.copy,
        dry_run: arguments.dry_run,
        overwrite: arguments.overwrite,
    };
    let result = import(&request, &show::Progress::default())?;
    match arguments.print.json {
        true => show::json(&result),
        false => show::result(&text(&result)),
    }
    match &result.problem {
        None => Ok(()),
        Some(problem) => {
            show::error(&format!("error: the files are in place, but: {problem}"));
            Err(Shown.into())
        }
    }
}

fn text(result: &ImportResult) -> String {
    let plan = &result.plan;
    let mut parts = vec![format!("{}: {}", show::path(&plan.source), plan.found), places(plan)];
    if !plan.left_out.is_empty() {
        parts.push(left_out(&plan.left_out));
    }
    parts.extend(
        plan.settings
            .as_ref()
            .map(|text| format!("dataset.toml:\n  {}", text.trim_end().replace('\n', "\n  "))),
    );
    let data = show::path(&result.data);
    parts.push(match (&result.carried, &result.understood) {
        (None, _) => format!("nothing was made in {data} (--dry-run)"),
        (Some(carried), understood) => {
            let counted = [
                (carried.links, "hard links"),
                (carried.copies, "copies"),
                (carried.stacked, "stacked arrays"),
            ];
            let counted = counted.iter().filter(|(count, _)| *count > 0);
            let files: Vec<String> =
                counted.map(|(count, what)| format!("{} {what}", show::thousands(*count as u64))).collect();
            let understood = understood
                .as_ref()
                .map(|sentence| format!("\n{data}: {}", show::name(sentence)))
                .unwrap_or_default();
            format!("made {data}: {}{understood}", files.join(", "))
        }
    });
    parts.join("\n\n")
}

/// A line for each folder of the data set: how many files, and an example.
fn places(plan: &ImportPlan) -> String {
    let mut folders: BTreeMap<&Path, Vec<(&Path, usize, &Path)>> = BTreeMap::new();
    for file in &plan.files {
        let folder = file.to.parent().unwrap_or(Path::new(""));
        folders.entry(folder).or_default().push((&file.from[0], file.from.len(), &file.to));
    }
    let line = |(folder, files): (&Path, Vec<(&Path, usize, &Path)>)| {
        let (from, channels, to) = files[0];
        let from = show::path(from.strip_prefix(&plan.source).unwrap_or(from));
        let stacked =
            if channels > 1 { format!(" and {} more channels", channels - 1) } else { String::new() };
        let to = show::path(Path::new(to.file_name().unwrap_or_default()));
        let folder =
            if folder.as_os_str().is_empty() { String::new() } else { format!("{}/", show::path(folder)) };
        let count = show::thousands(files.len() as u64);
        let s = if files.len() == 1 { "" } else { "s" };
        format!("{folder}{to} from {from}{stacked} ({count} file{s})")
    };
    folders.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A line for each reason.
fn left_out(files: &[LeftOut]) -> String {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    files.iter().for_each(|file| reasons.entry(&file.why).or_default().push(show::path(&file.path)));
    let line = |(why, paths): (&str, Vec<String>)| {
        let named = paths.iter().take(EXAMPLES).map(String::as_str).collect::<Vec<_>>().join(", ");
        match paths.len().checked_sub(EXAMPLES) {
            None | Some(0) => format!("  {why}: {named}"),
            Some(more) => format!("  {why}: {named} and {more} more"),
        }
    };
    format!("left out:\n{}", reasons.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}
