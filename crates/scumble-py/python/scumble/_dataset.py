"""Data sets: a folder, or arrays that become one."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scumble._arrays import image, numbers
from scumble._request import toml

# A rater's masks: one an image, None where this rater has not seen it.
Masks = Sequence[ArrayLike | None]


class Dataset:
    """A data set in a folder, laid out as the README says. It can be given wherever a data set's folder can.

    Parameters
    ----------
    folder : path
        The folder.

    Examples
    --------
    >>> import numpy as np
    >>> import scumble
    >>> rng = np.random.default_rng(0)
    >>> images = [rng.integers(0, 255, (32, 32), dtype=np.uint8) for _ in range(2)]
    >>> ann, bob = ([image > threshold for image in images] for threshold in (90, 110))
    >>> data = scumble.Dataset.from_arrays(images, raters={"ann": ann, "bob": bob})
    >>> scumble.check(data).raters
    ('ann', 'bob')
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder).absolute()

    @classmethod
    def from_arrays(
        cls,
        images: Sequence[ArrayLike],
        *,
        raters: Mapping[str, Masks] | Sequence[Masks] = (),
        labels: Masks | None = None,
        ignore: Masks | None = None,
        weights: Masks | None = None,
        names: Sequence[str] | None = None,
        kind: Literal["binary", "multiclass", "multilabel"] | None = None,
        classes: Sequence[str] | None = None,
        ignore_index: int | None = None,
        nodata: float | None = None,
        group: str | None = None,
        folder: str | PathLike[str] | None = None,
    ) -> Dataset:
        """Writes arrays as a data set of NPY files.

        Parameters
        ----------
        images : sequence of array
            [H, W] or [H, W, C], in the numbers that they have: what 1 is, is 255 of uint8, 65535 of uint16 and 1 of floats.
        raters : mapping of str to sequence of array, or sequence of these
            The masks of each rater, one an image, None where this rater has not seen it: bool or integers [H, W], of
            overlapping classes [K, H, W]. Without names they are "rater1", "rater2", ...
        labels : sequence of array, optional
            Soft labels, [H, W] or [K, H, W]; NaN is nobody's.
        ignore : sequence of array, optional
            True where a pixel counts for nothing, bool [H, W].
        weights : sequence of array, optional
            What each pixel counts, [H, W].
        names : sequence of str, optional
            What the images are called; "image001", ... by default.
        kind, classes, ignore_index, nodata, group : optional
            What the arrays cannot say themselves, as in `dataset.toml`.
        folder : path, optional
            A folder that is new or empty. By default a temporary one, which goes with the object: a training that is to be
            resumed, or judged on what it has held out, in another session needs one that stays.

        Raises
        ------
        ValueError
            Not as many masks as images, arrays of another shape, a folder that is not empty.
        """
        if names is None:
            names = [f"image{at:0{max(3, len(str(len(images))))}}" for at in range(1, len(images) + 1)]
        if len(set(names)) != len(images):
            raise ValueError(f"there are {len(images)} images, but {len(set(names))} different names")
        if not isinstance(raters, Mapping):
            raters = {f"rater{at}": masks for at, masks in enumerate(raters, 1)}
        for name in [*names, *raters]:
            # What begins with a dot is hidden, and nobody reads it.
            if not isinstance(name, str) or not name or name[0] == "." or any(sign in name for sign in "/\\\0"):
                raise ValueError(f"{name!r} is no name of a file or folder")
        pixels = [image(name, one) for name, one in zip(names, images, strict=True)]
        sizes = [one.shape[:2] for one in pixels]
        parts: dict[str, Sequence[NDArray[Any] | None]] = {"images": pixels}
        for rater, masks in raters.items():
            parts[f"raters/{rater}"] = _maps(f"the masks of {rater}", names, sizes, masks)
        for place, maps in {"labels": labels, "ignore": ignore, "weights": weights}.items():
            if maps is not None:
                parts[place] = _maps(place, names, sizes, maps)
        # Nothing is written before all is known to be right.
        self = cls(tempfile.mkdtemp(prefix="scumble-") if folder is None else folder)
        if folder is None:
            weakref.finalize(self, _remove, self.folder, os.getpid())
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise ValueError(f"{self.folder}: is not empty; choose another folder")
        for place, arrays in parts.items():
            (self.folder / place).mkdir(parents=True)
            for name, array in zip(names, arrays, strict=True):
                if array is not None:
                    np.save(self.folder / place / f"{name}.npy", array)
        known = {"kind": kind, "classes": classes, "ignore_index": ignore_index, "nodata": nodata, "group": group}
        text = "".join(f"{key} = {toml(value)}\n" for key, value in known.items() if value is not None)
        if text:
            (self.folder / "dataset.toml").write_text(text, encoding="utf-8")
        return self

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder)!r})"


def _remove(folder: Path, process: int) -> None:
    """A forked process leaves its parent's folder alone."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _maps(
    what: str, names: Sequence[str], sizes: Sequence[tuple[int, ...]], arrays: Masks
) -> list[NDArray[Any] | None]:
    """Maps [H, W, K] of arrays [K, H, W]."""
    if len(arrays) != len(names):
        raise ValueError(f"there are {len(names)} images, but {len(arrays)} in {what}; None stands for what is not there")
    maps: list[NDArray[Any] | None] = []
    for name, size, given in zip(names, sizes, arrays, strict=True):
        if given is None:
            maps.append(None)
            continue
        array = numbers(f"{what}: {name}", given)
        if array.shape[-2:] != size or array.ndim not in (2, 3):
            shape = ", ".join(map(str, size))
            raise ValueError(f"{what}: {name} has the shape {array.shape}; of this image it is [{shape}] or [K, {shape}]")
        maps.append(np.moveaxis(array, 0, -1) if array.ndim == 3 else array)
    return maps
