"""Hot tables on DynamoDB.

An item has the attributes pk, sk, body (one JSON text), version (whole number), expires_at (epoch seconds, when the
table may drop it) and write_id: which call of `transact` wrote it.

The SDK repeats a write whose answer was lost, and the repeated write then fails its own condition. `write_id` tells
that apart, exactly: what carries the id of this call is this call's write. Comparing bodies would not do: of two
workers that move a counter from 5 to 6, only one may win, and both wrote the same body.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from usance.kernel.errors import Unavailable
from usance.ports import Change, Item, Key, Put, Require, Table, TransactionRefused
from usance.store.attributes import Values, condition_of, item_of, item_values, key_condition, key_values, verb
from usance.store.bounds import Prepared, check_key, check_query, prepare
from usance.store.patience import Patience
from usance.store.span import Span, span

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_BATCH = 100
_THROTTLED = ("ThrottlingError", "ProvisionedThroughputExceeded")


class DynamoTables:
    """`ports.Tables` on DynamoDB.

    What the SDK gives up on (connection, throttling) is raised as botocore raises it; whether a write took place is
    then not known, and reading again tells.
    """

    def __init__(self, client: DynamoDBClient, names: Mapping[Table, str], patience: Patience | None = None) -> None:
        self._client = client
        self._names = dict(names)
        self._tables = {name: table for table, name in names.items()}
        self._patience = patience or Patience()

    def get(self, key: Key) -> Item | None:
        check_key(key)
        found = self._client.get_item(TableName=self._names[key.table], Key=key_values(key), ConsistentRead=True)
        return item_of(key.table, found["Item"]) if "Item" in found else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """As the port says. Raises Unavailable when DynamoDB keeps leaving keys unanswered."""
        wanted = list(dict.fromkeys(keys))
        for key in wanted:
            check_key(key)
        items: dict[Key, Item] = {}
        for start in range(0, len(wanted), _BATCH):
            for item in self._batch(wanted[start : start + _BATCH]):
                items[item.key] = item
        return {key: items[key] for key in wanted if key in items}

    def query(
        self,
        table: Table,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        check_query(partition, limit, prefix, after, until)
        wanted = span(prefix, after, until, newest_first=newest_first)
        if limit == 0 or wanted.empty or wanted.high == "":
            return iter(())
        request = {
            "TableName": self._names[table],
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            **key_condition(partition, wanted),
        }
        return self._query(table, request, wanted, limit)

    def transact(self, changes: Sequence[Change]) -> None:
        """As the port says. Raises Unavailable when DynamoDB stays too busy for the transaction."""
        prepared = prepare(changes)
        # One id for all repetitions by the SDK and by us: DynamoDB answers a transaction it has seen with success.
        write_id = secrets.token_urlsafe(16)
        if len(prepared) == 1:
            # A write by itself costs half of what it costs in a transaction.
            self._one(prepared[0], write_id)
        else:
            self._all(prepared, write_id)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _batch(self, keys: Sequence[Key]) -> Iterator[Item]:
        request: Values = {}
        for key in keys:
            asked = request.setdefault(self._names[key.table], {"Keys": [], "ConsistentRead": True})
            asked["Keys"].append(key_values(key))
        for _ in self._patience.tries():
            answer = self._client.batch_get_item(RequestItems=request)
            for name, found in answer["Responses"].items():
                yield from (item_of(self._tables[name], values) for values in found)
            request = dict(answer.get("UnprocessedKeys") or {})
            if not request:
                return
        raise Unavailable(f"DynamoDB left keys unanswered {self._patience.most} times; ask again")

    def _query(self, table: Table, request: Values, wanted: Span, limit: int | None) -> Iterator[Item]:
        left = limit
        while True:
            if left is not None:
                # The two ends of the interval may come without being wanted.
                request["Limit"] = left + 2
            page = self._client.query(**request)
            for values in page["Items"]:
                if values["sk"]["S"] not in wanted:
                    continue
                yield item_of(table, values)
                if left is not None:
                    left -= 1
                    if not left:
                        return
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    # -- writing -----------------------------------------------------------------------------------------------------

    def _one(self, prepared: Prepared, write_id: str) -> None:
        change = prepared.change
        if isinstance(change, Require):
            stored = self.get(change.key)
            if (None if stored is None else stored.version) != change.expect:
                raise TransactionRefused([change.key])
            return
        request = self._request(prepared, write_id)
        for _ in self._patience.tries():
            try:
                if isinstance(change, Put):
                    self._client.put_item(**request)
                else:
                    self._client.delete_item(**request)
            except ClientError as error:
                code = _code(error)
                if code == "ConditionalCheckFailedException":
                    if _is_ours(error.response, write_id):
                        return
                    raise TransactionRefused([change.key]) from error
                if code != "TransactionConflictException":
                    raise
            else:
                return
        raise TransactionRefused([change.key])

    def _all(self, prepared: Sequence[Prepared], write_id: str) -> None:
        writes: list[Any] = [{verb(one.change): self._request(one, write_id)} for one in prepared]
        conflicting: list[Key] = []
        for _ in self._patience.tries():
            try:
                self._client.transact_write_items(TransactItems=writes, ClientRequestToken=write_id)
            except ClientError as error:
                reasons: Sequence[Mapping[str, Any]] = error.response.get("CancellationReasons", ())
                if any(_is_ours(reason, write_id) for reason in reasons):
                    # All or none: where one of them is, all are.
                    return
                keys = [one.change.key for one in prepared]
                refused = _keys_with(keys, reasons, "ConditionalCheckFailed")
                if refused:
                    raise TransactionRefused(refused) from error
                conflicting = _keys_with(keys, reasons, "TransactionConflict")
                if not conflicting and not _keys_with(keys, reasons, *_THROTTLED):
                    raise
            else:
                return
        if conflicting:
            raise TransactionRefused(conflicting)
        raise Unavailable(f"DynamoDB was too busy for a transaction {self._patience.most} times; nothing was written")

    def _request(self, prepared: Prepared, write_id: str) -> Values:
        change = prepared.change
        request = {"TableName": self._names[change.key.table], **condition_of(change)}
        if isinstance(change, Put):
            # The stored item comes back with the refusal, so that looking whose it is costs no call.
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            return request | {"Item": item_values(prepared, write_id)}
        return request | {"Key": key_values(change.key)}


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _is_ours(refusal: Mapping[str, Any], write_id: str) -> bool:
    stored = refusal.get("Item") or {}
    return bool(stored.get("write_id", {}).get("S") == write_id)


def _keys_with(keys: Sequence[Key], reasons: Sequence[Mapping[str, Any]], *codes: str) -> list[Key]:
    return [key for key, reason in zip(keys, reasons, strict=False) if reason.get("Code") in codes]
