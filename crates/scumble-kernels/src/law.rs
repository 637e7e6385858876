//! What a loss makes of one prediction: the formula alone, for the passes over independent and over exclusive classes.

use crate::real::Real;

/// A predicted probability with what is lost near 0 and 1 kept.
#[derive(Clone, Copy)]
pub(crate) struct Prediction<R> {
    /// q.
    pub(crate) q: R,
    /// 1 - q.
    pub(crate) rest: R,
    /// -ln q.
    pub(crate) cost: R,
}

impl<R: Real> Prediction<R> {
    /// "Yes" and "no" of a logit x, from `power` = exp(-|x|).
    #[inline(always)]
    pub(crate) fn of_logit(x: R, power: R) -> (Self, Self) {
        let large = R::ONE / (R::ONE + power);
        let small = power * large;
        let log = power.ln_1p_of_fraction();
        let likely = Self { q: large, rest: small, cost: log };
        let unlikely = Self { q: small, rest: large, cost: x.magnitude() + log };
        if x > R::ZERO { (likely, unlikely) } else { (unlikely, likely) }
    }

    /// q - t, from the nearer end, so that a sure and right prediction keeps its tiny error.
    #[inline(always)]
    pub(crate) fn error(&self, t: R) -> R {
        let (above, below) = (self.q - t, (R::ONE - t) - self.rest);
        if t > R::from_f64(0.5) { below } else { above }
    }
}

/// A loss that is a sum over elements or pixels.
pub(crate) trait Law<R: Real> {
    /// Value and derivative by the logit of an independent class with target t.
    fn element(&self, yes: Prediction<R>, no: Prediction<R>, t: R) -> (R, R);

    /// What one exclusive class adds to the value of a pixel, and q times its derivative by q. The class has the mass
    /// a = c t, all classes together `mass`, whose reciprocal is `shared` (0 where there is none).
    fn class(&self, prediction: Prediction<R>, a: R, mass: R, shared: R) -> (R, R);
}

/// (q - t)^2.
pub(crate) struct Brier;

impl<R: Real> Law<R> for Brier {
    #[inline(always)]
    fn element(&self, yes: Prediction<R>, _: Prediction<R>, t: R) -> (R, R) {
        let error = yes.error(t);
        (error * error, (error + error) * (yes.q * yes.rest))
    }

    /// What a label of that mass costs: the mass times the error of a / mass.
    #[inline(always)]
    fn class(&self, prediction: Prediction<R>, a: R, mass: R, shared: R) -> (R, R) {
        let error = prediction.error(a * shared);
        (mass * (error * error), mass * ((error + error) * prediction.q))
    }
}

/// (1 - q)^gamma: gamma = 2, which nearly everybody chooses, needs no logarithm.
pub(crate) trait Focus<R: Real> {
    /// gamma.
    fn gamma(&self) -> R;
    /// `rest`^gamma.
    fn power(&self, rest: R) -> R;
}

/// gamma = 2.
pub(crate) struct Square;

impl<R: Real> Focus<R> for Square {
    #[inline(always)]
    fn gamma(&self) -> R {
        R::ONE + R::ONE
    }

    #[inline(always)]
    fn power(&self, rest: R) -> R {
        rest * rest
    }
}

/// Any gamma, 0 or more.
pub(crate) struct Power<R>(pub(crate) R);

impl<R: Real> Focus<R> for Power<R> {
    #[inline(always)]
    fn gamma(&self) -> R {
        self.0
    }

    #[inline(always)]
    fn power(&self, rest: R) -> R {
        let none = if self.0 == R::ZERO { R::ONE } else { R::ZERO };
        let power = (self.0 * rest.ln_of_positive()).exp_of_negative();
        if rest > R::ZERO { power } else { none }
    }
}

/// -(1 - q)^gamma ln q.
pub(crate) struct Focal<F>(pub(crate) F);

impl<R: Real, F: Focus<R>> Law<R> for Focal<F> {
    #[inline(always)]
    fn element(&self, yes: Prediction<R>, no: Prediction<R>, t: R) -> (R, R) {
        let side = |of: Prediction<R>, share: R| {
            let power = self.0.power(of.rest);
            // q ln q is 0 at q = 0, where the cost may be infinite.
            let pull = if of.q == R::ZERO { R::ZERO } else { self.0.gamma() * (of.q * of.cost) };
            // What the label rules out costs nothing even at an infinite logit.
            let value = if share == R::ZERO { R::ZERO } else { share * (power * of.cost) };
            (value, share * (power * (of.rest + pull)))
        };
        let (of_yes, up) = side(yes, t);
        let (of_no, down) = side(no, R::ONE - t);
        (of_yes + of_no, down - up)
    }

    #[inline(always)]
    fn class(&self, prediction: Prediction<R>, a: R, _: R, _: R) -> (R, R) {
        let Prediction { q, rest, cost } = prediction;
        let power = self.0.power(rest);
        // For small 1 - q the quotient is 1.
        let quotient = if rest == R::ZERO { R::ONE } else { cost / rest };
        let steepness = if q == R::ZERO { R::ZERO } else { q * quotient };
        let slope = a * (power * (R::ONE + self.0.gamma() * steepness));
        let value = a * (power * cost);
        if a == R::ZERO { (R::ZERO, R::ZERO) } else { (value, -slope) }
    }
}
