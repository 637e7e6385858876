//! A training shared out: how a batch is divided among ranks, and how what they sum becomes the same bytes at any number of
//! them.
//!
//! A *rank* is one of the processes (or threads) of a training. Each runs the same program on its share of every batch. What
//! crosses images is summed image by image, and the images' sums are added along one binary tree that depends on nothing but
//! the number of images: whoever holds a part of it, the same numbers are added in the same order.
//!
//! From the ground up: the tree is the order, [`Reduce`] what ranks can do (with [`Alone`] for one, [`Together`] for threads
//! of a process, and, with the feature `mpi`, `Mpi` for processes of many machines), [`Share`] a rank's share of a batch, [`messages`] what they tell
//! each other besides.

mod alone;
pub mod messages;
#[cfg(feature = "mpi")]
mod mpi;
mod reduce;
mod share;
mod timed;
mod together;
pub(crate) mod tree;

pub use alone::Alone;
#[cfg(feature = "mpi")]
pub use mpi::{Mpi, MpiError};
pub use reduce::{Reduce, ReduceError};
pub use share::Share;
pub(crate) use timed::Timed;
pub use together::Together;
