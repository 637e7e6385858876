//! Closed lines along the sides of pixels.

use std::collections::HashMap;

/// A closed line along the sides of pixels: its corners (x, y), the first not repeated at the end. It meets itself nowhere.
///
/// What it bounds lies to its right, as a screen shows it: a ring around something goes clockwise, one around a hole
/// counterclockwise.
pub type Ring = Vec<[u32; 2]>;

/// Twice the area that a ring encloses: above 0 around something, below 0 around a hole.
pub(super) fn doubled_area(ring: &[[u32; 2]]) -> i64 {
    let next = |at: usize| ring[(at + 1) % ring.len()].map(i64::from);
    let cross = |(at, corner): (usize, &[u32; 2])| {
        let ([x, y], [u, v]) = (corner.map(i64::from), next(at));
        x * v - u * y
    };
    ring.iter().enumerate().map(cross).sum()
}

/// Takes a ring that meets itself at corners apart into rings that do not.
pub(super) fn simple(ring: Ring) -> Vec<Ring> {
    let mut rings = Vec::new();
    let (mut open, mut places) = (Ring::new(), HashMap::<[u32; 2], usize>::new());
    for corner in ring {
        if let Some(&place) = places.get(&corner) {
            let ring = open.split_off(place);
            for left in &ring {
                places.remove(left);
            }
            rings.push(ring);
        }
        places.insert(corner, open.len());
        open.push(corner);
    }
    rings.push(open);
    rings
}
