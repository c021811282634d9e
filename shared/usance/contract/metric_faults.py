"""What is wrong between prices and the metrics that feed them: dimensions and single events that a price needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from usance.catalog.dimensions import MatrixPrice
from usance.catalog.metric import ADDITIVE, Metric
from usance.catalog.price import Price
from usance.catalog.price_needs import meters_of, prices_dimensions, prices_events
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.kernel.errors import Fault


def metric_faults(contract: Contract, metrics: Mapping[str, Metric]) -> Iterator[Fault]:
    """All of them; a metric that is not among `metrics` is reported by whoever looked for it."""
    for where, item in contract.placed_items():
        yield from (fault.under(where) for fault in _priced_by(item, item.prices, metrics))


def amended_metric_faults(item: Item, amendment: Amendment, metrics: Mapping[str, Metric]) -> Iterator[Fault]:
    """Those of the prices that an amendment gives an item. It cannot bring metrics that the item does not read yet."""
    prices = amendment.prices or ()
    for place, price in enumerate(prices):
        for name in meters_of(price):
            metric = item.metric_of(name)
            if metric is not None and metric not in item.meters:
                known = ", ".join((*item.quantities, *item.meters)) or "none"
                why = f"names {name!r}, which the item does not read: it has {known}"
                yield Fault(f"/prices/{place}/{meters_member(price)}", "unknown_metric", why)
    yield from _priced_by(item, prices, metrics)


def meters_member(price: Price) -> str:
    """The member of a price that names further quantities."""
    return "meters" if price.model == "capacity" else "expression"


def _priced_by(item: Item, prices: tuple[Price, ...], metrics: Mapping[str, Metric]) -> Iterator[Fault]:
    name = item.quantity.metric
    if name is not None and name not in metrics:
        return
    metric = None if name is None else metrics[name]
    for place, price in enumerate(prices):
        for fault in (*_dimension_faults(price, name, metric), *_event_faults(price, name, metric)):
            yield fault.under(f"/prices/{place}")


def _dimension_faults(price: Price, name: str | None, metric: Metric | None) -> Iterator[Fault]:
    known = () if metric is None else metric.dimensions
    if metric is None and isinstance(price, MatrixPrice) and any(row.default for row in price.rows):
        return
    for number, dimension in enumerate(prices_dimensions(price)):
        if dimension not in known:
            if metric is None:
                why = "is priced by, and the item's quantity comes from no metric: name one that has this dimension"
            else:
                why = f"is no dimension of metric {name!r}, which has {', '.join(known) or 'none'}: add it there"
            where = "/column" if price.model == "two_dimensional" else f"/dimensions/{number}"
            yield Fault(where, "unknown_dimension", why)


def _event_faults(price: Price, name: str | None, metric: Metric | None) -> Iterator[Fault]:
    if not prices_events(price):
        return
    if metric is None:
        # A percentage takes a quantity without events as one event.
        if price.model == "dynamic":
            why = "prices each event, and the item's quantity comes from no metric: name one that sums or counts"
            yield Fault("/model", "needs_events", why)
    elif metric.aggregate not in ADDITIVE:
        why = f"prices each event, and metric {name!r} is a {metric.aggregate} of them: use one that sums or counts"
        yield Fault("/model", "needs_events", why)
