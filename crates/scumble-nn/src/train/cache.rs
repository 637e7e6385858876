//! Decoded training images in memory.

use super::TrainError;
use scumble_data::Sample;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Decoded training images, kept as long as they fit a memory limit.
///
/// What is kept changes how long a draw takes and nothing else: an image that was let go is read again.
pub(super) struct SampleCache<'d> {
    load: Box<dyn Fn(usize) -> Result<Sample, TrainError> + Send + Sync + 'd>,
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    samples: HashMap<usize, (Arc<Sample>, u64)>,
    bytes: usize,
    /// Counts uses; the sample with the oldest goes first.
    clock: u64,
}

impl<'d> SampleCache<'d> {
    /// Keeps at most `limit` bytes, but always the image in use.
    pub(super) fn new(
        limit: usize,
        load: impl Fn(usize) -> Result<Sample, TrainError> + Send + Sync + 'd,
    ) -> Self {
        Self { load: Box::new(load), limit, kept: Mutex::default() }
    }

    /// The image with this index, from memory or from its file.
    pub(super) fn get(&self, index: usize) -> Result<Arc<Sample>, TrainError> {
        if let Some(sample) = self.kept().find(index) {
            return Ok(sample);
        }
        // Two threads may read the same image at once; both read the same.
        let sample = Arc::new((self.load)(index)?);
        self.kept().insert(index, &sample, self.limit);
        Ok(sample)
    }

    /// Keeps an image that was read for another reason, if there is room.
    pub(super) fn offer(&self, index: usize, sample: Sample) {
        let mut kept = self.kept();
        if kept.bytes + sample.bytes() <= self.limit {
            kept.insert(index, &Arc::new(sample), self.limit);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A panic elsewhere leaves the map whole: every change is one insertion or removal.
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Kept {
    fn find(&mut self, index: usize) -> Option<Arc<Sample>> {
        self.clock += 1;
        let (sample, used) = self.samples.get_mut(&index)?;
        *used = self.clock;
        Some(sample.clone())
    }

    fn insert(&mut self, index: usize, sample: &Arc<Sample>, limit: usize) {
        self.clock += 1;
        self.bytes += sample.bytes();
        if let Some((old, _)) = self.samples.insert(index, (sample.clone(), self.clock)) {
            self.bytes -= old.bytes();
        }
        while self.bytes > limit && self.samples.len() > 1 {
            let oldest = self.samples.iter().min_by_key(|(_, (_, used))| *used).map(|(index, _)| *index);
            let Some((old, _)) = oldest.and_then(|index| self.samples.remove(&index)) else { break };
            self.bytes -= old.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use scumble_data::{Raster, Samples};
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn sample(value: u8) -> Sample {
        let image = Raster {
            height: 4,
            width: 4,
            channels: 1,
            samples: Samples::U8(vec![value; 16]),
            indexed: None,
            nodata: None,
        };
        Sample::new(image, Array3::zeros((1, 4, 4)), Array3::ones((1, 4, 4))).unwrap()
    }

    #[test]
    fn images_beyond_the_limit_are_read_again_and_are_the_same() {
        let reads = AtomicUsize::new(0);
        let cache = SampleCache::new(2 * sample(0).bytes(), |index| {
            reads.fetch_add(1, Ordering::Relaxed);
            Ok(sample(index as u8))
        });
        for index in [0, 1, 0, 1, 2, 1, 0] {
            assert_eq!(*cache.get(index).unwrap(), sample(index as u8));
        }
        // 0 and 1 once, 2 lets 0 go, 0 again.
        assert_eq!(reads.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn the_image_in_use_is_kept_however_large() {
        let cache = SampleCache::new(1, |index| Ok(sample(index as u8)));
        assert_eq!(*cache.get(7).unwrap(), sample(7));
        assert_eq!(cache.kept().samples.len(), 1);
    }
}
