"""The control table's items as a PynamoDB model, and what of a record becomes what of an item.

{org}#{kind}           {id}           the record
{org}#{kind}#external  {external id}  pointer: `target` is the id
~organisations         {org}          that the organisation exists
"""

from __future__ import annotations

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import NUMBER
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Kind, Record
from usance.store.body import decode
from usance.store.records import INSTALLATION, external_partition, partition


class WholeNumberAttribute(Attribute[int]):
    """A whole number. PynamoDB's own NumberAttribute reads some numbers as floats."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class ControlItem(Model):
    """Any item of the control table. `write_id` says which call wrote it, as in the hot tables."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    write_id = UnicodeAttribute()
    version = WholeNumberAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    external_id = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)
    target = UnicodeAttribute(null=True)

    @classmethod
    def transaction(cls, token: str) -> TransactWrite:
        """A transaction over the model's own connection."""
        return TransactWrite(client_request_token=token, connection=cls._get_connection().connection)


def control_model(table: str, *, region: str | None = None, endpoint: str | None = None) -> type[ControlItem]:
    """The model of one table. PynamoDB keeps the table's name in the class, so each table needs a class of its own.

    Without region and endpoint, botocore finds them by its environment, as boto3 does.
    """
    meta = type("Meta", (), {"table_name": table, "region": region, "host": endpoint})
    return type("ControlItem", (ControlItem,), {"Meta": meta})


def record_item(model: type[ControlItem], record: Record, text: bytes, write_id: str) -> ControlItem:
    """The item of a record whose body's text is known."""
    return model(
        partition(record.organisation, record.kind),
        record.id,
        write_id=write_id,
        version=record.version,
        created_at=show_instant(record.created_at),
        external_id=record.external_id,
        body=text.decode(),
    )


def pointer_item(model: type[ControlItem], record: Record, write_id: str) -> ControlItem:
    """The item that keeps a record's external id unique and leads to the record."""
    where = external_partition(record.organisation, record.kind)
    return model(where, record.external_id, write_id=write_id, target=record.id)


def organisation_item(model: type[ControlItem], organisation: str, write_id: str) -> ControlItem:
    """The item that lists an organisation."""
    return model(INSTALLATION, organisation, write_id=write_id)


def item_record(item: ControlItem, organisation: str, kind: Kind) -> Record:
    """The record of an item."""
    return Record(
        organisation=organisation,
        kind=kind,
        id=item.sk,
        body=decode(item.body),
        created_at=parse_instant(item.created_at),
        external_id=item.external_id,
        version=item.version,
    )
