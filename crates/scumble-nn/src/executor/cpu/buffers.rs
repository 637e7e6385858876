//! Which maps share a buffer: memory is planned once, for the whole life of a program.

/// Buffers that take turns: a buffer for each thing that lives for a time, none used by two at once.
///
/// `lives` are the first and last time of each thing, and `same` one that must have the same buffer, and comes earlier in
/// the list. Returns the buffer of each and the buffers' sizes. Things of size 0 get an empty buffer.
///
/// Each thing, in the order of birth, takes the free buffer that fits best: the smallest that is large enough, or the
/// largest, which then grows.
pub(super) fn share(
    lives: &[[usize; 2]],
    sizes: &[usize],
    same: &[Option<usize>],
) -> (Vec<usize>, Vec<usize>) {
    // Things with one buffer are one thing, with the life of all.
    let leader = |mut thing: usize| {
        while let Some(other) = same[thing] {
            thing = other;
        }
        thing
    };
    let mut joint: Vec<[usize; 2]> = lives.to_vec();
    let mut joint_sizes = sizes.to_vec();
    for thing in (0..lives.len()).rev() {
        let first = leader(thing);
        joint[first] = [joint[first][0].min(lives[thing][0]), joint[first][1].max(lives[thing][1])];
        joint_sizes[first] = joint_sizes[first].max(sizes[thing]);
    }
    let mut order: Vec<usize> = (0..lives.len()).filter(|&thing| same[thing].is_none()).collect();
    order.sort_by_key(|&thing| (joint[thing][0], thing));
    let mut slots = vec![0; lives.len()];
    // Buffer 0 is the empty one.
    let (mut buffers, mut free_after) = (vec![0], vec![usize::MAX]);
    for thing in order {
        let size = joint_sizes[thing];
        if size == 0 {
            continue;
        }
        let free = (1..buffers.len()).filter(|&buffer| free_after[buffer] < joint[thing][0]);
        let best = free.min_by_key(|&buffer| (buffers[buffer] < size, buffers[buffer].abs_diff(size)));
        let buffer = best.unwrap_or_else(|| {
            buffers.push(0);
            free_after.push(0);
            buffers.len() - 1
        });
        buffers[buffer] = buffers[buffer].max(size);
        free_after[buffer] = joint[thing][1];
        slots[thing] = buffer;
    }
    for thing in 0..lives.len() {
        slots[thing] = slots[leader(thing)];
    }
    (slots, buffers)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn things_that_do_not_meet_share_a_buffer() {
        let (slots, sizes) = share(&[[0, 1], [1, 2], [2, 3], [3, 4]], &[10, 20, 12, 0], &[None; 4]);
        assert_eq!(slots, [1, 2, 1, 0]);
        assert_eq!(sizes, [0, 12, 20]);
    }

    #[test]
    fn things_of_one_buffer_live_as_long_as_all_of_them() {
        let (slots, _) = share(&[[3, 4], [0, 1], [1, 3]], &[5, 5, 5], &[None, None, Some(0)]);
        assert_eq!(slots[2], slots[0]);
        assert_ne!(slots[1], slots[0]);
    }
}
