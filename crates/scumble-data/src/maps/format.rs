//! How probabilities are stored.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How probabilities are stored.
///
/// ```
/// use scumble_data::MapFormat;
///
/// assert_eq!("png16".parse(), Ok(MapFormat::Png16));
/// assert!("bmp".parse::<MapFormat>().unwrap_err().contains("npy, tiff, png16, png8, nifti, nifti16"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapFormat {
    /// NumPy f32: exact, all classes in one file, [H, W] or [H, W, K].
    #[default]
    Npy,
    /// TIFF f32: exact, one file a class.
    Tiff,
    /// PNG, 65535 = 1, one file a class; the error is at most 1/131070, about 2^-17.
    Png16,
    /// PNG, 255 = 1, one file a class: for looking at.
    Png8,
    /// NIfTI-1 f32: exact, one file a class; lies in space where the image does. Volumes are one packed file, images are not
    /// packed.
    Nifti,
    /// The same in 16 bits that the header scales, 32768 = 1: half the size, 0 and 1 exact, the error at most 2^-16.
    Nifti16,
}

impl MapFormat {
    /// All formats, in the order of their documentation.
    pub const ALL: [Self; 6] = [Self::Npy, Self::Tiff, Self::Png16, Self::Png8, Self::Nifti, Self::Nifti16];

    /// The extension of its files, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            MapFormat::Npy => "npy",
            MapFormat::Tiff => "tif",
            MapFormat::Png16 | MapFormat::Png8 => "png",
            MapFormat::Nifti | MapFormat::Nifti16 => "nii",
        }
    }

    /// Whether NaN can stand for what is not known.
    pub fn has_nan(self) -> bool {
        matches!(self, MapFormat::Npy | MapFormat::Tiff | MapFormat::Nifti)
    }

    /// Whether all slices of a volume go into one file.
    pub fn has_volumes(self) -> bool {
        matches!(self, MapFormat::Nifti | MapFormat::Nifti16)
    }

    /// The name used in files and settings.
    pub fn name(self) -> &'static str {
        match self {
            MapFormat::Npy => "npy",
            MapFormat::Tiff => "tiff",
            MapFormat::Png16 => "png16",
            MapFormat::Png8 => "png8",
            MapFormat::Nifti => "nifti",
            MapFormat::Nifti16 => "nifti16",
        }
    }
}

impl fmt::Display for MapFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MapFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("'{name}' is no map format; known are {known}")
        })
    }
}
