"""What people give, as requests have it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike, fsdecode
from typing import Any, TypeAlias

import numpy as np

PathTo: TypeAlias = str | PathLike[str]
Images: TypeAlias = str | Sequence[str] | None
Threshold: TypeAlias = float | str | Mapping[str, float] | None


def written(request: Any) -> str:
    """A request as JSON; NumPy's numbers are numbers."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.generic | np.ndarray):
            return value.tolist()
        raise TypeError(f"{value!r} is nothing that an option can be")

    return json.dumps(request, default=plain)


def path(given: PathTo | None) -> str | None:
    """A path, if there is one."""
    return None if given is None else fsdecode(given)


def several(what: str, given: PathTo | Sequence[PathTo]) -> list[str]:
    """One path or several."""
    paths = [fsdecode(one) for one in ([given] if isinstance(given, (str, bytes, PathLike)) else given)]
    if not paths:
        raise ValueError(f"{what}: there must be one at least")
    return paths


def patterns(images: Images) -> list[str]:
    """Patterns of names; none: as nobody has said which."""
    if images is None:
        return []
    return several("images", images)


def running(
    *,
    device: str,
    precision: str,
    flips: str | None,
    scales: float | Sequence[float] | None,
    average: str,
    fast: bool,
    tile: int | None,
) -> dict[str, Any]:
    """How models run."""
    if fast:
        if flips is not None or scales is not None:
            raise ValueError("fast is one view at one size; leave flips and scales out, or fast")
        flips, scales = "off", 1.0
    sizes = None if scales is None else [float(scale) for scale in np.atleast_1d(scales)]
    averaging = {"flips": flips or "on", "scales": sizes, "mean": average}
    request = {"device": device, "precision": precision, "averaging": averaging}
    return request if tile is None else {**request, "tile": tile}


def products(
    masks: bool,
    threshold: Threshold,
    uncertainty: bool,
    objects: bool,
    outlines: str | Sequence[str],
    contours: float | Sequence[float],
) -> dict[str, Any]:
    """What is made of maps."""
    return {
        "masks": masks,
        "threshold": dict(threshold) if isinstance(threshold, Mapping) else threshold,
        "uncertainty": uncertainty,
        "objects": objects,
        "outlines": [outlines] if isinstance(outlines, str) else list(outlines),
        "contours": [float(level) for level in np.atleast_1d(np.asarray(contours, dtype=float))],
    }


def assignments(settings: Mapping[str, Any] | None) -> list[str]:
    """Settings of a training, KEY=VALUE."""
    return [f"{name}={toml(value)}" for name, value in (settings or {}).items()]


def toml(value: Any) -> str:
    """A value of a setting as TOML has it."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"{value!r} is no value of a setting")
