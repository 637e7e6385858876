use super::open_dataset;
use crate::arguments::Check;
use crate::failure::Shown;
use crate::show::{self, Table, optional, percent, thousands};
use rayon::prelude::*;
use scumble::{Agreement, Kind, SoftLabels};
use scumble_data::{Dataset, Item, Target};
use serde_json::{Value, json};

pub(crate) fn run(arguments: &Check) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let bar = show::Bar::new("reading", dataset.items().len() as u64);
    let problems = dataset.check(&|done, all| bar.set(done as u64, all as u64));
    bar.set(0, dataset.items().len() as u64);
    // Items in parallel, summed in their order: the same numbers at any number of threads.
    let parts: Vec<Survey> = dataset
        .items()
        .par_iter()
        .map(|item| {
            let survey = Survey::of(&dataset, item);
            bar.step();
            survey
        })
        .collect();
    bar.done();
    let mut all = Survey::empty(&dataset);
    parts.iter().for_each(|part| all.merge(part));
    let fingerprint = dataset.fingerprint()?;
    let problems: Vec<String> = problems.iter().map(|problem| problem.to_string()).collect();
    if arguments.json {
        show::json(&all.json(&dataset, &fingerprint, &problems));
    } else {
        show::result(&all.text(&dataset, &fingerprint));
        if problems.is_empty() {
            show::result("\nno problem found");
        }
    }
    for problem in &problems {
        show::error(&format!("problem: {problem}"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Shown.into()) }
}

/// What a data set looks like, summed over its readable images.
struct Survey {
    images: u64,
    labelled: u64,
    sizes: Vec<(usize, usize, usize)>,
    agreement: Agreement,
    /// Per class: weight, weighted sum of p, weighted sum of entropies.
    classes: Vec<[f64; 3]>,
    /// Over pixels: weight, weighted sum of entropies.
    floor: [f64; 2],
}

impl Survey {
    fn empty(dataset: &Dataset) -> Self {
        Self {
            images: 0,
            labelled: 0,
            sizes: Vec::new(),
            agreement: Agreement::new(dataset.kind(), dataset.classes().len()),
            classes: vec![[0.0; 3]; dataset.classes().len()],
            floor: [0.0; 2],
        }
    }

    /// One image; nothing of it counts if it cannot be read (that is in the list of problems).
    fn of(dataset: &Dataset, item: &Item) -> Self {
        let mut survey = Self::empty(dataset);
        survey.images = u64::from(item.image().is_some());
        survey.sizes.extend(item.image().and_then(|path| scumble_data::read_size(path).ok()));
        if let Ok(labels) = dataset.labels(item, Target::Auto) {
            survey.labelled = 1;
            survey.count(&labels);
        }
        if let Ok(masks) = dataset.rater_masks(item) {
            survey.agreement.add(&masks);
        }
        survey
    }

    fn count(&mut self, labels: &SoftLabels) {
        let weights = labels.effective_weights(true);
        let entropy = labels.pixel_entropy();
        for (w, h) in weights.iter().zip(&entropy) {
            self.floor[0] += f64::from(*w);
            self.floor[1] += f64::from(*w) * h;
        }
        for (k, map) in labels.probabilities().outer_iter().enumerate() {
            let group = if labels.kind() == Kind::Multilabel { k } else { 0 };
            for (p, w) in map.iter().zip(weights.index_axis(ndarray::Axis(0), group)) {
                let (p, w) = (f64::from(*p), f64::from(*w));
                self.classes[k][0] += w;
                self.classes[k][1] += w * p;
                self.classes[k][2] += w * scumble::binary_entropy(p);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.images += other.images;
        self.labelled += other.labelled;
        self.sizes.extend(&other.sizes);
        self.agreement.merge(&other.agreement);
        for (mine, more) in self.classes.iter_mut().zip(&other.classes) {
            mine.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        }
        self.floor.iter_mut().zip(other.floor).for_each(|(a, b)| *a += b);
    }

    fn floor(&self) -> Option<f64> {
        (self.floor[0] > 0.0).then(|| self.floor[1] / self.floor[0])
    }

    fn json(&self, dataset: &Dataset, fingerprint: &str, problems: &[String]) -> Value {
        let per = |sum: f64, weight: f64| (weight > 0.0).then(|| sum / weight);
        let classes: Vec<Value> = dataset
            .classes()
            .iter()
            .zip(&self.classes)
            .map(|(name, [w, p, h])| json!({"class": name, "frequency": per(*p, *w), "floor": per(*h, *w)}))
            .collect();
        let raters: Vec<Value> = self
            .agreement
            .raters()
            .map(|(rater, images)| json!({"rater": rater, "images": images}))
            .collect();
        let pairs: Vec<Value> =
            self.agreement.pairs().map(|(a, b, dice)| json!({"raters": [a, b], "dice": dice})).collect();
        json!({
            "version": 1,
            "data": dataset.root(),
            "fingerprint": fingerprint,
            "kind": dataset.kind(),
            "understood": dataset.describe_choice(),
            "images": self.images,
            "labelled": self.labelled,
            "floor": self.floor(),
            "classes": classes,
            "raters": raters,
            "pairs": pairs,
            "disputed": self.agreement.disputed_share(),
            "disputed_of_marked": self.agreement.disputed_share_of_marked(),
            "problems": problems,
        })
    }

    fn text(&self, dataset: &Dataset, fingerprint: &str) -> String {
        let mut lines = vec![
            format!("{}: {}", dataset.root().display(), dataset.describe_choice()),
            format!("{} images{}, {} with a label", self.images, self.size_range(), self.labelled),
            format!("fingerprint {fingerprint:.16}"),
        ];
        let mut classes = Table::new(&["class", "frequency", "floor (nats)", "floor (bits)"]);
        for (name, [w, p, h]) in dataset.classes().iter().zip(&self.classes) {
            let floor = (*w > 0.0).then(|| h / w);
            let bits = floor.map(|f| f / std::f64::consts::LN_2);
            let share = if *w > 0.0 { percent(p / w) } else { "-".into() };
            classes.row([name.clone(), share, optional(floor), optional(bits)]);
        }
        lines.push(format!("\n{classes}"));
        if let Some(floor) = self.floor() {
            lines.push(format!("no classifier's cross entropy gets below {floor:.4} nats on this data set"));
        }
        let raters: Vec<String> =
            self.agreement.raters().map(|(name, n)| format!("{name} ({})", thousands(n))).collect();
        if !raters.is_empty() {
            lines.push(format!("\nraters (images): {}", raters.join(", ")));
            let mut pairs = Table::new(&["raters", "Dice"]);
            for (a, b, dice) in self.agreement.pairs() {
                pairs.row([format!("{a} - {b}"), optional(dice)]);
            }
            lines.push(pairs.to_string());
            let of_marked = self.agreement.disputed_share_of_marked().map(percent).unwrap_or("-".into());
            let of_all = self.agreement.disputed_share().map(percent).unwrap_or("-".into());
            lines.push(format!(
                "disputed: {of_all} of all pixels, {of_marked} of those that any rater marked"
            ));
        }
        lines.join("\n")
    }

    fn size_range(&self) -> String {
        let (Some(first), Some(last)) = (self.sizes.iter().min(), self.sizes.iter().max()) else {
            return String::new();
        };
        let say = |(height, width, channels): &(usize, usize, usize)| {
            format!("{width} x {height}, {channels} channel(s)")
        };
        if first == last {
            format!(" of {}", say(first))
        } else {
            format!(" from {} to {}", say(first), say(last))
        }
    }
}
