//! What the tags of a page mean: its size, its numbers, how they are packed and where a strip or tile belongs.

use super::advice::CONVERT;
use super::compression::Compression;
use super::directory::Directory;
use crate::formats::Numbers;
use crate::formats::orientation::Orientation;
use crate::formats::source::{Bytes, DecodeError, Source};

/// A page as its tags describe it.
#[derive(Debug)]
pub(super) struct Layout {
    /// Rows and columns as they are stored.
    pub(super) height: usize,
    pub(super) width: usize,
    /// Samples a pixel in the file, alpha included.
    pub(super) samples: usize,
    /// Which of the samples are read: all but alpha.
    pub(super) kept: Vec<usize>,
    /// Bits a sample: 1 to 16, 32 or 64.
    pub(super) bits: usize,
    pub(super) number: Number,
    pub(super) colors: Colors,
    pub(super) compression: Compression,
    pub(super) predictor: Predictor,
    /// Each sample has a plane of its own.
    pub(super) planes: bool,
    /// Rows and columns of a strip or tile.
    pub(super) chunk: (usize, usize),
    /// Tiles are whole at the edges of the image; strips end with it.
    pub(super) tiled: bool,
    /// The bits in each byte go from the lowest to the highest.
    pub(super) bits_turned: bool,
    pub(super) orientation: Orientation,
}

/// The type of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Unsigned,
    Signed,
    Float,
}

/// What the samples say of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colors {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    YCbCr,
}

/// What was done to the samples before they were packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// Differences to the sample on the left.
    Horizontal,
    /// The same of the bytes of floats, the highest ones first.
    Float,
}

/// Tags by their numbers.
pub(super) mod tag {
    pub(crate) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(crate) const SUBFILE_TYPE: u16 = 255;
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const DESCRIPTION: u16 = 270;
    pub(crate) const X_RESOLUTION: u16 = 282;
    pub(crate) const Y_RESOLUTION: u16 = 283;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_BYTES: u16 = 279;
    pub(crate) const PLANAR: u16 = 284;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTES: u16 = 325;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;
    pub(crate) const JPEG_TABLES: u16 = 347;
    pub(crate) const DEPTH: u16 = 32997;
    pub(crate) const GDAL_NODATA: u16 = 42113;
}

impl Layout {
    pub(super) fn read(directory: &Directory, source: &mut Source) -> Result<Self, DecodeError> {
        let mut tags = Tags { directory, source };
        let (height, width) = (tags.required(tag::HEIGHT)?, tags.required(tag::WIDTH)?);
        if tags.or(tag::DEPTH, 1)? != 1 {
            return refuse("TIFF volumes in one page are not read; store each slice as a page");
        }
        let samples = tags.or(tag::SAMPLES, 1)?;
        // The format gives this number 16 bits, whatever a file gives it.
        if samples > usize::from(u16::MAX) {
            return Err(DecodeError::Broken(format!("{samples} samples a pixel")));
        }
        let bits = tags.same(tag::BITS, 1, "bits")?;
        let number = match tags.same(tag::SAMPLE_FORMAT, 1, "types")? {
            // 4: undefined, which libtiff takes to be unsigned.
            1 | 4 => Number::Unsigned,
            2 => Number::Signed,
            3 => Number::Float,
            _ => return refuse("TIFF with complex numbers is not read; store the parts apart"),
        };
        let whole = matches!(bits, 8 | 16 | 32 | 64);
        match number {
            Number::Unsigned if whole || (1..16).contains(&bits) => {}
            Number::Signed if whole => {}
            Number::Float if matches!(bits, 16 | 32 | 64) => {}
            Number::Float => return refuse(&format!("TIFF with floats of {bits} bits is not read; use 32")),
            _ => return refuse(&format!("TIFF with {bits} bits a sample is not read; use 8 or 16")),
        }
        let compression = Compression::of(tags.or(tag::COMPRESSION, 1)? as u64)?;
        let colors = colors(&mut tags, samples, compression)?;
        let of_colors = if matches!(colors, Colors::Rgb | Colors::YCbCr) { 3 } else { 1 };
        if samples < of_colors {
            return Err(DecodeError::Broken(format!("{samples} samples a pixel are no colour")));
        }
        let mut extra = tags.all(tag::EXTRA_SAMPLES)?;
        // Four samples without the tag are what programs write that know no more than RGB and RGBA.
        if extra.is_empty() && (colors, samples) == (Colors::Rgb, 4) {
            extra.push(2);
        }
        // 1: associated alpha, 2: unassociated alpha; other extra samples are bands like any other.
        let is_alpha = |sample: &usize| {
            sample
                .checked_sub(of_colors)
                .and_then(|at| extra.get(at))
                .is_some_and(|kind| matches!(kind, 1 | 2))
        };
        let kept = (0..samples).filter(|sample| !is_alpha(sample)).collect();
        let is_index = (samples, number) == (1, Number::Unsigned) && bits <= 16;
        if colors == Colors::Palette && !is_index {
            return refuse("TIFF with a palette is read where each pixel is one index of at most 16 bits");
        }
        let planes = match tags.or(tag::PLANAR, 1)? {
            1 => false,
            2 => samples > 1,
            other => return Err(DecodeError::Broken(format!("planes of kind {other}"))),
        };
        let predictor = predictor(&mut tags, bits, number, compression)?;
        let tiled = directory.has(tag::TILE_WIDTH);
        let chunk = match tiled {
            true => (tags.required(tag::TILE_HEIGHT)?, tags.required(tag::TILE_WIDTH)?),
            false => (tags.or(tag::ROWS_PER_STRIP, usize::MAX)?.min(height.max(1)), width),
        };
        let bits_turned = tags.or(tag::FILL_ORDER, 1)? == 2;
        let orientation = Orientation::of(tags.or(tag::ORIENTATION, 1)? as u64);
        let layout = Self {
            height,
            width,
            samples,
            kept,
            bits,
            number,
            colors,
            compression,
            predictor,
            planes,
            chunk,
            tiled,
            bits_turned,
            orientation,
        };
        layout.check_jpeg()?;
        Ok(layout)
    }

    fn check_jpeg(&self) -> Result<(), DecodeError> {
        if self.compression != Compression::Jpeg {
            return Ok(());
        }
        if (self.bits, self.number) != (8, Number::Unsigned) {
            return refuse(&format!("TIFF with JPEG of {} bits inside is not read; {CONVERT}", self.bits));
        }
        if !matches!(self.samples_together(), 1 | 3) || self.planes && self.colors == Colors::YCbCr {
            return refuse(&format!(
                "TIFF with JPEG of {} channels inside is not read; {CONVERT}",
                self.samples
            ));
        }
        Ok(())
    }

    /// Bytes of the page in memory, if a file of this length can hold it.
    pub(super) fn believe(&self, bytes: Bytes) -> Result<usize, DecodeError> {
        let (each, most) = (self.bits.div_ceil(8), self.compression.most_from_a_byte());
        let (height, width) = self.chunk;
        bytes.possible((height, width, self.samples_together()), each, most)?;
        let count = bytes.possible((self.height, self.width, self.samples), each, most)?;
        Ok(count.saturating_mul(each))
    }

    /// Samples a pixel in a strip or tile.
    pub(super) fn samples_together(&self) -> usize {
        if self.planes { 1 } else { self.samples }
    }

    /// Bytes of a row of a strip or tile; rows begin at whole bytes.
    pub(super) fn row_bytes(&self) -> usize {
        (self.chunk.1 * self.samples_together() * self.bits).div_ceil(8)
    }

    /// Strips or tiles of a plane, down and across.
    pub(super) fn grid(&self) -> (usize, usize) {
        (self.height.div_ceil(self.chunk.0), self.width.div_ceil(self.chunk.1))
    }

    pub(super) fn numbers(&self) -> Numbers {
        match (self.number, self.bits) {
            (Number::Float, _) => Numbers::Float,
            (Number::Unsigned, ..=8) => Numbers::U8,
            (Number::Unsigned, ..=16) => Numbers::U16,
            _ => Numbers::Integer,
        }
    }

    /// As [`Raster::indexed`](crate::Raster::indexed): of palettes and of one bit.
    pub(super) fn indexed(&self) -> Option<u16> {
        let says = self.colors == Colors::Palette || self.bits == 1;
        (says && self.kept.len() == 1).then(|| self.largest())
    }

    /// The largest unsigned number of so many bits.
    pub(super) fn largest(&self) -> u16 {
        u16::MAX >> 16_usize.saturating_sub(self.bits)
    }
}

fn refuse<T>(reason: &str) -> Result<T, DecodeError> {
    Err(DecodeError::Unsupported(reason.to_owned()))
}

fn colors(tags: &mut Tags<'_>, samples: usize, compression: Compression) -> Result<Colors, DecodeError> {
    // What libtiff takes a file for that does not say it.
    let unsaid = if samples >= 3 { 2 } else { 1 };
    let name = match tags.or(tag::PHOTOMETRIC, unsaid)? {
        0 => return Ok(Colors::WhiteIsZero),
        1 => return Ok(Colors::BlackIsZero),
        2 => return Ok(Colors::Rgb),
        3 => return Ok(Colors::Palette),
        6 if compression == Compression::Jpeg => return Ok(Colors::YCbCr),
        4 => "a mask of transparency",
        5 => "CMYK",
        6 => "YCbCr without JPEG",
        8..=10 => "L*a*b*",
        32803 => "the raw pixels of a camera's colour filters",
        34892 => "the raw pixels of a camera",
        other => &format!("colours of kind {other}"),
    };
    refuse(&format!("TIFF with {name} is not read; convert it to grey or RGB"))
}

fn predictor(
    tags: &mut Tags<'_>,
    bits: usize,
    number: Number,
    compression: Compression,
) -> Result<Predictor, DecodeError> {
    let predictor = match tags.or(tag::PREDICTOR, 1)? {
        1 => return Ok(Predictor::None),
        2 if matches!(bits, 8 | 16 | 32 | 64) => Predictor::Horizontal,
        3 if number == Number::Float => Predictor::Float,
        other => {
            return refuse(&format!("TIFF with predictor {other} of {bits} bits is not read; {CONVERT}"));
        }
    };
    match compression {
        Compression::Lzw | Compression::Deflate | Compression::Zstd => Ok(predictor),
        // Some programs look at the tag there, others do not.
        _ => {
            refuse(&format!("TIFF with a predictor where none belongs could be read in two ways; {CONVERT}"))
        }
    }
}

/// The tags of a directory, read as whole numbers.
struct Tags<'a> {
    directory: &'a Directory,
    source: &'a mut Source,
}

impl Tags<'_> {
    fn all(&mut self, tag: u16) -> Result<Vec<u64>, DecodeError> {
        Ok(self.directory.numbers(self.source, tag)?.unwrap_or_default())
    }

    fn or(&mut self, tag: u16, without: usize) -> Result<usize, DecodeError> {
        match self.directory.number(self.source, tag)? {
            Some(number) => usize::try_from(number)
                .map_err(|_| DecodeError::Broken(format!("tag {tag} is {number}, which is too large"))),
            None => Ok(without),
        }
    }

    fn required(&mut self, tag: u16) -> Result<usize, DecodeError> {
        match self.or(tag, 0)? {
            0 => Err(DecodeError::Broken(format!("tag {tag} is missing or 0"))),
            number => Ok(number),
        }
    }

    /// A tag that has a number for each sample, which must be one and the same.
    fn same(&mut self, tag: u16, without: usize, what: &str) -> Result<usize, DecodeError> {
        let numbers = self.all(tag)?;
        let Some(&first) = numbers.first() else { return Ok(without) };
        match numbers.iter().find(|number| **number != first) {
            Some(other) => refuse(&format!(
                "TIFF whose channels have different {what} ({first} and {other}) is not read; store them apart"
            )),
            None => Ok(usize::try_from(first).unwrap_or(usize::MAX)),
        }
    }
}
