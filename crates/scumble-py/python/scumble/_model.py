"""A model as an object."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scumble import _scumble
from scumble._arrays import samples
from scumble._html import table
from scumble._progress import observer
from scumble._request import PathTo, running, several, written

class Model:
    """A model, or several whose mean is the prediction; `Model.load` opens it, calling it predicts.

    `scumble.predict` takes it as it is. One that was opened without options can be given to the other jobs as a path can;
    others are refused there, for a path knows no options.

    Attributes
    ----------
    files : tuple of Path
        The model files.
    kind : {"binary", "multiclass", "multilabel"}
        What its classes are to each other.
    classes : tuple of str
        Their names in the order of the maps.
    channels : int
        Channels of its images.
    raters : tuple of str
        The raters who each have a say, as `rater` names them.
    """

    def __init__(self, predictor: _scumble.Predictor, request: dict[str, Any]) -> None:
        self._predictor = predictor
        self._request = request
        # How it was opened, if not as a path of it would be.
        self._how: list[str] = []
        self.files = tuple(map(Path, predictor.files()))
        about = json.loads(_scumble.job("info", json.dumps(str(self.files[0])), observer(False)))
        self._about: dict[str, Any] = about
        self.kind: str = about["kind"]
        self.classes: tuple[str, ...] = tuple(about["classes"])
        self.channels: int = about["channels"]
        self.raters: tuple[str, ...] = tuple(about["raters"])

    @classmethod
    def load(
        cls,
        model: PathTo | Sequence[PathTo],
        *,
        rater: str | None = None,
        correction: Literal["full", "shift", "none"] = "full",
        device: str = "cpu",
        precision: Literal["auto", "f32", "bf16"] = "auto",
        flips: Literal["on", "all", "flips", "turns", "off"] | None = None,
        scales: Sequence[float] | None = None,
        average: Literal["logits", "probability"] = "logits",
        fast: bool = False,
        tile: int | None = None,
    ) -> Model:
        """Opens a model.

        Parameters
        ----------
        model : path or sequence of path
            A model file or a run; of several the mean is the prediction.
        rater : str, optional
            Predict what this rater would say, in place of what raters say together.
        correction : {"full", "shift", "none"}
            Whether what class weights in training have put there is taken off ("shift"), and the calibration applied
            ("full").
        device : str
            "cpu", or in builds for them "cuda", "cuda:1", "wgpu".
        precision : {"auto", "f32", "bf16"}
            The numbers in which it runs.
        flips : {"on", "all", "flips", "turns", "off"}, optional
            The turns and flips of the image that a prediction is averaged over; "on", those of the training, by default.
        scales : sequence of float, optional
            Sizes of the image that it is averaged over, as multiples of its own.
        average : {"logits", "probability"}
            What is averaged of several models.
        fast : bool
            One view at one size: the least work.
        tile : int, optional
            Side of the tiles in pixels.

        Raises
        ------
        ValueError
            No model, models that do not go together, a rater or device that is not there.
        """
        first, *members = several("model", model)
        request = running(
            device=device, precision=precision, flips=flips, scales=scales, average=average, fast=fast, tile=tile
        )
        request |= {"model": first, "members": members, "correction": correction, "rater": rater}
        opened = cls(_scumble.Predictor.open(written(request), observer(False)), request)
        given: dict[str, Any] = {"rater": rater, "correction": correction, "device": device, "precision": precision, "flips": flips}
        given |= {"scales": scales, "average": average, "fast": fast, "tile": tile}
        usual = {"correction": "full", "device": "cpu", "precision": "auto", "average": "logits", "fast": False}
        opened._how = [f"{name}={value!r}" for name, value in given.items() if repr(value) != repr(usual.get(name))]
        return opened

    def __call__(self, image: ArrayLike) -> NDArray[np.float32]:
        """The probabilities of an image.

        Parameters
        ----------
        image : array_like
            [H, W], or [H, W, C] in the order of the training images, of any size, in the type of numbers that the training
            images had: uint8, uint16, or floats, which are taken as float32. NaN is no data.

        Returns
        -------
        ndarray
            [H, W] of one class, else [K, H, W], float32; NaN where no channel has data.

        Raises
        ------
        ValueError
            No image, or one of other channels than the model's.
        """
        return self._read(image, "probabilities")

    def logits(self, image: ArrayLike) -> NDArray[np.float32]:
        """What a calibration is fitted to, in the shape of the probabilities: logits without what class weights in training and
        a calibration put there."""
        return self._read(image, "logits")

    def label_sets(self, image: ArrayLike) -> NDArray[np.float32]:
        """Of overlapping labels: the probability of each of their sets, [2^K, H, W], bit i of a set being class i."""
        return self._read(image, "label-sets")

    def disagreement(self, image: ArrayLike) -> NDArray[np.float32]:
        """How far several models differ, [H, W], in nats."""
        return self._read(image, "disagreement")

    def adapt(self, images: Sequence[ArrayLike]) -> int:
        """Brings batch statistics half of the way to those of these images, without labels; says of how many.

        For images that another machine has recorded. What a calibration was fitted to is changed by it.
        """
        seen = self._predictor.adapt([samples(image) for image in images])
        if not seen:
            raise ValueError(f"there is no image of {self.channels} channels among them")
        self._how.append("adapt=True")
        return seen

    def _read(self, image: ArrayLike, reading: str) -> NDArray[np.float32]:
        maps, unlike = self._predictor.read(samples(image), reading)
        if unlike:
            warnings.warn(
                "the image is far outside of what the model was trained on; look at the units, the bits and the exposure",
                stacklevel=3,
            )
        return maps[0] if maps.shape[0] == 1 else maps

    def to_dict(self) -> dict[str, Any]:
        """What `scumble info --json` says of it, and what its predictions are `averaged` over."""
        return {**self._about, "averaged": json.loads(self._predictor.averaged())}

    def __fspath__(self) -> str:
        """Its file, which says all of it: a model that was opened otherwise, or several, would be another one there."""
        if len(self.files) > 1 or self._how:
            how = ", ".join(["its files", *self._how])
            raise ValueError(f"a path says less than this model is; give what it was opened by instead: {how}")
        return str(self.files[0])

    def __repr__(self) -> str:
        return f"<scumble.Model {self.kind} {', '.join(self.classes)}: {', '.join(map(str, self.files))}>"

    def _repr_html_(self) -> str:
        about = self.to_dict()
        averaged = about["averaged"]
        cells = {
            "model": ", ".join(map(str, self.files)),
            "kind": self.kind,
            "classes": ", ".join(self.classes),
            "channels": self.channels,
            "raters": ", ".join(self.raters) or None,
            "parameters": f"{about['parameters']:,}",
            "calibrated": "no" if about["calibration"] is None else "yes",
            "averaged over": f"{averaged['views']} views, sizes {averaged['scales']}",
        }
        return table(cells)
