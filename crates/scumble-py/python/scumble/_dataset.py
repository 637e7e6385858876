"""Data sets: a folder, or arrays that become one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        self.folder = Path(folder)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

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
            if name in ("", ".", "..") or "/" in name or "\\" in name:
                raise ValueError(f"{name!r} is no name of a file or folder")
        temporary = tempfile.TemporaryDirectory(prefix="scumble-") if folder is None else None
        self = cls(temporary.name if folder is None else folder)  # type: ignore[union-attr]
        self._temporary = temporary
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise ValueError(f"{self.folder}: is not empty; choose another folder")
        sizes = [np.shape(image)[:2] for image in images]
        self._write("images", names, [_image(name, image) for name, image in zip(names, images, strict=True)])
        parts: Iterable[tuple[str, str, Masks | None]] = [
            *((f"raters/{rater}", f"the masks of {rater}", masks) for rater, masks in raters.items()),
            ("labels", "labels", labels),
            ("ignore", "ignore", ignore),
            ("weights", "weights", weights),
        ]
        for place, what, arrays in parts:
            if arrays is not None:
                self._write(place, names, _maps(what, names, sizes, arrays))
        known = {"kind": kind, "classes": classes, "ignore_index": ignore_index, "nodata": nodata, "group": group}
        text = "".join(f"{key} = {toml(value)}\n" for key, value in known.items() if value is not None)
        if text:
            (self.folder / "dataset.toml").write_text(text, encoding="utf-8")
        return self

    def _write(self, place: str, names: Sequence[str], arrays: Iterable[NDArray[Any] | None]) -> None:
        folder = self.folder / place
        folder.mkdir(parents=True)
        for name, array in zip(names, arrays, strict=True):
            if array is not None:
                np.save(folder / f"{name}.npy", array)

    def __fspath__(self) -> str:
        return fspath(self.folder)

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder)!r})"


def toml(value: Any) -> str:
    """A value of a setting as TOML has it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"{value!r} is no value of a setting")


def _image(name: str, image: ArrayLike) -> NDArray[Any]:
    array = np.asarray(image)
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ValueError(f"{name} is an array {array.shape}; an image is [H, W] or [H, W, C]")
    return array


def _maps(
    what: str, names: Sequence[str], sizes: Sequence[tuple[int, ...]], arrays: Masks
) -> Iterable[NDArray[Any] | None]:
    """Maps [H, W, K] of arrays [K, H, W]."""
    if len(arrays) != len(names):
        raise ValueError(f"there are {len(names)} images, but {len(arrays)} in {what}; None stands for what is not there")
    for name, size, given in zip(names, sizes, arrays, strict=True):
        array = None if given is None else np.asarray(given)
        if array is not None and array.shape[-2:] != size or array is not None and array.ndim not in (2, 3):
            shape = ", ".join(map(str, size))
            raise ValueError(f"{what}: {name} has the shape {array.shape}; of this image it is [{shape}] or [K, {shape}]")
        yield np.moveaxis(array, 0, -1) if array is not None and array.ndim == 3 else array
