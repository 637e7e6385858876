//! The image of a patch: interpolated between pixels, in the given tones.

use super::taps::Tap;
use crate::missing::Gap;
use crate::normalisation::Tone;
use crate::{Raster, Samples};
use ndarray::ArrayViewMut3;

/// What says nothing in an image, and so is the mean.
pub(super) struct Fill<'a> {
    pub(super) gap: Gap,
    /// By channel the range beyond which a sample says nothing.
    pub(super) limits: Option<&'a [[f32; 2]]>,
}

impl Fill<'_> {
    /// A sample of a channel in this tone, as the file would have it.
    fn of(&self, channel: usize, tone: Tone, raw: f32) -> f32 {
        let inside =
            self.limits.is_none_or(|limits| (limits[channel][0]..=limits[channel][1]).contains(&raw));
        if inside && !self.gap.is(raw) { raw } else { tone.centre }
    }
}

/// Fills row `y` of a patch [C, P, P] with the image at `taps`, linear between pixels, in the given tones.
///
/// `line` is the row while its channels are still interleaved, as they are in the image: each pixel of the
/// image is read once for all its channels.
pub(super) fn resample_row(
    raster: &Raster,
    taps: &[Tap],
    tones: &[Tone],
    fill: Option<&Fill<'_>>,
    y: usize,
    line: &mut Vec<f32>,
    mut patch: ArrayViewMut3<'_, f32>,
) {
    let channels = raster.channels;
    let size = patch.dim().2;
    line.clear();
    line.resize(size * channels, 0.0);
    let fill = fill.map(|fill| |channel: usize, raw: f32| fill.of(channel, tones[channel], raw));
    match &raster.samples {
        Samples::U8(samples) => gather(samples, channels, taps, fill, line),
        Samples::U16(samples) => gather(samples, channels, taps, fill, line),
        Samples::F32(samples) => gather(samples, channels, taps, fill, line),
        Samples::F64(samples) => gather(samples, channels, taps, fill, line),
    }
    for (channel, (mut plane, &tone)) in patch.outer_iter_mut().zip(tones).enumerate() {
        let values = line[channel..].iter().step_by(channels);
        plane.row_mut(y).iter_mut().zip(values).for_each(|(out, &raw)| *out = tone.of(raw));
    }
}

/// A number of an image, as patches have it.
trait Sample: Copy {
    fn narrow(self) -> f32;
}

impl Sample for u8 {
    fn narrow(self) -> f32 {
        self.into()
    }
}

impl Sample for u16 {
    fn narrow(self) -> f32 {
        self.into()
    }
}

impl Sample for f32 {
    fn narrow(self) -> f32 {
        self
    }
}

impl Sample for f64 {
    fn narrow(self) -> f32 {
        self as f32
    }
}

/// The usual numbers of channels are told to the compiler, which unrolls them.
fn gather<T: Sample>(
    samples: &[T],
    channels: usize,
    taps: &[Tap],
    fill: Option<impl Fn(usize, f32) -> f32>,
    line: &mut [f32],
) {
    match (fill, channels) {
        (Some(fill), _) => gather_any(samples, channels, taps, fill, line),
        (None, 1) => gather_fixed::<T, 1>(samples, taps, line),
        (None, 3) => gather_fixed::<T, 3>(samples, taps, line),
        (None, 4) => gather_fixed::<T, 4>(samples, taps, line),
        (None, _) => gather_any(samples, channels, taps, |_, raw| raw, line),
    }
}

fn gather_fixed<T: Sample, const C: usize>(samples: &[T], taps: &[Tap], line: &mut [f32]) {
    let (samples, _) = samples.as_chunks::<C>();
    let (line, _) = line.as_chunks_mut::<C>();
    let taps = taps.chunks_exact(taps.len() / line.len());
    for (pixel, taps) in line.iter_mut().zip(taps) {
        for tap in taps {
            let [a, b, c, d] =
                [&samples[tap.at[0]], &samples[tap.at[1]], &samples[tap.at[2]], &samples[tap.at[3]]];
            let [p, q, r, s] = tap.share.map(|s| s as f32);
            for i in 0..C {
                pixel[i] += p * a[i].narrow() + q * b[i].narrow() + (r * c[i].narrow() + s * d[i].narrow());
            }
        }
    }
}

fn gather_any<T: Sample>(
    samples: &[T],
    channels: usize,
    taps: &[Tap],
    value: impl Fn(usize, f32) -> f32,
    line: &mut [f32],
) {
    let taps = taps.chunks_exact(taps.len() / (line.len() / channels));
    for (pixel, taps) in line.chunks_exact_mut(channels).zip(taps) {
        for tap in taps {
            let [a, b, c, d] = tap.at.map(|at| &samples[at * channels..][..channels]);
            let [p, q, r, s] = tap.share.map(|s| s as f32);
            for (channel, out) in pixel.iter_mut().enumerate() {
                let [a, b, c, d] = [a, b, c, d].map(|pixel| value(channel, pixel[channel].narrow()));
                *out += p * a + q * b + (r * c + s * d);
            }
        }
    }
}
