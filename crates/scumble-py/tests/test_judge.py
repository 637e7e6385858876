"""The judge of arrays: what must hold whatever the numbers, and that the program says the same of the same maps."""

import json
import pickle
import subprocess
import sysconfig
import threading
from pathlib import Path

import numpy as np
import pytest

import scumble

PROGRAM = Path(sysconfig.get_path("scripts")) / "scumble"
KINDS = {"binary": 1, "multiclass": 3, "multilabel": 2}
NAMES = {"binary": ["water"], "multiclass": ["sand", "reed", "water"], "multilabel": ["cup", "disc"]}


def soft(kind, seed, size=(9, 11), dtype=np.float64):
    """Probabilities [K, H, W]."""
    maps = np.random.default_rng(seed).beta(0.7, 0.9, (KINDS[kind], *size))
    if kind == "multiclass":
        maps = maps + 1e-3
        maps /= maps.sum(0)
    return maps.astype(dtype)


def drawn(kind, seed, count=3):
    """Masks of raters who saw the same probabilities: class indices [H, W], or 0 and 1 [K, H, W]."""
    rng = np.random.default_rng(seed)
    maps = soft(kind, seed)
    if kind == "multiclass":
        below = maps.cumsum(0)[:-1]
        return [(rng.random(below.shape[1:]) > below).sum(0).astype(np.uint8) for _ in range(count)]
    masks = [rng.random(maps.shape) < maps for _ in range(count)]
    return [mask[0] for mask in masks] if kind == "binary" else masks


def judged(kind, images, **options):
    judge = scumble.Judge(kind, NAMES[kind], **options)
    for image in images:
        judge.update(**image)
    return judge.compute()


def images(kind, count=4):
    return [{"prediction": soft(kind, 10 + at), "raters": drawn(kind, 20 + at)} for at in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_label_itself_has_no_excess(kind):
    labels = soft(kind, 1, dtype=np.float32)
    scores = judged(kind, [{"prediction": labels, "labels": labels}])
    assert abs(scores.cross_entropy.excess) < 1e-12 and scores.brier == 0
    assert (scores.dice, scores.iou, scores.calibration_error) == (1, 1, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_raters_are_their_mean_weighed_by_their_number(kind):
    masks, prediction = drawn(kind, 2, 5), soft(kind, 3)
    by_raters = judged(kind, [{"prediction": prediction, "raters": masks}])
    if kind == "multiclass":
        mean = np.mean([np.moveaxis(np.eye(3)[mask], -1, 0) for mask in masks], 0)
    else:
        mean = np.mean(masks, 0)
    weight = np.full(prediction.shape[1:], 5.0)
    by_mean = judged(kind, [{"prediction": prediction, "labels": mean, "weight": weight}])
    assert by_raters.cross_entropy.value == pytest.approx(by_mean.cross_entropy.value, rel=1e-6)
    assert by_raters.weight == by_mean.weight == 5 * by_mean.pixels
    assert by_mean.truth is None and by_raters.truth.pixels == by_raters.pixels


def test_the_scores_are_those_of_their_formulas():
    labels, prediction = soft("binary", 4, dtype=np.float32), soft("binary", 5, dtype=np.float32)
    scores = judged("binary", [{"prediction": prediction[0], "labels": labels[0]}], bins=4)
    p, q = labels.astype(float), prediction.astype(float)
    entropy = -(p * np.log(p) + (1 - p) * np.log1p(-p)).mean()
    assert scores.cross_entropy.value == pytest.approx(-(p * np.log(q) + (1 - p) * np.log1p(-q)).mean(), rel=1e-12)
    assert scores.cross_entropy.floor == pytest.approx(entropy, rel=1e-12)
    assert scores.brier == pytest.approx(((q - p) ** 2).mean(), rel=1e-12)
    assert scores.dice == pytest.approx(2 * np.minimum(p, q).sum() / (p + q).sum(), rel=1e-12)
    hits = np.sum((q >= 0.5) & (p >= 0.5))
    assert scores.decisions.threshold == 0.5
    assert scores.decisions.hard.precision == pytest.approx(hits / (q >= 0.5).sum(), rel=1e-12)
    assert scores.classes[0].decisions.soft.recall == pytest.approx(p[q >= 0.5].sum() / p.sum(), rel=1e-12)
    reliability = scores.classes[0].reliability
    bins = np.minimum((q * 4).astype(int), 3)
    for at in range(4):
        assert reliability.predicted[at] == pytest.approx(q[bins == at].mean(), rel=1e-12)
        assert reliability.observed[at] == pytest.approx(p[bins == at].mean(), rel=1e-12)
    gaps = np.abs(reliability.predicted - reliability.observed)
    assert scores.calibration_error == pytest.approx((gaps * reliability.weight).sum() / p.size, rel=1e-12)


def test_the_distance_to_the_truth_is_that_of_its_formula():
    masks, prediction = drawn("binary", 6, 4), soft("binary", 7)
    truth = judged("binary", [{"prediction": prediction, "raters": masks}]).truth
    share = np.mean(masks, 0)
    squared = ((prediction[0] - share) ** 2 - share * (1 - share) / 3).mean()
    assert truth.mean_squared == pytest.approx(squared, rel=1e-9)
    assert truth.distance == pytest.approx(np.sqrt(squared), rel=1e-9)
    assert truth.worth_in_raters == pytest.approx((share * (1 - share)).mean() * 4 / 3 / squared, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_masking_is_leaving_out(kind):
    labels, prediction = soft(kind, 8), soft(kind, 9)
    alone = judged(kind, [{"prediction": prediction[:, ::2], "labels": labels[:, ::2]}])
    mask = np.zeros(labels.shape[1:], dtype=bool)
    mask[::2] = True
    prediction[:, 1::2] = np.nan
    masked = judged(kind, [{"prediction": prediction, "labels": labels, "mask": mask}])
    labels[:, 1::2] = np.nan
    unknown = judged(kind, [{"prediction": prediction, "labels": labels}])
    assert masked.pixels == alone.pixels
    assert masked.to_dict() == unknown.to_dict()
    assert masked.cross_entropy.value == pytest.approx(alone.cross_entropy.value, rel=1e-12)


def test_a_value_may_mean_that_nobody_knows():
    prediction, marks = soft("multiclass", 1), drawn("multiclass", 2, 1)[0].astype(int)
    mask = np.ones(marks.shape, dtype=bool)
    mask[0] = False
    masked = judged("multiclass", [{"prediction": prediction, "labels": marks, "mask": mask}])
    marks[0] = -1
    ignored = judged("multiclass", [{"prediction": prediction, "labels": marks}], ignore_value=-1)
    assert ignored.to_dict() == masked.to_dict()
    with pytest.raises(ValueError, match="the label: row 0, column 0: -1 is no class.*ignore_value=-1"):
        judged("multiclass", [{"prediction": prediction, "labels": marks}])


def test_hard_labels_are_soft_labels_of_zeros_and_ones():
    for kind in KINDS:
        prediction, marks = soft(kind, 1), drawn(kind, 2, 1)[0]
        one_hot = np.moveaxis(np.eye(3)[marks], -1, 0) if kind == "multiclass" else marks.astype(float)
        hard = judged(kind, [{"prediction": prediction, "labels": marks}])
        assert hard.to_dict() == judged(kind, [{"prediction": prediction, "labels": one_hot}]).to_dict()


def test_judges_of_parts_are_merged_to_the_judge_of_all():
    of = images("multiclass")
    parts = []
    for half in (of[:2], of[2:]):
        parts.append(scumble.Judge("multiclass", NAMES["multiclass"]))
        for image in half:
            parts[-1].update(**image)
    parts[0].merge(parts[1])
    merged, whole = parts[0].compute(), judged("multiclass", of)
    assert [image.name for image in merged.images] == ["1", "2", "3", "4"] and len(parts[0]) == 4
    assert merged.cross_entropy.value == pytest.approx(whole.cross_entropy.value, rel=1e-14)
    assert merged.intervals == whole.intervals
    with pytest.raises(ValueError, match=r"of multiclass \(sand, reed, water\), the other of multiclass"):
        parts[0].merge(scumble.Judge("multiclass", NAMES["multiclass"], bins=3))


def test_threads_judge_side_by_side():
    of = images("binary", 8)
    judge = scumble.Judge("binary", ["water"])
    threads = [
        threading.Thread(target=judge.update, kwargs={**image, "name": f"image {at}"}) for at, image in enumerate(of)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scores, whole = judge.compute(), judged("binary", of)
    assert scores.cross_entropy.value == pytest.approx(whole.cross_entropy.value, rel=1e-13)
    assert {image.name for image in scores.images} == {f"image {at}" for at in range(8)}


def test_intervals_are_over_groups():
    of = images("binary")
    assert set(judged("binary", of[:1]).intervals) == set()
    apart = judged("binary", of)
    assert apart.groups == 4 and apart.intervals["brier"].low < apart.brier < apart.intervals["brier"].high
    assert apart.classes[0].intervals["brier"] == apart.intervals["brier"]
    together = judged("binary", [{**image, "group": "anna"} for image in of])
    assert together.groups == 1 and not together.intervals and together.calibration_by_chance is None
    assert [image.group for image in together.images] == ["anna"] * 4


def test_a_rater_may_not_have_seen_an_image():
    of = images("binary", 2)
    first, second = of[0]["raters"], of[1]["raters"]
    of[0]["raters"] = {"ann": first[0], "bob": first[1], "eve": first[2]}
    of[1]["raters"] = {"ann": None, "bob": second[1], "eve": second[2]}
    scores = judged("binary", of)
    assert [rater.rater for rater in scores.raters] == ["ann", "bob", "eve"]
    assert scores.weight == 5 * 99 and scores.images[1].weight == 2 * 99
    alone = judged("binary", [{"prediction": of[0]["prediction"], "raters": {"ann": first[0]}}])
    assert scores.raters[0].f1 == alone.raters[0].f1


def test_scores_are_values(tmp_path):
    scores = judged("multilabel", images("multilabel"))
    assert scores == judged("multilabel", images("multilabel"))
    assert scores != judged("multilabel", images("multilabel", 3))
    assert pickle.loads(pickle.dumps(scores)) == scores
    assert scumble.Scores._of(json.loads(json.dumps(scores.to_dict()))) == scores
    with pytest.raises(AttributeError):
        scores.brier = 0.0
    changed = scores.to_dict()
    changed["all"]["brier"] = None
    assert scores.to_dict()["all"]["brier"] == scores.brier
    assert f"{scores.brier:.4f} [" in str(scores) and "multilabel (cup, disc), 4 images, 792 pixels" in str(scores)
    shown = scores._repr_html_()
    assert shown.count("<table>") == 2 and "<td>disc</td>" in shown and f"{scores.classes[1].dice:.4f}" in shown
    named = scumble.Judge("binary", ["<b>"])
    named.update(np.zeros((1, 1)), np.zeros((1, 1)), raters={"<i>": np.zeros((1, 1), dtype=bool)})
    assert "<b>" not in named.compute()._repr_html_() and "<i>" not in named.compute()._repr_html_()


def test_what_has_no_meaning_is_none():
    scores = scumble.Judge("binary").compute()
    assert (scores.cross_entropy, scores.dice, scores.truth, scores.pixels, scores.images) == (None, None, None, 0, ())
    assert str(scores) == "binary (foreground), 0 images, 0 pixels"
    empty = judged("binary", [{"prediction": np.zeros((2, 2)), "labels": np.zeros((2, 2))}])
    assert empty.dice is None and empty.average_precision is None and empty.brier == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prediction": np.full((1, 9, 11), 1.5)}, r"the prediction: class 0, row 0, column 0: 1.5 is no probability"),
        ({"prediction": np.full((1, 9, 11), np.nan)}, r"the prediction: class 0, row 0, column 0: not a number"),
        ({"prediction": np.zeros((9, 12))}, r"the prediction is \[1, 9, 12\] \(classes, height, width\), its label \[1, 9, 11\]"),
        ({"prediction": np.zeros(9)}, r"the prediction has shape \[9\], expected \[K, H, W\]"),
        ({"labels": np.full((9, 11), 7)}, r"the label: row 0, column 0: class index 7, but there are 2 classes"),
        ({"labels": np.full((9, 11), -0.5)}, r"the label: class 0, row 0, column 0: -0.5 is no probability"),
        ({"raters": [np.full((9, 11), 2)]}, r"the mask of rater 1: row 0, column 0: class index 2"),
        ({"raters": {"ann": np.zeros((3, 3), dtype=bool)}}, r"the mask of rater ann is \[1, 3, 3\]"),
        ({"mask": np.ones((2, 2), dtype=bool)}, r"the mask: the map of ignored pixels has shape \[2, 2\], expected \[9, 11\]"),
        ({"weight": np.full((9, 11), -1.0)}, r"row 0, column 0: weight -1; weights are finite"),
        ({"labels": None}, "an image needs labels or the masks of raters"),
        ({"name": ""}, "a name is not empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_not_counted(change, says):
    judge = scumble.Judge("binary", ["water"])
    given = {"prediction": soft("binary", 1), "labels": soft("binary", 2)}
    with pytest.raises(ValueError, match=says):
        judge.update(**{**given, **change})
    assert len(judge) == 0


def test_the_image_is_named_and_once():
    judge = scumble.Judge("binary", ["water"])
    with pytest.raises(ValueError, match="^image 01L: the prediction: class 0"):
        judge.update(np.full((2, 2), 2.0), np.zeros((2, 2)), name="01L")
    judge.update(np.zeros((2, 2)), np.zeros((2, 2)), name="01L")
    with pytest.raises(ValueError, match="image 01L has been judged already"):
        judge.update(np.zeros((2, 2)), np.zeros((2, 2)), name="01L")


def test_settings_are_checked():
    for settings, says in [
        ({"kind": "multiclass"}, "multiclass labels need classes"),
        ({"kind": "multiclass", "classes": 1}, "at least two maps"),
        ({"kind": "both"}, "unknown variant `both`"),
        ({"bins": 0}, "bins = 0: 1 to 65536 are possible"),
        ({"threshold": 2.0}, "threshold = 2: a probability"),
        ({"binning": "sklern"}, "unknown variant `sklern`"),
        ({"resolution": "int8"}, "resolution: \"int8\" is none of"),
        ({"classes": ["a", "a"], "kind": "multilabel"}, "is called 'a' like another"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=says):
            scumble.Judge(**settings)
    with pytest.raises(TypeError, match="a list of names"):
        scumble.Judge("binary", "water")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(scumble.Judge())
    with pytest.raises(TypeError, match="predictions are floats"):
        scumble.Judge().update(np.zeros((2, 2), dtype=int), np.zeros((2, 2)))


# The program on files, the judge on the same arrays.


def eval_json(folder, *words):
    said = subprocess.run(
        [PROGRAM, "eval", "maps", "data", "--json", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def saved(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Files have the classes on the last axis.
    np.save(path, np.moveaxis(array, 0, -1) if array.ndim == 3 else array)


def data_set(folder, kind):
    (folder / "data").mkdir()
    (folder / "data" / "dataset.toml").write_text(f'kind = "{kind}"\nclasses = {json.dumps(NAMES[kind])}\n')


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_the_program_says_the_same_by_raters(kind, dtype, tmp_path):
    data_set(tmp_path, kind)
    judge = scumble.Judge(kind, NAMES[kind], uncertainty=True, bins=10, threshold=0.4)
    for at in range(4):
        name, prediction = f"image-{at}", soft(kind, 30 + at, dtype=dtype)
        masks = dict(zip(["ann", "bob", "eve"], drawn(kind, 40 + at), strict=True))
        mask = np.ones(prediction.shape[1:], dtype=bool)
        if at == 1:
            masks["bob"] = None
            mask[:2, 3:] = False
            saved(tmp_path / f"data/ignore/{name}.npy", (~mask).astype(np.uint8))
        saved(tmp_path / f"maps/{name}.npy", prediction[0] if kind == "binary" else prediction)
        for rater, marks in masks.items():
            if marks is not None:
                saved(tmp_path / f"data/raters/{rater}/{name}.npy", np.asarray(marks, dtype=np.uint8))
        judge.update(prediction, raters=masks, mask=mask, name=name)
    said = eval_json(tmp_path, "--uncertainty", "--bins=10", "--threshold=0.4")
    ours = judge.compute().to_dict()
    assert {key: said["settings"][key] for key in ours["settings"]} == ours.pop("settings")
    assert {key: said[key] for key in ours} == ours
    assert said["all"]["truth"] is not None and said["intervals"]["all"]
    assert scumble.Scores._of(said).intervals == judge.compute().intervals


@pytest.mark.parametrize("kind", KINDS)
def test_the_program_says_the_same_by_soft_labels(kind, tmp_path):
    data_set(tmp_path, kind)
    judge = scumble.Judge(kind, NAMES[kind], binning="equal-mass", by_raters=False)
    for at in range(3):
        name, prediction, labels = f"image-{at}", soft(kind, 50 + at), soft(kind, 60 + at)
        labels[:, at] = np.nan
        prediction[:, at, :3] = np.nan
        if kind == "binary":
            prediction[0, -1] = at / 2  # 0 is clipped, at the same edge
        saved(tmp_path / f"maps/{name}.npy", prediction[0] if kind == "binary" else prediction)
        saved(tmp_path / f"data/labels/{name}.npy", labels[0] if kind == "binary" else labels)
        judge.update(prediction, labels, name=name)
    said, ours = eval_json(tmp_path, "--binning=equal-mass", "--unweighted"), judge.compute().to_dict()
    del ours["settings"]
    assert {key: said[key] for key in ours} == ours
    assert kind != "binary" or ours["all"]["clipped"] > 0


def test_the_program_says_the_same_of_eight_bits(tmp_path):
    data_set(tmp_path, "binary")
    judge = scumble.Judge("binary", ["water"], resolution="uint8")
    for at in range(2):
        steps = (255 * soft("binary", at)[0]).round().astype(np.uint8)
        steps[0] = 0
        saved(tmp_path / f"maps/{at}.npy", steps)
        saved(tmp_path / f"data/labels/{at}.npy", soft("binary", 5 + at)[0])
        judge.update(steps / np.float32(255), soft("binary", 5 + at), name=str(at))
    said, ours = eval_json(tmp_path), judge.compute().to_dict()
    assert said["all"] == ours["all"] and ours["all"]["clipped"] >= 22
