//! NIfTI volumes, packed or not, slice by slice.

use super::elements::{Elements, Number, Order};
use super::gzip::Gunzip;
use super::nifti_header::{BEGINNINGS, Header, LONGEST_HEADER, Voxel, length_of_header};
use super::source::{DecodeError, Source, admit_pixels};
use super::stack::stack;
use super::{Affine, Format, Numbers, PixelSize, Purpose, RasterInfo, SliceAxis, Slicing, Volume, kept};
use crate::{Raster, Samples};
use std::borrow::Cow;
use std::fs::File;
use std::io::ErrorKind::UnexpectedEof;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// NIfTI-1 and NIfTI-2 in one file, packed or not. The first axis is the column, the second the row, the third the slice,
/// unless the voxels are longest along another one or somebody says so; a fourth are channels.
pub(super) struct Nifti;

impl Format for Nifti {
    fn name(&self) -> &'static str {
        "NIfTI"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["nii", "nii.gz"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(GZIP) || BEGINNINGS.iter().any(|beginning| head.starts_with(beginning))
    }

    fn is_sliced(&self, _: Slicing) -> bool {
        true
    }

    fn has_axes(&self) -> bool {
        true
    }

    fn slices(&self, source: &mut Source) -> Result<usize, DecodeError> {
        let axis = source.axis;
        let (header, _) = open(source)?;
        Ok(header.size[header.axis(axis).index()])
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let (asked, axis) = (source.slice, source.axis);
        let (header, _) = open(source)?;
        let axis = header.axis(axis);
        let slice = header.slice(axis, asked)?;
        let [width, height] = axis.across().map(|across| header.size[across]);
        let (numbers, samples) = match header.voxel {
            Voxel::Rgb => (Numbers::U8, 3),
            Voxel::Number(number) => (
                match number {
                    _ if header.scale.is_some() => Numbers::Float,
                    Number::Bool | Number::Unsigned(1) => Numbers::U8,
                    Number::Unsigned(2) => Numbers::U16,
                    Number::Unsigned(_) | Number::Signed(_) => Numbers::Integer,
                    Number::Float(_) => Numbers::Float,
                },
                1,
            ),
        };
        let channels = header.channels * samples;
        let millimetres = match header.unit {
            Some("m") => 1e3,
            Some("\u{b5}m") => 1e-3,
            _ => 1.0,
        };
        let affine =
            header.affine.map(|affine| at_slice(affine, axis, slice).map(|row| row.map(|n| n * millimetres)));
        Ok(RasterInfo {
            height,
            width,
            channels,
            numbers,
            indexed: None,
            affine,
            orientation: 1,
            nodata: None,
        })
    }

    fn pixel_size(&self, source: &mut Source) -> Result<Option<PixelSize>, DecodeError> {
        let axis = source.axis;
        let (header, _) = open(source)?;
        let affine = header.affine.map(|affine| at_slice(affine, header.axis(axis), 0));
        Ok(affine.zip(header.unit).and_then(|(affine, unit)| PixelSize::of_affine(&affine, unit)))
    }

    fn volume(&self, source: &mut Source) -> Result<Option<Volume>, DecodeError> {
        let axis = source.axis;
        let (header, _) = open(source)?;
        let axis = header.axis(axis);
        Ok(Some(Volume { size: header.size, axis, space: header.space }))
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let (asked, axis, path) = (source.slice, source.axis, source.path.clone());
        let (header, mut stream) = open(source)?;
        let axis = header.axis(axis);
        let slice = header.slice(axis, asked)?;
        let (size, voxel) = (header.size, header.voxel.bytes());
        let [width, height] = axis.across().map(|across| size[across]);
        admit_pixels((height, width, header.channels), voxel)?;
        // Slices of a packed volume do not lie one by one in its file, nor do those along other axes than the third.
        let whole = match stream {
            Stream::Packed { .. } => size[2] > 1,
            Stream::Plain(_) => axis != SliceAxis::Z,
        };
        let mut planes = Vec::new();
        if whole {
            let all = kept::of_file(&path, || voxels(&header, &mut stream))?;
            let volume = size.iter().product::<usize>() * voxel;
            for channel in all.chunks_exact(volume) {
                let plane = plane_of(channel, size, voxel, (axis, slice));
                planes.push(header.plane(&mut &plane[..], (height, width), purpose)?);
            }
        } else {
            let plane = (height * width * voxel) as u64;
            for channel in 0..header.channels {
                stream.go_to(header.start + plane * (channel * size[2] + slice) as u64)?;
                planes.push(header.plane(&mut stream, (height, width), purpose)?);
            }
            stream.finish()?;
        }
        stack(of_one_type(planes))
    }
}

/// All voxels of a file, as it has them.
pub(super) fn voxels(header: &Header, stream: &mut Stream<'_>) -> Result<Vec<u8>, DecodeError> {
    let [columns, rows, slices] = header.size;
    let voxel = header.voxel.bytes();
    admit_pixels((rows, columns, slices.saturating_mul(header.channels)), voxel)?;
    stream.go_to(header.start)?;
    let mut bytes = vec![0; columns * rows * slices * header.channels * voxel];
    stream.read_exact(&mut bytes)?;
    stream.finish()?;
    Ok(bytes)
}

/// The bytes of a slice, of a volume of `size` whose voxels take `voxel` bytes.
fn plane_of(
    volume: &[u8],
    size: [usize; 3],
    voxel: usize,
    (axis, slice): (SliceAxis, usize),
) -> Cow<'_, [u8]> {
    let steps = [voxel, voxel * size[0], voxel * size[0] * size[1]];
    let first = slice * steps[axis.index()];
    if axis == SliceAxis::Z {
        return Cow::Borrowed(&volume[first..first + steps[2]]);
    }
    let [columns, rows] = axis.across();
    let mut plane = Vec::with_capacity(size[columns] * size[rows] * voxel);
    for row in 0..size[rows] {
        for column in 0..size[columns] {
            let at = first + row * steps[rows] + column * steps[columns];
            plane.extend_from_slice(&volume[at..at + voxel]);
        }
    }
    Cow::Owned(plane)
}

const GZIP: &[u8] = &[0x1f, 0x8b];

/// The header, believed, and the file behind it.
pub(super) fn open(source: &mut Source) -> Result<(Header, Stream<'_>), DecodeError> {
    let packed = source.reader.fill_buf()?.starts_with(GZIP);
    let length = source.bytes;
    let most = if packed { length.most() } else { length.0 };
    let mut stream = if packed {
        Stream::Packed { unpacked: Box::new(Gunzip::new(&mut source.reader)), position: 0 }
    } else {
        Stream::Plain(&mut source.reader)
    };
    let mut bytes = [0; LONGEST_HEADER];
    stream.read_exact(&mut bytes[..4])?;
    let end = length_of_header([bytes[0], bytes[1], bytes[2], bytes[3]]);
    stream.read_exact(&mut bytes[4..end])?;
    let header = Header::parse(&bytes)?;
    // A volume is unpacked up to the slice that is asked for: a file of a few bytes may not take for ever, either.
    if packed {
        let [width, height, slices] = header.size;
        let pixels = (height, width, slices.saturating_mul(header.channels));
        admit_pixels(pixels, header.voxel.bytes())?;
    }
    let lengths = header.size.into_iter().chain([header.channels, header.voxel.bytes()]);
    let needed = lengths.map(|n| n as u64).try_fold(1, u64::checked_mul);
    if needed.and_then(|needed| needed.checked_add(header.start)).is_none_or(|end| end > most) {
        return Err(DecodeError::Broken(format!(
            "the header says {:?} voxels of {} channels, more than a file of {} bytes can hold",
            header.size, header.channels, length.0
        )));
    }
    Ok((header, stream))
}

impl Header {
    /// The axis of the slices: the one asked for, or its own. A volume of one slice is an image.
    fn axis(&self, asked: Option<SliceAxis>) -> SliceAxis {
        asked.unwrap_or_else(|| if self.size[2] == 1 { SliceAxis::Z } else { self.longest() })
    }

    /// The slice to read: the one asked for, or the only one.
    fn slice(&self, axis: SliceAxis, asked: Option<usize>) -> Result<usize, DecodeError> {
        match (asked, self.size[axis.index()]) {
            (Some(slice), _) => Ok(slice),
            (None, 1) => Ok(0),
            (None, slices) => Err(DecodeError::Unsupported(format!(
                "a volume of {slices} slices; name one of them by @0000 to @{:04} behind the file's name",
                slices - 1
            ))),
        }
    }

    /// The plane that the stream stands at.
    fn plane(
        &self,
        stream: &mut impl Read,
        (height, width): (usize, usize),
        purpose: Purpose,
    ) -> Result<Raster, DecodeError> {
        let (number, channels) = match self.voxel {
            Voxel::Number(number) => (number, 1),
            Voxel::Rgb => (Number::Unsigned(1), 3),
        };
        let elements = Elements { number, big_endian: self.big_endian, count: height * width * channels };
        // What is stored need be no label where it is scaled.
        let purpose = if self.scale.is_some() { Purpose::Picture } else { purpose };
        let samples = elements.samples(stream, purpose, (height, width, channels), Order::C)?;
        let mut raster = Raster { height, width, channels, samples, indexed: None, nodata: None };
        if let Some((slope, intercept)) = self.scale {
            let wide = |stored: f64| slope * stored + intercept;
            let value = |stored: f32| wide(stored.into()) as f32;
            raster.samples = match raster.samples {
                Samples::U8(v) => Samples::F32(v.into_iter().map(|v| value(v.into())).collect()),
                Samples::U16(v) => Samples::F32(v.into_iter().map(|v| value(v.into())).collect()),
                Samples::F32(v) => Samples::F32(v.into_iter().map(value).collect()),
                Samples::F64(v) => Samples::F64(v.into_iter().map(wide).collect()),
            };
        }
        Ok(raster)
    }
}

/// Integers of one channel may fit 16 bits where those of another do not.
fn of_one_type(mut planes: Vec<Raster>) -> Vec<Raster> {
    if planes.iter().any(|plane| matches!(plane.samples, Samples::F64(_))) {
        for plane in &mut planes {
            if let Samples::U16(samples) = &plane.samples {
                plane.samples = Samples::F64(samples.iter().map(|&v| f64::from(v)).collect());
            }
        }
    }
    planes
}

/// The affine of one slice as an image of its own: from its columns, its rows and the slices behind it.
fn at_slice(affine: Affine, axis: SliceAxis, slice: usize) -> Affine {
    let ([columns, rows], slices) = (axis.across(), axis.index());
    affine.map(|row| [row[columns], row[rows], row[slices], row[3] + slice as f64 * row[slices]])
}

/// Bytes that may follow the voxels of a packed file: more is no volume that somebody has stored.
const BEHIND: u64 = 1 << 24;

/// The file's bytes, unpacked.
pub(super) enum Stream<'a> {
    Plain(&'a mut BufReader<File>),
    Packed { unpacked: Box<Gunzip<&'a mut BufReader<File>>>, position: u64 },
}

impl Stream<'_> {
    /// Goes on to a place that is not behind.
    fn go_to(&mut self, place: u64) -> io::Result<()> {
        match self {
            Stream::Plain(reader) => reader.seek(SeekFrom::Start(place)).map(drop),
            Stream::Packed { position, .. } => {
                let skip = place - *position;
                let skipped = io::copy(&mut self.by_ref().take(skip), &mut io::sink())?;
                if skipped == skip { Ok(()) } else { Err(UnexpectedEof.into()) }
            }
        }
    }

    /// Reads on to the end of a packed file, where its checksum is looked at.
    fn finish(&mut self) -> Result<(), DecodeError> {
        let Stream::Packed { unpacked, .. } = self else { return Ok(()) };
        match io::copy(&mut unpacked.take(BEHIND), &mut io::sink())? {
            BEHIND => Err(DecodeError::Broken(format!("more than {BEHIND} bytes follow its voxels"))),
            _ => Ok(()),
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(reader) => reader.read(buffer),
            Stream::Packed { unpacked, position } => {
                let read = unpacked.read(buffer)?;
                *position += read as u64;
                Ok(read)
            }
        }
    }
}
