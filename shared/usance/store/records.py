"""Checks of control-plane records that both control planes make, and the places of their items."""

from __future__ import annotations

from datetime import UTC
from typing import NoReturn

from usance.kernel.errors import Conflict
from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Kind, Record
from usance.store.body import encode
from usance.store.bounds import MAX_PARTITION_BYTES, MAX_SORT_BYTES, check_name, check_size

INSTALLATION = "~organisations"
"""Partition that lists all organisations."""


def partition(organisation: str, kind: Kind) -> str:
    """Partition of the records of a kind. Raises ValueError for an id that could reach into another partition."""
    if not organisation or "#" in organisation or organisation.startswith("~"):
        raise ValueError(f"{organisation!r} is no id of an organisation")
    name = f"{organisation}#{kind.value}"
    check_name(name, MAX_PARTITION_BYTES)
    return name


def external_partition(organisation: str, kind: Kind) -> str:
    """Partition of the pointers from external ids to ids."""
    return partition(organisation, kind) + "#external"


def check_record(record: Record) -> bytes:
    """The text of a record's body. Raises ValueError, TypeError or BodyTooLarge for what cannot be stored."""
    text = encode(record.body)
    where = partition(record.organisation, record.kind)
    external = 0
    if record.external_id is not None:
        external_partition(record.organisation, record.kind)
        external = check_name(record.external_id, MAX_SORT_BYTES)
    check_size(f"{where}/{record.id}", len(where) + check_name(record.id, MAX_SORT_BYTES) + external + len(text))
    if record.created_at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    parse_instant(show_instant(record.created_at.astimezone(UTC)))
    return text


def check_new(record: Record) -> bytes:
    """As `check_record`, for a record that is to be created."""
    if record.version != 1:
        raise ValueError(f"a new record is version 1, not {record.version}")
    if record.kind is Kind.ORGANISATION and record.id != record.organisation:
        raise ValueError(f"organisation {record.id} must be recorded in its own name, not in {record.organisation}")
    return check_record(record)


def check_successor(record: Record) -> bytes:
    """As `check_record`, for a record that is to replace its predecessor."""
    if record.version < 2:
        raise ValueError(f"a successor is version 2 or more, not {record.version}")
    return check_record(record)


def check_page(limit: int, after: str | None) -> None:
    """Raise ValueError for a page of nothing, or one after what cannot be an id."""
    if limit < 1:
        raise ValueError(f"a page has at least one record, not {limit}")
    if after is not None:
        check_name(after, MAX_SORT_BYTES)


def storable(reference: str) -> bool:
    """Whether anything could have this id; what people ask for may be anything."""
    try:
        return 1 <= len(reference.encode()) <= MAX_SORT_BYTES
    except UnicodeEncodeError:
        return False


def id_first(kind: Kind, reference: str) -> bool:
    """Whether a reference is looked up as an id before it is looked up as an external id."""
    return reference.startswith(f"{kind.value}_")


def taken(record: Record, *, external: bool) -> NoReturn:
    """Raise Conflict for an id, or an external id, that another record has."""
    what = f"the external id {record.external_id!r}" if external else f"the id {record.id}"
    raise Conflict(f"{what} is taken: another {record.kind.name.lower().replace('_', ' ')} has it")


def outdated(record: Record, stored: Record | None) -> NoReturn:
    """Raise Conflict for a successor that does not follow on what is stored."""
    if stored is None:
        raise Conflict(f"{record.id} cannot be replaced: it does not exist")
    if stored.version != record.version - 1:
        raise Conflict(f"{record.id} is at version {stored.version} by now; read it again and decide again")
    raise Conflict(f"the external id of {record.id} is {stored.external_id!r} and must not change")
