//! Maps as grey PNG of 8 or 16 bits, row by row.

use super::sink::Sink;
use crate::atomic::Pending;
use ndarray::ArrayView3;
use png::{BitDepth, ColorType, Compression, Encoder, StreamWriter};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Grey PNG of 8 or 16 bits, full scale = probability 1, rounded to nearest.
pub(super) struct Png {
    pending: Pending,
    file: Shared,
    rows: StreamWriter<'static, Shared>,
    wide: bool,
    line: Vec<u8>,
}

impl Png {
    /// Whether PNG can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        // The format's own limit.
        [height, width].iter().all(|&side| side < 1 << 31)
    }

    pub(super) fn create(
        folder: &Path,
        target: &Path,
        (height, width): (usize, usize),
        wide: bool,
    ) -> io::Result<Self> {
        let (pending, file) = Pending::create(folder, target)?;
        let file = Shared::new(file);
        let mut encoder = Encoder::new(file.clone(), width as u32, height as u32);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(if wide { BitDepth::Sixteen } else { BitDepth::Eight });
        encoder.set_compression(Compression::Fast);
        let rows = encoder.write_header()?.into_stream_writer()?;
        Ok(Self { pending, file, rows, wide, line: Vec::new() })
    }
}

impl Sink for Png {
    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        // One class: [1, rows, W] gives its rows in order.
        for row in rows.rows() {
            self.line.clear();
            for &p in row {
                if self.wide {
                    self.line.extend((((f64::from(p) * 65535.0).round()) as u16).to_be_bytes());
                } else {
                    self.line.push((f64::from(p) * 255.0).round() as u8);
                }
            }
            self.rows.write_all(&self.line)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        let Png { pending, file, rows, .. } = *self;
        rows.finish()?;
        let target = pending.target().to_owned();
        let mut state = file.lock();
        state.out.flush()?;
        // The encoder writes its last chunk as it is dropped, where an error has nowhere to go.
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        pending.commit(state.out.get_ref())?;
        Ok(target)
    }
}

/// The file, held by the encoder and by us: the encoder never gives it back, and it must be flushed and synced.
#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

struct State {
    out: BufWriter<File>,
    failed: Option<io::Error>,
}

impl State {
    /// An error is handed on, and its like kept.
    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            let like = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.failed.get_or_insert(like);
        }
        result
    }
}

impl Shared {
    fn new(file: File) -> Self {
        Self(Arc::new(Mutex::new(State { out: BufWriter::new(file), failed: None })))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        let written = state.out.write(bytes);
        state.remember(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.lock();
        let flushed = state.out.flush();
        state.remember(flushed)
    }
}
