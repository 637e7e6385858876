//! What is wrong with an array, and where: the core of the errors of all losses, each of which has its own words.

/// A pixel, and where it matters a class of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The index without the class axis.
    pub(crate) pixel: Vec<usize>,
    pub(super) class: Option<usize>,
    pub(super) axis: usize,
}

impl Place {
    /// The index in the array, with the class in its place.
    pub(crate) fn index(self) -> Vec<usize> {
        let mut index = self.pixel;
        index.splice(self.axis..self.axis, self.class);
        index
    }
}

/// An array that a loss cannot be taken of.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// No such class axis.
    ClassAxis { axis: usize, rank: usize },
    /// Another shape than the loss's, which is `shape` with the class axis and `pixels` without; `hint` says what would do.
    Shape { what: &'static str, found: Vec<usize>, shape: Vec<usize>, pixels: Vec<usize>, hint: &'static str },
    /// A target that is no probability.
    Target { place: Place, value: f64 },
    /// A pixel whose targets do not sum to 1.
    Sum { place: Place, sum: f64 },
    /// A pixel weight that is negative or not finite.
    Weight { place: Place, value: f64 },
}
