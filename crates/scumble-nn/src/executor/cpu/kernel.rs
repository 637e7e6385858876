use scumble_kernels::{PANEL, round_up};

/// How a convolution's weights are read: its sources, in order.
pub(super) struct Kernel {
    /// Side: 1 or 3.
    pub(super) side: usize,
    pub(super) outputs: usize,
    /// Channels of each source, and whether it is upsampled.
    pub(super) sources: Vec<(usize, bool)>,
    /// Rows of a panel of the weights themselves: for each source, its taps, of each its channels.
    pub(super) rows: usize,
    /// The first of these rows of each source.
    pub(super) firsts: Vec<usize>,
    /// Rows of a panel of the forward pass, and the first of each source.
    pub(super) forward_rows: usize,
    pub(super) forward_firsts: Vec<usize>,
}

impl Kernel {
    pub(super) fn new(side: usize, outputs: usize, sources: Vec<(usize, bool)>) -> Self {
        let mut kernel = Self {
            side,
            outputs,
            sources,
            rows: 0,
            firsts: Vec::new(),
            forward_rows: 0,
            forward_firsts: Vec::new(),
        };
        for &source in &kernel.sources {
            kernel.firsts.push(kernel.rows);
            kernel.forward_firsts.push(kernel.forward_rows);
            kernel.rows += side * side * source.0;
            kernel.forward_rows += forward_rows(side, source);
        }
        kernel
    }

    /// Taps of a channel.
    pub(super) fn taps(&self) -> usize {
        self.side * self.side
    }

    /// Multiplications of an output pixel.
    pub(super) fn work(&self) -> usize {
        self.rows * round_up(self.outputs, PANEL)
    }
}

/// Rows in which the forward pass has a source's weights: its taps for every channel, or, of an upsampled source, 2 x 2
/// taps for each of the 2 x 2 places of an output pixel.
pub(super) fn forward_rows(side: usize, (channels, up): (usize, bool)) -> usize {
    if up { 16 * channels } else { side * side * channels }
}
