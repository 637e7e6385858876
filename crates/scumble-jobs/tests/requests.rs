//! Requests as JSON: what must be said, what need not be, and what cannot be asked for.

use scumble::LossKind;
use scumble::calibrate::CalibrationMethod;
use scumble::fusion::{DawidSkeneOptions, StapleOptions, Ties};
use scumble::joint::JointKind;
use scumble::loss::{Classes, Denominator, Extent};
use scumble::score::Binning;
use scumble::score::boundary::BoundaryOptions;
use scumble_data::{MapFormat, SliceAxis, Target};
use scumble_jobs::bioimageio::PackageRequest;
use scumble_jobs::boundary::BoundaryRequest;
use scumble_jobs::calibrate::{CalibrateRequest, Folds, Store};
use scumble_jobs::check::{Augmented, CheckRequest};
use scumble_jobs::compare::CompareRequest;
use scumble_jobs::convert::ConvertRequest;
use scumble_jobs::demo::DemoRequest;
use scumble_jobs::export::ExportRequest;
use scumble_jobs::fuse::{FuseMethod, FuseRequest, RaterModel};
use scumble_jobs::judge::parts::{MergeRequest, PartRequest};
use scumble_jobs::judge::{
    Bins, DrawnMasks, JudgeRequest, JudgeSettings, MatchIou, Probability, Spacing, StripMemory,
};
use scumble_jobs::loss::{LossChoice, LossRequest, LossWeighting};
use scumble_jobs::predict::{Correction, PredictRequest};
use scumble_jobs::products::{OutlineFormat, Products, Threshold};
use scumble_jobs::run_report::RunReportRequest;
use scumble_jobs::train::{Start, TrainRequest};
use scumble_jobs::{Fault, JobError, demo, fuse};
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, FlipsChoice, Mean, PrecisionChoice};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json, to_value};
use std::fmt::Debug;
use std::num::NonZeroUsize;

/// Whether a request is what this JSON says.
#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + Debug>(json: Value, request: &T) {
    assert_eq!(serde_json::from_value::<T>(json.clone()).unwrap(), *request);
    assert_eq!(serde_json::from_str::<T>(&json.to_string()).unwrap(), *request);
}

/// Whether a request goes to this JSON and back.
#[track_caller]
fn goes<T: Serialize + DeserializeOwned + PartialEq + Debug>(request: &T, json: Value) {
    assert_eq!(to_value(request).unwrap(), json);
    reads(json, request);
}

/// Whether JSON with one more key is refused, with a message that says this. An unknown key is refused, too, and each
/// of the keys that are there is needed.
#[track_caller]
fn refuses<T: DeserializeOwned + Debug>(needed: Value, wrong: &[(&str, Value, &str)]) {
    let message =
        |json: Value| serde_json::from_value::<T>(json.clone()).expect_err(&json.to_string()).to_string();
    for (key, value, says) in wrong.iter().chain(&[("colour", json!(1), "unknown field `colour`")]) {
        let mut json = needed.clone();
        json[key] = value.clone();
        let message = message(json);
        assert!(message.contains(says), "{key} {value}: {message}");
    }
    for key in needed.as_object().unwrap().keys() {
        let mut json = needed.clone();
        json.as_object_mut().unwrap().remove(key);
        let message = message(json);
        assert!(message.contains(&format!("missing field `{key}`")), "{key}: {message}");
    }
}

/// Settings none of which is the default, and their JSON.
fn settings() -> (JudgeSettings, Value) {
    let settings = JudgeSettings {
        target: Target::DawidSkene,
        region: Some("rows 0.7..1".parse().unwrap()),
        by_raters: false,
        bins: Bins::new(10).unwrap(),
        binning: Binning::ScikitLearn,
        threshold: Probability::new(0.3).unwrap(),
    };
    let json = json!({
        "target": "dawid-skene",
        "region": "rows 0.7..1",
        "by_raters": false,
        "bins": 10,
        "binning": "sklearn",
        "threshold": 0.3,
    });
    (settings, json)
}

#[test]
fn a_check() {
    let needed = json!({"data": "data"});
    let mut request = CheckRequest {
        data: "data".into(),
        images: vec![],
        pictures: None,
        overwrite: false,
        augmented: None,
    };
    reads(needed.clone(), &request);
    request.images = vec!["a*".into()];
    request.pictures = Some("pictures".into());
    request.overwrite = true;
    request.augmented =
        Some(Augmented { patches: 5, assignments: vec!["augment.noise=1".into()], ..Augmented::default() });
    let augmented = json!({"patches": 5, "config": null, "assignments": ["augment.noise=1"]});
    goes(
        &request,
        json!({
            "data": "data", "images": ["a*"], "pictures": "pictures", "overwrite": true, "augmented": augmented
        }),
    );
    refuses::<CheckRequest>(needed, &[("overwrite", json!("yes"), "\"yes\"")]);
}

#[test]
fn a_fusion() {
    let needed = json!({"data": "data", "output": "labels"});
    let mut request = FuseRequest {
        data: "data".into(),
        images: vec![],
        method: FuseMethod::Mean { weights: [].into() },
        output: "labels".into(),
        format: None,
        overwrite: false,
    };
    reads(needed.clone(), &request);
    request.images = vec!["a*".into()];
    request.method = FuseMethod::Mean { weights: [("ann".to_owned(), 2.5)].into() };
    request.format = Some(MapFormat::Png16);
    request.overwrite = true;
    goes(
        &request,
        json!({
            "data": "data",
            "images": ["a*"],
            "method": {"name": "mean", "weights": {"ann": 2.5}},
            "output": "labels",
            "format": "png16",
            "overwrite": true,
        }),
    );
    refuses::<FuseRequest>(
        needed,
        &[
            ("format", json!("bmp"), "`bmp`"),
            ("method", json!({"name": "median"}), "`median`"),
            ("method", json!({"weights": {}}), "missing field `name`"),
            ("method", json!({"name": "majority", "weights": {}}), "unknown field `weights`"),
            ("method", json!({"name": "majority", "ties": "hard"}), "`hard`"),
            ("method", json!({"name": "mean", "weights": {"ann": -1}}), "the weight -1 of 'ann'"),
            ("method", json!({"name": "staple", "iterations": 0}), "iterations = 0"),
            ("method", json!({"name": "staple", "prior": [0.2, 1.0]}), "prior = [0.2, 1.0]"),
            ("method", json!({"name": "staple", "prior": []}), "prior = []"),
            ("method", json!({"name": "dawid-skene", "iterations": 0}), "iterations = 0"),
            ("method", json!({"name": "dawid-skene", "prior": [0.2]}), "unknown field `prior`"),
        ],
    );
}

/// What JSON cannot say Rust can, and the job refuses it before it looks at any data.
#[test]
fn a_fusion_that_cannot_be() {
    let staple = |prior: Option<Vec<f64>>, iterations| {
        RaterModel::Staple(StapleOptions { prior, iterations, ..StapleOptions::default() })
    };
    let dawid_skene =
        RaterModel::DawidSkene(DawidSkeneOptions { iterations: 0, ..DawidSkeneOptions::default() });
    let truth = |model| FuseMethod::Truth { model, pooled: false };
    let mean = |weight| FuseMethod::Mean { weights: [("ann".to_owned(), weight)].into() };
    for (method, says) in [
        (mean(f64::NAN), "the weight NaN of 'ann'"),
        (mean(-1.0), "the weight -1 of 'ann'"),
        (truth(staple(None, 0)), "iterations = 0"),
        (truth(staple(Some(vec![]), 9)), "prior = []"),
        (truth(staple(Some(vec![f64::NAN]), 9)), "prior = [NaN]"),
        (truth(dawid_skene), "iterations = 0"),
    ] {
        let request = FuseRequest {
            data: "nowhere".into(),
            images: vec![],
            method,
            output: "nowhere/labels".into(),
            format: None,
            overwrite: false,
        };
        let error = fuse(&request, &()).unwrap_err();
        assert!(matches!(error, JobError::Fuse(scumble_jobs::fuse::Error::Method(_))), "{error}");
        assert_eq!((error.to_string().contains(says), error.fault()), (true, Fault::Request), "{error}");
    }
}

#[test]
fn methods_of_fusion() {
    let staple = |model, pooled| FuseMethod::Truth { model: RaterModel::Staple(model), pooled };
    let dawid_skene = |model, pooled| FuseMethod::Truth { model: RaterModel::DawidSkene(model), pooled };
    reads(json!({"name": "majority"}), &FuseMethod::Majority { ties: Ties::Soft });
    reads(json!({"name": "staple"}), &staple(StapleOptions::default(), false));
    reads(json!({"name": "dawid-skene"}), &dawid_skene(DawidSkeneOptions::default(), true));

    goes(&FuseMethod::Majority { ties: Ties::Ignore }, json!({"name": "majority", "ties": "ignore"}));
    let options = StapleOptions { prior: Some(vec![0.25]), iterations: 3, disputed_only: true };
    goes(
        &staple(options, true),
        json!({"name": "staple", "prior": [0.25], "iterations": 3, "disputed_only": true, "pooled": true}),
    );
    let options = DawidSkeneOptions { iterations: 3, disputed_only: true };
    goes(
        &dawid_skene(options, false),
        json!({"name": "dawid-skene", "iterations": 3, "disputed_only": true, "pooled": false}),
    );
}

#[test]
fn a_training() {
    let needed = json!({"data": "data", "run": "run"});
    let mut request = TrainRequest {
        data: "data".into(),
        run: "run".into(),
        start: Start::New { config: None, overwrite: false },
        assignments: vec![],
        pause_after: None,
        profile: false,
        device: Device::Cpu,
        command: vec![],
    };
    reads(needed.clone(), &request);
    request.start = Start::New { config: Some("scumble.toml".into()), overwrite: true };
    request.assignments = vec!["train.epochs=3".into()];
    request.pause_after = Some(2);
    request.profile = true;
    request.device = Device::Cuda(1);
    request.command = vec!["service".into()];
    let mut json = json!({
        "data": "data",
        "run": "run",
        "start": {"new": {"config": "scumble.toml", "overwrite": true}},
        "assignments": ["train.epochs=3"],
        "pause_after": 2,
        "profile": true,
        "device": "cuda:1",
        "command": ["service"],
    });
    goes(&request, json.clone());
    request.start = Start::Resume;
    json["start"] = json!("resume");
    goes(&request, json);
    reads(json!({"new": {}}), &Start::default());
    refuses::<TrainRequest>(
        needed,
        &[
            ("device", json!("gpu"), "\"gpu\""),
            ("start", json!("again"), "`again`"),
            ("start", json!({"new": {"resume": true}}), "unknown field `resume`"),
            ("pause_after", json!(-1), "`-1`"),
        ],
    );
}

#[test]
fn a_prediction() {
    let needed = json!({"model": "run", "images": ["a.png"], "output": "maps"});
    let mut request = PredictRequest {
        model: "run".into(),
        members: Vec::new(),
        images: vec!["a.png".into()],
        output: "maps".into(),
        format: None,
        slice_axis: None,
        tile: DEFAULT_TILE,
        correction: Correction::Full,
        rater: None,
        label_sets: false,
        disagreement: false,
        products: Products::default(),
        adapt: false,
        part: None,
        skip_existing: false,
        overwrite: false,
        device: Device::Cpu,
        precision: PrecisionChoice::Auto,
        averaging: Averaging::default(),
    };
    reads(needed.clone(), &request);
    request.members = vec!["another".into()];
    request.disagreement = true;
    request.averaging.scales = Some("0.5,1".parse().unwrap());
    request.averaging.mean = Mean::Probability;
    request.format = Some(MapFormat::Nifti);
    request.slice_axis = Some(SliceAxis::X);
    request.tile = NonZeroUsize::new(64).unwrap();
    request.correction = Correction::Shift;
    request.rater = Some("ann".into());
    request.label_sets = true;
    request.adapt = true;
    request.part = Some("3/20".parse().unwrap());
    request.skip_existing = true;
    request.overwrite = true;
    request.device = Device::Wgpu;
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    let (asked, asked_json) = products();
    request.products = asked;
    goes(
        &request,
        json!({
            "model": "run",
            "images": ["a.png"],
            "products": asked_json,
            "output": "maps",
            "format": "nifti",
            "slice_axis": "x",
            "tile": 64,
            "correction": "shift",
            "rater": "ann",
            "label_sets": true,
            "adapt": true,
            "part": "3/20",
            "skip_existing": true,
            "overwrite": true,
            "device": "wgpu",
            "precision": "bf16",
            "members": ["another"],
            "disagreement": true,
            "averaging": {"flips": "turns", "scales": [0.5, 1.0], "mean": "probability"},
        }),
    );
    refuses::<PredictRequest>(
        needed,
        &[
            ("images", json!([]), "images: there must be"),
            ("tile", json!(0), "a nonzero"),
            ("correction", json!("half"), "`half`"),
            ("precision", json!("f16"), "`f16`"),
            ("averaging", json!({"flips": "twice"}), "`twice`"),
            ("averaging", json!({"scales": []}), "at least one scale"),
            ("averaging", json!({"mean": "odds"}), "`odds`"),
            ("products", json!({"colour": 1}), "unknown field `colour`"),
            ("products", json!({"threshold": 2}), "'2' is no threshold"),
            ("products", json!({"threshold": "best"}), "'best' is no threshold"),
            ("products", json!({"threshold": {"cup": -1}}), "'-1' is no threshold"),
            ("products", json!({"contours": [1]}), "'1' is no level"),
            ("products", json!({"outlines": ["svg"]}), "`svg`"),
        ],
    );
}

/// Products none of which is the default, and their JSON.
fn products() -> (Products, Value) {
    let products = Products {
        masks: true,
        threshold: Some("cup=0.4,disc=0.6".parse().unwrap()),
        uncertainty: true,
        objects: true,
        outlines: vec![OutlineFormat::Roi, OutlineFormat::GeoJson],
        contours: vec!["0.1".parse().unwrap(), "0.9".parse().unwrap()],
    };
    let json = json!({
        "masks": true,
        "threshold": {"cup": 0.4, "disc": 0.6},
        "uncertainty": true,
        "objects": true,
        "outlines": ["roi", "geojson"],
        "contours": [0.1, 0.9],
    });
    (products, json)
}

#[test]
fn a_conversion() {
    let needed = json!({"maps": "maps", "output": "out"});
    let mut request = ConvertRequest {
        maps: "maps".into(),
        output: "out".into(),
        images: vec![],
        format: None,
        products: Products::default(),
        overwrite: false,
    };
    reads(needed.clone(), &request);
    let (asked, asked_json) = products();
    request.products = asked;
    request.images = vec!["a*".into()];
    request.format = Some(MapFormat::Png16);
    request.overwrite = true;
    goes(
        &request,
        json!({
            "maps": "maps", "output": "out", "images": ["a*"], "format": "png16", "overwrite": true, "products": asked_json
        }),
    );
    refuses::<ConvertRequest>(needed, &[("format", json!("bmp"), "`bmp`")]);
}

#[test]
fn a_threshold() {
    for (text, json) in [
        ("0.5", json!(0.5)),
        ("best-f1", json!("best-f1")),
        ("cup=0.4,disc=1", json!({"cup": 0.4, "disc": 1.0})),
        ("0.5,a=b=0.25", json!("0.5,a=b=0.25")),
    ] {
        let threshold: Threshold = text.parse().unwrap();
        goes(&threshold, json.clone());
        reads(json!(text), &threshold);
    }
    for wrong in ["", "cup", "cup=", "=", "0.5,0.6", "cup=0.1,cup=0.2", "nan", "1.5", "-0.1", "inf"] {
        assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
    }
}

#[test]
fn a_judgement() {
    let needed = json!({"predictions": "run", "data": "data"});
    let mut request = JudgeRequest::new("run", "data");
    reads(needed.clone(), &request);
    let (settings, written) = settings();
    request.members = vec!["another".into()];
    request.disagreement = true;
    request.images = vec!["a*".into()];
    request.group = "^(a+)".parse().unwrap();
    request.settings = settings;
    request.allow_missing = true;
    request.uncalibrated = true;
    request.adapt = true;
    request.rater = Some("ann".into());
    request.label_sets = true;
    request.uncertainty = true;
    request.samples = true;
    request.objects = Some(MatchIou::new(0.25).unwrap());
    request.surface = Some(Spacing::new([0.5, 0.25]).unwrap());
    request.diversity = Some(DrawnMasks::new(16).unwrap());
    request.pictures = Some("pictures".into());
    request.written = vec!["scores.csv".into()];
    request.overwrite = true;
    request.report = Some(StripMemory(1 << 20));
    request.gates = vec!["calibration > 0.05".parse().unwrap(), "dice[open water] < 0.8".parse().unwrap()];
    request.device = Device::Cuda(0);
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    request.tile = NonZeroUsize::new(64).unwrap();
    goes(
        &request,
        json!({
            "members": ["another"],
            "disagreement": true,
            "predictions": "run",
            "data": "data",
            "images": ["a*"],
            "group": "^(a+)",
            "settings": written,
            "allow_missing": true,
            "uncalibrated": true,
            "adapt": true,
            "rater": "ann",
            "label_sets": true,
            "uncertainty": true,
            "samples": true,
            "objects": 0.25,
            "surface": [0.5, 0.25],
            "diversity": 16,
            "pictures": "pictures",
            "written": ["scores.csv"],
            "overwrite": true,
            "report": 1 << 20,
            "gates": ["calibration > 0.05", "dice[open water] < 0.8"],
            "device": "cuda",
            "precision": "bf16",
            "averaging": {"flips": "turns", "scales": null, "mean": "logits"},
            "tile": 64,
        }),
    );
    refuses::<JudgeRequest>(
        needed,
        &[
            ("settings", json!({"threshold": 1.5}), "threshold = 1.5"),
            ("settings", json!({"bins": 0}), "bins = 0"),
            ("settings", json!({"bins": 65537}), "bins = 65537"),
            ("settings", json!({"binning": "equal"}), "`equal`"),
            ("settings", json!({"target": "sample"}), "`sample`"),
            ("settings", json!({"region": "rows 0..1"}), "rows 0..1"),
            ("settings", json!({"region": "top"}), "\"top\""),
            ("settings", json!({"resample": 1}), "unknown field `resample`"),
            // Intervals draw nothing: what said how is refused, with what there is.
            ("settings", json!({"bootstrap": 200}), "unknown field `bootstrap`, expected one of `target`"),
            ("settings", json!({"resamples": 200}), "unknown field `resamples`, expected one of `target`"),
            ("settings", json!({"seed": 1}), "unknown field `seed`, expected one of `target`"),
            ("tile", json!(0), "a nonzero"),
            ("diversity", json!(0), "diversity = 0"),
            ("diversity", json!(257), "diversity = 257"),
            ("objects", json!(1.0), "objects = 1"),
            ("surface", json!([1.0, -2.0]), "surface = [1.0, -2.0]"),
            ("gates", json!(["good enough"]), "\"good enough\""),
            ("gates", json!(["calibraton > 0.05"]), "did you mean calibration"),
            ("device", json!("gpu"), "\"gpu\""),
        ],
    );
}

#[test]
fn parts_of_a_judgement() {
    let judge = JudgeRequest::new("run", "data");
    let judge_json = serde_json::to_value(&judge).unwrap();
    let needed = json!({"judge": {"predictions": "run", "data": "data"}, "part": "3/20", "output": "sums"});
    let part = "3/20".parse().unwrap();
    let mut request = PartRequest { judge, part, output: "sums".into(), skip_existing: false };
    reads(needed.clone(), &request);
    request.skip_existing = true;
    goes(&request, json!({"judge": judge_json, "part": "3/20", "output": "sums", "skip_existing": true}));
    refuses::<PartRequest>(needed, &[("part", json!("21/20"), "'21/20' is no part")]);

    let needed = json!({"sums": ["sums"]});
    let mut request = MergeRequest { sums: vec!["sums".into()], ..MergeRequest::default() };
    reads(needed.clone(), &request);
    request.gates = vec!["calibration > 0.05".parse().unwrap()];
    request.written = vec!["scores.csv".into()];
    request.overwrite = true;
    goes(
        &request,
        json!({"sums": ["sums"], "gates": ["calibration > 0.05"], "written": ["scores.csv"], "overwrite": true}),
    );
    refuses::<MergeRequest>(needed, &[("gates", json!(["nice > 1"]), "there is no score")]);
}

#[test]
fn a_judgement_of_boundaries() {
    let needed = json!({"predictions": "maps", "data": "data"});
    reads(needed.clone(), &BoundaryRequest::new("maps", "data", BoundaryOptions::default()).unwrap());
    let options = BoundaryOptions { thresholds: 9, max_distance: 0.01, suppress: true, thin_raters: true };
    let mut request = BoundaryRequest::new("maps", "data", options).unwrap();
    request.members = vec!["another".into()];
    request.images = vec!["a*".into()];
    request.region = Some("columns 0..0.5".parse().unwrap());
    request.uncalibrated = true;
    request.allow_missing = true;
    request.device = Device::Wgpu;
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    request.tile = NonZeroUsize::new(64).unwrap();
    goes(
        &request,
        json!({
            "members": ["another"],
            "predictions": "maps",
            "data": "data",
            "images": ["a*"],
            "region": "columns 0..0.5",
            "uncalibrated": true,
            "allow_missing": true,
            "device": "wgpu",
            "precision": "bf16",
            "averaging": {"flips": "turns", "scales": null, "mean": "logits"},
            "tile": 64,
            "options": {"thresholds": 9, "max_distance": 0.01, "suppress": true, "thin_raters": true},
        }),
    );
    refuses::<BoundaryRequest>(
        needed,
        &[
            ("tile", json!(0), "a nonzero"),
            ("options", json!({"thresholds": 0}), "at least 1 threshold"),
            ("options", json!({"max_distance": 1.5}), "1.5: a share of the diagonal"),
            ("options", json!({"nms": true}), "unknown field `nms`"),
        ],
    );
}

#[test]
fn a_calibration() {
    let needed = json!({"model": "run", "data": "data"});
    let mut request = CalibrateRequest::new("run", "data");
    reads(needed.clone(), &request);
    let (settings, written) = settings();
    request.images = vec!["a*".into()];
    request.group = "^(a+)".parse().unwrap();
    request.method = CalibrationMethod::ClassTemperature;
    request.settings = settings;
    request.folds = Folds::new(2).unwrap();
    request.store = Store::Never;
    request.device = Device::Wgpu;
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    request.tile = NonZeroUsize::new(64).unwrap();
    goes(
        &request,
        json!({
            "model": "run",
            "data": "data",
            "images": ["a*"],
            "group": "^(a+)",
            "method": "class-temperature",
            "settings": written,
            "folds": 2,
            "store": "never",
            "device": "wgpu",
            "precision": "bf16",
            "averaging": {"flips": "turns", "scales": null, "mean": "logits"},
            "tile": 64,
        }),
    );
    refuses::<CalibrateRequest>(
        needed,
        &[
            ("tile", json!(0), "a nonzero"),
            ("folds", json!(1), "folds = 1"),
            ("method", json!("magic"), "`magic`"),
            ("store", json!("perhaps"), "`perhaps`"),
        ],
    );
}

#[test]
fn a_comparison() {
    let needed = json!({"runs": ["a", "b"]});
    let mut request = CompareRequest::new(vec!["a".into(), "b".into()]).unwrap();
    reads(needed.clone(), &request);
    let (settings, written) = settings();
    request.data = Some("data".into());
    request.images = vec!["a*".into()];
    request.group = "^(a+)".parse().unwrap();
    request.settings = settings;
    request.allow_missing = true;
    request.device = Device::Wgpu;
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    request.tile = NonZeroUsize::new(64).unwrap();
    goes(
        &request,
        json!({
            "runs": ["a", "b"],
            "data": "data",
            "images": ["a*"],
            "group": "^(a+)",
            "settings": written,
            "allow_missing": true,
            "device": "wgpu",
            "precision": "bf16",
            "averaging": {"flips": "turns", "scales": null, "mean": "logits"},
            "tile": 64,
        }),
    );
    refuses::<CompareRequest>(
        needed,
        &[("runs", json!(["a"]), "two runs at least"), ("tile", json!(0), "a nonzero")],
    );
}

#[test]
fn a_report_of_a_run() {
    let needed = json!({"run": "run"});
    let mut request = RunReportRequest {
        run: "run".into(),
        data: None,
        output: None,
        overwrite: false,
        device: Device::Cpu,
        precision: PrecisionChoice::Auto,
        averaging: Averaging::default(),
    };
    reads(needed.clone(), &request);
    request.data = Some("data".into());
    request.output = Some("page.html".into());
    request.overwrite = true;
    request.device = Device::Wgpu;
    request.precision = PrecisionChoice::Bf16;
    request.averaging.flips = FlipsChoice::Turns;
    let written = json!({"run": "run", "data": "data", "output": "page.html", "overwrite": true, "device": "wgpu", "precision": "bf16", "averaging": {"flips": "turns", "scales": null, "mean": "logits"}});
    goes(&request, written);
    refuses::<RunReportRequest>(needed, &[("device", json!("cuda:x"), "\"cuda:x\"")]);
}

#[test]
fn an_export() {
    let needed = json!({"model": "run", "output": "model.onnx"});
    let request = ExportRequest { model: "run".into(), output: "model.onnx".into(), overwrite: false };
    reads(needed.clone(), &request);
    let request = ExportRequest { overwrite: true, ..request };
    goes(&request, json!({"model": "run", "output": "model.onnx", "overwrite": true}));
    refuses::<ExportRequest>(needed, &[("overwrite", json!("yes"), "\"yes\"")]);
}

#[test]
fn a_package() {
    let needed = json!({"model": "run", "output": "package"});
    let request = PackageRequest::new("run".into(), "package".into());
    reads(needed.clone(), &request);
    let request = PackageRequest {
        image: Some("eye.png".into()),
        name: Some("vessels".into()),
        authors: vec!["A. Author".into()],
        license: Some("MIT".into()),
        overwrite: true,
        ..request
    };
    goes(
        &request,
        json!({"model": "run", "output": "package", "image": "eye.png", "name": "vessels", "authors": ["A. Author"], "license": "MIT", "overwrite": true}),
    );
    refuses::<PackageRequest>(needed, &[("authors", json!("A. Author"), "\"A. Author\"")]);
}

#[test]
fn a_demonstration() {
    let command = vec!["service".to_owned()];
    reads(
        json!({}),
        &DemoRequest { folder: None, raters: 5, seed: 0, epochs: 24, device: Device::Cpu, command: vec![] },
    );
    goes(
        &DemoRequest {
            folder: Some("demo".into()),
            raters: 2,
            seed: 7,
            epochs: 1,
            device: Device::Wgpu,
            command,
        },
        json!({"folder": "demo", "raters": 2, "seed": 7, "epochs": 1, "device": "wgpu", "command": ["service"]}),
    );
    let folder = tempfile::tempdir().unwrap().path().join("demo");
    let none = DemoRequest { folder: Some(folder.clone()), epochs: 0, ..DemoRequest::default() };
    let error = demo(&none, &()).unwrap_err();
    assert!(matches!(error, JobError::Demo(scumble_jobs::demo::Error::NoEpoch)), "{error}");
    assert_eq!((folder.exists(), error.fault()), (false, Fault::Request));
    refuses::<DemoRequest>(
        json!({}),
        &[
            ("epochs", json!(0), "epochs = 0"),
            ("raters", json!(0), "raters = 0"),
            ("seed", json!(-1), "`-1`"),
        ],
    );
}

#[test]
fn a_loss() {
    let needed = json!({"loss": {"kind": "sigmoid"}, "logits": "x.npy", "targets": "t.npy"});
    let mut request = LossRequest {
        loss: LossChoice::Classes { kind: LossKind::Sigmoid, classes: None, balance: None },
        logits: "x.npy".into(),
        targets: "t.npy".into(),
        class_axis: None,
        denominator: Denominator::Valid,
        weighting: LossWeighting::default(),
        gradient: None,
        map: None,
        overwrite: false,
    };
    reads(needed.clone(), &request);
    request.loss = LossChoice::Classes {
        kind: LossKind::Tversky { alpha: 0.25, beta: 0.75, smooth: 1.0, over: Extent::Batch },
        classes: Some(Classes::Exclusive),
        balance: Some(Extent::Batch),
    };
    request.class_axis = Some(-1);
    request.denominator = Denominator::Weights;
    request.weighting = LossWeighting {
        mask: Some("mask.npy".into()),
        ignore_value: Some(255.0),
        weight: Some("weight.npy".into()),
        class_weights: vec![1.0, 2.0],
        positive_weights: vec![3.0],
        label_smoothing: 0.1,
        unchecked: true,
    };
    request.gradient = Some("gradient.npy".into());
    request.map = Some("map.npy".into());
    request.overwrite = true;
    goes(
        &request,
        json!({
            "loss": {
                "kind": "tversky",
                "alpha": 0.25,
                "beta": 0.75,
                "smooth": 1.0,
                "over": "batch",
                "classes": "exclusive",
                "balance": "batch",
            },
            "logits": "x.npy",
            "targets": "t.npy",
            "class_axis": -1,
            "denominator": "weights",
            "weighting": {
                "mask": "mask.npy",
                "ignore_value": 255.0,
                "weight": "weight.npy",
                "class_weights": [1.0, 2.0],
                "positive_weights": [3.0],
                "label_smoothing": 0.1,
                "unchecked": true,
            },
            "gradient": "gradient.npy",
            "map": "map.npy",
            "overwrite": true,
        }),
    );
    refuses::<LossRequest>(
        needed,
        &[
            ("denominator", json!("mean"), "`mean`"),
            ("weighting", json!({"label_smoothing": 1.5}), "label smoothing is 1.5"),
            ("weighting", json!({"class_weights": [1.0, -2.0]}), "a weight is -2"),
            ("weighting", json!({"positive_weights": [-2.0]}), "a weight is -2"),
            ("weighting", json!({"ignore_value": "void"}), "\"void\""),
            ("weighting", json!({"weights": []}), "unknown field `weights`"),
            ("loss", json!({"kind": "sigmod"}), "sigmod"),
            ("loss", json!({"gamma": 2}), "missing field `kind`"),
            ("loss", json!({"kind": "focal", "gamma": -1}), "gamma is -1"),
            ("loss", json!({"kind": "focal", "alpha": 1}), "alpha"),
            ("loss", json!({"kind": "focal", "weight": 2}), "weight = 2"),
            ("loss", json!({"kind": "focal", "labels": 2}), "unknown field `labels`"),
            ("loss", json!({"kind": "focal", "classes": "nested"}), "`nested`"),
            ("loss", json!({"kind": "sigmoid", "classes": "exclusive"}), "sigmoid has no choice"),
            ("loss", json!({"kind": "softmax", "balance": "image"}), "balance in each image"),
            ("loss", json!({"kind": "chain"}), "missing field `labels`"),
            ("loss", json!({"kind": "chain", "labels": 0}), "not 0"),
            ("loss", json!({"kind": "chain", "labels": 2, "components": 2}), "components are for mixtures"),
            ("loss", json!({"kind": "chain", "labels": 2, "gamma": 2}), "unknown field `gamma`"),
        ],
    );
}

#[test]
fn losses_of_label_sets() {
    let mixture = |components| LossChoice::Joint { kind: JointKind::Mixture, labels: 3, components };
    reads(json!({"kind": "mixture", "labels": 3}), &mixture(None));
    goes(&mixture(Some(2)), json!({"kind": "mixture", "labels": 3, "components": 2}));
}

/// JSON has no such numbers.
#[test]
fn a_value_to_ignore_may_be_no_number() {
    let with = |value| LossWeighting { ignore_value: Some(value), ..LossWeighting::default() };
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let json = serde_json::to_string(&with(value)).unwrap();
        let read: LossWeighting = serde_json::from_str(&json).unwrap();
        assert_eq!(read.ignore_value.unwrap().total_cmp(&value), std::cmp::Ordering::Equal, "{json}");
    }
    reads(json!({"ignore_value": -1}), &with(-1.0));
    reads(json!({"ignore_value": null}), &LossWeighting::default());
}
