//! How much memory one file may take, so that a file of a few bytes cannot take all there is.

use std::fs;
use std::sync::OnceLock;
use thiserror::Error;

/// The variable of the environment that says how much memory one file may take: bytes, or K, M, G or T of them.
///
/// Unless it is set, one file may take 2 GiB and half of the memory that is free, whichever is less.
pub const MEMORY_VARIABLE: &str = "SCUMBLE_MEMORY";

/// What one file may take unless somebody says otherwise: an image of 25,000 x 25,000 pixels in colour.
const USUAL: u64 = 2 << 30;
/// What a network's maps may take then.
const USUAL_WORK: u64 = 8 << 30;
/// As much is there in any case, and nobody looks.
const SMALL: u64 = 32 << 20;

/// More memory than there is for it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} of memory, and {} {}; {MEMORY_VARIABLE}={} in the environment allows it",
    in_words(*.needed), in_words(*.allowed), .why, raised(*.needed))]
pub struct TooLarge {
    needed: u64,
    allowed: u64,
    why: &'static str,
}

impl TooLarge {
    /// Bytes that would be needed.
    pub fn needed(&self) -> u64 {
        self.needed
    }
}

/// Asks before what is in a file takes so many bytes of memory.
///
/// # Errors
/// One file may not take as much.
pub fn admit(bytes: u64) -> Result<(), TooLarge> {
    if bytes <= SMALL {
        return Ok(());
    }
    let half = |free: u64| (free / 2, "are half of what is free");
    decide(bytes, (USUAL, "are what one file may take"), half)
}

/// The same before the maps of a network take as much: all that is free, and at most 8 GiB.
///
/// # Errors
/// There is not as much.
pub fn admit_work(bytes: u64) -> Result<(), TooLarge> {
    if bytes <= SMALL {
        return Ok(());
    }
    decide(bytes, (USUAL_WORK, "are what a network may take"), |free| (free, "are free"))
}

/// The most that one file may take now, in bytes.
pub(crate) fn allowed() -> u64 {
    said().unwrap_or(USUAL)
}

fn decide(
    needed: u64,
    usual: (u64, &'static str),
    of_free: impl FnOnce(u64) -> (u64, &'static str),
) -> Result<(), TooLarge> {
    let (allowed, why) = match said() {
        Some(said) => (said, "are allowed"),
        None => free().map(of_free).filter(|(left, _)| *left < usual.0).unwrap_or(usual),
    };
    if needed <= allowed { Ok(()) } else { Err(TooLarge { needed, allowed, why }) }
}

/// What the environment says.
fn said() -> Option<u64> {
    static SAID: OnceLock<Option<u64>> = OnceLock::new();
    *SAID.get_or_init(|| memory_limit().ok().flatten())
}

/// What [`MEMORY_VARIABLE`] says, in bytes; none where it is not set.
///
/// # Errors
/// The text that is no number of bytes. Whoever reads files takes it for not set.
pub fn memory_limit() -> Result<Option<u64>, String> {
    match std::env::var_os(MEMORY_VARIABLE) {
        None => Ok(None),
        Some(text) => {
            let text = text.to_string_lossy();
            bytes(&text).map(Some).ok_or_else(|| text.into_owned())
        }
    }
}

/// `4G` and its like: 1024 times 1024 times 1024 bytes.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let letter = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match text[letter.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return None,
    };
    letter.trim().parse::<u64>().ok()?.checked_mul(1 << power).filter(|bytes| *bytes > 0)
}

/// Bytes that may still be taken: the least of what the machine, the group of processes (a container) and the limit of
/// this process leave. None where the system does not say it.
fn free() -> Option<u64> {
    [machine(), group(), process()].into_iter().flatten().min()
}

fn machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = |name: &str| number(text.lines().find_map(|line| line.strip_prefix(name))?);
    Some((kilobytes("MemAvailable:")? + kilobytes("SwapFree:").unwrap_or(0)).saturating_mul(1024))
}

/// What the group's limit leaves; pages of files in its memory are given back.
fn group() -> Option<u64> {
    let read = |name: &str| fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok();
    let (limit, used) = match read("memory.max") {
        Some(limit) => {
            (limit, read("memory.stat")?.lines().find_map(|line| number(line.strip_prefix("anon ")?)))
        }
        None => {
            let stat = read("memory/memory.stat")?;
            let used = stat.lines().find_map(|line| number(line.strip_prefix("total_rss ")?));
            (read("memory/memory.limit_in_bytes")?, used)
        }
    };
    // Without a limit the text is "max".
    Some(number(&limit)?.saturating_sub(used?))
}

/// What `ulimit -v` leaves.
fn process() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let limit = number(limits.lines().find_map(|line| line.strip_prefix("Max address space"))?)?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let used = number(status.lines().find_map(|line| line.strip_prefix("VmSize:"))?)?;
    Some(limit.saturating_sub(used.saturating_mul(1024)))
}

/// The first word of a text as a number.
fn number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

fn in_words(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes < 1e9 { format!("{:.0} MB", (bytes / 1e6).max(1.0)) } else { format!("{:.1} GB", bytes / 1e9) }
}

/// A round number of bytes that is enough.
fn raised(needed: u64) -> String {
    let gigabytes = needed.div_ceil(1 << 30);
    format!("{gigabytes}G")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (text, expected) in [
            ("1", Some(1)),
            ("500M", Some(500 << 20)),
            ("4G", Some(4 << 30)),
            (" 4 gib ", Some(4 << 30)),
            ("1T", Some(1 << 40)),
            ("0", None),
            ("", None),
            ("-1", None),
            ("much", None),
            ("4X", None),
            ("99999999999T", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_much_is_said_with_the_cure() {
        assert_eq!(admit(SMALL), Ok(()));
        let message = admit(u64::MAX).unwrap_err().to_string();
        assert!(message.contains("SCUMBLE_MEMORY=17179869184G"), "{message}");
        let error = admit_work(51 << 30).unwrap_err();
        assert!(error.to_string().starts_with("54.8 GB of memory, and "), "{error}");
        assert_eq!(error.needed(), 51 << 30);
    }

    #[test]
    fn what_is_free_is_something() {
        if cfg!(target_os = "linux") {
            assert!(free().is_some_and(|free| free > 0));
        }
    }
}
