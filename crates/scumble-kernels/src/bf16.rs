//! Numbers of sixteen bits with the range of f32, and what maps are made of: f32 or these.

/// A number with f32's sign and exponent and 7 bits of its fraction (*bfloat16*): the upper half of an f32.
///
/// ```
/// use scumble_kernels::{Bf16, Stored};
/// assert_eq!(Bf16::narrow(1.0 + 1.0 / 512.0).wide(), 1.0); // halfway between neighbours: to the even one
/// assert_eq!(Bf16::narrow(3.0).wide(), 3.0);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Bf16(u16);

impl Bf16 {
    /// The number of these bits.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn to_bits(self) -> u16 {
        self.0
    }
}

/// A value of a feature map. All arithmetic is in f32; maps that hold [`Bf16`] take half of the memory and bandwidth.
pub trait Stored: Copy + Default + PartialEq + Send + Sync + std::fmt::Debug + 'static {
    /// As f32: exact.
    fn wide(self) -> f32;
    /// The nearest value, of two the even one. In [`Bf16`], numbers below f32's smallest normal one become 0, as they
    /// do in processors with a unit for it; NaN stays NaN.
    fn narrow(value: f32) -> Self;
    /// The values themselves if they are f32.
    fn as_f32(values: &[Self]) -> Option<&[f32]>;
    /// The values themselves if they are f32.
    fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]>;
}

impl Stored for f32 {
    #[inline(always)]
    fn wide(self) -> f32 {
        self
    }

    #[inline(always)]
    fn narrow(value: f32) -> Self {
        value
    }

    fn as_f32(values: &[Self]) -> Option<&[f32]> {
        Some(values)
    }

    fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]> {
        Some(values)
    }
}

impl Stored for Bf16 {
    #[inline(always)]
    fn wide(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }

    #[inline(always)]
    fn narrow(value: f32) -> Self {
        let bits = value.to_bits();
        let (upper, magnitude) = (bits >> 16, bits & 0x7fff_ffff);
        let nearest = bits.wrapping_add(0x7fff + (upper & 1)) >> 16;
        let normal = if magnitude < 0x0080_0000 { upper & 0x8000 } else { nearest };
        Self(if magnitude > 0x7f80_0000 { upper | 0x40 } else { normal } as u16)
    }

    fn as_f32(_values: &[Self]) -> Option<&[f32]> {
        None
    }

    fn as_f32_mut(_values: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
}
