"""Results in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping


def table(cells: Mapping[str, object]) -> str:
    """Two columns for a notebook."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>{html.escape(str(cell))}</td></tr>"
        for name, cell in cells.items()
        if cell is not None
    )
    return f"<table><tbody>{rows}</tbody></table>"
