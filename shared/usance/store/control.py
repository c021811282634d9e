"""The control plane on DynamoDB, by PynamoDB.

A record, the pointer from its external id and, for an organisation, its entry in the list of organisations are written
in one transaction, so an external id is unique and no organisation is ever missed by a scheduled function.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pynamodb.exceptions import PutError, TransactWriteError

from usance.kernel.errors import Unavailable
from usance.ports import Kind, Page, Record
from usance.store.control_item import (
    ControlItem,
    control_model,
    item_record,
    organisation_item,
    pointer_item,
    record_item,
)
from usance.store.patience import Patience
from usance.store.records import (
    INSTALLATION,
    check_new,
    check_page,
    check_successor,
    external_partition,
    id_first,
    outdated,
    partition,
    storable,
    taken,
)

_FAILED: Final = ("ConditionalCheckFailedException", "ConditionalCheckFailed")
_BUSY: Final = (
    "TransactionConflictException",
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
)


class DynamoControlPlane:
    """`ports.ControlPlane` on one table. Raises Unavailable when others keep the table busy."""

    def __init__(
        self,
        table: str,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.model = control_model(table, region=region, endpoint=endpoint)
        self._patience = patience or Patience()

    def create(self, record: Record) -> None:
        text, write_id = check_new(record), secrets.token_urlsafe(16)
        items = [record_item(self.model, record, text, write_id)]
        if record.external_id is not None:
            items.append(pointer_item(self.model, record, write_id))
        if record.kind is Kind.ORGANISATION:
            items.append(organisation_item(self.model, record.organisation, write_id))
        if self._write(lambda: self._add(items, write_id)):
            return
        stored = self._read(partition(record.organisation, record.kind), record.id)
        if stored is None:
            taken(record, external=True)
        if stored.write_id != write_id:
            taken(record, external=False)

    def get(self, organisation: str, kind: Kind, reference: str) -> Record | None:
        where, pointers = partition(organisation, kind), external_partition(organisation, kind)
        if not storable(reference):
            return None
        item = self._read(where, reference) if id_first(kind, reference) else None
        if item is None and (pointer := self._read(pointers, reference)) is not None:
            item = self._read(where, pointer.target)
        if item is None and not id_first(kind, reference):
            item = self._read(where, reference)
        return None if item is None else item_record(item, organisation, kind)

    def list(self, organisation: str, kind: Kind, *, limit: int = 100, after: str | None = None) -> Page:
        check_page(limit, after)
        past = None if after is None else self.model.sk > after
        # One more than asked tells whether there is a next page.
        found = list(
            self.model.query(
                partition(organisation, kind), range_key_condition=past, limit=limit + 1, consistent_read=True
            )
        )
        records = tuple(item_record(item, organisation, kind) for item in found[:limit])
        return Page(records, records[-1].id if len(found) > limit else None)

    def replace(self, record: Record) -> None:
        text, write_id = check_successor(record), secrets.token_urlsafe(16)
        item = record_item(self.model, record, text, write_id)
        same_external_id = (
            self.model.external_id.does_not_exist()
            if record.external_id is None
            else self.model.external_id == record.external_id
        )
        follows = (self.model.version == record.version - 1) & same_external_id
        if self._write(lambda: item.save(follows)):
            return
        stored = self._read(partition(record.organisation, record.kind), record.id)
        if stored is None or stored.write_id != write_id:
            outdated(record, None if stored is None else item_record(stored, record.organisation, record.kind))

    def organisations(self) -> Iterator[str]:
        for item in self.model.query(INSTALLATION, consistent_read=True):
            yield item.sk

    def _read(self, pk: str, sk: str) -> ControlItem | None:
        try:
            return self.model.get(pk, sk, consistent_read=True)
        except self.model.DoesNotExist:
            return None

    def _add(self, items: Sequence[ControlItem], write_id: str) -> None:
        nothing_there = self.model.pk.does_not_exist()
        if len(items) == 1:
            items[0].save(nothing_there)
            return
        with self.model.transaction(write_id) as transaction:
            for item in items:
                transaction.save(item, nothing_there)

    def _write(self, write: Callable[[], object]) -> bool:
        """Whether the write was made; False when a condition failed. The write itself may be the reason: an SDK that
        got no answer writes again, so whoever is told False looks at `write_id`."""
        for _ in self._patience.tries():
            try:
                write()
            except (PutError, TransactWriteError) as error:
                codes = _codes(error)
                if any(code in _FAILED for code in codes):
                    return False
                if not any(code in _BUSY for code in codes):
                    raise
            else:
                return True
        raise Unavailable(f"others kept the control table busy {self._patience.most} times; nothing was written")


def _codes(error: PutError | TransactWriteError) -> list[str | None]:
    if isinstance(error, TransactWriteError):
        return [reason.code for reason in error.cancellation_reasons if reason is not None]
    return [error.cause_response_code]
