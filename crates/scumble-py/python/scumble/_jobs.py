"""What scumble does, job by job: the functions of the program, with its options as keywords."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import fsdecode
from pathlib import Path
from typing import Any, Literal

from scumble import _scumble
from scumble._model import Model
from scumble._progress import Watcher, observer
from scumble._ranks import ranks_of
from scumble._request import (
    Images,
    PathTo,
    Threshold,
    assignments,
    path,
    patterns,
    products,
    running,
    several,
    written,
)
from scumble._results import Calibration, CheckResult, Comparison, MapsResult, PartResult, Run
from scumble._scores import Scores

Format = Literal["npy", "tiff", "png16", "png8", "nifti", "nifti16"]
Target = Literal["auto", "labels", "mean", "staple", "dawid-skene"]
Precision = Literal["auto", "f32", "bf16"]
Flips = Literal["on", "all", "flips", "turns", "off"]
Mean = Literal["logits", "probability"]
Outlines = Literal["geojson", "roi"]

# How a `Model` predicts where nobody has said how: as it was opened.
AS_OPENED = running(device="cpu", precision="auto", flips=None, scales=None, average="logits", fast=False, tile=None)
AS_OPENED |= {"rater": None, "correction": "full"}


def check(
    data: PathTo,
    *,
    images: Images = None,
    pictures: PathTo | None = None,
    augment: int | None = None,
    settings: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    progress: Watcher = None,
) -> CheckResult:
    """Reads every file of a data set, says what is wrong with it and how far its raters agree.

    Parameters
    ----------
    data : path or Dataset
        The data set.
    images : str or sequence of str, optional
        Only images whose name matches one of these patterns.
    pictures : path, optional
        A folder for pictures of the disagreement.
    augment : int, optional
        Show this many patches among the pictures as a training would draw them.
    settings : mapping, optional
        The settings of that training, as `train` has them.
    overwrite : bool
        Replace pictures that are there.
    progress : callable, bool or None
        Called with each `Progress`; True shows a bar, None does so at a terminal and in a notebook.

    Returns
    -------
    CheckResult

    Raises
    ------
    ValueError
        No data set. What is wrong with its files is among the result's `problems`.
    """
    request: dict[str, Any] = {"data": fsdecode(data), "images": patterns(images), "overwrite": overwrite}
    request["pictures"] = path(pictures)
    if augment is None and settings is not None:
        raise ValueError("settings are those of the patches that augment shows")
    if augment is not None:
        if pictures is None:
            raise ValueError("augment shows patches among the pictures: pictures says where")
        request["augmented"] = {"patches": augment, "assignments": assignments(settings)}
    return CheckResult._of(_do("check", request, progress))


def fuse(
    data: PathTo,
    output: PathTo,
    *,
    method: Literal["mean", "majority", "staple", "dawid-skene"] = "mean",
    images: Images = None,
    format: Format | None = None,
    overwrite: bool = False,
    progress: Watcher = None,
    **options: Any,
) -> MapsResult:
    """Makes one soft label of several raters' masks, in files.

    Parameters
    ----------
    data : path or Dataset
        The data set.
    output : path
        A folder for the labels.
    method : {"mean", "majority", "staple", "dawid-skene"}
        How; `docs/raters.md` says which answers which question.
    images : str or sequence of str, optional
        Only images whose name matches one of these patterns.
    format : {"npy", "tiff", "png16", "png8", "nifti", "nifti16"}, optional
        What the files are; unless it is said NIfTI of NIfTI files, else NPY.
    overwrite : bool
        Replace labels that are there.
    progress : callable, bool or None
        As in `check`.
    **options
        Those of the method: `weights` (a dict of rater to number) of the mean, `ties` of the majority, `iterations`,
        `pooled`, `disputed_only` and `prior` (STAPLE) of the others.

    Returns
    -------
    MapsResult

    Raises
    ------
    ValueError
        No data set, options that the method does not have, labels that would be replaced. An image that fails is among the
        result's `failed`.
    """
    if "name" in options:
        raise TypeError("the method is called method")
    if isinstance(options.get("prior"), float):
        options["prior"] = [options["prior"]]
    request: dict[str, Any] = {"data": fsdecode(data), "output": fsdecode(output), "images": patterns(images)}
    request |= {"method": {**options, "name": method}, "format": format, "overwrite": overwrite}
    return MapsResult._of(_do("fuse", request, progress), Path(fsdecode(output)))


def train(
    data: PathTo,
    run: PathTo,
    settings: Mapping[str, Any] | None = None,
    *,
    config: PathTo | None = None,
    resume: bool = False,
    overwrite: bool = False,
    pause_after: int | None = None,
    device: str = "cpu",
    ranks: Any = None,
    progress: Watcher = None,
) -> Run:
    """Trains a model.

    Ctrl-C ends the training after the step that it is at, and saves; `resume=True` goes on as if nothing had been.

    Parameters
    ----------
    data : path or Dataset
        The data set.
    run : path
        The run folder, new or empty.
    settings : mapping, optional
        Settings by their names in a config file (`scumble init` writes all of them with what they mean), such as
        ``{"train.minutes": 4, "data.normalisation": "image"}``.
    config : path, optional
        A config file; `settings` are over it.
    resume : bool
        Go on where a run stopped.
    overwrite : bool
        Start a run that is there again.
    pause_after : int, optional
        Pause after this many epochs.
    device : str
        "cpu", or in builds for them "cuda", "cuda:1", "wgpu".
    ranks : optional
        Who shares the training: a communicator of mpi4py, such as ``MPI.COMM_WORLD``, or the module ``torch.distributed``
        after ``init_process_group``. All processes make the same call; the run, which the first one writes, is the same
        bytes at any number of them.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        Data or settings at fault, a run that is there; ranks that are not alike, or lost each other.
    KeyboardInterrupt
        Ctrl-C; the run is saved.
    """
    if resume and (config is not None or overwrite):
        raise ValueError("a run that is resumed has its settings; leave config and overwrite out")
    start: Any = "resume" if resume else {"new": {"config": path(config), "overwrite": overwrite}}
    request: dict[str, Any] = {"data": fsdecode(data), "run": fsdecode(run), "start": start}
    request |= {"assignments": assignments(settings)}
    request |= {"pause_after": pause_after, "device": device, "command": ["scumble.train"]}
    try:
        if ranks is None:
            return Run._of(_do("train", request, progress))
        rank, count, exchange = ranks_of(ranks)
        watcher = observer(progress if rank == 0 else False)
        try:
            return Run._of(json.loads(_scumble.train_together(written(request), rank, count, exchange, watcher)))
        finally:
            watcher.close()
    except KeyboardInterrupt as error:
        if sys.version_info >= (3, 11) and (Path(fsdecode(run)) / "run.json").exists():
            error.add_note(f"the training is saved in {fsdecode(run)}; scumble.train(..., resume=True) goes on")
        raise


def predict(
    model: PathTo | Sequence[PathTo],
    images: PathTo | Sequence[PathTo],
    output: PathTo,
    *,
    format: Format | None = None,
    slice_axis: Literal["x", "y", "z"] | None = None,
    rater: str | None = None,
    correction: Literal["full", "shift", "none"] = "full",
    label_sets: bool = False,
    disagreement: bool = False,
    masks: bool = False,
    threshold: Threshold = None,
    uncertainty: bool = False,
    objects: bool = False,
    outlines: Outlines | Sequence[Outlines] = (),
    contours: Sequence[float] = (),
    adapt: bool = False,
    part: str | None = None,
    skip_existing: bool = False,
    overwrite: bool = False,
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    average: Mean = "logits",
    fast: bool = False,
    tile: int | None = None,
    progress: Watcher = None,
) -> MapsResult:
    """Predicts images in files into maps in files; arrays are for `Model`.

    Parameters
    ----------
    model : path, Run or Model, or sequence of these
        A model file or a run; of several the mean is the prediction. A `Model` predicts as it was opened, and is not read
        again, unless `adapt` is asked for or an option of `Model.load` is not what it is by default.
    images : path or sequence of path
        Images, volumes, slices of them, or folders of images. Volumes are predicted slice by slice.
    output : path
        A folder for the maps.
    format : {"npy", "tiff", "png16", "png8", "nifti", "nifti16"}, optional
        What their files are; unless it is said NIfTI of NIfTI files, else NPY.
    slice_axis : {"x", "y", "z"}, optional
        The axis of a volume along which its slices follow one another, where it is not that of the training or of the longest
        side of its voxels.
    label_sets, disagreement : bool
        Write the most probable set of overlapping labels, and how far several models differ, too.
    masks, threshold, uncertainty, objects, outlines, contours
        What else is made of the maps, as in `convert`.
    adapt : bool
        Bring batch statistics half of the way to those of these images.
    part : str, optional
        A part of the images alone, such as "3/20": other machines predict the rest.
    skip_existing : bool
        Leave out images whose maps are there.
    overwrite : bool
        Replace maps that are there.
    rater, correction, device, precision, flips, scales, average, fast, tile
        As in `Model.load`.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    MapsResult

    Raises
    ------
    ValueError
        No model, no image, maps that would be replaced. An image that fails is among the result's `failed`.
    """
    how = running(device=device, precision=precision, flips=flips, scales=scales, average=average, fast=fast, tile=tile)
    how |= {"rater": rater, "correction": correction}
    if isinstance(model, Model) and not adapt and how == AS_OPENED:
        request, job = dict(model._request), model._predictor.predict
    else:
        first, *members = several("model", model)
        request, job = {**how, "model": first, "members": members}, None
    request |= {"images": several("images", images), "output": fsdecode(output)}
    request |= {"format": format, "slice_axis": slice_axis, "label_sets": label_sets}
    request |= {"disagreement": disagreement, "adapt": adapt, "overwrite": overwrite}
    request |= {"part": part, "skip_existing": skip_existing}
    request["products"] = products(masks, threshold, uncertainty, objects, outlines, contours)
    return MapsResult._of(_do("predict", request, progress, job), Path(fsdecode(output)))


def convert(
    maps: PathTo,
    output: PathTo,
    *,
    format: Format | None = None,
    images: Images = None,
    masks: bool = False,
    threshold: Threshold = None,
    uncertainty: bool = False,
    objects: bool = False,
    outlines: Outlines | Sequence[Outlines] = (),
    contours: Sequence[float] = (),
    overwrite: bool = False,
    progress: Watcher = None,
) -> MapsResult:
    """Writes maps in another format, and what is made of maps: `docs/outputs.md` says what lies where.

    Parameters
    ----------
    maps : path, MapsResult or Dataset
        A folder of maps, or a data set, of whose labels it is.
    output : path
        A folder for what is made.
    format : {"npy", "tiff", "png16", "png8", "nifti"}, optional
        What the maps become; without it no maps are written.
    images : str or sequence of str, optional
        Only images whose name matches one of these patterns.
    masks : bool
        Hard masks; of exclusive classes the index of the likeliest.
    threshold : float, str or mapping of str to float, optional
        The probability from which on a class is predicted, for masks (which it asks for), objects and outlines: of all classes, of
        each by name, or "best-f1", which a model file says. The default is 0.5.
    uncertainty : bool
        The entropy of what is predicted, in nats.
    objects : bool
        The connected objects of the masks, numbered, with a table.
    outlines : {"geojson", "roi"} or sequence of these
        Their outlines, for QuPath and QGIS, or for ImageJ.
    contours : sequence of float
        Lines of these probabilities.
    overwrite : bool
        Replace what is there.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    MapsResult
        `to_dict()` has the largest error of each image's numbers.

    Raises
    ------
    ValueError
        No maps, nothing to make, what these classes do not have, files that would be replaced.
    """
    request: dict[str, Any] = {"maps": fsdecode(maps), "output": fsdecode(output), "images": patterns(images)}
    request |= {"format": format, "overwrite": overwrite}
    request["products"] = products(masks, threshold, uncertainty, objects, outlines, contours)
    return MapsResult._of(_do("convert", request, progress), Path(fsdecode(output)))


def evaluate(
    predictions: PathTo | Sequence[PathTo],
    data: PathTo,
    *,
    images: Images = None,
    group: str | None = None,
    target: Target = "auto",
    region: str | None = None,
    by_raters: bool = True,
    bins: int = 15,
    binning: str | None = None,
    threshold: float = 0.5,
    rater: str | None = None,
    samples: bool = False,
    allow_missing: bool = False,
    uncalibrated: bool = False,
    adapt: bool = False,
    label_sets: bool = False,
    uncertainty: bool = False,
    disagreement: bool = False,
    surface: tuple[float, float] | None = None,
    objects: float | None = None,
    diversity: int | None = None,
    pictures: PathTo | None = None,
    report: PathTo | None = None,
    csv: PathTo | None = None,
    overwrite: bool = False,
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    average: Mean = "logits",
    fast: bool = False,
    tile: int | None = None,
    progress: Watcher = None,
) -> Scores:
    """Judges a model or maps against soft labels and raters.

    Of the data that a run was trained on, the images are judged that it has not learnt from. Arrays are for `Judge`.

    Parameters
    ----------
    predictions : path, Run, Model or MapsResult, or sequence of models
        A model file, a run or a folder of maps; of several models the mean.
    data : path or Dataset
        The data set, or a folder of label maps.
    images : str or sequence of str, optional
        Only images whose name matches one of these patterns; "*" takes all.
    group : str, optional
        A regular expression with one capture, which is the group of images that one belongs to.
    target : {"auto", "labels", "mean", "staple", "dawid-skene"}
        Which label.
    region : str, optional
        Only this band of each image, such as "rows 0.7..1".
    by_raters : bool
        A pixel counts as many times as raters judged it.
    bins, binning, threshold
        Of the reliability diagram, and of decisions.
    rater : str, optional
        Judge by the masks of this rater alone, and a model by what it predicts that this rater would say.
    samples : bool
        The predictions are several masks of each image.
    allow_missing, uncalibrated, adapt : bool
        Leave images without a prediction out; judge without the model's calibration; as in `predict`.
    label_sets, uncertainty, disagreement, surface, objects, diversity
        What to find out, too, as the options of `scumble eval`: `surface` is the height and width of a pixel, `objects` the
        IoU above which objects match, `diversity` the number of masks to draw of each map.
    pictures, report, csv : path, optional
        A folder of pictures, a page that explains the scores, a table.
    overwrite : bool
        Replace them.
    device, precision, flips, scales, average, fast, tile
        As in `Model.load`.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Scores

    Raises
    ------
    ValueError
        Nothing to judge, labels or predictions at fault, files that would be replaced.
    """
    asked = _judging(
        predictions,
        data,
        images=images,
        group=group,
        target=target,
        region=region,
        by_raters=by_raters,
        bins=bins,
        binning=binning,
        threshold=threshold,
        rater=rater,
        samples=samples,
        allow_missing=allow_missing,
        uncalibrated=uncalibrated,
        label_sets=label_sets,
        uncertainty=uncertainty,
        disagreement=disagreement,
        surface=surface,
        objects=objects,
        diversity=diversity,
        overwrite=overwrite,
        device=device,
        precision=precision,
        flips=flips,
        scales=scales,
        average=average,
        fast=fast,
        tile=tile,
    )
    asked |= {"adapt": adapt, "pictures": path(pictures)}
    return Scores._of(_do("evaluate", {"judge": asked, "report": path(report), "csv": path(csv)}, progress))


def evaluate_part(
    predictions: PathTo | Sequence[PathTo],
    data: PathTo,
    output: PathTo,
    part: str,
    *,
    skip_existing: bool = False,
    progress: Watcher = None,
    **judging: Any,
) -> PartResult:
    """Judges the images of one part alone; `merge_parts` puts those of all parts together.

    Parameters
    ----------
    predictions, data
        As in `evaluate`.
    output : path
        Folder for the sums of all parts, a file each.
    part : str
        Which part: "3/20" is the third of twenty. An image's part is a hash of its name.
    skip_existing : bool
        Do nothing where the part's sums are there.
    progress : callable, bool or None
        As in `check`.
    **judging
        Keywords of `evaluate`, the same for all parts; not those that are of all images (`adapt`, `pictures`, `report`,
        `csv`).

    Returns
    -------
    PartResult

    Raises
    ------
    ValueError
        As `evaluate`; sums that would be replaced, or are of another judgement.
    """
    asked = _judging(predictions, data, **judging)
    request = {"judge": asked, "part": part, "output": fsdecode(output), "skip_existing": skip_existing}
    return PartResult._of(_do("evaluate_part", request, progress))


def merge_parts(
    sums: PathTo | Sequence[PathTo],
    *,
    csv: PathTo | None = None,
    overwrite: bool = False,
    progress: Watcher = None,
) -> Scores:
    """Puts the sums of all parts of a judgement together: the scores of one run, to the last digit.

    Neither predictions nor data are read.

    Parameters
    ----------
    sums : path or sequence of path
        Files that `evaluate_part` has written, or folders of them.
    csv : path, optional
        A table.
    overwrite : bool
        Replace it.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Scores

    Raises
    ------
    ValueError
        Parts that are missing, there twice, or of another judgement.
    """
    files = [file for file in [path(csv)] if file is not None]
    request = {"sums": several("sums", sums), "written": files, "overwrite": overwrite}
    return Scores._of(_do("merge_parts", request, progress))


def _judging(
    predictions: PathTo | Sequence[PathTo],
    data: PathTo,
    *,
    images: Images = None,
    group: str | None = None,
    target: Target = "auto",
    region: str | None = None,
    by_raters: bool = True,
    bins: int = 15,
    binning: str | None = None,
    threshold: float = 0.5,
    rater: str | None = None,
    samples: bool = False,
    allow_missing: bool = False,
    uncalibrated: bool = False,
    label_sets: bool = False,
    uncertainty: bool = False,
    disagreement: bool = False,
    surface: tuple[float, float] | None = None,
    objects: float | None = None,
    diversity: int | None = None,
    overwrite: bool = False,
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    average: Mean = "logits",
    fast: bool = False,
    tile: int | None = None,
) -> dict[str, Any]:
    """What is asked of a judgement, and of each part of one."""
    first, *members = several("predictions", predictions)
    settings = {"target": target, "region": region, "by_raters": by_raters, "bins": bins, "threshold": threshold}
    if binning is not None:
        settings["binning"] = binning
    request = running(
        device=device, precision=precision, flips=flips, scales=scales, average=average, fast=fast, tile=tile
    )
    request |= {"predictions": first, "members": members, "data": fsdecode(data), "images": patterns(images)}
    request |= {"settings": settings, "rater": rater, "samples": samples, "allow_missing": allow_missing}
    request |= {"uncalibrated": uncalibrated, "label_sets": label_sets, "uncertainty": uncertainty}
    request |= {"disagreement": disagreement, "surface": surface, "objects": objects, "diversity": diversity}
    request |= {"overwrite": overwrite}
    if group is not None:
        request["group"] = group
    return request


def calibrate(
    model: PathTo,
    data: PathTo,
    *,
    images: Images = None,
    group: str | None = None,
    method: str | None = None,
    target: Target = "auto",
    region: str | None = None,
    by_raters: bool = True,
    folds: int = 5,
    store: Literal["if-it-gains", "always", "never"] = "if-it-gains",
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    fast: bool = False,
    tile: int | None = None,
    progress: Watcher = None,
) -> Calibration:
    """Fits a map of logits that makes a model's probabilities true, and stores it in the model file if it gains anything.

    Parameters
    ----------
    model : path, Run or Model
        The model. One that is opened already does not notice: load it again.
    data : path or Dataset
        The data set; of the one that a run was trained on, what it held out.
    method : str, optional
        "temperature" (the default), or another of `scumble calibrate --method`.
    folds : int
        How many parts the groups of images are cut into.
    store : {"if-it-gains", "always", "never"}
        What becomes of it.
    images, group, target, region, by_raters
        As in `evaluate`.
    device, precision, flips, scales, fast, tile
        As in `Model.load`.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        Nothing held out, labels at fault, a model without logits of single labels.
    """
    request = running(
        device=device, precision=precision, flips=flips, scales=scales, average="logits", fast=fast, tile=tile
    )
    request |= {"model": fsdecode(model), "data": fsdecode(data), "images": patterns(images)}
    request |= {"settings": {"target": target, "region": region, "by_raters": by_raters}}
    request |= {"folds": folds, "store": store}
    request |= {key: value for key, value in {"group": group, "method": method}.items() if value is not None}
    return Calibration._of(_do("calibrate", request, progress))


def compare(
    runs: Sequence[PathTo],
    data: PathTo | None = None,
    *,
    images: Images = None,
    group: str | None = None,
    target: Target = "auto",
    region: str | None = None,
    by_raters: bool = True,
    allow_missing: bool = False,
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    fast: bool = False,
    tile: int | None = None,
    progress: Watcher = None,
) -> Comparison:
    """Holds runs, models or maps against the first of them, on the same images.

    Parameters
    ----------
    runs : sequence of path, Run, Model or MapsResult
        What to compare, two at least.
    data : path or Dataset, optional
        The data set. By default the one that all runs were trained on; where there is none, nothing is judged, with a warning.
    images, group, target, region, by_raters, allow_missing
        As in `evaluate`.
    device, precision, flips, scales, fast, tile
        As in `Model.load`.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        Fewer than two, no data set named for what is no run, no image that all have predicted.
    """
    request = running(
        device=device, precision=precision, flips=flips, scales=scales, average="logits", fast=fast, tile=tile
    )
    request |= {"runs": several("runs", runs), "data": path(data), "images": patterns(images)}
    request |= {"settings": {"target": target, "region": region, "by_raters": by_raters}}
    request |= {"allow_missing": allow_missing}
    if group is not None:
        request["group"] = group
    found = _do("compare", request, progress)
    if found["scores"] is None:
        warnings.warn("not judged: the runs are of different data, or of data that is gone; name images as data", stacklevel=2)
    return Comparison._of(found)


def report(
    run: PathTo,
    data: PathTo | None = None,
    *,
    output: PathTo | None = None,
    overwrite: bool = False,
    device: str = "cpu",
    precision: Precision = "auto",
    flips: Flips | None = None,
    scales: Sequence[float] | None = None,
    fast: bool = False,
    progress: Watcher = None,
) -> Path:
    """Writes the page that explains a run: its training, and its best model on images that it has not learnt from.

    Parameters
    ----------
    run : path or Run
        The run.
    data : path or Dataset, optional
        The data set, if it has moved since the training, or another one to judge all of.
    output : path, optional
        The file; the run's own by default.
    overwrite : bool
        Replace another file that is there.
    device, precision, flips, scales, fast
        As in `Model.load`.
    progress : callable, bool or None
        As in `check`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        A run without a model, a data set that is gone or has changed.
    """
    request = running(
        device=device, precision=precision, flips=flips, scales=scales, average="logits", fast=fast, tile=None
    )
    request |= {"run": fsdecode(run), "data": path(data), "output": path(output), "overwrite": overwrite}
    return Path(_do("report", request, progress)["report"])


def export(model: PathTo, output: PathTo, *, overwrite: bool = False) -> Path:
    """Writes a model as ONNX, with normalisation and calibration inside (`docs/onnx.md`).

    Parameters
    ----------
    model : path, Run or Model
        The model.
    output : path
        The file.
    overwrite : bool
        Replace a file that is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        No model, a file that is there.
    """
    request = {"model": fsdecode(model), "output": fsdecode(output), "overwrite": overwrite}
    return Path(_do("export", request, False)["output"])


def _do(
    name: str, request: Mapping[str, Any], progress: Watcher, job: Callable[[str, Any], str] | None = None
) -> dict[str, Any]:
    job = job or partial(_scumble.job, name)
    watcher = observer(progress)
    try:
        found: dict[str, Any] = json.loads(job(written(request), watcher))
    finally:
        watcher.close()
    return found
