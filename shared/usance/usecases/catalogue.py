"""What is measured and sold: event types, metrics and products, recorded once they fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import Field

from usance.catalog.condition import comparisons
from usance.catalog.event_type import EventType
from usance.catalog.metric import Aggregate, Metric
from usance.catalog.product import Product
from usance.kernel.errors import Fault, InvalidInput
from usance.ports import ControlPlane, Kind, Record
from usance.usecases.registry import Intent, register

_NUMBERS: Final = frozenset({"Int64", "Decimal", "Float64"})


class NewMetric(Metric):
    """Turns the events of a period into a quantity. Contracts name it by id, external id or name."""

    external_id: str | None = Field(None, min_length=1, max_length=255, examples=["cpu_hours"])
    """The caller's own id; the name, when left out. Unique among metrics."""


def create_event_type(control: ControlPlane, organisation: str, intent: Intent, new: EventType) -> Record:
    """Record an event type. Raises Conflict for a taken name."""
    body = new.to_json()
    return register(
        control, Record(organisation, Kind.EVENT_TYPE, intent.id("evt"), body, intent.at, external_id=new.name)
    )


def create_metric(control: ControlPlane, organisation: str, intent: Intent, new: NewMetric) -> Record:
    """Record a metric. Raises InvalidInput when its event type cannot feed it, Conflict for a taken name."""
    _refuse_unfed(control, organisation, new)
    body = new.model_dump(mode="json", by_alias=True, exclude={"external_id"}, exclude_unset=True)
    external = new.external_id or new.name
    return register(control, Record(organisation, Kind.METRIC, intent.id("met"), body, intent.at, external_id=external))


def create_product(control: ControlPlane, organisation: str, intent: Intent, new: Product) -> Record:
    """Record a product. Raises Conflict for a taken external id."""
    body = new.model_dump(mode="json", exclude={"external_id"}, exclude_none=True)
    return register(
        control, Record(organisation, Kind.PRODUCT, intent.id("prd"), body, intent.at, external_id=new.external_id)
    )


def _refuse_unfed(control: ControlPlane, organisation: str, new: NewMetric) -> None:
    record = control.get(organisation, Kind.EVENT_TYPE, new.event_type)
    if record is None or record.body["name"] != new.event_type:
        why = f"there is no event type {new.event_type!r}: create it first"
        raise InvalidInput("the metric has faults", [Fault("/event_type", "unknown_event_type", why)])
    faults = [
        *_value_faults(new, record.body),
        *(_unknown_fields(new, record.body) if record.body["unknown_fields"] == "refuse" else ()),
    ]
    if faults:
        raise InvalidInput("the metric has faults", faults)


def _unknown_fields(new: NewMetric, event_type: Mapping[str, Any]) -> Iterator[Fault]:
    """Fields that are named besides the one that is measured, and that no event can have."""
    why = f"is not a field of {new.event_type}, whose events have no others than it declares"
    named = [(f"/dimensions/{place}", name) for place, name in enumerate(new.dimensions)]
    named += [(f"{pointer}/field", one.field) for pointer, one in comparisons(new.filter, "/filter")]
    return (Fault(pointer, "unknown_field", why) for pointer, name in named if name not in event_type["fields"])


def _value_faults(new: NewMetric, event_type: Mapping[str, Any]) -> list[Fault]:
    if new.aggregate is Aggregate.COUNT or new.field is None:
        return []
    declared = event_type["fields"].get(new.field)
    if declared is None:
        why = f"is not a field of {new.event_type}, which declares {', '.join(event_type['fields']) or 'none'}"
        return [Fault("/field", "unknown_field", why)]
    if new.aggregate is not Aggregate.UNIQUE and declared["type"] not in _NUMBERS:
        return [Fault("/field", "not_a_number", f"is a {declared['type']}, and a {new.aggregate} needs numbers")]
    return []
