"""Levels: quantities that are held rather than used up, such as seats, a peak, or the sites that were in use.

A level does not add up over time. Where a billing period is cut, each of its pieces has the level whole: pieces share
what is free or granted, and where a change of price alone has cut it, the period's charge is shared out by days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from usance.catalog.metric import Aggregate, Metric
from usance.catalog.price_needs import reset_of
from usance.contract.contract import Contract
from usance.contract.schedule import recurrence_of
from usance.invoicing.desire import Piece, by_day, is_windowed
from usance.invoicing.sheet import Priced
from usance.kernel.derivation import Derivation, derived, given
from usance.metering.aggregate import is_additive


def is_level(contract: Contract, piece: Piece, metrics: Mapping[str, Metric]) -> bool:
    """Whether the quantity of a piece is a level."""
    if piece.usage is None:
        return by_day(contract, piece.timeline.item)
    metric = metrics.get(piece.usage.metric)
    if metric is None or is_additive(metric):
        return False
    return metric.aggregate is not Aggregate.WEIGHTED_SUM or metric.per in (None, "period")


def is_averaged(piece: Piece, metrics: Mapping[str, Metric]) -> bool:
    """Whether a quantity is a level averaged over the piece itself."""
    metric = metrics.get(piece.usage.metric) if piece.usage is not None else None
    return metric is not None and metric.aggregate is Aggregate.WEIGHTED_SUM and metric.per in (None, "period")


def share_levels(contract: Contract, found: Sequence[Priced], metrics: Mapping[str, Metric]) -> None:
    """Note over how many days the pieces of measured levels that changes of price have cut are shared out."""
    groups: dict[tuple[object, ...], list[Priced]] = {}
    for one in found:
        piece = one.piece
        if (
            piece.timeline.item.metered
            and not by_day(contract, piece.timeline.item)
            and _shares(contract, piece, metrics)
        ):
            groups.setdefault((one.cycle, *_windows(contract, piece)), []).append(one)
    for together in groups.values():
        if len(together) > 1:
            days = sum(one.piece.held.days for one in together)
            for one in together:
                one.level_days = days


def shared(one: Priced, node: Derivation) -> Derivation:
    """A charge, or the share of it by days where its level was cut."""
    if one.level_days is None:
        return node
    held = one.piece.held
    days = given(f"days held, {held}", held.days), given("days that the level is shared out over", one.level_days)
    return derived("share", f"{held.days} of {one.level_days} days", node, *days)


def _shares(contract: Contract, piece: Piece, metrics: Mapping[str, Metric]) -> bool:
    if piece.usage is None:
        return piece.price.price.model == "capacity"
    return is_level(contract, piece, metrics) and not is_averaged(piece, metrics)


def _windows(contract: Contract, piece: Piece) -> tuple[object, ...]:
    """The windows of its table and of its commitment that a piece lies in: those are rated by themselves."""
    item, reset = piece.timeline.item, reset_of(piece.price.price)
    cadences = [reset, item.commitment.cadence if item.commitment is not None and is_windowed(item) else None]
    return tuple(
        (cadence, recurrence_of(contract, item, piece.timeline.start, cadence).index_at(piece.held.start))
        for cadence in cadences
        if cadence is not None
    )
