//! One file in, one [`Raster`] out. A new format is a new file here and a line in [`FORMATS`].

mod address;
mod array;
mod bmp;
mod context;
mod elements;
mod guard;
mod gzip;
mod held;
mod jpeg;
mod kept;
pub(crate) mod location;
mod nifti;
mod nifti_channels;
mod nifti_header;
mod nodata;
mod npy;
mod npy_header;
mod npz;
mod orientation;
mod pixel_size;
mod png;
mod reader;
mod several;
mod slicing;
mod source;
mod stack;
mod tiff;
mod volume;
mod webp;
mod write_png;

pub use address::{SliceAddress, composed, file_and_slice, file_of};
pub(crate) use address::{id_of, name_of, slice_of};
pub use array::{ArrayNumber, NumberArray, read_array, write_array};
pub use context::read_image_in_context;
pub(crate) use guard::guarded;
pub use guard::is_decoding;
pub use held::HeldRows;
pub(crate) use location::read_placed_info;
pub use location::{Location, LocationTags, MapPlace, read_location};
pub(crate) use nifti_channels::join_channels;
pub(crate) use nifti_header::{LONGEST as NIFTI_LONGEST, Place as NiftiPlace, Written as NiftiHeader};
pub(crate) use npy_header::bytes as npy_header;
pub use pixel_size::{PixelSize, read_pixel_size};
pub use reader::RasterReader;
pub(crate) use several::{is_array, read_several};
pub use slicing::SliceAxis;
pub(crate) use slicing::{Pages, Slicing};
pub use volume::{Volume, read_volume};
pub use write_png::write_png;

use crate::{DataError, LayoutProblem, Raster, admit};
use source::{DecodeError, Source};
use std::io::Seek;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What a file's header says, without decoding the pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RasterInfo {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Samples a pixel, as [`read_raster`] gives them (alpha is dropped).
    pub channels: usize,
    /// The type of the samples.
    pub numbers: Numbers,
    /// As [`Raster::indexed`]: the largest index that the file can hold, 1 for on/off files.
    pub indexed: Option<u16>,
    /// Where the image lies in space, if the file says so (NIfTI).
    pub affine: Option<Affine>,
    /// The EXIF or TIFF orientation, 1 to 8, by which the pixels are turned from the way in which they are stored to the
    /// way in which they are shown; 1 means not at all. Height and width are those shown.
    pub orientation: u8,
    /// As [`Raster::nodata`].
    pub nodata: Option<f64>,
}

/// The first three rows of the matrix that takes (column, row, slice, 1) to millimetres.
pub type Affine = [[f64; 4]; 3];

/// The number type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Numbers {
    /// 8 bits and fewer, unsigned.
    U8,
    /// 16 bits, unsigned.
    U16,
    /// Any other integer: it has no natural full scale.
    Integer,
    /// Floating point.
    Float,
}

/// Who will look at the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A picture: palettes become colours, 1 bit becomes 0 and 255.
    Picture,
    /// Labels: palettes stay indices, 1 bit stays 0 and 1, integers stay integers.
    Labels,
    /// Labels and predictions to be judged: as labels, but 64-bit floats stay such.
    Judging,
}

/// A file format: its names, its first bytes and its two ways of being read.
trait Format: Sync {
    fn name(&self) -> &'static str;
    fn extensions(&self) -> &'static [&'static str];
    /// Whether a file that begins like this is of the format.
    fn begins(&self, head: &[u8]) -> bool;
    /// Whether files of several images are taken apart where a folder is listed.
    fn is_sliced(&self, _: Slicing) -> bool {
        false
    }
    /// Whether slices can be taken along several axes.
    fn has_axes(&self) -> bool {
        false
    }
    /// How many images the file holds that can be asked for one by one: pages of a TIFF, slices of a volume.
    fn slices(&self, _: &mut Source) -> Result<usize, DecodeError> {
        Ok(1)
    }
    /// Reads the header alone.
    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError>;
    /// The size of a pixel, if the header says it.
    fn pixel_size(&self, _: &mut Source) -> Result<Option<PixelSize>, DecodeError> {
        Ok(None)
    }
    /// Where the image lies, if the header, of which this is the [`info`](Self::info), says it.
    fn location(&self, _: &mut Source, info: &RasterInfo) -> Result<Option<Location>, DecodeError> {
        Ok(info.affine.map(Location::Space))
    }
    /// The volume that it is.
    fn volume(&self, _: &mut Source) -> Result<Option<Volume>, DecodeError> {
        Ok(None)
    }
    /// Makes the file ready to be decoded by rows; `None` where that is not known.
    fn by_rows(&self, _: &mut Source, _: Purpose) -> Result<Option<Box<dyn ByRows>>, DecodeError> {
        Ok(None)
    }
    /// Decodes the file.
    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError>;
}

/// A file that is decoded by rows; what is said of all of them is known.
trait ByRows: Send + Sync {
    /// Rows and columns.
    fn size(&self) -> (usize, usize);
    /// Decodes some rows: those that [`Format::decode`] gives.
    fn rows(&mut self, source: &mut Source, rows: Range<usize>) -> Result<Raster, DecodeError>;
}

const FORMATS: [&dyn Format; 8] =
    [&png::Png, &jpeg::Jpeg, &tiff::Tiff, &bmp::Bmp, &webp::WebP, &npy::Npy, &npz::Npz, &nifti::Nifti];

/// Decodes a label map, mask or image, the numbers as the file has them.
///
/// PNG: 1 bit gives 0 and 1, a palette gives its indices (both set [`Raster::indexed`]); 2- and 4-bit grey is
/// scaled to 8 bits, for that is what lossless optimisers make of 8-bit files. TIFF: 1 to 16 bit, other integers,
/// f32, f64 and f16, any number of samples a pixel; the stored numbers, whether 0 is black or white or the index of a
/// colour; the pages are channels. BMP and lossless WebP as PNG. NPY: [H, W] or
/// [H, W, C], u8 to u64, i8 to i64, bool, f32, f64, either byte order, C or Fortran order. NPZ:
/// its only array. NIfTI: a column is x and a row y, a fourth axis are channels. JPEG: 8 bits. Alpha is dropped.
/// What EXIF or TIFF say of its orientation is applied, so that rows and columns are those that viewers show.
/// Signed and 32- or 64-bit integers are given in 16 bits where all of a file are 0 to 65535, else as 64-bit floats.
///
/// A path like `stack.tif@0003` or `volume.nii.gz@0003` means one page or slice, counted from 0; of a volume of
/// several it must be said. `volume.nii.gz@x0003` is a slice [along another axis](SliceAxis) than the volume's own.
///
/// # Errors
/// A file that is missing, truncated, broken, misnamed or of a variant that is not read. Nothing is allocated on
/// the word of a header alone: what it promises must be possible for a file of that size.
pub fn read_raster(path: &Path) -> Result<Raster, DataError> {
    read(path, |format, source| format.decode(source, Purpose::Labels))
}

/// Like [`read_raster`], but 64-bit floats keep their digits.
pub(crate) fn read_wide(path: &Path) -> Result<Raster, DataError> {
    read(path, |format, source| format.decode(source, Purpose::Judging))
}

/// Decodes a picture: like [`read_raster`], but a palette becomes its colours and 1 bit becomes 0 and 255, so
/// that [`Raster::to_unit`] is right; in TIFF 0 is black in a picture even where the file has it for white. Signed and
/// 32- or 64-bit integers become floats, unscaled.
///
/// # Errors
/// As [`read_raster`].
pub fn read_image(path: &Path) -> Result<Raster, DataError> {
    read(path, |format, source| format.decode(source, Purpose::Picture))
}

/// What the header of a file says, as [`read_raster`] would give it.
///
/// # Errors
/// A file that is missing, misnamed or has a broken header. Damage behind the header is not seen.
pub fn read_info(path: &Path) -> Result<RasterInfo, DataError> {
    read(path, |format, source| {
        let info = format.info(source)?;
        // Whoever multiplies these need not ask whether that can be done.
        match [info.height, info.width, info.channels, 8]
            .iter()
            .try_fold(1_usize, |all, &n| all.checked_mul(n))
        {
            Some(1..) => Ok(info),
            _ => Err(DecodeError::Broken(format!(
                "the header says {} x {} pixels with {} channels",
                info.height, info.width, info.channels
            ))),
        }
    })
}

/// (height, width, channels) from the header of a file, without decoding it.
///
/// # Errors
/// As [`read_info`].
pub fn read_size(path: &Path) -> Result<(usize, usize, usize), DataError> {
    read_info(path).map(|info| (info.height, info.width, info.channels))
}

/// The images in a file: the file itself or, where it holds several, the address of each.
///
/// A file that cannot be read counts as one image: whoever reads it will say why.
pub(crate) fn images_of(path: &Path, slicing: Slicing) -> Vec<PathBuf> {
    let named = file_and_slice(path).1.is_some();
    let format = by_extension(path).filter(|format| !named && format.is_sliced(slicing));
    let Some(format) = format else { return vec![path.to_owned()] };
    let axis = slicing.axis.filter(|_| format.has_axes());
    match count_slices(path, axis) {
        Ok(count) if count > 1 => {
            (0..count).map(|number| slice_of(path, SliceAddress { axis, number })).collect()
        }
        _ => vec![path.to_owned()],
    }
}

/// How many images a file holds, whether a listing takes them apart or not.
pub(crate) fn count_images(path: &Path) -> Result<usize, DataError> {
    count_slices(path, None)
}

fn count_slices(path: &Path, axis: Option<SliceAxis>) -> Result<usize, DataError> {
    read(path, |format, source| {
        source.axis = source.axis.or(axis);
        let count = format.slices(source)?;
        let items = A_SLICE.saturating_mul(count as u64);
        admit(items).map_err(|source| DecodeError::TooLarge(format!("{count} slices"), source))?;
        Ok(count)
    })
}

/// What a slice takes as an image of its own, with all that is known of it: so that 65,536 are the most unless more
/// memory is allowed.
const A_SLICE: u64 = 1 << 15;

/// Whether the extension is one that is read.
pub fn is_image(path: &Path) -> bool {
    by_extension(file_and_slice(path).0).is_some()
}

/// Whether the extension is that of a format of volumes (NIfTI), whether there is such a file or not.
pub fn is_volume_file(path: &Path) -> bool {
    by_extension(path).is_some_and(Format::has_axes)
}

/// Whether the extension is that of a lossy format, which no label may have.
pub(crate) fn is_lossy(path: &Path) -> bool {
    by_extension(path).is_some_and(|format| format.name() == jpeg::Jpeg.name())
}

/// The format that the name says; `path` names a file.
fn by_extension(path: &Path) -> Option<&'static dyn Format> {
    let name = path.file_name()?.to_str()?;
    FORMATS.into_iter().find(|format| address::extension(*format, name).is_some())
}

fn read<T>(
    path: &Path,
    work: impl FnOnce(&dyn Format, &mut Source) -> Result<T, DecodeError>,
) -> Result<T, DataError> {
    open(path, work).map(|(done, ..)| done)
}

/// What [`read`] reads, the format, and the file, to read on in it.
fn open<T>(
    path: &Path,
    work: impl FnOnce(&dyn Format, &mut Source) -> Result<T, DecodeError>,
) -> Result<(T, &'static dyn Format, Source), DataError> {
    let (file, slice) = file_and_slice(path);
    let format = by_extension(file).ok_or_else(|| no_format(path))?;
    let mut source = Source::open(path).map_err(DataError::io(path))?;
    let head = source.head().map_err(DataError::io(path))?;
    if !format.begins(&head) {
        return Err(wrong_beginning(path, format, &head));
    }
    let work = || {
        if let Some(slice) = slice {
            let count = format.slices(&mut source)?;
            if slice.number >= count {
                return Err(DecodeError::Unsupported(format!("there are {count} slices, counted from 0")));
            }
            source.reader.rewind()?;
        }
        work(format, &mut source)
    };
    let done = guarded(work, DecodeError::Broken).map_err(|fault| fault.at(path, format.name()))?;
    Ok((done, format, source))
}

fn no_format(path: &Path) -> DataError {
    let path = path.to_owned();
    match path.file_name().is_some_and(|name| name.to_str().is_none()) {
        true => DataError::Layout { path, problem: LayoutProblem::Name },
        false => DataError::Extension { path },
    }
}

fn wrong_beginning(path: &Path, format: &dyn Format, head: &[u8]) -> DataError {
    let path = path.to_owned();
    if let Some(other) = FORMATS.into_iter().find(|other| other.begins(head)) {
        return DataError::Misnamed { path, name: format.name(), content: other.name() };
    }
    let reason = match head {
        [] => "the file is empty".to_owned(),
        _ => format!("it does not begin like a {} file", format.name()),
    };
    DataError::Broken { path, format: format.name(), reason }
}
