"""What jobs come back with."""

from __future__ import annotations

import copy
import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scumble import _scumble
from scumble._files import read
from scumble._html import table

if TYPE_CHECKING:
    from scumble._model import Model


@dataclass(frozen=True)
class Result:
    """What a job has found: `to_dict()` is what the program prints with `--json`."""

    _json: dict[str, Any] = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """All of it, as `docs/json.md` describes it."""
        return copy.deepcopy(self._json)


@dataclass(frozen=True)
class CheckResult(Result):
    """What was found in a data set.

    Attributes
    ----------
    data : Path
        Its folder.
    problems : tuple of str
        What is wrong, file by file.
    images : int or None
        How many images there are; None where it is not known what the maps mean.
    raters : tuple of str
        Who has marked any of them.
    floor : float or None
        The least cross entropy that any prediction of the raters' opinions has, in nats.
    """

    data: Path
    problems: tuple[str, ...]
    images: int | None
    raters: tuple[str, ...]
    floor: float | None

    @classmethod
    def _of(cls, found: dict[str, Any]) -> CheckResult:
        raters = tuple(rater["rater"] for rater in found.get("raters", ()))
        return cls(
            found, Path(found["data"]), tuple(found["problems"]), found.get("images"), raters, found.get("floor")
        )

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong. What merely looks like a mistake is among the `flags` of `to_dict()`."""
        return not self.problems

    def _repr_html_(self) -> str:
        cells = {
            "data": self.data,
            "images": self.images,
            "raters": ", ".join(self.raters) or None,
            "floor": None if self.floor is None else f"{self.floor:.4f} nats",
            "problems": "none" if self.is_sound else "\n".join(self.problems),
        }
        return table(cells)


def _name(image: str) -> str:
    """Of an image's file the name that its maps have."""
    name = Path(image).name
    for end in (".gz", Path(name.removesuffix(".gz")).suffix):
        name = name.removesuffix(end)
    return name


def _probabilities(array: NDArray[Any]) -> NDArray[Any]:
    """Shares of full scale as numbers from 0 to 1."""
    if array.dtype in (np.uint8, np.uint16):
        return np.asarray(array / np.float32(np.iinfo(array.dtype).max), dtype=np.float32)
    return array


def _is_beside(file: Path, output: Path) -> bool:
    return file.parent.parent == output and file.parent.name in ("counts", "label_sets", "disagreement")


def _product(file: Path, output: Path, found: dict[str, Any]) -> str | None:
    """What is made of maps in this file, if anything is."""
    folder = file.relative_to(output).parts[0]
    return folder if folder in found.get("products", ()) else None


@dataclass(frozen=True)
class MapsResult(Result):
    """Maps in files, by image.

    Attributes
    ----------
    output : Path
        Their folder; a result can be given wherever a folder of maps can.
    maps : dict of str to tuple of Path
        The files of each image's probabilities.
    beside : dict of str to dict of str to Path
        What lies beside them, by what it is and by image: "counts" of raters, "label_sets", "disagreement".
    products : dict of str to dict of str to tuple of Path
        What is made of them, by what it is and by image: "masks", "uncertainty", "objects", "outlines", "contours".
    table : Path or None
        The table of all objects.
    failed : dict of str to str
        The images of which there are none, and why.
    there : int
        How many images `skip_existing` has left out, as their maps were there; a volume that is written as one is one.
    """

    output: Path
    maps: dict[str, tuple[Path, ...]]
    beside: dict[str, dict[str, Path]]
    products: dict[str, dict[str, tuple[Path, ...]]]
    table: Path | None
    failed: dict[str, str]
    there: int

    @classmethod
    def _of(cls, found: dict[str, Any], output: Path) -> MapsResult:
        output = output.absolute()
        maps: dict[str, tuple[Path, ...]] = {}
        beside: dict[str, dict[str, Path]] = {}
        products: dict[str, dict[str, tuple[Path, ...]]] = {}
        for image in found["images"]:
            name, files = image["image"], [Path(file).absolute() for file in image["maps"]]
            maps[name] = ()
            for file in files:
                if product := _product(file, output, found):
                    made = products.setdefault(product, {})
                    made[name] = (*made.get(name, ()), file)
                elif _is_beside(file, output):
                    beside.setdefault(file.parent.name, {})[name] = file
                else:
                    maps[name] = (*maps[name], file)
        objects = None if found.get("table") is None else Path(found["table"]).absolute()
        return cls(found, output, maps, beside, products, objects, found["failed"], found["there"])

    def load(self, image: str | Path) -> NDArray[Any]:
        """The probabilities of an image, by its key in `maps` or the name of its file without the extension: [H, W], or of
        several classes [K, H, W]."""
        files = [_probabilities(read(file)) for file in self.maps[self._key(str(image))]]
        return np.moveaxis(files[0], -1, 0) if files[0].ndim == 3 else files[0] if len(files) == 1 else np.stack(files)

    def _key(self, image: str) -> str:
        found = [key for key in self.maps if image == key] or [key for key in self.maps if image == _name(key)]
        if len(found) == 1:
            return found[0]
        why = next((why for key, why in self.failed.items() if image in (key, _name(key))), "there is none of this name")
        raise KeyError(f"{image}: {why}")

    def __fspath__(self) -> str:
        return str(self.output)

    def _repr_html_(self) -> str:
        failed = "\n".join(f"{image}: {why}" for image, why in self.failed.items())
        cells = {"maps": f"{len(self.maps)} images in {self.output}", "there already": self.there or None}
        return table({**cells, "failed": failed or None})


@dataclass(frozen=True)
class PartResult(Result):
    """One part of a judgement.

    Attributes
    ----------
    part : str
        Which, such as "3/20".
    sums : Path
        The file that `merge_parts` needs of it.
    images : int or None
        How many of its images were judged; None where the file was there.
    of : int
        How many images there are in all.
    """

    part: str
    sums: Path
    images: int | None
    of: int

    @classmethod
    def _of(cls, found: dict[str, Any]) -> PartResult:
        return cls(found, found["part"], Path(found["sums"]), found["images"], found["of"])


@dataclass(frozen=True)
class Run(Result):
    """A training in its folder. It can be given wherever a model can.

    Attributes
    ----------
    folder : Path
        The run folder.
    status : {"running", "paused", "interrupted", "done"}
        How it stands; all but the last can be resumed.
    steps : int
        Steps made in all.
    best : dict or None
        What `metrics.jsonl` says of the best epoch so far.
    model, report : Path or None
        The model file, and the page that explains the run, once it is done.
    longer : str or None
        The setting that makes a training that is worth it twice as long when it is resumed.
    """

    folder: Path
    status: str
    steps: int
    best: dict[str, Any] | None
    model: Path | None
    report: Path | None
    longer: str | None

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Run:
        model, report = (None if found[name] is None else Path(found[name]).absolute() for name in ("model", "report"))
        return cls(
            found, Path(found["run"]).absolute(), found["status"], found["steps"], found["best"], model, report, found["longer"]
        )

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """What `metrics.jsonl` says of each epoch."""
        return [json.loads(line) for line in (self.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]

    @property
    def curves(self) -> dict[str, NDArray[np.float64]]:
        """Numbers by epoch, [epochs], NaN where an epoch was not judged: epoch, step, seconds, train_excess,
        validation_excess, truth_distance, calibration_error."""
        epochs = self.epochs

        def numbers(*names: str) -> NDArray[np.float64]:
            def of(value: Any) -> float:
                for name in names:
                    value = None if value is None else value.get(name)
                return np.nan if value is None else float(value)

            return np.array([of(epoch) for epoch in epochs])

        return {
            "epoch": numbers("epoch"),
            "step": numbers("step"),
            "seconds": numbers("seconds"),
            "train_excess": numbers("train", "excess"),
            "validation_excess": numbers("validation", "excess"),
            "truth_distance": numbers("truth", "distance"),
            "calibration_error": numbers("calibration_error"),
        }

    def load(self, **how: Any) -> Model:
        """Its best model so far; keywords are those of `Model.load`."""
        from scumble._model import Model

        return Model.load(self, **how)

    def __fspath__(self) -> str:
        return str(self.folder)

    def _repr_html_(self) -> str:
        """Its facts and, as in the report, its curves."""
        best = None if self.best is None or self.best["validation"] is None else self.best["validation"]["excess"]
        cells = {
            "run": self.folder,
            "status": self.status,
            "steps": f"{self.steps:,}",
            "best validation excess": None if best is None else f"{best:.4f} nats",
            "report": self.report,
            "twice as long": self.longer,
        }
        if not self.epochs:
            return table(cells)
        page = html.escape(_scumble.training_page(str(self.folder)))
        frame = f"<iframe srcdoc='{page}' sandbox style='width:100%;height:30em;border:0'></iframe>"
        return table(cells) + frame


@dataclass(frozen=True)
class Calibration(Result):
    """A calibration, and what it gains on images held out.

    Attributes
    ----------
    model : Path
        The model file.
    images : tuple of str
        The images that it was fitted to.
    gain : float or None
        By how much the cross entropy of images held out falls, in nats; None where nothing was held out.
    interval : tuple of float or None
        The gain's 95 % interval.
    gains, stored : bool
        Whether the gain is more than chance, and whether the model file was changed.
    """

    model: Path
    images: tuple[str, ...]
    gain: float | None
    interval: tuple[float, float] | None
    gains: bool
    stored: bool

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Calibration:
        held_out = found["held_out"] or {}
        interval = held_out.get("interval")
        return cls(
            found,
            Path(found["model"]),
            tuple(found["images"]),
            held_out.get("gain"),
            None if interval is None else (interval["low"], interval["high"]),
            found["gains"],
            found["stored"],
        )

    def _repr_html_(self) -> str:
        gain = None if self.gain is None else f"{self.gain:.5f} nats, {'more than' if self.gains else 'not told from'} chance"
        return table({"model": self.model, "images": len(self.images), "gain": gain, "stored": self.stored})


@dataclass(frozen=True)
class Comparison(Result):
    """Runs, models or maps beside each other; every list has their order.

    Attributes
    ----------
    runs : tuple of str
        What was compared.
    settings : dict of str to list
        The settings that are not the same in all, each with its values.
    values : dict of str to ndarray
        Each score of all of them, NaN where one has none.
    verdicts : dict of str to tuple of str
        By score, how each but the first is against the first: "better", "worse", "equal", "no difference shown", ...
    """

    runs: tuple[str, ...]
    settings: dict[str, list[Any]]
    values: dict[str, NDArray[np.float64]] = field(compare=False)
    verdicts: dict[str, tuple[str, ...]]

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Comparison:
        scores = found["scores"] or {"values": [], "against_first": []}
        names = list(scores["values"][0]) if scores["values"] else []
        values = {name: np.array([one[name] for one in scores["values"]], dtype=np.float64) for name in names}
        verdicts = {name: tuple(one[name]["verdict"] for one in scores["against_first"]) for name in names}
        return cls(found, tuple(found["runs"]), found["settings"], values, verdicts)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *self.values))
        rows = []
        for at, run in enumerate(self.runs):
            cells = [f"<th style='text-align:left'>{html.escape(run)}</th>"]
            for name, values in self.values.items():
                verdict = "" if at == 0 else f" ({self.verdicts[name][at - 1]})"
                cells.append(f"<td>{values[at]:.4f}{html.escape(verdict)}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
