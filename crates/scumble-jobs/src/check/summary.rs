//! What is in a data set, and how far its raters agree: plain numbers, made of the sums.

use super::flags::MaskFlag;
use super::sums::{self, Sums};
use scumble::Kind;
use scumble::agreement::Comparison;
use scumble::truth::LabelNoise;
use scumble_data::{Dataset, Extent, Intensity, Outlying};
use serde::Serialize;
use std::collections::BTreeMap;
use std::f64::consts::LN_2;

/// What is in a data set, over the files that can be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The content of all files, as a hash; None if one cannot be read.
    pub fingerprint: Option<String>,
    /// What the labels are.
    pub kind: Kind,
    /// How the folder was understood, in a sentence.
    pub understood: String,
    /// Images.
    pub images: u64,
    /// Items with a label, or a rater's mask.
    pub labelled: u64,
    /// The images' sizes.
    pub sizes: Vec<Size>,
    /// Images by the number type of their file: u8, u16, float or integer.
    pub numbers: BTreeMap<&'static str, u64>,
    /// Pixels without data: NaN, infinite or nodata. None where there are none.
    pub without_data: Option<WithoutData>,
    /// Samples far outside of those that count, at pixels that do not. None where there are none.
    pub outlying: Option<OutlyingSamples>,
    /// The images' samples by channel, at the pixels that count.
    pub intensity: Vec<ChannelSummary>,
    /// The units of the images, where they look like some in which a number means the same in every image.
    pub units: Option<String>,
    /// The samples of all channels together.
    #[serde(skip)]
    pub all_channels: Option<ChannelSummary>,
    /// The entropy of the labels, in nats a pixel.
    pub floor: Option<f64>,
    /// The same in bits.
    pub floor_bits: Option<f64>,
    /// How far the votes are from the probability behind them, where pixels have two raters or more.
    pub noise: Option<LabelNoise>,
    /// Each class by itself.
    pub classes: Vec<ClassSummary>,
    /// Each rater against the others.
    pub raters: Vec<RaterAgreement>,
    /// How many raters marked how many images.
    pub raters_per_image: Vec<RatersPerImage>,
    /// Each two raters who marked the same images.
    pub pairs: Vec<PairAgreement>,
    /// Fleiss' kappa of all raters.
    pub fleiss_kappa: Option<f64>,
    /// Krippendorff's alpha of all raters.
    pub krippendorff_alpha: Option<f64>,
    /// Share of the pixels on which raters differ.
    pub disputed: Option<f64>,
    /// The same of the pixels that any rater marked.
    pub disputed_of_marked: Option<f64>,
    /// The images that raters differ on most.
    pub most_disputed: Vec<DisputedImage>,
    /// Masks that look like mistakes.
    pub flags: Vec<MaskFlag>,
    /// Masks that a rater has made for several images.
    pub same_masks: Vec<SameMask>,
}

/// Images of one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// How many images are so.
    pub images: u64,
}

/// Pixels without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WithoutData {
    /// Images that have such pixels.
    pub images: u64,
    /// How many.
    pub pixels: u64,
    /// Those that have a label, which counts for nothing.
    pub labelled: u64,
}

/// Samples far outside of those that count, at pixels that do not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OutlyingSamples {
    /// Images that have such pixels.
    pub images: u64,
    /// How many.
    pub pixels: u64,
    /// The least such sample.
    pub least: f32,
    /// The largest.
    pub largest: f32,
}

/// The samples of one channel of all images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelSummary {
    /// Which channel.
    pub channel: usize,
    /// The least.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Their mean.
    pub mean: f64,
    /// Share that has the largest value.
    pub saturated: f64,
}

/// One class against the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassSummary {
    /// Its name.
    pub class: String,
    /// Its mean probability.
    pub frequency: Option<f64>,
    /// Its entropy, in nats a pixel.
    pub floor: Option<f64>,
    /// The same in bits.
    pub floor_bits: Option<f64>,
    /// As for all classes, of this one against the rest.
    pub noise: Option<LabelNoise>,
    /// Fleiss' kappa of all raters.
    pub fleiss_kappa: Option<f64>,
    /// Krippendorff's alpha of all raters.
    pub krippendorff_alpha: Option<f64>,
    /// Share of the pixels on which raters differ.
    pub disputed: Option<f64>,
    /// The same of the pixels that any rater marked.
    pub disputed_of_marked: Option<f64>,
}

/// One rater against the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RaterAgreement {
    /// Who.
    pub rater: String,
    /// Images marked.
    pub images: u64,
    /// With the others, taken as the reference; None where nobody else has marked any of the images.
    #[serde(flatten)]
    pub with_others: Option<MaskAgreement>,
}

/// Two raters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairAgreement {
    /// Who.
    pub raters: [String; 2],
    /// Images that both marked.
    pub images: u64,
    /// How far they agree.
    #[serde(flatten)]
    pub agreement: MaskAgreement,
}

/// How far masks agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaskAgreement {
    /// The mean Dice of the classes.
    pub dice: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// Share of equal marks.
    pub equal: Option<f64>,
    /// Each class by itself.
    pub classes: Vec<ClassAgreement>,
}

/// How far masks agree on one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassAgreement {
    /// Its name.
    pub class: String,
    /// Dice.
    pub dice: Option<f64>,
    /// Cohen's kappa of the class against the rest.
    pub kappa: Option<f64>,
    /// What that means where one side is the reference.
    #[serde(flatten)]
    pub directed: Option<DirectedAgreement>,
}

/// Agreement with a reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DirectedAgreement {
    /// Share of the reference's class that is found.
    pub sensitivity: Option<f64>,
    /// Share of the rest that is left out.
    pub specificity: Option<f64>,
}

/// Images of one number of raters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RatersPerImage {
    /// How many raters marked each of them.
    pub raters: usize,
    /// How many images.
    pub images: u64,
}

/// An image that raters differ on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisputedImage {
    /// Its id.
    pub image: String,
    /// Its label's entropy, in nats a pixel.
    pub entropy: f64,
}

/// A rater's one mask for several images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SameMask {
    /// Whose.
    pub rater: String,
    /// Which images.
    pub images: Vec<String>,
}

impl Summary {
    /// Whether any mask looks like a mistake.
    pub fn is_suspicious(&self) -> bool {
        !self.flags.is_empty() || !self.same_masks.is_empty()
    }

    pub(super) fn of(sums: &Sums, dataset: &Dataset, fingerprint: Option<String>) -> Self {
        let agreement = &sums.agreement;
        let size = |(&(height, width, channels), &images): (&(usize, usize, usize), &u64)| Size {
            height,
            width,
            channels,
            images,
        };
        let channels = sums.intensities.iter().enumerate();
        let rater = |(rater, images): (&str, u64)| RaterAgreement {
            rater: rater.to_owned(),
            images,
            with_others: agreement
                .against_others(rater)
                .map(|others| MaskAgreement::of(&others, dataset, true)),
        };
        let pair = |(a, b, pair): (&str, &str, &Comparison)| PairAgreement {
            raters: [a.to_owned(), b.to_owned()],
            images: pair.images(),
            agreement: MaskAgreement::of(pair, dataset, false),
        };
        let per_image = |(&raters, &images): (&usize, &u64)| RatersPerImage { raters, images };
        let disputed = |(entropy, place): &(f64, usize)| DisputedImage {
            image: dataset.items()[*place].id().to_owned(),
            entropy: *entropy,
        };
        let same = |(rater, images): (&str, &[String])| SameMask {
            rater: rater.to_owned(),
            images: images.to_vec(),
        };
        Self {
            fingerprint,
            kind: dataset.kind(),
            understood: dataset.describe_choice().to_owned(),
            images: sums.images,
            labelled: sums.labelled,
            sizes: sums.sizes.iter().map(size).collect(),
            numbers: sums.numbers.clone(),
            without_data: without_data(sums),
            outlying: sums.outlying.map(|(images, outlying)| {
                let Outlying { pixels, least, largest } = outlying;
                OutlyingSamples { images, pixels, least, largest }
            }),
            intensity: channels.map(|(channel, found)| ChannelSummary::of(channel, found)).collect(),
            units: units(sums),
            all_channels: sums.intensities.split_first().map(|(first, others)| {
                let mut all = *first;
                others.iter().for_each(|channel| all.merge(channel));
                ChannelSummary::of(0, &all)
            }),
            floor: sums.floor(),
            floor_bits: sums.floor().map(|floor| floor / LN_2),
            noise: sums.noise(dataset.kind()),
            classes: classes(sums, dataset),
            raters: agreement.raters().map(rater).collect(),
            raters_per_image: sums.raters_per_image.iter().map(per_image).collect(),
            pairs: agreement.pairs().map(pair).collect(),
            fleiss_kappa: agreement.fleiss_kappa(),
            krippendorff_alpha: agreement.krippendorff_alpha(),
            disputed: agreement.disputed_share(),
            disputed_of_marked: agreement.disputed_share_of_marked(),
            most_disputed: sums.most_disputed.iter().map(disputed).collect(),
            flags: sums.flags().iter().map(|(image, flag)| MaskFlag::of(image, flag, dataset)).collect(),
            same_masks: sums.same_masks().map(same).collect(),
        }
    }
}

impl ChannelSummary {
    fn of(channel: usize, found: &Intensity) -> Self {
        Self {
            channel,
            minimum: found.minimum,
            maximum: found.maximum,
            mean: found.mean(),
            saturated: found.at_maximum as f64 / found.samples as f64,
        }
    }
}

/// Plain counts, of 8 and 16 bits, have no units.
fn units(sums: &Sums) -> Option<String> {
    let counts = ["u8", "u16"].iter().any(|numbers| sums.numbers.contains_key(numbers));
    let channels = sums.intensities.len();
    let extents = sums.intensities.iter().filter(|found| found.samples > 0);
    let extents = extents.map(|found| Extent { channels, least: found.minimum, largest: found.maximum });
    let all = extents.reduce(Extent::merge).filter(|_| !counts);
    all.and_then(Extent::units).map(|units| units.to_string())
}

fn without_data(sums: &Sums) -> Option<WithoutData> {
    let sums::WithoutData { images, pixels, labelled } = sums.without_data;
    (pixels > 0).then_some(WithoutData { images, pixels, labelled })
}

fn classes(sums: &Sums, dataset: &Dataset) -> Vec<ClassSummary> {
    let class = |(k, name): (usize, &String)| {
        let (of_class, units) = (&sums.classes[k], sums.agreement.units_of(k));
        let floor = of_class.floor.value();
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        ClassSummary {
            class: name.clone(),
            frequency: of_class.frequency.value(),
            floor,
            floor_bits: floor.map(|floor| floor / LN_2),
            noise: LabelNoise::of(Kind::Binary, std::slice::from_ref(&of_class.votes)),
            fleiss_kappa: units.fleiss_kappa(),
            krippendorff_alpha: units.krippendorff_alpha(),
            disputed: share(units.disputed(), units.judged()),
            disputed_of_marked: share(units.disputed(), units.marked()),
        }
    };
    dataset.classes().iter().enumerate().map(class).collect()
}

impl MaskAgreement {
    /// `directed`: the first is a reference, so that sensitivity and specificity mean something.
    fn of(comparison: &Comparison, dataset: &Dataset, directed: bool) -> Self {
        let class = |(k, name): (usize, &String)| ClassAgreement {
            class: name.clone(),
            dice: comparison.dice_of(k),
            kappa: comparison.of_class(k).kappa(),
            directed: directed.then(|| DirectedAgreement {
                sensitivity: comparison.sensitivity(k),
                specificity: comparison.specificity(k),
            }),
        };
        Self {
            dice: comparison.dice(),
            kappa: comparison.kappa(),
            equal: comparison.observed(),
            classes: dataset.classes().iter().enumerate().map(class).collect(),
        }
    }
}
