"""Items, conditions and intervals as DynamoDB writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from usance.ports import Change, Delete, Item, Key, Put, Table
from usance.store.body import decode
from usance.store.bounds import Prepared, from_seconds
from usance.store.span import Span

Values = dict[str, Any]
"""Attribute values or parameters of a call: `{"pk": {"S": "..."}}`."""


def verb(change: Change) -> str:
    """What a transaction calls a change."""
    if isinstance(change, Put):
        return "Put"
    return "Delete" if isinstance(change, Delete) else "ConditionCheck"


def condition_of(change: Change) -> Values:
    """The condition under which a change may be made."""
    if change.expect is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    unless_absent = "attribute_not_exists(pk) OR " if isinstance(change, Delete) else ""
    return {
        "ConditionExpression": f"{unless_absent}#version = :expect",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":expect": {"N": str(change.expect)}},
    }


def key_condition(partition: str, wanted: Span) -> Values:
    """The condition of the least interval that DynamoDB can express and that has all of the span."""
    values: Values = {":pk": {"S": partition}}
    condition = "pk = :pk"
    if wanted.low:
        values[":low"] = {"S": wanted.low}
    if wanted.high is not None:
        values[":high"] = {"S": wanted.high}
    if ":low" in values and ":high" in values:
        condition += " AND sk BETWEEN :low AND :high"
    elif ":low" in values:
        condition += " AND sk >= :low"
    elif ":high" in values:
        condition += " AND sk <= :high"
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def key_values(key: Key) -> Values:
    """A key as attribute values."""
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def item_values(prepared: Prepared, write_id: str) -> Values:
    """An item as attribute values."""
    values: Values = {
        **key_values(prepared.change.key),
        "body": {"S": prepared.text.decode()},
        "version": {"N": str(prepared.version)},
        "write_id": {"S": write_id},
    }
    if prepared.expires_at is not None:
        values["expires_at"] = {"N": str(prepared.expires_at)}
    return values


def item_of(table: Table, values: Mapping[str, Any]) -> Item:
    """The item that attribute values are."""
    expires_at = from_seconds(int(values["expires_at"]["N"])) if "expires_at" in values else None
    key = Key(table, values["pk"]["S"], values["sk"]["S"])
    return Item(key, decode(values["body"]["S"]), int(values["version"]["N"]), expires_at)
