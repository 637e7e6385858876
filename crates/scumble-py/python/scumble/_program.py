"""The program `scumble` as pip installs it."""

import signal
import sys

from scumble import _scumble


def main() -> int:
    """Runs the program with the command line's words."""
    # Python notes Ctrl-C for later. The program ends by it, or saves what there is.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _scumble.program(sys.argv)
