//! The hard labels of an image's raters, of which each patch shows one.

use super::SampleError;
use super::labels::LabelMaps;
use scumble::labels::{Kind, SoftLabels};

/// The mark of a pixel that a rater has not seen, or that is ignored.
const UNSEEN: u8 = u8::MAX;

/// The hard labels of an image's raters, a byte a mark.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raters {
    kind: Kind,
    classes: usize,
    count: usize,
    /// Elements of one rater: groups times pixels.
    length: usize,
    area: usize,
    /// [R, G, H, W]: a class, or 0 and 1.
    marks: Vec<u8>,
    /// What a vote weighs, [G, H, W], where that is not R everywhere.
    weights: Option<Vec<f32>>,
}

impl Raters {
    pub(super) fn new(
        mean: &SoftLabels,
        raters: &[SoftLabels],
        by_raters: bool,
    ) -> Result<Self, SampleError> {
        let (kind, classes, count) = (mean.kind(), mean.classes(), raters.len());
        if count == 0 {
            return Err(SampleError::NoRater);
        }
        if kind == Kind::Multiclass && classes > usize::from(UNSEEN) {
            return Err(SampleError::Classes(classes));
        }
        let valid: Vec<bool> = mean.valid().iter().copied().collect();
        let length = valid.len();
        let mut marks = vec![UNSEEN; count * length];
        for (at, (rater, marks)) in raters.iter().zip(marks.chunks_mut(length.max(1))).enumerate() {
            let shapes = |label: &SoftLabels| (label.probabilities().dim(), label.valid().dim());
            if shapes(rater) != shapes(mean) {
                let shape = |label: &SoftLabels| label.probabilities().shape().to_vec();
                let (found, expected) = (shape(rater), shape(mean));
                return Err(SampleError::Shape { what: "a rater's label", found, expected });
            }
            write(rater, at, marks)?;
            // What is ignored of the image is ignored of all its raters.
            marks.iter_mut().zip(&valid).filter(|(_, valid)| !**valid).for_each(|(mark, _)| *mark = UNSEEN);
        }
        let weights = (!by_raters || mean.weights().is_some()).then(|| {
            let mut weights = vec![count as f32; length];
            if let Some(own) = mean.weights() {
                weights.iter_mut().zip(own).for_each(|(w, own)| *w *= own);
            }
            if !by_raters {
                let seen =
                    |at: usize| marks[at..].iter().step_by(length).filter(|mark| **mark != UNSEEN).count();
                weights.iter_mut().enumerate().for_each(|(at, w)| *w /= seen(at).max(1) as f32);
            }
            weights
        });
        let (height, width) = mean.size();
        Ok(Self { kind, classes, count, length, area: height * width, marks, weights })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    pub(super) fn groups(&self) -> usize {
        self.kind.groups(self.classes)
    }

    pub(super) fn bytes(&self) -> usize {
        self.marks.len() + 4 * self.weights.as_ref().map_or(0, Vec::len)
    }

    /// The opinion of one rater.
    pub(super) fn one(&self, rater: usize) -> OneRater<'_> {
        OneRater { all: self, marks: &self.marks[rater * self.length..][..self.length] }
    }
}

/// One rater's opinion, weighing as much as all raters' do together.
pub(super) struct OneRater<'a> {
    all: &'a Raters,
    marks: &'a [u8],
}

impl LabelMaps for OneRater<'_> {
    fn weight(&self, group: usize, at: usize) -> f32 {
        let at = group * self.all.area + at;
        match (&self.all.weights, self.marks[at]) {
            (_, UNSEEN) => 0.0,
            (Some(weights), _) => weights[at],
            (None, _) => self.all.count as f32,
        }
    }

    fn target(&self, class: usize, at: usize) -> f32 {
        f32::from(u8::from(match self.all.kind {
            Kind::Multiclass => usize::from(self.marks[at]) == class,
            Kind::Binary | Kind::Multilabel => self.marks[class * self.all.area + at] == 1,
        }))
    }
}

/// The marks of a label [G, H, W] of zeros and ones, where it is valid.
fn write(label: &SoftLabels, rater: usize, marks: &mut [u8]) -> Result<(), SampleError> {
    let (valid, exclusive) = (label.valid(), label.kind() == Kind::Multiclass);
    let area = label.size().0 * label.size().1;
    for (class, plane) in label.probabilities().outer_iter().enumerate() {
        let group = if exclusive { 0 } else { class };
        let seen = valid.index_axis(ndarray::Axis(0), group);
        let marks = &mut marks[group * area..][..area];
        let mut soft = None;
        for ((mark, &value), &seen) in marks.iter_mut().zip(&plane).zip(&seen) {
            match value {
                _ if !seen => {}
                0.0 if exclusive => {}
                0.0 => *mark = 0,
                1.0 if exclusive => *mark = class as u8,
                1.0 => *mark = 1,
                _ => soft = Some(value),
            }
        }
        if let Some(value) = soft {
            return Err(SampleError::SoftRater { rater, class, value });
        }
    }
    Ok(())
}
