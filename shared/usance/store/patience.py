"""Trying again, a bounded number of times, for what the SDK leaves to its caller: conflicts and partly done batches."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Patience:
    """How many tries, and how many seconds at most between them: doubling, with full jitter, up to `longest`."""

    most: int = 8
    first: float = 0.025
    longest: float = 1.0
    sleep: Callable[[float], None] = time.sleep

    def tries(self) -> Iterator[int]:
        """Numbers of tries from 0, sleeping before each but the first."""
        for number in range(self.most):
            if number:
                # Everybody who collided would collide again if all waited alike.
                self.sleep(_random.uniform(0, min(self.longest, self.first * 2**number)))
            yield number
