"""Arrays that people give, in types that files have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def numbers(what: str, given: ArrayLike) -> NDArray[Any]:
    """bool, integers and floats of up to 64 bits, in the machine's byte order; float16 is float32."""
    if isinstance(given, np.ma.MaskedArray):
        raise ValueError(f"{what} is a masked array; say what its mask means: NaN, or ignore")
    array = np.asarray(given)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise ValueError(f"{what} has elements of type {array.dtype}; they are bool, integers or floats of up to 64 bits")
    wanted = np.dtype(np.float32) if array.dtype == np.float16 else array.dtype.newbyteorder("=")
    return array.astype(wanted, copy=False)


def image(what: str, given: ArrayLike) -> NDArray[Any]:
    """[H, W] or [H, W, C]."""
    array = numbers(what, given)
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ValueError(f"{what} is an array {array.shape}; it must be [H, W] or [H, W, C]")
    return array


def samples(given: ArrayLike) -> NDArray[Any]:
    """An image [H, W, C] as a file of the same numbers is read."""
    array = image("the image", given)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    elif array.dtype not in (np.uint8, np.uint16, np.float32):
        array = array.astype(np.float32)
    return array[:, :, None] if array.ndim == 2 else array
