//! f32 and f64 with the functions that a cross entropy needs.

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
///
/// f32's polynomials multiply and add with one rounding. Processors that have AVX2 do that in one instruction, as ARM's;
/// on others it is computed step by step, slower by a factor of ten, for the same bits everywhere.
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
    /// The distance from 1 to the next number.
    const EPSILON: f64;
    /// exp(x) for x <= 0.
    fn exp_of_negative(self) -> Self;
    /// ln(1 + x) for x >= 0, with full relative accuracy at tiny x.
    fn ln_1p_of_positive(self) -> Self;
    /// ln(1 + x) for x in 0..1, with full relative accuracy at tiny x: what is left to take after
    /// [`exp_of_negative`](Self::exp_of_negative), in half the time.
    fn ln_1p_of_fraction(self) -> Self;
    /// ln x for x > 0, subnormal too; something finite at 0, so that 0 ln 0 = 0.
    fn ln_of_positive(self) -> Self;
    /// x ln x for x > 0, 0 for all others; of subnormal numbers something as small.
    fn x_ln_x(self) -> Self;
    /// -x ln x - (1-x) ln(1-x) for x in 0..1/2.
    fn entropy_of_lesser(self) -> Self;
    /// -x ln x for x in 0..1, 0 at 0, in f64.
    fn negative_x_ln_x(self) -> f64;
    /// |x|.
    fn magnitude(self) -> Self;
    /// The larger of two numbers, neither NaN.
    fn larger(self, other: Self) -> Self;
    /// A whole number.
    fn from_u16(value: u16) -> Self;
    /// At most that of 1 for every number in 0..1, above it for all others, and perhaps for -0.
    fn rank(self) -> u32;
    /// Widens.
    fn to_f64(self) -> f64;
    /// Narrows.
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const EPSILON: f64 = f32::EPSILON as f64;

    /// Cody and Waite reduction by ln 2, then a minimax polynomial of degree 6; relative error below 2e-7.
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // Here the exponent is that of 0, and so is the result. The normal range ends at -87.3.
        const LEAST: f32 = -88.029_69;
        let clamped = if self < LEAST { LEAST } else { self };
        // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low mantissa bits: cheaper than `round`.
        const ROUND: f32 = 12_582_912.0;
        let shifted = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
        let k = shifted - ROUND;
        // ln 2 in two parts, the first exact in few bits, as in Cephes.
        let r = k.mul_add(-0.693_359_4, clamped);
        let r = k.mul_add(2.121_944_4e-4, r);
        let mut p: f32 = 1.384_364_4e-3;
        p = p.mul_add(r, 8.374_163e-3);
        p = p.mul_add(r, 0.041_668);
        p = p.mul_add(r, 0.166_664_32);
        p = p.mul_add(r, 0.499_999_94);
        p = p.mul_add(r, 1.0);
        p = p.mul_add(r, 1.0);
        p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()))
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
        (e as f32).mul_add(std::f32::consts::LN_2, ln_polynomial(f))
    }

    /// Cephes' `logf` as in [`ln_1p_of_positive`](Real::ln_1p_of_positive); relative error below 3e-7.
    #[inline(always)]
    fn ln_of_positive(self) -> Self {
        let small = self < 1.0;
        ln_of_scaled(if small { self * UP } else { self }, if small { 24 } else { 0 })
    }

    /// Cephes' `logf` as in [`ln_1p_of_positive`](Real::ln_1p_of_positive); relative error below 4e-7.
    #[inline(always)]
    fn x_ln_x(self) -> Self {
        // Of 0 the logarithm is finite, and 0 of it 0.
        let x = if self > 0.0 { self } else { 0.0 };
        x * ln_of_scaled(x, 0)
    }

    /// The minimax polynomial of degree 8 for ln(1+x) / x; relative error below 2e-7.
    #[inline(always)]
    fn ln_1p_of_fraction(self) -> Self {
        let mut p: f32 = 5.364_738_6e-3;
        p = p.mul_add(self, -0.030_065_45);
        p = p.mul_add(self, 0.079_203_98);
        p = p.mul_add(self, -0.137_537_55);
        p = p.mul_add(self, 0.191_536_34);
        p = p.mul_add(self, -0.248_571_58);
        p = p.mul_add(self, 0.333_213_2);
        p = p.mul_add(self, -0.499_996_48);
        p.mul_add(self, 1.0) * self
    }

    /// `x (p(x) - ln x)`, p being -(1-x) ln(1-x) / x by a minimax polynomial. The difference is above 1.38, so ln need
    /// not be exact near 1; relative error below 3e-7.
    #[inline(always)]
    fn entropy_of_lesser(self) -> Self {
        let mut p: f32 = -0.136_237_63;
        p = p.mul_add(self, 0.079_036_77);
        p = p.mul_add(self, -0.098_869_74);
        p = p.mul_add(self, -0.072_747_97);
        p = p.mul_add(self, -0.167_776_76);
        p = p.mul_add(self, -0.499_952_85);
        p = p.mul_add(self, 0.999_999_5);
        // x = 2^e (1 + f). At 0 both are finite, and x of them 0.
        const ONE: u32 = 1.0f32.to_bits();
        let e = (self.to_bits().wrapping_sub(ONE) as i32) >> 23;
        let f = f32::from_bits(self.to_bits().wrapping_sub((e as u32) << 23)) - 1.0;
        let mut ln: f32 = -6.299_95e-3;
        ln = ln.mul_add(f, 0.035_443_69);
        ln = ln.mul_add(f, -0.094_217_36);
        ln = ln.mul_add(f, 0.166_639_67);
        ln = ln.mul_add(f, -0.240_209_16);
        ln = ln.mul_add(f, 0.331_646_1);
        ln = ln.mul_add(f, -0.499_850_75);
        ln = ln.mul_add(f, 0.999_994_9);
        ln = ln.mul_add(f, 2.933_014_4e-8);
        self * ((e as f32).mul_add(-std::f32::consts::LN_2, p) - ln)
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
    fn rank(self) -> u32 {
        self.to_bits()
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
    let mut p: f32 = 7.037_683_6e-2;
    p = p.mul_add(f, -0.115_146_1);
    p = p.mul_add(f, 0.116_769_99);
    p = p.mul_add(f, -0.124_201_41);
    p = p.mul_add(f, 0.142_493_23);
    p = p.mul_add(f, -0.166_680_58);
    p = p.mul_add(f, 0.200_007_15);
    p = p.mul_add(f, -0.249_999_94);
    p = p.mul_add(f, 0.333_333_3);
    p.mul_add(f * z, z.mul_add(-0.5, f))
}

/// 2^24: scaled up by it, subnormal numbers are normal and lose nothing.
const UP: f32 = 16_777_216.0;

/// ln(m / 2^up) for a normal m; finite at 0.
#[inline(always)]
fn ln_of_scaled(m: f32, up: i32) -> f32 {
    let bits = m.to_bits().wrapping_sub(SQRT_HALF);
    let e = (bits as i32) >> 23;
    let f = m * f32::from_bits(((127 - e) as u32) << 23) - 1.0;
    ((e - up) as f32).mul_add(std::f32::consts::LN_2, ln_polynomial(f))
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const EPSILON: f64 = f64::EPSILON;

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
    fn x_ln_x(self) -> Self {
        if self > 0.0 { self * self.ln() } else { 0.0 }
    }

    #[inline(always)]
    fn ln_1p_of_fraction(self) -> Self {
        self.ln_1p()
    }

    #[inline(always)]
    fn entropy_of_lesser(self) -> Self {
        -(self * self.ln_of_positive() + (1.0 - self) * (-self).ln_1p())
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
    fn rank(self) -> u32 {
        u32::from(!(0.0..=1.0).contains(&self))
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
        assert_eq!((1.0f32.ln_of_positive(), 1.0f32.x_ln_x()), (0.0, 0.0));
        let mut x = f32::MIN_POSITIVE;
        while x < 1e30 {
            worst = worst.max(relative(x.x_ln_x(), f64::from(x) * f64::from(x).ln()));
            x *= 1.000_13;
        }
        assert!(worst < 4e-7, "{worst}");
        for none in [0.0, -0.0, -1.0, f32::NAN] {
            assert_eq!((none.x_ln_x(), f64::from(none).x_ln_x()), (0.0, 0.0));
        }
        assert!(1e-40f32.x_ln_x().abs() < 1e-37);
        assert!(0.0f32.ln_of_positive().is_finite() && 0.0f64.ln_of_positive().is_finite());
    }

    #[test]
    fn entropy_and_ln_1p_of_a_fraction_are_close_down_to_subnormals() {
        let mut worst = (0.0f64, 0.0f64);
        let mut x = 1e-44f32;
        while x <= 1.0 {
            worst.0 = worst.0.max(relative(x.ln_1p_of_fraction(), f64::from(x).ln_1p()));
            // Below, the entropy itself is subnormal and has fewer digits.
            if (1e-37..=0.5).contains(&x) {
                worst.1 = worst.1.max(relative(x.entropy_of_lesser(), f64::from(x).entropy_of_lesser()));
            }
            x = (x * 1.000_03).max(f32::from_bits(x.to_bits() + 1));
        }
        assert!(worst.0 < 2e-7 && worst.1 < 3e-7, "{worst:?}");
        assert_eq!((0.0f32.ln_1p_of_fraction(), 0.0f32.entropy_of_lesser()), (0.0, 0.0));
        assert_eq!(0.0f64.entropy_of_lesser(), 0.0);
    }
}
