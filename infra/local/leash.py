"""A process that ends with the one that started it."""

from __future__ import annotations

import ctypes
import signal
from contextlib import suppress
from typing import Final

_ON_PARENTS_DEATH: Final = 1  # PR_SET_PDEATHSIG


def end_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when the one that started it dies, however it does. Linux only."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_ON_PARENTS_DEATH, signal.SIGTERM)
