//! Opening what is read: files alone, for a pipe or a device would make whoever reads it wait.

use crate::memory::{MEMORY_VARIABLE, allowed};
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// What a text becomes in memory when it is understood, in multiples of its length: the longest that is read is 64 MiB,
/// unless more memory is allowed.
const UNDERSTOOD: u64 = 32;

/// Opens a file to read it.
///
/// A pipe, a socket or a device is refused before it is opened, so that none of them is waited for; a link counts as
/// what it leads to.
///
/// # Errors
/// What the operating system refuses; what is no file.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let error = scumble_data::open_file(folder.path()).unwrap_err();
/// assert_eq!(error.to_string(), "this is a folder, not a file");
/// ```
pub fn open_file(path: &Path) -> io::Result<File> {
    check_file(path)?;
    File::open(path)
}

/// Refuses what is no file, for whoever hands the path on to something that opens it.
pub(crate) fn check_file(path: &Path) -> io::Result<()> {
    let kind = fs::metadata(path)?.file_type();
    match kind.is_file() {
        true => Ok(()),
        false => Err(io::Error::other(format!("this is {}, not a file", in_words(kind)))),
    }
}

/// The bytes of a text that is read whole: settings, a record, metrics.
///
/// # Errors
/// As [`open_file`]; a file that is longer than any such text, 64 MiB unless [`MEMORY_VARIABLE`](crate::MEMORY_VARIABLE)
/// allows more.
pub fn read_text_file(path: &Path) -> io::Result<Vec<u8>> {
    let longest = allowed() / UNDERSTOOD;
    let file = open_file(path)?;
    let mut text = Vec::new();
    // A file that is longer is not read at all, and what the system says of the length is not believed either.
    let fits = file.metadata()?.len() <= longest && {
        file.take(longest + 1).read_to_end(&mut text)?;
        text.len() as u64 <= longest
    };
    match fits {
        true => Ok(text),
        false => Err(io::Error::other(format!(
            "this is no text of settings or records: it has more than {} MB; {MEMORY_VARIABLE}, the memory that one \
             file may take, raises that",
            longest >> 20
        ))),
    }
}

/// The same in UTF-8.
///
/// # Errors
/// As [`read_text_file`]; bytes that are no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let wrong = |error: std::string::FromUtf8Error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("the text is no UTF-8 at byte {at}"))
    };
    String::from_utf8(read_text_file(path)?).map_err(wrong)
}

fn in_words(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "of a kind that is not read" }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_is_no_file_is_named_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let [socket, loop_, link] = ["socket", "loop", "link"].map(|name| folder.path().join(name));
        let _listening = UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::symlink(&loop_, &loop_).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for (path, says) in [
            (folder.path(), "a folder"),
            (&socket, "a socket"),
            (&link, "a device"),
            (Path::new("/dev/full"), "a device"),
            (&loop_, "symbolic links"),
        ] {
            let error = open_file(path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert_eq!(read_text(path).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn a_text_beyond_all_measure_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(read_text(&path).unwrap_err().to_string().contains("more than 64 MB"));
        fs::write(&path, b"a\xe9").unwrap();
        assert!(read_text(&path).unwrap_err().to_string().contains("no UTF-8 at byte 1"));
        fs::write(&path, "a\u{e9}").unwrap();
        assert_eq!(read_text(&path).unwrap(), "a\u{e9}");
    }
}
