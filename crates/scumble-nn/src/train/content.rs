//! What lies in a run folder: the names of its files, and what it is by them.

use super::TrainError;
use scumble_data::is_pending;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The settings of a training that has no checkpoint yet.
pub(super) const BEGIN: &str = ".begin.toml";
/// The settings in full.
pub(super) const CONFIG: &str = "config.toml";
/// The record.
pub(super) const INFO: &str = "run.json";
/// A line an epoch.
pub(super) const METRICS: &str = "metrics.jsonl";
/// The model at the end.
pub(super) const MODEL: &str = "model.safetensors";
/// The page for people.
pub(super) const REPORT: &str = "report.html";
/// The folder of the checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";
/// In that folder, all that resuming needs.
pub(super) const LAST: &str = "last.safetensors";
/// In that folder, the model of the best epoch.
pub(super) const BEST: &str = "best.safetensors";
/// What is locked. It stays, empty and hidden: a lock on a file that goes is none for the next.
pub(super) const LOCK: &str = ".lock";

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing, or nothing but what a stopped program left hidden.
    Nothing,
    /// A training without a checkpoint.
    Begun,
    /// A run.
    Run,
    /// Something else.
    Other,
}

/// What a folder holds; one that is not there holds nothing.
///
/// # Errors
/// What the operating system refuses.
pub(super) fn look(folder: &Path) -> Result<Content, TrainError> {
    let names = match names(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Content::Nothing),
        names => names.map_err(TrainError::io(folder))?,
    };
    let has = |name: &str| names.contains(name);
    // As older versions left it when they were killed early: a run but for its record.
    let of_before = || {
        has(CHECKPOINTS)
            && only(&names, &[CHECKPOINTS, CONFIG, METRICS, MODEL, REPORT])
            && self::names(&folder.join(CHECKPOINTS)).is_ok_and(|names| only(&names, &[LAST, BEST]))
    };
    Ok(match names.is_empty() {
        true => Content::Nothing,
        false if has(BEGIN) => Content::Begun,
        false if has(INFO) => Content::Run,
        false if of_before() => Content::Begun,
        false => Content::Other,
    })
}

fn only(names: &BTreeSet<String>, known: &[&str]) -> bool {
    names.iter().all(|name| known.contains(&name.as_str()))
}

/// The names in a folder, but for the lock and files that were being written.
fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != LOCK && !is_pending(&name) {
            names.insert(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_what_its_files_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let is = || look(path).unwrap();
        let put = |name: &str| fs::write(path.join(name), "").unwrap();
        assert_eq!(look(&path.join("none")).unwrap(), Content::Nothing);
        put(LOCK);
        put(".run.json.1-2.tmp");
        assert_eq!(is(), Content::Nothing);
        // Anybody has files of such names.
        put(CONFIG);
        assert_eq!(is(), Content::Other);
        fs::create_dir(path.join(CHECKPOINTS)).unwrap();
        assert_eq!(is(), Content::Begun);
        put("checkpoints/last.safetensors");
        put("checkpoints/.best.safetensors.1-2.tmp");
        assert_eq!(is(), Content::Begun);
        put("checkpoints/epoch12.pt");
        assert_eq!(is(), Content::Other);
        put(INFO);
        put("notes.txt");
        assert_eq!(is(), Content::Run);
        put(BEGIN);
        assert_eq!(is(), Content::Begun);
    }
}
