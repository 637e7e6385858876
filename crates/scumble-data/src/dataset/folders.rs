//! Where the files of a data set lie: said here, and nowhere else.

use std::path::{Path, PathBuf};

/// The folders of a data set, or of one of its parts train/, val/ and test/. None of them need exist.
///
/// ```
/// use scumble_data::SetFolders;
///
/// let set = SetFolders::new("lagoons".as_ref());
/// assert_eq!(set.unseen("anna"), std::path::Path::new("lagoons/raters/anna/ignore"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFolders {
    root: PathBuf,
}

impl SetFolders {
    /// The subfolder of a rater, and of a set, that says where nothing counts: its name is no class.
    pub(super) const IGNORE: &str = "ignore";
    /// The folder of counts in a folder of maps.
    pub const COUNTS: &str = "counts";

    /// Those below a folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The images.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// The label maps, or the class folders with them.
    pub fn labels(&self) -> PathBuf {
        self.root.join("labels")
    }

    /// A folder, or a file of annotations, for each rater.
    pub fn raters(&self) -> PathBuf {
        self.root.join("raters")
    }

    /// The masks of one rater.
    pub fn rater(&self, name: &str) -> PathBuf {
        self.raters().join(name)
    }

    /// Where one rater did not look.
    pub fn unseen(&self, rater: &str) -> PathBuf {
        Self::unseen_in(&self.rater(rater))
    }

    /// The same, of a rater's folder.
    pub(super) fn unseen_in(rater: &Path) -> PathBuf {
        rater.join(Self::IGNORE)
    }

    /// Where nothing counts.
    pub fn ignore(&self) -> PathBuf {
        self.root.join(Self::IGNORE)
    }

    /// What each pixel weighs.
    pub fn weights(&self) -> PathBuf {
        self.root.join("weights")
    }

    /// The file of the raters behind a map, in a folder of maps.
    pub fn counts(maps: &Path, id: &str) -> PathBuf {
        maps.join(Self::COUNTS).join(format!("{id}.npy"))
    }

    /// Whether this is a data set's folder: it has images, labels or raters.
    pub(super) fn exist(&self) -> bool {
        [self.images(), self.labels(), self.raters()].iter().any(|folder| folder.is_dir())
    }
}
