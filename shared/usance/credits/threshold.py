"""Thresholds: which of them a value has reached or left since it was last looked at.

A usage or spend rises to its thresholds, a balance falls to them. The furthest level that was reached is all the state
there is, so a threshold that is added later, short of that level, raises nothing. What starts anew with each period
starts with a new state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Literal

from usance.kernel.amount import ZERO, to_whole

MOST_EVENTS = 1_000
"""Events of one look. Where a value passed more, the state stops there too, and the next look goes on."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Levels that are watched: `values`, and with `step` further ones every step beyond the last value (or beyond zero
    where there are none). A level is reached by equality. Raises ValueError for a step of zero or less."""

    values: tuple[Decimal, ...]
    step: Decimal | None = None
    direction: Literal["rising", "falling"] = "rising"

    def __post_init__(self) -> None:
        if self.step is not None and self.step <= 0:
            raise ValueError("a step must be greater than zero")


@dataclass(frozen=True, slots=True)
class Reached:
    """State of thresholds: the furthest level that was reached, None for none. Kept where the events were sent."""

    level: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that was reached, or left again, and the value that showed it."""

    threshold: Decimal
    kind: Literal["reached", "recovered"]
    value: Decimal


def crossings(thresholds: Thresholds, state: Reached, value: Decimal) -> tuple[tuple[Crossing, ...], Reached]:
    """Events since the state, in the order in which the value passed the levels, and the state from now on."""
    falls = thresholds.direction == "falling"
    levels = _Levels(sorted({_turned(level, falls=falls) for level in thresholds.values}), thresholds.step)
    furthest = None if state.level is None else _turned(state.level, falls=falls)
    now = _turned(value, falls=falls)
    events: list[Crossing] = []
    if furthest is None or now >= furthest:
        for level in islice(levels.between(furthest, now), MOST_EVENTS):
            events.append(Crossing(_turned(level, falls=falls), "reached", value))
            furthest = level
    else:
        while furthest is not None and furthest > now and len(events) < MOST_EVENTS:
            if levels.has(furthest):
                events.append(Crossing(_turned(furthest, falls=falls), "recovered", value))
            furthest = levels.below(furthest)
    return tuple(events), Reached(None if furthest is None else _turned(furthest, falls=falls))


def _turned(level: Decimal, *, falls: bool) -> Decimal:
    """The level of a value that falls as one of a value that rises, and back. Zero stays zero, not minus zero."""
    return ZERO - level if falls else level


class _Levels:
    """Levels of thresholds that rise; those of a falling value are negated."""

    def __init__(self, values: list[Decimal], step: Decimal | None) -> None:
        self._values = values
        self._step = step
        self._last = values[-1] if values else ZERO

    def between(self, after: Decimal | None, upto: Decimal) -> Iterator[Decimal]:
        """Levels above one and up to another, in order."""
        yield from (level for level in self._values if (after is None or level > after) and level <= upto)
        if self._step is None:
            return
        start = self._last if after is None else max(after, self._last)
        level = self._last + self._step * (to_whole((start - self._last) / self._step, "down") + 1)
        while level <= upto:
            yield level
            level += self._step

    def below(self, level: Decimal) -> Decimal | None:
        """The next level below one; None when there is none."""
        if self._step is not None and level > self._last + self._step:
            steps = to_whole((level - self._last) / self._step, "up") - 1
            return self._last + self._step * steps
        return max((value for value in self._values if value < level), default=None)

    def has(self, level: Decimal) -> bool:
        """Whether a level is watched: one that was reached may have been taken away since."""
        if self._step is not None and level > self._last:
            return (level - self._last) % self._step == 0
        return level in self._values
