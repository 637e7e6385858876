use scumble_kernels::Tap;

/// Neighbouring pixels of a row that an output pixel reads.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) source: usize,
    /// Where the first output pixel's first one begins.
    pub(super) start: usize,
    /// From one of them to the next.
    pub(super) pitch: usize,
    /// From an output pixel's first to the next output pixel's.
    pub(super) step: usize,
    /// How many there are.
    pub(super) columns: usize,
    /// Values of each.
    pub(super) channels: usize,
    /// The panels' row that the first value meets.
    pub(super) row: usize,
}

impl Line {
    /// The fewest taps that read it: one where output pixels share what they read, or where nothing lies between the
    /// pixels; else one a pixel.
    pub(super) fn add_to(self, taps: &mut Vec<Tap>) {
        let Self { source, start, pitch, step, columns, channels, row } = self;
        if step == pitch && columns <= 3 {
            taps.push(Tap { source, start, step, columns, length: channels, row });
        } else if pitch == channels {
            taps.push(Tap { source, start, step, columns: 1, length: columns * channels, row });
        } else {
            taps.extend((0..columns).map(|column| Tap {
                source,
                start: start + column * pitch,
                step,
                columns: 1,
                length: channels,
                row: row + column * channels,
            }));
        }
    }
}
