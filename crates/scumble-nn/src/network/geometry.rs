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
    /// # use scumble_nn::UNet;
    /// let network = UNet::default().network()?;
    /// assert_eq!(network.shapes(64, 96)?.last(), Some(&[1, 64, 96]));
    /// assert!(network.shapes(64, 97).is_err());
    /// # Ok::<(), scumble_nn::NetworkError>(())
    /// ```
    pub fn shapes(&self, height: usize, width: usize) -> Result<Vec<[usize; 3]>, NetworkError> {
        let stride = self.stride();
        if height == 0 || width == 0 || !height.is_multiple_of(stride) || !width.is_multiple_of(stride) {
            return Err(NetworkError::Size { height, width, stride });
        }
        let maps = self.layer_channels().iter().zip(self.layer_strides());
        Ok(maps.map(|(&channels, &stride)| [channels, height / stride, width / stride]).collect())
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
