//! Reading a file of annotations: its format is found by its content.

use super::content::Content;
use super::document::Document;
use super::format::{Format, Place};
use super::text;
use super::{coco, cvat, label_studio, labelme, qupath};
use crate::formats::{guarded, id_of};
use crate::text::decoded;
use crate::{DataError, LayoutProblem, open_file};
use std::io::Read;
use std::path::Path;

/// Every format that is read.
const FORMATS: [&dyn Format; 5] =
    [&coco::Coco, &label_studio::LabelStudio, &cvat::Cvat, &labelme::Labelme, &qupath::QuPath];

/// What a file takes in memory before its format is known, in multiples of its length.
const TEXT: u64 = 2;

/// Whose the annotations of a file are, and of which image, by the place where it lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Owner {
    /// raters/NAME.json: of many images; by this rater, or by those whom the file names.
    File,
    /// raters/NAME/ID.json: of one image, by the rater of the folder.
    Folder,
}

/// Whether the extension is that of annotations in such a place.
pub(in crate::dataset) fn is_annotations(path: &Path, owner: Owner) -> bool {
    let known: &[&str] = match owner {
        Owner::File => &["json", "geojson", "xml"],
        Owner::Folder => &["json", "geojson"],
    };
    let named = |extension: &str| known.iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.extension().and_then(|extension| extension.to_str()).is_some_and(named) && !path.is_dir()
}

/// Whether a file is JSON of something else: of what beside a mask says how it was made.
pub(in crate::dataset) fn is_something_else(path: &Path) -> bool {
    recognise(path).is_ok_and(|(_, format)| format.is_none())
}

/// Reads a file in its place; `is_there` says whether the data set has an image of an id. What is wrong with annotations is
/// left for whoever wants the marks of an image. None for [something else](is_something_else) in the folder of a rater.
///
/// # Errors
/// A file of no format that is read, or in the place of another; no image, images and categories that cannot be read or
/// share an id.
pub(in crate::dataset) fn read(
    path: &Path,
    owner: Owner,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<Option<Document>, DataError> {
    in_place(path, owner, is_there)?.map(sound).transpose()
}

/// A file wherever it lies, and where it belongs; None if it is of no format that is read.
///
/// # Errors
/// As [`read`].
pub(in crate::dataset) fn recognised(
    path: &Path,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<Option<(Owner, Document)>, DataError> {
    let found = match recognise(path) {
        Ok((text, format)) => format.map(|format| (text, format)),
        Err(DataError::Broken { .. }) => None,
        Err(error) => return Err(error),
    };
    let Some((text, format)) = found else { return Ok(None) };
    let owner = if format.is_of_one_image() { Owner::Folder } else { Owner::File };
    Ok(Some((owner, sound(understood(path, &text, format, owner, is_there)?)?)))
}

/// All that is wrong with a file in its place.
pub(in crate::dataset) fn problems(path: &Path, owner: Owner) -> Vec<DataError> {
    match in_place(path, owner, &|_| false) {
        Ok(document) => document.iter().flat_map(Document::problems).collect(),
        Err(error) => vec![error],
    }
}

fn in_place(
    path: &Path,
    owner: Owner,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<Option<Document>, DataError> {
    match (recognise(path)?, owner) {
        ((text, Some(format)), _) => understood(path, &text, format, owner, is_there).map(Some),
        ((_, None), Owner::Folder) => Ok(None),
        ((_, None), Owner::File) => Err(unknown(path)),
    }
}

/// The text of a file, JSON in that of the standard, and its format, if it is one that is read.
fn recognise(path: &Path) -> Result<(Vec<u8>, Option<&'static dyn Format>), DataError> {
    let broken = |reason| DataError::Broken { path: path.to_owned(), format: "annotation", reason };
    let text = decoded(&bytes(path)?).map_err(broken)?.into_owned();
    let text = if text.trim_start().starts_with('<') { text.into_bytes() } else { text::standard(text) };
    let content = Content::of(&text).map_err(broken)?;
    Ok((text, FORMATS.into_iter().find(|format| format.has(&content))))
}

fn understood(
    path: &Path,
    text: &[u8],
    format: &'static dyn Format,
    owner: Owner,
    is_there: &dyn Fn(&str) -> bool,
) -> Result<Document, DataError> {
    let length = text.len() as u64;
    let taken = length.saturating_mul(format.understood());
    DataError::admit(path, taken, || format!("{} annotations of {length} bytes", format.name()))?;
    let wrong_place = |problem| Err(DataError::Layout { path: path.to_owned(), problem });
    match (owner, format.is_of_one_image()) {
        (Owner::File, true) => return wrong_place(LayoutProblem::AnnotationsOfOne { format: format.name() }),
        (Owner::Folder, false) => {
            return wrong_place(LayoutProblem::AnnotationsOfMany { format: format.name() });
        }
        _ => {}
    }
    let id = id_of(path).filter(|_| owner == Owner::Folder);
    let place = Place { id: id.as_deref(), is_there };
    let broken = |reason| DataError::Broken { path: path.to_owned(), format: format.name(), reason };
    let entries = guarded(|| format.read(text, &place), |reason| reason).map_err(broken)?;
    Ok(Document { path: path.to_owned(), format: format.name(), entries })
}

/// The same, unless something is wrong with all of it.
fn sound(document: Document) -> Result<Document, DataError> {
    match document.entries.faults.first() {
        Some(fault) => Err(fault.error(&document.path)),
        None => Ok(document),
    }
}

fn unknown(path: &Path) -> DataError {
    let known: Vec<String> =
        FORMATS.iter().map(|format| format!("{} ({})", format.name(), format.known_by())).collect();
    let reason = format!("no annotations of a format that is read: {}", known.join(", "));
    DataError::Unsupported { path: path.to_owned(), reason }
}

/// The bytes of a file that may hold annotations.
fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let file = open_file(path).map_err(DataError::io(path))?;
    let length = file.metadata().map_err(DataError::io(path))?.len();
    DataError::admit(path, length.saturating_mul(TEXT), || format!("annotations of {length} bytes"))?;
    file.take(length).read_to_end(&mut bytes).map_err(DataError::io(path))?;
    Ok(bytes)
}
