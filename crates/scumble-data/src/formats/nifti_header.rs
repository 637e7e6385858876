//! The header of a NIfTI-1 file, read and written.

use super::Affine;
use super::elements::Number;
use super::source::Fault;

/// What the 348 bytes at the beginning of a NIfTI-1 file say.
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
    pub(super) scale: Option<(f32, f32)>,
    pub(super) affine: Option<Affine>,
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

/// The header's own length.
pub(super) const LENGTH: usize = 348;
/// Where the voxels of a file of one piece begin: header and the word that says "no extensions".
const START: u64 = 352;

impl Header {
    pub(super) fn parse(bytes: &[u8; LENGTH]) -> Result<Self, Fault> {
        let big_endian = match &bytes[..4] {
            [0x5c, 1, 0, 0] => false,
            [0, 0, 1, 0x5c] => true,
            _ => return Err(Fault::Unsupported("no NIfTI-1; convert NIfTI-2 with nibabel".to_owned())),
        };
        match &bytes[344..] {
            b"n+1\0" => {}
            b"ni1\0" => {
                return Err(Fault::Unsupported(
                    "the header of a pair .hdr and .img; store one .nii".to_owned(),
                ));
            }
            _ => return Err(Fault::Broken("the header lacks NIfTI's mark".to_owned())),
        }
        let fields = Fields { bytes, big_endian };
        let axes = fields.short(40);
        let Some(axes) = usize::try_from(axes).ok().filter(|axes| (1..=7).contains(axes)) else {
            return Err(Fault::Broken(format!("the header says {axes} axes")));
        };
        let mut lengths = [1; 7];
        for (axis, length) in lengths.iter_mut().enumerate().take(axes) {
            let said = fields.short(42 + 2 * axis);
            *length = usize::try_from(said).ok().filter(|&length| length > 0).ok_or_else(|| {
                Fault::Broken(format!("the header says that axis {} has a length of {said}", axis + 1))
            })?;
        }
        let [columns, rows, slices, behind @ ..] = lengths;
        if behind.iter().filter(|&&length| length > 1).count() > 1 {
            return Err(Fault::Unsupported(format!(
                "axes of {:?}; columns, rows, slices and channels are read",
                &lengths[..axes]
            )));
        }
        let (slope, intercept) = (fields.float(112), fields.float(116));
        let scaled =
            slope.is_finite() && intercept.is_finite() && slope != 0.0 && (slope, intercept) != (1.0, 0.0);
        let voxel = voxel(fields.short(70))?;
        Ok(Self {
            big_endian,
            size: [columns, rows, slices],
            channels: behind.iter().product(),
            voxel,
            start: (fields.float(108) as u64).max(START),
            scale: Some((slope, intercept)).filter(|_| scaled && voxel != Voxel::Rgb),
            affine: fields.affine(),
        })
    }
}

fn voxel(code: i16) -> Result<Voxel, Fault> {
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
            return Err(Fault::Unsupported(format!(
                "NIfTI with voxels of type {code}; store integers, float32, float64 or RGB24"
            )));
        }
    }))
}

struct Fields<'a> {
    bytes: &'a [u8; LENGTH],
    big_endian: bool,
}

impl Fields<'_> {
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        std::array::from_fn(|at| self.bytes[offset + at])
    }

    fn short(&self, offset: usize) -> i16 {
        let bytes = self.at(offset);
        if self.big_endian { i16::from_be_bytes(bytes) } else { i16::from_le_bytes(bytes) }
    }

    fn float(&self, offset: usize) -> f32 {
        let bytes = self.at(offset);
        if self.big_endian { f32::from_be_bytes(bytes) } else { f32::from_le_bytes(bytes) }
    }

    fn floats<const N: usize>(&self, offset: usize) -> [f64; N] {
        std::array::from_fn(|at| f64::from(self.float(offset + 4 * at)))
    }

    /// The sform, else the qform, as nibabel chooses; none where the file gives neither a meaning.
    fn affine(&self) -> Option<Affine> {
        let (qform, sform) = (self.short(252), self.short(254));
        if sform > 0 {
            return Some([280, 296, 312].map(|row| self.floats(row)));
        }
        (qform > 0).then(|| self.qform())
    }

    /// The quaternion (a, b, c, d), of which the first is left out, the voxel's sides and the offset; nifti1.h, method 2.
    fn qform(&self) -> Affine {
        let [b, c, d] = self.floats(256);
        let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
        let [handedness, x, y, z] = self.floats(76);
        let z = if handedness < 0.0 { -z } else { z };
        let rotation = [
            [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
            [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
            [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ];
        let offset: [f64; 3] = self.floats(268);
        std::array::from_fn(|row| {
            let [along_x, along_y, along_z] = rotation[row];
            [along_x * x, along_y * y, along_z * z, offset[row]]
        })
    }
}

/// The largest length of an axis.
pub(crate) const LONGEST: usize = i16::MAX as usize;

/// The beginning of a file of f32 voxels [columns, rows], up to the first of them.
pub(crate) fn bytes(height: usize, width: usize, affine: Option<Affine>) -> Vec<u8> {
    let mut header = vec![0; START as usize];
    let mut put = |offset: usize, bytes: &[u8]| header[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, &(LENGTH as i32).to_le_bytes());
    for (axis, length) in [2, width as i16, height as i16, 1, 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * axis, &length.to_le_bytes());
    }
    put(70, &16_i16.to_le_bytes());
    put(72, &32_i16.to_le_bytes());
    let side = |axis: usize| match &affine {
        Some(affine) => affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt() as f32,
        None => 1.0,
    };
    for (place, length) in [1.0, side(0), side(1), side(2), 1.0, 1.0, 1.0, 1.0].into_iter().enumerate() {
        put(76 + 4 * place, &length.to_le_bytes());
    }
    put(108, &(START as f32).to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    // Millimetres.
    put(123, &[2]);
    if let Some(affine) = affine {
        // Aligned with something; nobody here knows with what.
        put(254, &2_i16.to_le_bytes());
        for (place, value) in affine.as_flattened().iter().enumerate() {
            put(280 + 4 * place, &(*value as f32).to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    header
}
