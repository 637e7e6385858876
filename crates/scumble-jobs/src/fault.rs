//! Whose fault an error is.

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request asks for something that cannot be.
    Request,
    /// The files, or the disk they are on; also where they lack what is asked of them, which only a look at them tells.
    Input,
}

impl From<scumble_data::Fault> for Fault {
    fn from(fault: scumble_data::Fault) -> Self {
        use scumble_data::Fault::{DataSet, Disk, File, Settings, Unavailable, Use};
        match fault {
            Disk | File | Use | DataSet | Settings | Unavailable => Self::Input,
        }
    }
}
