//! Shapes of the maps, and the receptive field.

use super::error::NetworkError;
use super::graph::Network;
use super::layer::Op;

impl Network {
    /// `[C, H, W]` of every layer's map for an image of `height` x `width` pixels.
    ///
    /// # Errors
    /// [`NetworkError::Size`] unless both are positive multiples of [`Network::stride`].
    ///
    /// ```
    /// # use scumble_nn::network::UNet;
    /// let network = UNet::default().network()?;
    /// assert_eq!(network.shapes(64, 96)?.last(), Some(&[1, 64, 96]));
    /// assert!(network.shapes(64, 97).is_err());
    /// # Ok::<(), scumble_nn::network::NetworkError>(())
    /// ```
    pub fn shapes(&self, height: usize, width: usize) -> Result<Vec<[usize; 3]>, NetworkError> {
        let stride = self.stride();
        if height == 0 || width == 0 || !height.is_multiple_of(stride) || !width.is_multiple_of(stride) {
            return Err(NetworkError::Size { height, width, stride });
        }
        let maps = self.layer_channels().iter().zip(self.layer_strides());
        Ok(maps.map(|(&channels, &stride)| [channels, height / stride, width / stride]).collect())
    }

    /// Bytes of the largest map with the one that it is made of, for an image of (height, width): no executor needs less.
    pub(crate) fn needed(&self, (height, width): (usize, usize)) -> u64 {
        let maps: Vec<u64> = self
            .layer_channels()
            .iter()
            .zip(self.layer_strides())
            .map(|(&channels, &stride)| f32_bytes([channels, height / stride, width / stride]))
            .collect();
        let layers = self.layers().iter().zip(&maps);
        let needed = layers.map(|(layer, own)| match layer.op {
            Op::Conv { .. } | Op::MaxPool | Op::Upsample => {
                layer.inputs.iter().fold(*own, |sum, &input| sum.saturating_add(maps[input]))
            }
            // These can be made in place.
            _ => *own,
        });
        needed.max().unwrap_or(0)
    }

    /// Radius of the receptive field: a logit depends on no input pixel further away than this, along either
    /// axis. The bound is reached at the least favourable place of the pixel on the pooling grid.
    ///
    /// Tiles that overlap by it, and begin at multiples of [`Network::stride`], give the logits of the whole
    /// image. [`Op::GroupNorm`] is the exception: its statistics are those of the tile, so that a tile's
    /// logits differ a little from the whole image's whatever the overlap.
    ///
    /// Each pixel of a map with stride `s` covers `s` input pixels and sees `before` and `after` more on
    /// either side. A 3 x 3 convolution adds `s` to both. Pooling joins two neighbours, which adds nothing
    /// to what lies outside of the two. Upsampling to stride `s` makes half of a pixel's extent outside: `s`
    /// more, before an odd pixel and after an even one.
    pub fn halo(&self) -> usize {
        let mut halos: Vec<usize> = Vec::with_capacity(self.layers().len());
        for (layer, &stride) in self.layers().iter().zip(self.layer_strides()) {
            let given = layer.inputs.iter().map(|&input| halos[input]).max().unwrap_or(0);
            halos.push(match layer.op {
                Op::Conv { kernel, .. } => given + kernel / 2 * stride,
                Op::Upsample => given + stride,
                _ => given,
            });
        }
        halos.last().copied().unwrap_or(0)
    }
}

/// What an array of f32 takes, in bytes.
pub(crate) fn f32_bytes(shape: [usize; 3]) -> u64 {
    shape.iter().fold(4, |bytes: u64, &length| bytes.saturating_mul(length as u64))
}
