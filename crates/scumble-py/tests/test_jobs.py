"""The jobs: what they find, what they say on the way, how they end, and that they say the same as the program."""

import dataclasses
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import scumble
from test_program import run as program

# A network so small that a training takes a second or two.
SETTINGS = {
    "network.widths": [4, 8],
    "train.patch": 32,
    "train.batch": 2,
    "train.epochs": 2,
    "train.steps": 3,
    "train.precision": "f32",
}


def discs(count=6, size=40, seed=0):
    """Noisy images of discs, and what three raters draw of them."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    images, raters = [], {"ann": [], "bob": [], "eve": []}
    for _ in range(count):
        at, radius = rng.uniform(12, 28, 2), rng.uniform(6, 11)
        away = np.hypot(y - at[0], x - at[1])
        image = 80 + 90 * (away < radius) + rng.normal(0, 12, (size, size))
        images.append(image.clip(0, 255).astype(np.uint8))
        for rater, more in zip(raters, (-1, 0, 1.5), strict=True):
            raters[rater].append(away < radius + more)
    return images, raters


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    images, raters = discs()
    return scumble.Dataset.from_arrays(images, raters=raters, folder=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    return scumble.train(data, tmp_path_factory.mktemp("run"), SETTINGS, progress=False)


def test_a_check(data):
    found = scumble.check(data)
    assert found.is_sound and (found.images, found.raters) == (6, ("ann", "bob", "eve"))
    assert found.floor > 0 and "none" in found._repr_html_()
    assert found.to_dict() == json.loads(program("check", data.folder, "--json").stdout)


def test_a_fusion(data, tmp_path):
    fused = scumble.fuse(data, tmp_path / "mean", weights={"ann": 2})
    assert sorted(fused.maps) == [f"image00{at}" for at in range(1, 7)] and not fused.failed
    _, raters = discs()
    ann, bob, eve = (masks[0].astype(float) for masks in raters.values())
    np.testing.assert_allclose(fused.load("image001"), (2 * ann + bob + eve) / 4, atol=1e-6)
    counts = scumble.fuse(data, tmp_path / "counted").beside["counts"]["image001"]
    np.testing.assert_array_equal(np.load(counts)[:, :, 0], ann + bob + eve)
    with pytest.raises(ValueError, match="overwrite=True replaces"):
        scumble.fuse(data, tmp_path / "mean")
    with pytest.raises(ValueError, match="unknown field `weights`"):
        scumble.fuse(data, tmp_path / "most", method="majority", weights={"ann": 2})


def test_a_training(run, data):
    assert (run.status, run.steps, run.model.exists(), run.report.exists()) == ("done", 6, True, True)
    curves = run.curves
    assert curves["epoch"].tolist() == [1, 2] and np.isfinite(curves["validation_excess"]).all()
    assert min(curves["validation_excess"]) == pytest.approx(run.best["validation"]["excess"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.steps = 0
    page = run._repr_html_()
    assert "Excess: the log loss" in page and "<script" not in page
    with pytest.raises(ValueError, match="overwrite=True starts it again"):
        scumble.train(data, run, SETTINGS)


def test_the_same_model_as_the_programs(run, data, tmp_path):
    words = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items()]
    assert program("train", data.folder, "-o", tmp_path / "run", *words).returncode == 0
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == run.model.read_bytes()


@pytest.mark.parametrize(
    "settings, says",
    [({"train.epoch": 2}, "train.epochs"), ({"train.steps": "many"}, "train.steps"), ({"x": object()}, "no value of")],
)
def test_a_training_that_cannot_be(data, tmp_path, settings, says):
    with pytest.raises((ValueError, TypeError), match=says):
        scumble.train(data, tmp_path / "run", settings)
    assert not (tmp_path / "run").exists()


def test_a_prediction(run, data, tmp_path):
    predicted = scumble.predict(run, data.folder / "images", tmp_path / "maps")
    images, _ = discs()
    model = scumble.Model.load(run)
    for at, image in enumerate(images, 1):
        file = str(data.folder / "images" / f"image00{at}.npy")
        np.testing.assert_array_equal(predicted.load(file), model(image))
    assert not predicted.failed


def test_a_model_that_is_open_predicts_files_as_it_was_opened(run, data, tmp_path):
    model, images = run.load(fast=True), data.folder / "images"
    by_path = scumble.predict(run, images, tmp_path / "path", fast=True)
    by_model = scumble.predict(model, images, tmp_path / "model", masks=True)
    assert (len(by_model.maps), by_model.there, by_path.there) == (6, 0, 0)
    for path in sorted((tmp_path / "path").iterdir()):
        assert path.read_bytes() == (tmp_path / "model" / path.name).read_bytes(), path.name
    again = scumble.predict(model, images, tmp_path / "path", skip_existing=True)
    assert (again.maps, again.failed, again.there) == ({}, {}, 6) and "there already" in again._repr_html_()
    with pytest.raises(ValueError, match="a path says less than this model is"):
        scumble.predict(model, images, tmp_path / "tiles", tile=32)
    model.adapt(discs(1)[0])
    scumble.predict(model, images, tmp_path / "adapted")
    assert json.loads((tmp_path / "adapted" / "maps.json").read_text())["averaged"]["adapted"] == 1
    with pytest.raises(ValueError, match="one model does not disagree"):
        scumble.predict(model, images, tmp_path / "alone", disagreement=True)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64, np.int32])
def test_arrays_are_what_files_of_them_are(run, tmp_path, kind):
    image = discs(1, size=37, seed=5)[0][0].astype(kind)
    if kind == np.uint16:
        image *= 257
    if kind in (np.float32, np.float64):
        image = image / kind(255)
        image[3:5] = np.nan
    np.save(tmp_path / "image.npy", image)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # int32 of 0 to 255 is far outside
        maps = scumble.predict(run, tmp_path / "image.npy", tmp_path / "maps", fast=True)
        found = run.load(fast=True)(image)
    np.testing.assert_array_equal(found, maps.load(tmp_path / "image.npy"))
    assert np.isnan(found).any() == np.isnan(image).any()


def test_a_model(run):
    model = run.load(fast=True)
    assert (model.kind, model.channels, len(model.classes)) == ("binary", 1, 1)
    image = discs(1)[0][0]
    probabilities, logits = model(image), model.logits(image)
    assert probabilities.shape == image.shape and probabilities.dtype == np.float32
    np.testing.assert_allclose(1 / (1 + np.exp(-logits.astype(float))), probabilities, atol=1e-6)
    assert "calibrated" in model._repr_html_() and model.to_dict()["averaged"]["views"] == 1
    assert scumble.Model.load([run, run.load()], fast=True)(image) == pytest.approx(probabilities, abs=1e-6)
    assert scumble.Model.load([run, run]).disagreement(image).max() == pytest.approx(0, abs=1e-6)
    with pytest.warns(UserWarning, match="far outside"):
        model(image.astype(np.float32))
    assert model.adapt([image, image]) == 2
    for wrong in (np.zeros((4, 4, 2), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4), np.uint8), np.array([["a"]])):
        with pytest.raises(ValueError):
            model(wrong)
    with pytest.raises(ValueError, match="fast is one view"):
        run.load(fast=True, flips="all")
    with pytest.raises(ValueError, match="overlapping labels"):
        model.label_sets(image)


def test_a_judgement(run, data, tmp_path):
    scores = scumble.evaluate(run, data, bins=10, report=tmp_path / "page.html", csv=tmp_path / "scores.csv")
    said = program("eval", run.folder, data.folder, "--bins", "10", "--json")
    assert scores.to_dict() == json.loads(said.stdout)
    assert (tmp_path / "page.html").exists() and (tmp_path / "scores.csv").exists()
    maps = scumble.predict(run, data.folder / "images", tmp_path / "maps")
    of_maps = scumble.evaluate(maps, data).to_dict()
    assert len(of_maps["images"]) == 6 and len(scumble.evaluate(run, data, images="*").to_dict()["images"]) == 6
    with pytest.raises(ValueError, match="threshold = 1.5"):
        scumble.evaluate(run, data, threshold=1.5)


def test_parts_of_a_judgement(run, data, tmp_path):
    sums = tmp_path / "sums"
    asked = {"images": "*", "uncertainty": True}
    parts = [scumble.evaluate_part(run, data, sums, f"{part}/3", **asked) for part in (2, 1, 3)]
    whole = scumble.evaluate(run, data, **asked)
    assert sum(part.images for part in parts) == parts[0].of
    assert parts[0].sums == sums / "2-of-3.json"
    assert scumble.merge_parts(sums, csv=tmp_path / "scores.csv").to_dict() == whole.to_dict()
    assert (tmp_path / "scores.csv").is_file()
    again = scumble.evaluate_part(run, data, sums, "2/3", skip_existing=True, **asked)
    assert again.images is None
    parts[1].sums.unlink()
    with pytest.raises(ValueError, match="of 3 parts 1 is missing: 1/3"):
        scumble.merge_parts(sums)


def test_a_calibration_a_comparison_and_a_report(run, data, tmp_path):
    other = scumble.train(data, tmp_path / "other", {**SETTINGS, "train.seed": 1})
    compared = scumble.compare([run, other], images="*")
    assert compared.settings == {"train.seed": [0, 1]} and len(compared.verdicts["excess"]) == 1
    assert compared.values["brier"].shape == (2,) and "brier" in compared._repr_html_()
    before = other.model.read_bytes()
    found = scumble.calibrate(other, data, images="*", store="never")
    assert not found.stored and other.model.read_bytes() == before
    assert np.isfinite(found.gain) and found.interval[0] <= found.gain <= found.interval[1]
    assert scumble.calibrate(other, data, images="*", store="always").stored and "yes" in other.load()._repr_html_()
    page = scumble.report(other, output=tmp_path / "page.html")
    assert page == tmp_path / "page.html" and page.exists()
    assert scumble.export(run, tmp_path / "model.onnx").stat().st_size > 1000


def test_progress(data, tmp_path):
    seen = []
    scumble.train(data, tmp_path / "run", SETTINGS, progress=seen.append)
    training = [one for one in seen if one.what == "training"]
    assert [one.step for one in training] == list(range(1, 7)) and training[-1].done == 1
    epochs = [one.epoch for one in seen if one.epoch is not None]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert {"reading", "validating"} <= {one.what for one in seen}


def test_bars(data, tmp_path, capfd):
    scumble.train(data, tmp_path / "run", SETTINGS, progress=True)
    shown = capfd.readouterr().err
    assert "training" in shown and "excess" in shown and "left" in shown
    scumble.check(data, progress=True)
    assert "checking" in capfd.readouterr().err


def test_what_a_callback_raises_ends_the_job(data, tmp_path):
    def enough(progress):
        if progress.step == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        scumble.train(data, tmp_path / "run", {**SETTINGS, "train.epochs": 500}, progress=enough)
    assert 2 <= json.loads((tmp_path / "run" / "run.json").read_text())["steps"] < 100

    def at_once(progress):
        raise RuntimeError("at once")

    with pytest.raises(RuntimeError, match="at once"):
        scumble.check(data, progress=at_once)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_saves_and_the_training_goes_on_as_if_nothing_had_been(run, data, tmp_path):
    def press():
        while not (tmp_path / "run" / "run.json").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    # Long enough to be interrupted, in epochs as long as those of the run.
    settings = {**SETTINGS, "train.epochs": 500}
    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        scumble.train(data, tmp_path / "run", settings)
    stopped = json.loads((tmp_path / "run" / "run.json").read_text())
    assert stopped["status"] == "interrupted" and stopped["steps"] < 1500
    epochs = stopped["epochs"] + 2
    resumed = scumble.train(data, tmp_path / "run", {"train.epochs": epochs}, resume=True)
    straight = scumble.train(data, tmp_path / "straight", {**SETTINGS, "train.epochs": epochs})
    assert resumed.status == "done" and resumed.steps == straight.steps


def test_several_trainings_at_once(run, data, tmp_path):
    runs = {}

    def training(seed):
        runs[seed] = scumble.train(data, tmp_path / f"{seed}", {**SETTINGS, "train.seed": seed}, progress=False)

    threads = [threading.Thread(target=training, args=(seed,)) for seed in (0, 1)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert runs[0].model.read_bytes() == run.model.read_bytes() != runs[1].model.read_bytes()


def test_warnings_are_warnings(data, tmp_path):
    images, raters = discs(3)
    other = scumble.Dataset.from_arrays(images, raters=raters, folder=tmp_path / "data")
    (tmp_path / "data" / "images" / "notes.gif").write_bytes(b"GIF89a")
    with pytest.warns(UserWarning, match=r"notes\.gif"):
        scumble.fuse(other, tmp_path / "labels")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=r"notes\.gif"):
            scumble.fuse(other, tmp_path / "more")


def test_arrays_of_every_kind(tmp_path):
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 255, (20, 24, 3), dtype=np.uint8) for _ in range(3)]
    soft = [rng.dirichlet([1, 1, 1], (20, 24)).transpose(2, 0, 1).astype(np.float32) for _ in images]
    data = scumble.Dataset.from_arrays(images, labels=soft, classes=["a", "b", "c"], kind="multiclass")
    assert scumble.check(data).to_dict()["kind"] == "multiclass"
    indices = [[rng.integers(0, 3, (20, 24)) for _ in images], [None, rng.integers(0, 3, (20, 24)), None]]
    data = scumble.Dataset.from_arrays(images, raters=indices, classes=["a", "b", "c"], names=["x", "y", "z"])
    found = scumble.check(data).to_dict()
    assert (found["kind"], [rater["rater"] for rater in found["raters"]]) == ("multiclass", ["rater1", "rater2"])
    both = [rng.random((2, 20, 24)) < 0.4 for _ in images]
    ignore, weights = [np.zeros((20, 24), bool), None, None], [None, np.full((20, 24), 2.0), None]
    data = scumble.Dataset.from_arrays(
        images, raters=[both], ignore=ignore, weights=weights, classes=["p", "q"], kind="multilabel", folder=tmp_path / "d"
    )
    assert scumble.check(data).to_dict()["kind"] == "multilabel"
    assert scumble.fuse(data, tmp_path / "labels").load("image001").shape == (2, 20, 24)
    folder = scumble.Dataset.from_arrays(images, labels=[None, soft[0][0], None]).folder
    assert not folder.exists(), "a temporary data set goes with its object"


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"labels": [np.zeros((4, 4))]}, "2 images, but 1 in labels"),
        ({"labels": [np.zeros((4, 5)), None]}, r"image001 has the shape \(4, 5\)"),
        ({"names": ["a", "a"]}, "2 images, but 1 different names"),
        ({"names": ["a", "../b"]}, "'../b' is no name"),
        ({"raters": {"..": [None, None]}}, "'..' is no name"),
        ({"names": [".a", "b"]}, "'.a' is no name"),
        ({"names": [1, 2]}, "1 is no name"),
    ],
)
def test_arrays_that_are_no_data_set(wrong, says):
    with pytest.raises(ValueError, match=says):
        scumble.Dataset.from_arrays([np.zeros((4, 4), np.uint8)] * 2, **wrong)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty"):
        scumble.Dataset.from_arrays([np.zeros((4, 4), np.uint8)], folder=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_reading(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12, dtype=np.uint16).reshape(2, 3, 2))
    assert scumble.read(tmp_path / "a.npy").tolist() == np.arange(12).reshape(2, 3, 2).tolist()
    with pytest.raises(ValueError, match=r"b\.png"):
        scumble.read(tmp_path / "b.png")


def test_the_program_knows_nothing_of_it():
    """A job that does not exist."""
    with pytest.raises(ValueError, match="no job"):
        scumble._scumble.job("cook", "{}", print)
    assert subprocess.run([sys.executable, "-c", "import scumble, sys; sys.exit('tqdm' in sys.modules)"]).returncode == 0


def test_enough_between_two_images(run, data, tmp_path):
    """What is done by then stays, and can be read."""

    def enough(progress):
        if progress.done == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        scumble.predict(run, data.folder / "images", tmp_path / "maps", progress=enough)
    maps = [file.name for file in (tmp_path / "maps").glob("*.npy")]
    assert 2 <= len(maps) < 6 and (tmp_path / "maps" / "maps.json").exists()
    jobs = [
        lambda: scumble.check(data, progress=enough),
        lambda: scumble.evaluate(run, data, images="*", progress=enough),
        lambda: scumble.calibrate(run, data, images="*", store="always", progress=enough),
        lambda: scumble.fuse(data, tmp_path / "labels", progress=enough),
    ]
    before = run.model.read_bytes()
    for job in jobs:
        with pytest.raises(RuntimeError, match="enough"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            job()
    assert run.model.read_bytes() == before


def _forked(data, folder, model, same):
    trained = scumble.train(data, f"{folder}/forked", SETTINGS, progress=False)
    scumble.fuse(data, f"{folder}/labels", method="staple", progress=False)
    same.value = trained.model.read_bytes() == model


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(run, data, tmp_path):
    scumble.fuse(data, tmp_path / "before", method="staple", progress=False)
    fork = multiprocessing.get_context("fork")
    same = fork.Value("b", False)
    child = fork.Process(target=_forked, args=(data, tmp_path, run.model.read_bytes(), same))
    child.start()
    child.join(120)
    child.kill()
    assert same.value


def alone(code, threads, *folders):
    """What a process of so many threads says; folders are its arguments."""
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "PYTHONPATH": os.path.dirname(__file__)}
    words = [sys.executable, "-W", "error", "-c", code, *map(str, folders)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_many_threads_predict_by_one_model(run):
    code = """
import sys, threading, numpy as np, scumble
model, image = scumble.Model.load(sys.argv[1], fast=True), np.full((64, 64), 100, np.uint8)
threads = [threading.Thread(target=lambda: [model(image) for _ in range(60)]) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("done")
"""
    assert alone(code, 8, run.folder) == ["done"]


def test_what_is_short_does_not_wait_for_what_lasts(data, tmp_path):
    code = """
import sys, numpy as np, scumble
from test_jobs import SETTINGS

def enough(progress):
    scumble.loss(np.zeros((1, 1, 64, 64)), np.full((1, 1, 64, 64), 0.5))
    if progress.step == 5:
        raise RuntimeError

try:
    scumble.train(sys.argv[1], sys.argv[2], {**SETTINGS, "train.epochs": 300}, progress=enough)
except RuntimeError:
    print("enough")
"""
    assert alone(code, 1, data.folder, tmp_path / "run") == ["enough"]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["steps"] < 300


def test_a_model_that_a_path_says_less_than_is_no_path(run, data):
    for model, how in [
        (scumble.Model.load([run, run]), "its files"),
        (run.load(fast=True), "fast=True"),
        (run.load(correction="shift", tile=32), "correction='shift', tile=32"),
    ]:
        with pytest.raises(ValueError, match=how):
            scumble.evaluate(model, data)
    adapted = run.load()
    adapted.adapt(discs(1)[0])
    with pytest.raises(ValueError, match="adapt=True"):
        scumble.evaluate(adapted, data)
    plain, of_run = (scumble.evaluate(one, data) for one in (run.load(), run))
    assert plain.to_dict()["all"] == of_run.to_dict()["all"]


def test_the_order_of_bytes_is_nothing_of_the_image(run):
    model, image = run.load(fast=True), discs(1)[0][0].astype(np.uint16) * 257
    np.testing.assert_array_equal(model(image.astype(">u2")), model(image))


@pytest.mark.parametrize("form, off", [("npy", 0), ("tiff", 0), ("nifti", 0), ("png16", 1 / 131070), ("png8", 1 / 510)])
def test_maps_are_probabilities_whatever_their_files_are(run, data, tmp_path, form, off):
    maps = scumble.predict(run, data.folder / "images", tmp_path / form, format=form, fast=True)
    found = maps.load("image001")
    np.testing.assert_allclose(found, run.load(fast=True)(discs()[0][0]), atol=1.01 * off, rtol=0)
    assert found.dtype == np.float32
    with pytest.raises(KeyError, match="none of this name"):
        maps.load("image")


def test_an_image_that_failed_says_why(run, tmp_path):
    images = discs(2)[0]
    np.save(tmp_path / "good.npy", images[0])
    np.save(tmp_path / "bad.npy", np.zeros((8, 8, 3), np.uint8))
    maps = scumble.predict(run, [tmp_path / "good.npy", tmp_path / "bad.npy"], tmp_path / "maps")
    assert maps.load("good").shape == images[0].shape
    with pytest.raises(KeyError, match="channels"):
        maps.load("bad")


def test_numbers_of_numpys_are_numbers(run, data, tmp_path):
    scores = scumble.evaluate(run, data, bins=np.int64(10), threshold=np.float32(0.5), by_raters=np.bool_(True))
    assert scores.to_dict()["settings"]["bins"] == 10
    scumble.fuse(data, tmp_path / "labels", weights={"ann": np.float32(2)})
    assert scumble.Model.load(run, tile=np.int64(64), scales=np.array([1.0, 1.5])).to_dict()["averaged"]["scales"] == [1, 1.5]


def test_errors_name_the_keyword(run, data, tmp_path):
    for job, says in [
        (lambda: scumble.predict(run, data.folder / "images", tmp_path / "m", format="tif"), "format: unknown variant `tif`"),
        (lambda: scumble.Model.load(run, tile=0), "tile: invalid value"),
        (lambda: scumble.evaluate(run, data, bins=0), "^bins = 0"),
        (lambda: scumble.evaluate(run, data, surface=True), "surface: invalid type"),
        (lambda: scumble.predict([], data, tmp_path / "m"), "model: there must be one"),
        (lambda: scumble.check(data, augment=2), "pictures says where"),
        (lambda: scumble.check(data, settings=SETTINGS), "augment shows"),
        (lambda: scumble.evaluate(run, data, images=[]), "images: there must be one"),
    ]:
        with pytest.raises(ValueError, match=says) as found:
            job()
        assert "line 1" not in str(found.value)
    with pytest.raises(TypeError, match="called method"):
        scumble.fuse(data, tmp_path / "labels", name="majority")


def test_runs_that_cannot_be_judged_together_are_no_silence(run, tmp_path):
    images, raters = discs(4, seed=3)
    other = scumble.train(scumble.Dataset.from_arrays(images, raters=raters), tmp_path / "other", SETTINGS)
    with pytest.warns(UserWarning, match="not judged"):
        assert not scumble.compare([run, other]).values


def test_a_temporary_data_set_comes_and_goes_in_silence(tmp_path):
    code = """
import os, sys, scumble
from test_jobs import discs, SETTINGS
images, raters = discs(4)
data = scumble.Dataset.from_arrays(images, raters=raters)
if not os.fork():
    sys.exit(0)
os.wait()
print(data.folder.exists())
folder = data.folder
del data
print(folder.exists())
run = scumble.train(scumble.Dataset.from_arrays(images, raters=raters), sys.argv[1], SETTINGS)
print(run.status)
"""
    assert alone(code, 2, tmp_path / "run") == ["True", "False", "done"]


def test_nothing_is_left_of_what_was_refused(tmp_path):
    images = [np.zeros((4, 4), np.uint8)]
    with pytest.raises(ValueError, match="has the shape"):
        scumble.Dataset.from_arrays(images, raters=[[np.zeros((4, 5), bool)]], folder=tmp_path / "data")
    assert not (tmp_path / "data").exists()
    scumble.Dataset.from_arrays(images, raters=[[np.zeros((4, 4), bool)]], folder=tmp_path / "data")


@pytest.mark.parametrize("kind", [complex, object, str, np.longdouble])
def test_elements_that_no_file_has_are_refused(kind):
    with pytest.raises(ValueError, match="elements of type"):
        scumble.Dataset.from_arrays([np.zeros((4, 4)).astype(kind)])
    with pytest.raises(ValueError, match="masked array"):
        scumble.Dataset.from_arrays([np.ma.zeros((4, 4))])


def test_a_program_without_a_terminal(data, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert scumble.check(data).is_sound


def test_what_is_made_of_maps(run, data, tmp_path):
    made = scumble.predict(
        run,
        data.folder / "images",
        tmp_path / "maps",
        fast=True,
        threshold=0.25,
        objects=True,
        outlines=["geojson", "roi"],
        contours=[0.2],
    )
    image = next(iter(made.maps))
    assert len(made.maps[image]) == 1
    (mask,) = made.products["masks"][image]
    np.testing.assert_array_equal(scumble.read(mask), 255 * (made.load(image) >= 0.25))
    assert made.table.name == "objects.csv" and made.table.is_file()
    again = scumble.convert(made, tmp_path / "again", threshold={"foreground": 0.25}, uncertainty=True)
    (same,) = again.products["masks"][mask.stem]
    assert same.read_bytes() == mask.read_bytes()
    assert again.table is None and again.maps[mask.stem] == ()
    png = scumble.convert(made, tmp_path / "png", format="png8")
    assert 0 < png.to_dict()["images"][0]["largest_error"] <= 0.5 / 255 + 1e-6
    with pytest.raises(ValueError, match="nothing to make"):
        scumble.convert(made, tmp_path / "nothing")
