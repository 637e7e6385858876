//! Names of files and of slices in them.

use super::{Format, SliceAxis, by_extension};
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

/// A slice of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceAddress {
    /// The axis along which slices are counted, where it is not the file's own.
    pub axis: Option<SliceAxis>,
    /// Counted from 0.
    pub number: usize,
}

impl From<usize> for SliceAddress {
    fn from(number: usize) -> Self {
        Self { axis: None, number }
    }
}

/// `stack.tif@0003` is slice 3 of stack.tif: the file, and the slice if one is named.
///
/// ```
/// use scumble_data::{SliceAddress, SliceAxis, file_and_slice};
/// use std::path::Path;
///
/// let (file, slice) = file_and_slice(Path::new("brain.nii.gz@x0012"));
/// assert_eq!(file, Path::new("brain.nii.gz"));
/// assert_eq!(slice, Some(SliceAddress { axis: Some(SliceAxis::X), number: 12 }));
/// ```
pub fn file_and_slice(path: &Path) -> (&Path, Option<SliceAddress>) {
    let slice = || {
        let (file, slice) = path.file_name()?.to_str()?.rsplit_once('@')?;
        let format = by_extension(Path::new(file))?;
        let axis = slice.bytes().next().and_then(SliceAxis::of_letter).filter(|_| format.has_axes());
        let number = &slice[usize::from(axis.is_some())..];
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let file = without_end(path, slice.len() + 1).filter(|_| digits)?;
        Some((file, SliceAddress { axis, number: number.parse().ok()? }))
    };
    slice().map_or((path, None), |(file, slice)| (file, Some(slice)))
}

/// A path without its last bytes, which are of ASCII. The folders before it may be called anything.
fn without_end(path: &Path, bytes: usize) -> Option<&Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let all = path.as_os_str().as_bytes();
        let begin = all.get(..all.len().checked_sub(bytes)?)?;
        Some(Path::new(std::ffi::OsStr::from_bytes(begin))).filter(|_| all[begin.len()] == b'@')
    }
    #[cfg(not(unix))]
    {
        let all = path.to_str()?;
        let (begin, end) = all.split_at_checked(all.len().checked_sub(bytes)?)?;
        end.starts_with('@').then(|| Path::new(begin))
    }
}

/// The file of an address: `stack.tif` of `stack.tif@0003`, and the path itself where it names no slice.
///
/// ```
/// use std::path::Path;
///
/// assert_eq!(scumble_data::file_of(Path::new("a/stack.tif@0003")), Path::new("a/stack.tif"));
/// assert_eq!(scumble_data::file_of(Path::new("a/b.png")), Path::new("a/b.png"));
/// ```
pub fn file_of(path: &Path) -> &Path {
    file_and_slice(path).0
}

/// The address of a slice, counted from 0.
pub(crate) fn slice_of(file: &Path, slice: impl Into<SliceAddress>) -> PathBuf {
    let mut address = file.as_os_str().to_owned();
    address.push(suffix(slice.into()));
    address.into()
}

/// What belongs together is called by this: the file's name without extension, and a slice's number, `stack@0003`. An
/// accent of its own and one within its letter are the same.
pub(crate) fn id_of(path: &Path) -> Option<String> {
    name_of(path).map(|name| composed(&name))
}

/// The same as the file's name is written.
pub(crate) fn name_of(path: &Path) -> Option<String> {
    let (file, slice) = file_and_slice(path);
    let name = file.file_name()?.to_str()?;
    let stem = match by_extension(file).and_then(|format| extension(format, name)) {
        Some(extension) => &name[..name.len() - extension.len() - 1],
        None => file.file_stem()?.to_str()?,
    };
    Some(stem.to_owned() + &slice.map(suffix).unwrap_or_default())
}

/// A name in Unicode's composed form (NFC): file systems and programs differ in how they write an accent.
pub fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// The extension of the format that `name` ends with.
pub(super) fn extension(format: &dyn Format, name: &str) -> Option<&'static str> {
    format.extensions().iter().copied().find(|extension| {
        let stem = name.len().checked_sub(extension.len() + 1).filter(|&stem| stem > 0);
        stem.and_then(|stem| name.get(stem..)).is_some_and(|end| {
            end.strip_prefix('.').is_some_and(|found| found.eq_ignore_ascii_case(extension))
        })
    })
}

fn suffix(SliceAddress { axis, number }: SliceAddress) -> String {
    let axis = axis.map_or_else(String::new, |axis| axis.to_string());
    format!("@{axis}{number:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_named_behind_the_extension() {
        for (path, file, slice, id) in [
            ("a/b.tif", "a/b.tif", None, "b"),
            ("a/b.tif@0012", "a/b.tif", Some(12), "b@0012"),
            ("b@0012.png", "b@0012.png", None, "b@0012"),
            ("x.y.NII.GZ@0000", "x.y.NII.GZ", Some(0), "x.y@0000"),
            ("x.nii", "x.nii", None, "x"),
            ("b.tif@x0012", "b.tif@x0012", None, "b"),
            ("b.nii@w0012", "b.nii@w0012", None, "b"),
            ("b.txt@3", "b.txt@3", None, "b"),
            ("b.tif@", "b.tif@", None, "b"),
        ] {
            let path = Path::new(path);
            assert_eq!(file_and_slice(path), (Path::new(file), slice.map(SliceAddress::from)), "{path:?}");
            assert_eq!(id_of(path).as_deref(), Some(id), "{path:?}");
        }
        let decomposed = Path::new("Zu\u{308}rich.png");
        assert_eq!(id_of(decomposed).as_deref(), Some("Z\u{fc}rich"));
        assert_eq!(name_of(decomposed).as_deref(), Some("Zu\u{308}rich"));
        assert_eq!(slice_of(Path::new("b.tif"), 3), Path::new("b.tif@0003"));
        let along_x = SliceAddress { axis: Some(SliceAxis::X), number: 7 };
        let address = slice_of(Path::new("v.nii.gz"), along_x);
        assert_eq!(address, Path::new("v.nii.gz@x0007"));
        assert_eq!(file_and_slice(&address), (Path::new("v.nii.gz"), Some(along_x)));
        assert_eq!(id_of(&address).as_deref(), Some("v@x0007"));
    }
}
