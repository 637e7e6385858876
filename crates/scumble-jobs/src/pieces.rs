//! What is written in one piece: an image, or all slices of a volume.

use scumble_data::{
    DataError, Grouping, MapFormat, SliceAddress, SliceAxis, Volume, file_and_slice, file_of, is_volume_file,
    read_volume,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is written in one piece.
#[derive(Debug)]
pub(crate) struct Piece<T> {
    /// What its files are called by.
    pub(crate) id: String,
    /// The image, or the slices of the volume in their order.
    pub(crate) images: Vec<T>,
    /// The volume, if it is one.
    pub(crate) volume: Option<Volume>,
}

/// Images, each with its name and its file, in pieces: where the format has volumes, those of which all slices are there are one.
///
/// # Errors
/// A volume whose header cannot be read any more.
pub(crate) fn pieces<T>(
    images: impl IntoIterator<Item = (String, PathBuf, T)>,
    format: MapFormat,
) -> Result<Vec<Piece<T>>, DataError> {
    type Slices<T> = BTreeMap<usize, (String, PathBuf, T)>;
    let mut pieces = Vec::new();
    let mut volumes: BTreeMap<(PathBuf, Option<SliceAxis>), Slices<T>> = BTreeMap::new();
    for (id, path, image) in images {
        match file_and_slice(&path) {
            (file, Some(SliceAddress { axis, number })) if format.has_volumes() => {
                let slices = volumes.entry((file.to_owned(), axis)).or_default();
                slices.insert(number, (id, path, image));
            }
            _ => pieces.push(Piece { id, images: vec![image], volume: None }),
        }
    }
    for slices in volumes.into_values() {
        let Some((first, path, _)) = slices.values().next() else { continue };
        // Numbers are there once, and below the count.
        let volume = read_volume(path)?.filter(|volume| slices.len() == volume.slices());
        match (volume, Grouping::default().group(first)) {
            (Some(volume), Ok(name)) => {
                let id = name.to_owned();
                let images = slices.into_values().map(|(.., image)| image).collect();
                pieces.push(Piece { id, images, volume: Some(volume) });
            }
            _ => pieces.extend(slices.into_values().map(|(id, _, image)| Piece {
                id,
                images: vec![image],
                volume: None,
            })),
        }
    }
    pieces.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(pieces)
}

/// The format that nobody has chosen: of NIfTI files NIfTI, else NPY. By their names: whether one of them can be read just now
/// must not change what becomes of the others.
pub(crate) fn usual<'p>(images: impl Iterator<Item = &'p Path>) -> MapFormat {
    let mut images = images.peekable();
    match images.peek().is_some() && images.all(|path| is_volume_file(file_of(path))) {
        true => MapFormat::Nifti,
        false => MapFormat::Npy,
    }
}
