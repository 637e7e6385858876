//! Changes of contrast, brightness and colour.

use crate::normalisation::Tone;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// The part of a colour change that each of three channels has for itself, beside the common part.
const OWN: f32 = 0.5;

/// Changes contrast and brightness of normalised channels: gain 1 +- strength, bias +- strength.
///
/// Light is common to all channels; three channels (RGB) get half as much again each on its own, for the
/// colour of the light. One channel has no colour, and many bands are a spectrum whose shape must stay.
pub(super) fn vary(tones: &mut [Tone], strength: f32, rng: &mut ChaCha8Rng) {
    let mut draw = |strength: f32| strength * (2.0 * rng.random::<f32>() - 1.0);
    let (gain, bias) = (1.0 + draw(strength), draw(strength));
    let rgb = tones.len() == 3;
    for tone in tones {
        let own = if rgb { (draw(OWN * strength), draw(OWN * strength)) } else { (0.0, 0.0) };
        tone.bias = tone.bias * (gain + own.0) + bias + own.1;
        tone.gain *= gain + own.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn varied(channels: usize, strength: f32) -> Vec<Tone> {
        let mut tones = vec![Tone { centre: 0.0, gain: 1.0, bias: 0.0 }; channels];
        vary(&mut tones, strength, &mut ChaCha8Rng::seed_from_u64(5));
        tones
    }

    #[test]
    fn a_spectrum_keeps_its_shape_and_rgb_does_not() {
        let same = |tones: &[Tone]| tones.iter().all(|t| t.gain == tones[0].gain && t.bias == tones[0].bias);
        assert!(same(&varied(156, 0.1)));
        assert!(!same(&varied(3, 0.1)));
        assert!(varied(3, 0.1).iter().all(|t| (t.gain - 1.0).abs() <= 0.15 && t.bias.abs() <= 0.15));
    }

    #[test]
    fn strength_0_changes_nothing() {
        assert!(varied(3, 0.0).iter().all(|t| t.of(0.3) == 0.3));
    }
}
