//! Whose fault an error is.

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request asks for something that cannot be.
    Request,
    /// The files, or the disk they are on.
    Input,
}
