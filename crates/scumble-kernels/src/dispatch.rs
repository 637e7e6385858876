//! One loop, compiled for several instruction sets.

/// Defines a public function whose body is compiled for AVX-512, AVX2 and the baseline, chosen at run time.
///
/// The body must be `#[inline(always)]` all the way down, or the calls inside it stay at the baseline.
macro_rules! vectorised {
    ($(#[$meta:meta])* pub fn $name:ident<R: Real>($($arg:ident: $type:ty),* $(,)?) -> f64 = $body:ident) => {
        $(#[$meta])*
        pub fn $name<R: Real>($($arg: $type),*) -> f64 {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
                fn avx512<R: Real>($($arg: $type),*) -> f64 {
                    $body::<R>($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2<R: Real>($($arg: $type),*) -> f64 {
                    $body::<R>($($arg),*)
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the four extensions were just found on this processor.
                    return unsafe { avx512::<R>($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: AVX2 was just found on this processor.
                    return unsafe { avx2::<R>($($arg),*) };
                }
            }
            $body::<R>($($arg),*)
        }
    };
}

pub(crate) use vectorised;
