//! How a soft label's probability is stored: as a float, or as steps of one.

use crate::real::Real;

mod sealed {
    pub trait Sealed {}
    impl<R: crate::Real> Sealed for R {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
}

/// How a soft label's probability is stored: as `R` itself, or as a whole number of steps from 0 to 1.
///
/// ```
/// use scumble_kernels::TargetElement;
/// assert_eq!(TargetElement::<f32>::probability(51u8), 0.2); // in steps of 1/255
/// assert_eq!(TargetElement::<f64>::probability(65535u16), 1.0); // in steps of 1/65535
/// assert_eq!(TargetElement::<f32>::probability(0.3f32), 0.3);
/// ```
pub trait TargetElement<R: Real>: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The distance of two neighbouring probabilities, 0 for floats.
    const STEP: f64;
    /// The probability: steps are divided, so it is that of a copy to `R`, to the last bit.
    fn probability(self) -> R;
    /// Whether it is in 0..1.
    fn is_probability(self) -> bool;
}

impl<R: Real> TargetElement<R> for R {
    const STEP: f64 = 0.0;

    #[inline(always)]
    fn probability(self) -> R {
        self
    }

    #[inline(always)]
    fn is_probability(self) -> bool {
        (self >= R::ZERO) & (self <= R::ONE)
    }
}

macro_rules! steps {
    ($($type:ident),*) => {$(
        impl<R: Real> TargetElement<R> for $type {
            const STEP: f64 = 1.0 / $type::MAX as f64;

            #[inline(always)]
            fn probability(self) -> R {
                R::from_u16(u16::from(self)) / R::from_u16(u16::from($type::MAX))
            }

            #[inline(always)]
            fn is_probability(self) -> bool {
                true
            }
        }
    )*};
}

steps!(u8, u16);

/// The probabilities of a block or of the shorter last one.
#[inline(always)]
pub(crate) fn probabilities<R: Real, T: TargetElement<R>, const BLOCK: usize>(
    from: &[T],
    to: &mut [R; BLOCK],
) {
    match <&[T; BLOCK]>::try_from(from) {
        Ok(from) => to.iter_mut().zip(from).for_each(|(to, from)| *to = from.probability()),
        Err(_) => to.iter_mut().zip(from).for_each(|(to, from)| *to = from.probability()),
    }
}
