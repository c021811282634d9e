"""Burn-down: which grant covers which use, worked out anew from grants and uses for any moment.

Nothing is stored, so a late use, a correction or a grant that is withdrawn after the fact changes what follows by
itself, and a balance of last month is asked for with last month's instant. At one instant grants end first, then usage
is reset, then grants are given, then what waits is covered, then uses come in order of `ref`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter

from usance.credits.entries import Burned, Opening, Resets, Use
from usance.credits.grant import Grant
from usance.credits.pots import Pots
from usance.credits.uses import Uses

_END, _RESET, _GIVE = range(3)
_Turn = tuple[datetime, int, str]


def burn(
    grants: Iterable[Grant],
    uses: Iterable[Use],
    until: datetime,
    *,
    opening: Opening | None = None,
    resets: Resets | None = None,
) -> Burned:
    """Burn grants down by uses up to a moment. The order of what is passed does not matter.

    Uses before the opening are in its balances already and are left out. Raises ValueError for two grants of one id.
    """
    pots = Pots(grants)
    waiting = Uses(pots)
    since = None if opening is None else opening.at
    known = sorted((use for use in uses if use.at < until and (since is None or use.at >= since)), key=_order)
    if opening is not None:
        _open(pots, opening)
        for use in sorted(opening.waiting, key=_order):
            waiting.take(use, opening.at)
    _run(pots, waiting, _turns(pots, resets, since, until), known, resets)
    overage, left = waiting.left(until)
    return Burned(
        until,
        {name: pot.balance for name, pot in sorted(pots.by_id.items())},
        tuple(pots.given),
        tuple(pots.draws),
        tuple(pots.lapses),
        tuple((use.ref, amount) for use, amount in overage),
        tuple(replace(use, amount=amount) for use, amount in left),
    )


def _order(use: Use) -> tuple[datetime, str, str, Decimal]:
    return use.at, use.ref, use.consumer, use.amount


def _open(pots: Pots, opening: Opening) -> None:
    for name, pot in sorted(pots.by_id.items()):
        grant = pot.grant
        if grant.effective_at > opening.at or grant.effective_at >= grant.ends_at:
            continue
        pots.open_with(pot, opening.at, opening.balances.get(name, grant.amount))
        if grant.ends_at <= opening.at:
            pots.end(pot, opening.at)


def _turns(pots: Pots, resets: Resets | None, since: datetime | None, until: datetime) -> Iterator[_Turn]:
    """What happens to grants, in order of time; what an opening has in its balances is left out."""
    lives: list[Iterable[_Turn]] = [_life(pot.grant, until) for pot in pots.by_id.values()]
    if resets is not None:
        lives.append((at, _RESET, "") for at in sorted(set(resets.at)) if at <= until)
    for turn in merge(*lives):
        if since is None or turn[0] > since:
            yield turn


def _life(grant: Grant, until: datetime) -> Iterator[_Turn]:
    for at in grant.given_at(until):
        yield at, _GIVE, grant.id
    if grant.effective_at < grant.ends_at <= until:
        yield grant.ends_at, _END, grant.id


def _run(pots: Pots, waiting: Uses, turns: Iterable[_Turn], known: Sequence[Use], resets: Resets | None) -> None:
    done = 0
    for at, together in groupby(turns, key=itemgetter(0)):
        while done < len(known) and known[done].at < at:
            waiting.take(known[done], known[done].at)
            done += 1
        for _, kind, name in together:
            if kind == _END:
                pots.end(pots.by_id[name], at)
            elif kind == _GIVE:
                pots.give(pots.by_id[name], at)
            elif resets is not None:
                pots.reset(at, resets.kept)
                waiting.reset(preserve=resets.preserve_overage)
        waiting.cover(at)
    for use in known[done:]:
        waiting.take(use, use.at)
