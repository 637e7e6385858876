"""Images, masks and maps in files, as scumble reads them."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

from numpy.typing import NDArray

from scumble import _scumble


def read(path: str | PathLike[str]) -> NDArray[Any]:
    """The numbers of an image, mask or map in any format that scumble reads, in the file's own type.

    Parameters
    ----------
    path : path
        PNG, JPEG, TIFF, BMP, WebP, NPY, NPZ or NIfTI; `volume.nii.gz@0003` is a slice.

    Returns
    -------
    ndarray
        [H, W], or [H, W, C] of several channels; uint8, uint16, float32 or float64.

    Raises
    ------
    ValueError
        A file that cannot be read, and why.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import numpy as np
    >>> import scumble
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "map.npy"
    >>> np.save(file, np.full((2, 3), 0.25, dtype=np.float32))
    >>> scumble.read(file).tolist()
    [[0.25, 0.25, 0.25], [0.25, 0.25, 0.25]]
    """
    array = _scumble.read(fspath(path))
    return array[:, :, 0] if array.shape[2] == 1 else array
