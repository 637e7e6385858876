use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// f32 or f64, with the few functions that a cross entropy needs, in a form that vectorises.
///
/// The arguments' ranges are those that the losses produce; outside them the result is unspecified.
pub trait Real:
    sealed::Sealed
    + Copy
    + Debug
    + Display
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// exp(x) for x <= 0.
    fn exp_of_negative(self) -> Self;
    /// ln(1 + x) for x >= 0, with full relative accuracy at tiny x.
    fn ln_1p_of_positive(self) -> Self;
    /// ln x for x > 0, subnormal too; something finite at 0, so that 0 ln 0 = 0.
    fn ln_of_positive(self) -> Self;
    /// -(1-x) ln(1-x) / x for x in 0..1/2: what the entropy of (x, 1-x) has beside -x ln x.
    fn entropy_of_rest(self) -> Self;
    /// -x ln x for x in 0..1, 0 at 0, in f64.
    fn negative_x_ln_x(self) -> f64;
    /// |x|.
    fn magnitude(self) -> Self;
    /// The larger of two numbers, neither NaN.
    fn larger(self, other: Self) -> Self;
    /// A whole number.
    fn from_u16(value: u16) -> Self;
    /// Widens.
    fn to_f64(self) -> f64;
    /// Narrows.
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    /// Cody and Waite reduction by ln 2, then Cephes' `expf` polynomial; relative error below 2e-7.
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // Below -87.3 exp leaves the normal range; the last normal value is as good as 0 in every sum here,
        // but a true 0 keeps "logit -1e4" exact.
        let clamped = if self < -87.0 { -87.0 } else { self };
        // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low mantissa bits: cheaper than `round`.
        const ROUND: f32 = 12_582_912.0;
        let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        // ln 2 in two parts, the first exact in few bits, as in Cephes.
        let r = clamped - k * 0.693_359_4;
        let r = r - k * -2.121_944_4e-4;
        let mut p = 1.987_569_1e-4;
        p = p * r + 1.398_199_9e-3;
        p = p * r + 8.333_452e-3;
        p = p * r + 4.166_579_6e-2;
        p = p * r + 0.166_666_65;
        p = p * r + 0.5;
        let p = p * (r * r) + r + 1.0;
        let exponent = (shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits());
        let scaled = p * f32::from_bits(exponent);
        if self < -87.0 { 0.0 } else { scaled }
    }

    /// Cephes' `logf` polynomial on 1 + x with the rounding of 1 + x corrected; relative error below 3e-7.
    #[inline(always)]
    fn ln_1p_of_positive(self) -> Self {
        let m = 1.0 + self;
        let bits = m.to_bits().wrapping_sub(SQRT_HALF);
        let e = (bits as i32) >> 23;
        let power = f32::from_bits(((127 - e) as u32) << 23);
        // What 1 + x lost in rounding, brought to f's scale. For e = 0 this makes f - 1 equal x itself.
        let f = (m * power - 1.0) + (self - (m - 1.0)) * power;
        ln_polynomial(f) + e as f32 * std::f32::consts::LN_2
    }

    /// Cephes' `logf` as in [`ln_1p_of_positive`](Real::ln_1p_of_positive); relative error below 3e-7.
    #[inline(always)]
    fn ln_of_positive(self) -> Self {
        // Scaled up by 2^24, subnormals are normal and lose nothing.
        let small = self < 1.0;
        let m = if small { self * 16_777_216.0 } else { self };
        let bits = m.to_bits().wrapping_sub(SQRT_HALF);
        let e = (bits as i32) >> 23;
        let f = m * f32::from_bits(((127 - e) as u32) << 23) - 1.0;
        let e = if small { e - 24 } else { e };
        ln_polynomial(f) + e as f32 * std::f32::consts::LN_2
    }

    /// Interpolated at Chebyshev's points of 0..1/2; relative error below 1.2e-7.
    #[inline(always)]
    fn entropy_of_rest(self) -> Self {
        let mut p = -0.122_575_045;
        p = p * self + 0.092_120_39;
        p = p * self - 0.090_316_78;
        p = p * self - 0.035_428_24;
        p = p * self - 0.085_290_43;
        p = p * self - 0.166_540_31;
        p = p * self - 0.500_003_04;
        p * self + 1.0
    }

    #[inline(always)]
    fn negative_x_ln_x(self) -> f64 {
        f64::from(self).negative_x_ln_x()
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn from_u16(value: u16) -> Self {
        value.into()
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

/// The bits of sqrt(1/2). Less these, a float's exponent is the e of x = 2^e m with m in [sqrt(1/2), sqrt(2)).
const SQRT_HALF: u32 = 0x3f35_04f3;

/// ln(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)): Cephes' `logf`.
#[inline(always)]
fn ln_polynomial(f: f32) -> f32 {
    let z = f * f;
    let mut p = 7.037_683_6e-2;
    p = p * f - 0.115_146_1;
    p = p * f + 0.116_769_99;
    p = p * f - 0.124_201_41;
    p = p * f + 0.142_493_23;
    p = p * f - 0.166_680_58;
    p = p * f + 0.200_007_15;
    p = p * f - 0.249_999_94;
    p = p * f + 0.333_333_3;
    p * (f * z) - 0.5 * z + f
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        self.exp()
    }

    #[inline(always)]
    fn ln_1p_of_positive(self) -> Self {
        self.ln_1p()
    }

    #[inline(always)]
    fn ln_of_positive(self) -> Self {
        if self > 0.0 { self.ln() } else { 0.0 }
    }

    #[inline(always)]
    fn entropy_of_rest(self) -> Self {
        if self > 0.0 { (1.0 - self) * -(-self).ln_1p() / self } else { 1.0 }
    }

    #[inline(always)]
    fn negative_x_ln_x(self) -> f64 {
        if self > 0.0 { -self * self.ln() } else { 0.0 }
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn from_u16(value: u16) -> Self {
        value.into()
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(found: f32, wanted: f64) -> f64 {
        (f64::from(found) - wanted).abs() / wanted.abs().max(f64::MIN_POSITIVE)
    }

    #[test]
    fn exp_is_close_everywhere_it_is_used() {
        let mut worst = 0.0f64;
        for i in 0..870_000 {
            let x = -(i as f32) * 1e-4;
            worst = worst.max(relative(x.exp_of_negative(), f64::from(x).exp()));
        }
        assert!(worst < 2e-7, "{worst}");
        assert_eq!(0.0f32.exp_of_negative(), 1.0);
        assert_eq!((-1e4f32).exp_of_negative(), 0.0);
        assert_eq!(f32::NEG_INFINITY.exp_of_negative(), 0.0);
    }

    #[test]
    fn ln_1p_is_close_from_the_tiniest_to_many_classes() {
        let mut worst = 0.0f64;
        let mut x = 1e-38f32;
        while x < 1e6 {
            worst = worst.max(relative(x.ln_1p_of_positive(), f64::from(x).ln_1p()));
            x *= 1.000_13;
        }
        assert!(worst < 3e-7, "{worst}");
        assert_eq!(0.0f32.ln_1p_of_positive(), 0.0);
    }

    #[test]
    fn ln_is_close_from_subnormal_to_huge() {
        let mut worst = 0.0f64;
        let mut x = 1e-44f32;
        while x < 1e38 {
            worst = worst.max(relative(x.ln_of_positive(), f64::from(x).ln()));
            x = (x * 1.000_13).max(f32::from_bits(x.to_bits() + 1));
        }
        assert!(worst < 3e-7, "{worst}");
        assert_eq!(1.0f32.ln_of_positive(), 0.0);
        assert!(0.0f32.ln_of_positive().is_finite() && 0.0f64.ln_of_positive().is_finite());
    }

    #[test]
    fn the_entropy_of_the_rest_is_close() {
        let mut worst = 0.0f64;
        for i in 1..=500_000 {
            let x = i as f32 * 1e-6;
            worst = worst.max(relative(x.entropy_of_rest(), f64::from(x).entropy_of_rest()));
        }
        assert!(worst < 1.5e-7, "{worst}");
        assert_eq!((0.0f32.entropy_of_rest(), 0.0f64.entropy_of_rest()), (1.0, 1.0));
    }
}
