//! What is counted over the items of a data set.

use ndarray::Axis;
use scumble::agreement::{AcrossImages, Agreement, RaterFlag, Suspicion, rater_flags};
use scumble::labels::{Kind, RaterMask, SoftLabels};
use scumble::truth::{LabelNoise, VoteCounts};
use scumble_data::{Dataset, ImageSummary, Intensity, ItemCheck, Numbers, Outlying, mask_content};
use std::collections::BTreeMap;

/// How many of the most disputed images are remembered, of the set and of each pair of raters.
const MOST_DISPUTED: usize = 12;
const MOST_DISPUTED_OF_PAIR: usize = 3;

/// What is counted of a data set, over the files that can be read.
pub(super) struct Sums {
    pub(super) images: u64,
    pub(super) labelled: u64,
    /// Images by (height, width, channels).
    pub(super) sizes: BTreeMap<(usize, usize, usize), u64>,
    /// Images by the number type of their file.
    pub(super) numbers: BTreeMap<&'static str, u64>,
    /// Pixels without data.
    pub(super) without_data: WithoutData,
    /// Images with samples far outside of what counts, and these samples.
    pub(super) outlying: Option<(u64, Outlying)>,
    /// By channel.
    pub(super) intensities: Vec<Intensity>,
    /// Images by the number of raters who marked them.
    pub(super) raters_per_image: BTreeMap<usize, u64>,
    pub(super) agreement: Agreement,
    pub(super) classes: Vec<ClassSums>,
    /// Over pixels.
    floor: Mean,
    /// Masks that look like mistakes beside the others of their image, with its id.
    flags: Vec<(String, RaterFlag)>,
    /// To hold each mask against those of other images.
    across: AcrossImages,
    /// Ids by rater and content of the mask.
    masks: BTreeMap<(String, [u8; 32]), Vec<String>>,
    /// The images with the largest mean entropy, with their place among the items.
    pub(super) most_disputed: Vec<(f64, usize)>,
    /// By pair of raters: the images on which they differ at most pixels.
    pub(super) most_disputed_of_pair: BTreeMap<(String, String), Vec<(u64, usize)>>,
}

/// Pixels without data.
#[derive(Clone, Copy, Default)]
pub(super) struct WithoutData {
    pub(super) images: u64,
    pub(super) pixels: u64,
    /// Those that would count.
    pub(super) labelled: u64,
}

/// Of one class over all pixels.
#[derive(Clone, Default)]
pub(super) struct ClassSums {
    pub(super) frequency: Mean,
    /// The entropy of the class against the rest, in nats.
    pub(super) floor: Mean,
    pub(super) votes: VoteCounts,
}

/// A weighted mean while it is summed.
#[derive(Clone, Copy, Default)]
pub(super) struct Mean {
    weight: f64,
    sum: f64,
}

impl Mean {
    fn add(&mut self, value: f64, weight: f64) {
        self.weight += weight;
        self.sum += weight * value;
    }

    fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.sum += other.sum;
    }

    pub(super) fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl Sums {
    pub(super) fn empty(dataset: &Dataset) -> Self {
        let classes = dataset.classes().len();
        Self {
            images: 0,
            labelled: 0,
            sizes: BTreeMap::new(),
            numbers: BTreeMap::new(),
            without_data: WithoutData::default(),
            outlying: None,
            intensities: Vec::new(),
            raters_per_image: BTreeMap::new(),
            agreement: Agreement::new(dataset.space()),
            classes: vec![ClassSums::default(); classes],
            floor: Mean::default(),
            flags: Vec::new(),
            across: AcrossImages::new(dataset.space()),
            masks: BTreeMap::new(),
            most_disputed: Vec::new(),
            most_disputed_of_pair: BTreeMap::new(),
        }
    }

    /// One item, with its place among the items.
    pub(super) fn of(dataset: &Dataset, place: usize, found: &ItemCheck) -> Self {
        let mut sums = Self::empty(dataset);
        if let Some(image) = &found.image {
            sums.count_image(image);
            sums.without_data.labelled = found.unlearnt;
        }
        if let Some(labels) = &found.labels {
            sums.labelled = 1;
            sums.count_labels(labels);
            sums.most_disputed = sums.floor.value().map(|entropy| (entropy, place)).into_iter().collect();
        }
        if !found.masks.is_empty() {
            sums.count_masks(dataset.items()[place].id(), place, &found.masks);
        }
        sums
    }

    /// Whether no pixel of any label has a weight.
    pub(super) fn counts_nothing(&self) -> bool {
        self.floor.value().is_none()
    }

    fn count_image(&mut self, image: &ImageSummary) {
        self.images = 1;
        self.sizes.insert((image.height, image.width, image.channels.len()), 1);
        self.numbers.insert(number_name(image.numbers), 1);
        let (images, pixels) = (u64::from(image.without_data > 0), image.without_data);
        self.without_data = WithoutData { images, pixels, labelled: 0 };
        self.outlying = image.outlying.map(|outlying| (1, outlying));
        self.intensities.clone_from(&image.channels);
    }

    fn count_labels(&mut self, labels: &SoftLabels) {
        let weights = labels.effective_weights(true);
        let entropy = labels.pixel_entropy();
        for (w, h) in weights.iter().zip(&entropy) {
            self.floor.add(*h, f64::from(*w));
        }
        for (k, map) in labels.probabilities().outer_iter().enumerate() {
            let group = if labels.kind() == Kind::Multilabel { k } else { 0 };
            for (p, w) in map.iter().zip(weights.index_axis(Axis(0), group)) {
                let (p, w) = (f64::from(*p), f64::from(*w));
                self.classes[k].frequency.add(p, w);
                self.classes[k].floor.add(scumble::labels::binary_entropy(p), w);
            }
            if let Some(votes) = labels.votes() {
                let (yes, total) = (votes.yes(), votes.total());
                let (yes, total) = (yes.index_axis(Axis(0), k), total.index_axis(Axis(0), group));
                for ((k_of, n), w) in yes.iter().zip(total).zip(weights.index_axis(Axis(0), group)) {
                    if *w > 0.0 {
                        self.classes[k].votes.add(*k_of, *n, f64::from(*w));
                    }
                }
            }
        }
    }

    fn count_masks(&mut self, id: &str, place: usize, masks: &[(String, RaterMask)]) {
        self.raters_per_image.insert(masks.len(), 1);
        // The masks were read for this kind and these classes.
        if self.agreement.add(masks).is_err() {
            return;
        }
        self.flags =
            rater_flags(&self.agreement, masks).into_iter().map(|flag| (id.to_owned(), flag)).collect();
        self.across.add(id, masks);
        for (a, b, pair) in self.agreement.pairs() {
            let total: u64 = pair.tables().iter().map(|table| table.total()).sum();
            let differ = pair.observed().map_or(0, |same| ((1.0 - same) * total as f64).round() as u64);
            self.most_disputed_of_pair.insert((a.to_owned(), b.to_owned()), vec![(differ, place)]);
        }
        for (rater, mask) in masks.iter().filter(|(_, mask)| is_worth_comparing(mask)) {
            self.masks.insert((rater.clone(), mask_content(mask)), vec![id.to_owned()]);
        }
    }

    /// Adds the next item.
    pub(super) fn merge(&mut self, other: Self) {
        self.images += other.images;
        self.labelled += other.labelled;
        add(&mut self.sizes, other.sizes);
        add(&mut self.numbers, other.numbers);
        self.without_data.images += other.without_data.images;
        self.without_data.pixels += other.without_data.pixels;
        self.without_data.labelled += other.without_data.labelled;
        let both = self.outlying.into_iter().chain(other.outlying);
        self.outlying = both.reduce(|(images, a), (more, b)| (images + more, a.merge(b)));
        add(&mut self.raters_per_image, other.raters_per_image);
        for (channel, more) in other.intensities.into_iter().enumerate() {
            match self.intensities.get_mut(channel) {
                Some(sum) => sum.merge(&more),
                None => self.intensities.push(more),
            }
        }
        self.agreement.merge(&other.agreement);
        for (mine, more) in self.classes.iter_mut().zip(&other.classes) {
            mine.frequency.merge(&more.frequency);
            mine.floor.merge(&more.floor);
            mine.votes.add_times(&more.votes, 1.0);
        }
        self.floor.merge(&other.floor);
        self.flags.extend(other.flags);
        self.across.merge(other.across);
        for (mask, ids) in other.masks {
            self.masks.entry(mask).or_default().extend(ids);
        }
        self.most_disputed.extend(other.most_disputed);
        self.most_disputed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.most_disputed.truncate(MOST_DISPUTED);
        for (pair, more) in other.most_disputed_of_pair {
            let most = self.most_disputed_of_pair.entry(pair).or_default();
            most.extend(more);
            most.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            most.truncate(MOST_DISPUTED_OF_PAIR);
        }
    }

    /// How far the votes are from the probability behind them.
    pub(super) fn noise(&self, kind: Kind) -> Option<LabelNoise> {
        let votes: Vec<VoteCounts> = self.classes.iter().map(|class| class.votes.clone()).collect();
        LabelNoise::of(kind, &votes)
    }

    /// The entropy of the labels in nats a pixel.
    pub(super) fn floor(&self) -> Option<f64> {
        self.floor.value()
    }

    /// Masks that look like mistakes, with the image's id: in one image, then across images. What is known to be wrong
    /// with a whole mask explains that it fits its image badly.
    pub(super) fn flags(&self) -> Vec<(String, RaterFlag)> {
        let known = |image: &str, flag: &RaterFlag| {
            let badly = matches!(flag.suspicion, Suspicion::OtherImage { .. } | Suspicion::Outlier { .. });
            let explains = |(other, of): &(String, RaterFlag)| {
                other == image && of.rater == flag.rater && !matches!(of.suspicion, Suspicion::Copy { .. })
            };
            badly && self.flags.iter().any(explains)
        };
        let mut across = self.across.flags();
        across.retain(|(image, flag)| !known(image, flag));
        [self.flags.clone(), across].concat()
    }

    /// Each rater's equal masks under several ids.
    pub(super) fn same_masks(&self) -> impl Iterator<Item = (&str, &[String])> {
        let several = self.masks.iter().filter(|(_, ids)| ids.len() > 1);
        several.map(|((rater, _), ids)| (rater.as_str(), ids.as_slice()))
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    more.into_iter().for_each(|(key, count)| *sums.entry(key).or_default() += count);
}

fn number_name(numbers: Numbers) -> &'static str {
    match numbers {
        Numbers::U8 => "u8",
        Numbers::U16 => "u16",
        Numbers::Float => "float",
        _ => "integer",
    }
}

/// Masks of hardly any mark may be equal by chance.
fn is_worth_comparing(mask: &RaterMask) -> bool {
    let marks = mask.marks();
    let first = marks.iter().next().copied();
    marks.iter().filter(|mark| Some(**mark) != first).count() as u64 >= Suspicion::LEAST_PIXELS
}
