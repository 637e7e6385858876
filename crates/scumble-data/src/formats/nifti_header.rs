//! The header of a NIfTI file, read, and written as NIfTI-1.

use super::elements::Number;
use super::source::DecodeError;
use super::{Affine, SliceAxis};

/// What the bytes at the beginning of a NIfTI file say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub(super) big_endian: bool,
    /// Columns, rows and slices: x, y and z.
    pub(super) size: [usize; 3],
    /// The length of the one axis behind these.
    pub(super) channels: usize,
    pub(super) voxel: Voxel,
    /// Where the voxels begin.
    pub(super) start: u64,
    /// The value is slope * stored + intercept.
    pub(super) scale: Option<(f64, f64)>,
    /// From (x, y, z) to space.
    pub(super) affine: Option<Affine>,
    /// Of the lengths in space, if it is said.
    pub(super) unit: Option<&'static str>,
    /// All that it says of its place in space.
    pub(super) space: Space,
    /// The bytes that say so.
    bytes: [u8; LONGEST_HEADER],
}

/// Where a volume lies, in the words of NIfTI.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Space {
    /// Handedness, then the sides of a voxel.
    sides: [f64; 4],
    /// Of the units of space and time.
    units: u8,
    /// Of qform and sform.
    codes: [i16; 2],
    quaternion: [f64; 3],
    offset: [f64; 3],
    sform: Affine,
}

/// What a voxel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voxel {
    Number(Number),
    /// Three bytes.
    Rgb,
}

impl Voxel {
    pub(super) fn bytes(self) -> usize {
        match self {
            Voxel::Number(number) => number.bytes(),
            Voxel::Rgb => 3,
        }
    }
}

/// The length of NIfTI-2's header.
pub(super) const LONGEST_HEADER: usize = 540;
/// The length of NIfTI-1's.
const LENGTH_1: usize = 348;
/// Where the voxels of a NIfTI-1 file of one piece begin: header and the word that says "no extensions".
const START: u64 = 352;

/// The first word is the header's length, and tells version and byte order.
pub(super) const BEGINNINGS: [[u8; 4]; 4] =
    [[0x5c, 1, 0, 0], [0, 0, 1, 0x5c], [0x1c, 2, 0, 0], [0, 0, 2, 0x1c]];

/// The length of the header that begins like this.
pub(super) fn length_of_header(beginning: [u8; 4]) -> usize {
    if BEGINNINGS[2..].contains(&beginning) { LONGEST_HEADER } else { LENGTH_1 }
}

impl Header {
    /// Reads a header; of NIfTI-1 it is the beginning of `bytes`.
    pub(super) fn parse(bytes: &[u8; LONGEST_HEADER]) -> Result<Self, DecodeError> {
        let Some(at) = BEGINNINGS.iter().position(|beginning| bytes.starts_with(beginning)) else {
            return Err(DecodeError::Broken("it does not begin like a NIfTI file".to_owned()));
        };
        let (version, big_endian) = (if at < 2 { &NIFTI_1 } else { &NIFTI_2 }, at % 2 == 1);
        match bytes[version.mark..version.mark + 4] {
            [b'n', b'+', number, 0] if number == version.number => {}
            [b'n', b'i', number, 0] if number == version.number => {
                return Err(DecodeError::Unsupported(
                    "the header of a pair .hdr and .img; store one .nii".to_owned(),
                ));
            }
            _ => return Err(DecodeError::Broken("the header lacks NIfTI's mark".to_owned())),
        }
        let fields = Fields { bytes, big_endian, version };
        let axes = fields.length(0);
        let Some(axes) = usize::try_from(axes).ok().filter(|axes| (1..=7).contains(axes)) else {
            return Err(DecodeError::Broken(format!("the header says {axes} axes")));
        };
        let mut lengths = [1; 7];
        for (axis, length) in lengths.iter_mut().enumerate().take(axes) {
            let said = fields.length(1 + axis);
            *length = usize::try_from(said).ok().filter(|&length| length > 0).ok_or_else(|| {
                DecodeError::Broken(format!("the header says that axis {} has a length of {said}", axis + 1))
            })?;
        }
        let [columns, rows, slices, behind @ ..] = lengths;
        if behind.iter().filter(|&&length| length > 1).count() > 1 {
            return Err(DecodeError::Unsupported(format!(
                "axes of {:?}; columns, rows, slices and channels are read",
                &lengths[..axes]
            )));
        }
        let (slope, intercept) = (fields.real(version.scale), fields.real(version.scale + version.real));
        // A slope of 0 or NaN is what programs write that do not scale.
        let scales = slope != 0.0 && !slope.is_nan();
        if scales && !(slope.is_finite() && intercept.is_finite()) {
            return Err(DecodeError::Broken(format!(
                "the header says that values are scaled by {slope}, plus {intercept}"
            )));
        }
        let scaled = scales && (slope, intercept) != (1.0, 0.0);
        let voxel = voxel(fields.short(version.voxel))?;
        Ok(Self {
            big_endian,
            size: [columns, rows, slices],
            channels: behind.iter().product(),
            voxel,
            start: fields.start()?,
            scale: Some((slope, intercept)).filter(|_| scaled && voxel != Voxel::Rgb),
            affine: fields.affine(),
            unit: fields.unit(),
            space: fields.space(),
            bytes: *bytes,
        })
    }

    /// Whether the voxels of another volume may stand behind those of this one in a file: of one size, type and place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let kind =
            |header: &Self| (header.size, header.channels, header.voxel, header.big_endian, header.scale);
        kind(self) == kind(other) && self.lies_where(other)
    }

    /// Whether both lie in one place, as far as both say it: within a thousandth of the sides of a voxel.
    fn lies_where(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (&self.affine, &other.affine) else { return true };
        let side = |axis: usize| one.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        let least = [0, 1, 2].map(side).into_iter().fold(f64::INFINITY, f64::min);
        let numbers = one.as_flattened().iter().zip(two.as_flattened());
        numbers.into_iter().all(|(a, b)| (a - b).abs() <= 1e-3 * least)
    }

    /// The same of so many volumes along the fourth axis: all that stands before their voxels.
    pub(super) fn with_channels(&self, channels: usize) -> Vec<u8> {
        let [a, b, c, d, ..] = self.bytes;
        let version = if length_of_header([a, b, c, d]) == LENGTH_1 { &NIFTI_1 } else { &NIFTI_2 };
        let mut header = self.bytes[..version.length].to_vec();
        let mut put = |offset: usize, little: &[u8]| {
            let bytes = little.iter().copied();
            let bytes: Vec<u8> = if self.big_endian { bytes.rev().collect() } else { bytes.collect() };
            header[offset..offset + bytes.len()].copy_from_slice(&bytes);
        };
        for (place, length) in [(0, 4), (4, channels * self.channels), (5, 1), (6, 1), (7, 1)] {
            put(version.axes + place * version.integer, &(length as u64).to_le_bytes()[..version.integer]);
        }
        let start = version.length as u64 + 4;
        match version.real {
            4 => put(version.start, &(start as f32).to_le_bytes()),
            _ => put(version.start, &start.to_le_bytes()),
        }
        // Nothing stands between header and voxels.
        header.extend([0; 4]);
        header
    }

    /// The axis along which the voxels are longest.
    pub(super) fn longest(&self) -> SliceAxis {
        let sides = match &self.affine {
            Some(affine) => {
                [0, 1, 2].map(|axis| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt())
            }
            None => [1, 2, 3].map(|axis| self.space.sides[axis].abs()),
        };
        SliceAxis::longest(sides)
    }
}

/// Where the fields of a version are, in bytes, and how long.
struct Version {
    number: u8,
    length: usize,
    mark: usize,
    voxel: usize,
    /// The number of axes and their lengths.
    axes: usize,
    /// Bytes of a length.
    integer: usize,
    /// Bytes of a real number.
    real: usize,
    /// Handedness, then the voxel's sides.
    sides: usize,
    start: usize,
    /// Slope, then intercept.
    scale: usize,
    /// The codes of qform and sform, the quaternion, the offset, the rows of the sform.
    codes: [usize; 2],
    quaternion: usize,
    offset: usize,
    sform: usize,
    /// The codes of the units of space and time.
    units: usize,
}

/// nifti1.h.
const NIFTI_1: Version = Version {
    number: b'1',
    length: LENGTH_1,
    mark: 344,
    voxel: 70,
    axes: 40,
    integer: 2,
    real: 4,
    sides: 76,
    start: 108,
    scale: 112,
    codes: [252, 254],
    quaternion: 256,
    offset: 268,
    sform: 280,
    units: 123,
};

/// nifti2.h: lengths of 64 bits, real numbers of 64 bits, codes of 32.
const NIFTI_2: Version = Version {
    number: b'2',
    length: LONGEST_HEADER,
    mark: 4,
    voxel: 12,
    axes: 16,
    integer: 8,
    real: 8,
    sides: 104,
    start: 168,
    scale: 176,
    codes: [344, 348],
    quaternion: 352,
    offset: 376,
    sform: 400,
    units: 500,
};

fn voxel(code: i16) -> Result<Voxel, DecodeError> {
    Ok(Voxel::Number(match code {
        2 => Number::Unsigned(1),
        4 => Number::Signed(2),
        8 => Number::Signed(4),
        16 => Number::Float(4),
        64 => Number::Float(8),
        128 => return Ok(Voxel::Rgb),
        256 => Number::Signed(1),
        512 => Number::Unsigned(2),
        768 => Number::Unsigned(4),
        1024 => Number::Signed(8),
        1280 => Number::Unsigned(8),
        _ => {
            return Err(DecodeError::Unsupported(format!(
                "NIfTI with voxels of type {code}; store integers, float32, float64 or RGB24"
            )));
        }
    }))
}

/// No file is as long; below it every whole number is itself in 64 bits of floating point.
const LARGEST_START: f64 = 9e15;

struct Fields<'a> {
    bytes: &'a [u8; LONGEST_HEADER],
    big_endian: bool,
    version: &'a Version,
}

impl Fields<'_> {
    /// The bytes of a number, the least first.
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        let byte = |at: usize| if self.big_endian { N - 1 - at } else { at };
        std::array::from_fn(|at| self.bytes[offset + byte(at)])
    }

    fn short(&self, offset: usize) -> i16 {
        i16::from_le_bytes(self.at(offset))
    }

    /// The number of axes, for 0, or the length of one.
    fn length(&self, place: usize) -> i64 {
        let offset = self.version.axes + place * self.version.integer;
        match self.version.integer {
            2 => self.short(offset).into(),
            _ => i64::from_le_bytes(self.at(offset)),
        }
    }

    /// Where the voxels begin: a float in NIfTI-1. 0 is what some programs write for "behind the header".
    fn start(&self) -> Result<u64, DecodeError> {
        let said = match self.version.real {
            4 => self.real(self.version.start),
            _ => i64::from_le_bytes(self.at(self.version.start)) as f64,
        };
        match (0.0..LARGEST_START).contains(&said) && said.fract() == 0.0 {
            true => Ok((said as u64).max(self.version.length as u64 + 4)),
            false => {
                Err(DecodeError::Broken(format!("the header says that the voxels begin at byte {said}")))
            }
        }
    }

    fn real(&self, offset: usize) -> f64 {
        match self.version.real {
            4 => f32::from_le_bytes(self.at(offset)).into(),
            _ => f64::from_le_bytes(self.at(offset)),
        }
    }

    fn reals<const N: usize>(&self, offset: usize) -> [f64; N] {
        std::array::from_fn(|at| self.real(offset + self.version.real * at))
    }

    /// The sform, else the qform, as nibabel chooses; none where the file gives neither a meaning.
    fn affine(&self) -> Option<Affine> {
        let [qform, sform] = self.codes();
        if sform > 0 {
            return Some(self.sform());
        }
        (qform > 0).then(|| self.qform())
    }

    fn codes(&self) -> [i32; 2] {
        self.version.codes.map(|offset| match self.version.integer {
            2 => self.short(offset).into(),
            _ => i32::from_le_bytes(self.at(offset)),
        })
    }

    fn sform(&self) -> Affine {
        [0, 1, 2].map(|row: usize| self.reals(self.version.sform + row * 4 * self.version.real))
    }

    fn space(&self) -> Space {
        Space {
            sides: self.reals(self.version.sides),
            units: self.units() as u8,
            // There are five of them; what is none of these means nothing.
            codes: self.codes().map(|code| i16::try_from(code).unwrap_or_default()),
            quaternion: self.reals(self.version.quaternion),
            offset: self.reals(self.version.offset),
            sform: self.sform(),
        }
    }

    fn units(&self) -> i32 {
        match self.version.integer {
            2 => self.bytes[self.version.units].into(),
            _ => i32::from_le_bytes(self.at(self.version.units)),
        }
    }

    fn unit(&self) -> Option<&'static str> {
        // The three lowest bits are of space.
        match self.units() & 7 {
            1 => Some("m"),
            2 => Some("mm"),
            3 => Some("\u{b5}m"),
            _ => None,
        }
    }

    /// The quaternion (a, b, c, d), of which the first is left out, the voxel's sides and the offset; nifti1.h, method 2.
    fn qform(&self) -> Affine {
        let [b, c, d] = self.reals(self.version.quaternion);
        let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
        let [handedness, x, y, z] = self.reals(self.version.sides);
        let z = if handedness < 0.0 { -z } else { z };
        let rotation = [
            [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
            [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
            [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ];
        let offset: [f64; 3] = self.reals(self.version.offset);
        std::array::from_fn(|row| {
            let [along_x, along_y, along_z] = rotation[row];
            [along_x * x, along_y * y, along_z * z, offset[row]]
        })
    }
}

/// The largest length of an axis.
pub(crate) const LONGEST: usize = i16::MAX as usize;

/// What is written of a volume beside its voxels.
pub(crate) struct Written<'a> {
    /// Columns, rows, slices.
    pub(crate) size: [usize; 3],
    /// The number type, as NIfTI numbers them, and its bytes.
    pub(crate) voxel: (i16, usize),
    /// What a stored number is multiplied by.
    pub(crate) slope: f32,
    /// Where it lies.
    pub(crate) place: Place<'a>,
}

/// Where a volume that is written lies.
pub(crate) enum Place<'a> {
    /// Nobody knows where.
    Nowhere,
    /// Where this matrix says, in millimetres.
    Affine(&'a Affine),
    /// Where another volume does, in its own words.
    Space(&'a Space),
}

impl Written<'_> {
    /// The beginning of a NIfTI-1 file, up to its first voxel.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = vec![0; START as usize];
        let mut put =
            |offset: usize, bytes: &[u8]| header[offset..offset + bytes.len()].copy_from_slice(bytes);
        put(0, &(LENGTH_1 as i32).to_le_bytes());
        let [columns, rows, slices] = self.size.map(|length| length as i16);
        let axes = if slices > 1 { 3 } else { 2 };
        for (axis, length) in [axes, columns, rows, slices, 1, 1, 1, 1].into_iter().enumerate() {
            put(40 + 2 * axis, &length.to_le_bytes());
        }
        let (code, bytes) = self.voxel;
        put(70, &code.to_le_bytes());
        put(72, &(8 * bytes as i16).to_le_bytes());
        let space = match self.place {
            Place::Nowhere => Space::millimetres([1.0; 3]),
            Place::Affine(affine) => {
                let side = |axis: usize| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
                // Aligned with something; nobody here knows with what.
                Space { codes: [0, 2], sform: *affine, ..Space::millimetres([0, 1, 2].map(side)) }
            }
            Place::Space(space) => space.clone(),
        };
        let reals =
            |numbers: &[f64]| -> Vec<u8> { numbers.iter().flat_map(|n| (*n as f32).to_le_bytes()).collect() };
        put(76, &reals(&space.sides));
        put(92, &reals(&[1.0; 4]));
        put(108, &(START as f32).to_le_bytes());
        put(112, &self.slope.to_le_bytes());
        put(123, &[space.units]);
        put(252, &space.codes[0].to_le_bytes());
        put(254, &space.codes[1].to_le_bytes());
        put(256, &reals(&space.quaternion));
        put(268, &reals(&space.offset));
        put(280, &reals(space.sform.as_flattened()));
        put(344, b"n+1\0");
        header
    }
}

impl Space {
    /// A volume of voxels with these sides that lies nowhere.
    fn millimetres([x, y, z]: [f64; 3]) -> Self {
        Self {
            sides: [1.0, x, y, z],
            units: 2,
            codes: [0; 2],
            quaternion: [0.0; 3],
            offset: [0.0; 3],
            sform: [[0.0; 4]; 3],
        }
    }
}
