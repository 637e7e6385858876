use ndarray::ArrayView2;
use std::collections::HashMap;

/// How often each tuple of marks occurs, one mark a rater: at most as many as there are ways to disagree, so all that
/// follows costs next to nothing a pixel.
pub(super) fn patterns(masks: &[ArrayView2<'_, u16>]) -> HashMap<Box<[u16]>, u64> {
    let masks: Vec<_> = masks.iter().map(|mask| mask.as_standard_layout()).collect();
    let masks: Vec<&[u16]> = masks.iter().filter_map(|mask| mask.as_slice()).collect();
    let pixels = masks.first().map_or(0, |mask| mask.len());
    let mut counts: HashMap<Box<[u16]>, u64> = HashMap::new();
    let mut pattern = vec![0; masks.len()];
    let mut start = 0;
    while start < pixels {
        // Neighbours mostly agree: a run of equal pixels is looked up once.
        let run = (start..pixels).take_while(|&at| masks.iter().all(|mask| mask[at] == mask[start])).count();
        pattern.iter_mut().zip(&masks).for_each(|(mark, mask)| *mark = mask[start]);
        match counts.get_mut(pattern.as_slice()) {
            Some(count) => *count += run as u64,
            None => drop(counts.insert(pattern.clone().into_boxed_slice(), run as u64)),
        }
        start += run;
    }
    counts
}
