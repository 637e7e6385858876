"""What a judgement has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scumble._results import Result


@dataclass(frozen=True)
class Scores(Result):
    """Scores as `scumble eval --json` has them."""

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Scores:
        return cls(found)
