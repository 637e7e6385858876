"""How far a job is, and who is told."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

_log = logging.getLogger("scumble")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    what : str
        What is being done, such as "reading", "judging" or "training".
    done, all : float
        How much of it is done, and how much there is: images, or of a training its share of 1.
    step : int or None
        Of a training: steps so far.
    excess : float or None
        Of a training: the mean excess over the floor in this epoch so far, in nats.
    epoch : dict or None
        Of a training that has just finished an epoch: what `metrics.jsonl` says of it.
    """

    what: str
    done: float
    all: float
    step: int | None = None
    excess: float | None = None
    epoch: dict[str, Any] | None = None


# True shows bars, False nothing, None bars at a terminal and in a notebook; a function is called with each `Progress`.
Watcher: TypeAlias = Callable[[Progress], object] | bool | None


def observer(watcher: Watcher) -> Observer:
    """Who watches a job."""
    if callable(watcher):
        return Observer(watcher)
    if watcher is None:
        # A program with windows has no stderr.
        watcher = getattr(sys.stderr, "isatty", bool)() or "ipykernel" in sys.modules
    return Observer(_Bars() if watcher else None)


class Observer:
    """What the compiled module calls: notes go to the log "scumble", warnings are warnings, the rest is progress."""

    def __init__(self, show: Callable[[Progress], object] | None) -> None:
        self._show = show
        self.step: int | None = None

    def __call__(self, what: str, of: Any) -> None:
        match what:
            case "note":
                _log.info(of)
            case "warning":
                warnings.warn(of, stacklevel=4)
            case "progress":
                self._tell(Progress(*of))
            case "step":
                self.step, _, _, done, excess = of
                self._tell(Progress("training", done, 1.0, self.step, excess))
            case "epoch":
                epoch = json.loads(of)
                _log.info("epoch %d: %s", epoch["epoch"], _judged(epoch))
                self._tell(Progress("epoch", epoch["epoch"], epoch["epoch"], epoch["step"], epoch=epoch))

    def _tell(self, progress: Progress) -> None:
        if self._show is not None:
            self._show(progress)

    def close(self) -> None:
        """Clears what is shown."""
        if isinstance(self._show, _Bars):
            self._show.close()


class _Bars:
    """A bar for what is being done, with an estimate; of a training one for all of it."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # A notebook without widgets gets bars of text.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

        self._tqdm: Any = tqdm
        self._bar: Any = None
        self._what: str | None = None
        self._judged = ""

    def __call__(self, progress: Progress) -> None:
        if progress.epoch is not None:
            self._judged = _judged(progress.epoch)
        elif progress.what == "training":
            bar = self._of("training", 100.0, "{l_bar}{bar}| {elapsed}, {remaining} left{postfix}")
            bar.set_postfix_str(f"step {progress.step}, excess {progress.excess:.4f}{self._judged}", refresh=False)
            bar.update(100.0 * progress.done - bar.n)
        elif self._what == "training":
            # Within a training, reading and validating are words beside its bar.
            self._bar.set_postfix_str(f"{progress.what} {progress.done}/{progress.all}{self._judged}")
        elif progress.done >= progress.all:
            self.close()
        else:
            bar = self._of(progress.what, progress.all, None)
            bar.update(max(progress.done - bar.n, 0))

    def _of(self, what: str, all: float, form: str | None) -> Any:
        if self._what != what:
            self.close()
            self._bar = self._tqdm(total=all, desc=what, leave=what == "training", bar_format=form)
            self._what = what
        return self._bar

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._what = None, None


def _judged(epoch: dict[str, Any]) -> str:
    """How an epoch did on the validation images."""
    validation = epoch.get("validation")
    return "" if validation is None else f", validation excess {validation['excess']:.4f}"
