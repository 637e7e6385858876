//! Volumes in memory, unpacked once for all of their slices.

use super::source::DecodeError;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The voxels of a volume, as its file has them.
pub(super) type Voxels = Arc<Vec<u8>>;

/// As many bytes of volumes are kept: some images and the masks of their raters. A larger one is unpacked for each of its
/// slices.
const KEPT: usize = 1 << 30;

/// What was read last. What is kept changes how long a slice takes and nothing else.
static VOLUMES: Mutex<Volumes> = Mutex::new(Volumes { places: None, clock: 0 });

/// A volume, or the place where somebody is just reading it.
type Place = Arc<Mutex<Option<Voxels>>>;

struct Volumes {
    places: Option<HashMap<Version, (Place, u64)>>,
    /// Counts uses; the volume with the oldest goes first.
    clock: u64,
}

/// A file, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Version {
    path: PathBuf,
    bytes: u64,
    changed: SystemTime,
}

/// The voxels of a file, which `read` takes from it if they are not there yet. Whoever else wants them waits.
///
/// # Errors
/// Those of `read`; nothing is kept then.
pub(super) fn of_file(
    path: &Path,
    read: impl FnOnce() -> Result<Vec<u8>, DecodeError>,
) -> Result<Voxels, DecodeError> {
    let Some(version) = Version::of(path) else { return Ok(Arc::new(read()?)) };
    let place = volumes().place(&version);
    let mut held = lock(&place);
    if let Some(voxels) = &*held {
        return Ok(voxels.clone());
    }
    let voxels = Arc::new(read()?);
    if voxels.len() <= KEPT {
        *held = Some(voxels.clone());
        drop(held);
        volumes().make_room(&version);
    }
    Ok(voxels)
}

/// Clocks of file systems tick a few hundred times a second, or once in two: a file that has just been changed may be changed
/// again at what they take for the same time.
const SETTLED: Duration = Duration::from_secs(2);

impl Version {
    /// `None` of a file that does not say when it was changed, or was just now.
    fn of(path: &Path) -> Option<Self> {
        let data = fs::metadata(path).ok()?;
        let changed = data.modified().ok()?;
        let settled = SystemTime::now().duration_since(changed).is_ok_and(|age| age > SETTLED);
        settled.then(|| Self { path: path.to_owned(), bytes: data.len(), changed })
    }
}

impl Volumes {
    fn place(&mut self, version: &Version) -> Place {
        self.clock += 1;
        let places = self.places.get_or_insert_default();
        // What a file held before is nobody's any more.
        places.retain(|known, _| known.path != version.path || known == version);
        let (place, used) = places.entry(version.clone()).or_default();
        *used = self.clock;
        place.clone()
    }

    /// Lets the volumes go that were used longest ago, until the rest is not too much. `newest` stays.
    fn make_room(&mut self, newest: &Version) {
        let places = self.places.get_or_insert_default();
        // A place that is held is being read: it is new.
        let bytes = |place: &Place| {
            place.try_lock().map_or(0, |voxels| voxels.as_ref().map_or(0, |voxels| voxels.len()))
        };
        let mut all: usize = places.values().map(|(place, _)| bytes(place)).sum();
        while all > KEPT {
            let others = places.iter().filter(|(version, (place, _))| *version != newest && bytes(place) > 0);
            let Some(oldest) = others.min_by_key(|(_, (_, used))| *used).map(|(version, _)| version.clone())
            else {
                break;
            };
            all -= places.remove(&oldest).map_or(0, |(place, _)| bytes(&place));
        }
    }
}

fn volumes() -> MutexGuard<'static, Volumes> {
    // A panic elsewhere leaves the map whole: every change is one insertion or removal.
    VOLUMES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(place: &Place) -> MutexGuard<'_, Option<Voxels>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A file that was changed so many seconds ago.
    fn write(path: &Path, text: &str, seconds: u64) {
        fs::write(path, text).unwrap();
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn a_volume_is_read_once_and_again_when_its_file_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.nii.gz");
        write(&path, "one", 90);
        let reads = AtomicUsize::new(0);
        let look = || {
            let found = of_file(&path, || {
                reads.fetch_add(1, Ordering::Relaxed);
                Ok(fs::read(&path)?)
            });
            found.ok().unwrap()
        };
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(look)));
        });
        assert_eq!((&*look(), reads.load(Ordering::Relaxed)), (&b"one".to_vec(), 1));
        write(&path, "two", 60);
        assert_eq!((&*look(), reads.load(Ordering::Relaxed)), (&b"two".to_vec(), 2));
        // What was written just now may be written again.
        for count in [3, 4] {
            write(&path, "six", 0);
            assert_eq!((&*look(), reads.load(Ordering::Relaxed)), (&b"six".to_vec(), count));
        }
    }

    #[test]
    fn what_fails_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.nii.gz");
        write(&path, "one", 90);
        assert!(of_file(&path, || Err(DecodeError::Broken("torn".into()))).is_err());
        assert_eq!(of_file(&path, || Ok(vec![1])).ok().unwrap(), Arc::new(vec![1]));
    }
}
