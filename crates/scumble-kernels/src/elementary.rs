//! exp and ln over slices of f64, in place, to the last place or two: for sums over many states.

/// Defines a public function that replaces each element by `$of` of it, for AVX-512, AVX2 and the baseline.
///
/// No instruction set contracts or reorders anything, so all give the same bits.
macro_rules! elementwise {
    ($(#[$meta:meta])* pub fn $name:ident = $of:ident) => {
        $(#[$meta])*
        pub fn $name(values: &mut [f64]) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
                fn avx512(values: &mut [f64]) {
                    values.iter_mut().for_each(|x| *x = $of(*x));
                }
                #[target_feature(enable = "avx2")]
                fn avx2(values: &mut [f64]) {
                    values.iter_mut().for_each(|x| *x = $of(*x));
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the four extensions were just found on this processor.
                    return unsafe { avx512(values) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: AVX2 was just found on this processor.
                    return unsafe { avx2(values) };
                }
            }
            values.iter_mut().for_each(|x| *x = $of(*x));
        }
    };
}

elementwise! {
    /// exp(x) for x <= 0; exactly 1 at 0, and 0 below -708, where exp leaves the normal range.
    ///
    /// Reduction by ln 2 and the rational form of fdlibm's `e_exp.c`; relative error below 3e-16.
    pub fn exp_of_negatives = exp
}

elementwise! {
    /// ln(1 + x) for 0 <= x < 2^52, with full relative accuracy at tiny x; relative error below 5e-16.
    pub fn ln_1p_of_positives = ln_1p
}

elementwise! {
    /// ln x for normal x > 0; relative error below 5e-16 (near 1 of the distance from 1).
    pub fn ln_of_positives = ln
}

/// ln 2 in two parts, the first exact in few bits, as in fdlibm.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

#[inline(always)]
fn exp(x: f64) -> f64 {
    let clamped = if x < -708.0 { -708.0 } else { x };
    // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low mantissa bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = clamped * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let high = clamped - k * LN_2_HIGH;
    let low = k * LN_2_LOW;
    let r = high - low;
    let t = r * r;
    let mut p = 4.138_136_797_057_238_5e-8;
    p = p * t - 1.653_390_220_546_525_2e-6;
    p = p * t + 6.613_756_321_437_934e-5;
    p = p * t - 2.777_777_777_701_559_3e-3;
    p = p * t + 1.666_666_666_666_660_2e-1;
    let c = r - t * p;
    let value = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    let scaled = value * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    if x < -708.0 { 0.0 } else { scaled }
}

#[inline(always)]
fn ln_1p(x: f64) -> f64 {
    let m = 1.0 + x;
    // What 1 + x lost in rounding.
    ln_split(m, x - (m - 1.0))
}

#[inline(always)]
fn ln(x: f64) -> f64 {
    ln_split(x, 0.0)
}

/// ln(m + lost) with m = 2^e f, f in [sqrt(1/2), sqrt(2)), by fdlibm's `e_log.c`.
#[inline(always)]
fn ln_split(m: f64, lost: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    let biased = m.to_bits().wrapping_add(ONE - SQRT_HALF) >> 52;
    let power = f64::from_bits(2046u64.wrapping_sub(biased) << 52);
    let f = (m * power - 1.0) + lost * power;
    // An integer below 2^52 as f64, without the conversion that only AVX-512 has.
    let e = f64::from_bits(biased | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let s = f / (2.0 + f);
    let z = s * s;
    let mut p = 1.479_819_860_511_658_6e-1;
    p = p * z + 1.531_383_769_920_937_3e-1;
    p = p * z + 1.818_357_216_161_805e-1;
    p = p * z + 2.222_219_843_214_978_4e-1;
    p = p * z + 2.857_142_874_366_239e-1;
    p = p * z + 3.999_999_999_940_942e-1;
    p = p * z + 6.666_666_666_666_735e-1;
    let half = 0.5 * f * f;
    e * LN_2_HIGH - ((half - (s * (half + p * z) + e * LN_2_LOW)) - f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(found: &[f64], wanted: impl Iterator<Item = f64>) -> f64 {
        found
            .iter()
            .zip(wanted)
            .map(|(f, w)| (f - w).abs() / w.abs().max(f64::MIN_POSITIVE))
            .fold(0.0, f64::max)
    }

    #[test]
    fn exp_is_that_of_the_standard_library() {
        let x: Vec<f64> = (0..700_000).map(|i| -f64::from(i) * 1.01e-3).collect();
        let mut found = x.clone();
        exp_of_negatives(&mut found);
        let worst = worst(&found, x.iter().map(|x| x.exp()));
        assert!(worst < 3e-16, "{worst}");
        // Vectorised or one by one: the same bits.
        assert!(found.iter().zip(&x).all(|(found, x)| found.to_bits() == exp(*x).to_bits()));
        let mut edges = [0.0, -1e4, f64::NEG_INFINITY, -1e-300];
        exp_of_negatives(&mut edges);
        assert_eq!(edges, [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn ln_is_that_of_the_standard_library() {
        let x: Vec<f64> = (0..200_000).map(|i| 1e-300 * 1.0035f64.powi(i)).filter(|x| *x < 1e15).collect();
        let mut found = x.clone();
        ln_1p_of_positives(&mut found);
        let apart = worst(&found, x.iter().map(|x| x.ln_1p()));
        assert!(apart < 5e-16, "{apart}");
        let mut found = x.clone();
        ln_of_positives(&mut found);
        let apart = worst(&found, x.iter().map(|x| x.ln()));
        assert!(apart < 5e-16, "{apart}");
        assert!(found.iter().zip(&x).all(|(found, x)| found.to_bits() == ln(*x).to_bits()));
        let mut edges = [0.0, 1.0];
        ln_1p_of_positives(&mut edges);
        assert_eq!(edges, [0.0, std::f64::consts::LN_2]);
        let mut edges = [1.0, f64::MIN_POSITIVE];
        ln_of_positives(&mut edges);
        assert_eq!(edges[0], 0.0);
        assert!((edges[1] / f64::MIN_POSITIVE.ln() - 1.0).abs() < 1e-15);
    }
}
