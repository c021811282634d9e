"""What DynamoTables says when the network or DynamoDB misbehaves: success exactly when its own write is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.store.conftest import HASTY
from tests.store.hooks import (
    cancelled,
    count_sends,
    forget_tokens,
    leave_unprocessed,
    lose_answers,
    lose_requests,
    refuse_calls,
    refuse_sends,
)
from usance.kernel.errors import Unavailable
from usance.ports import Delete, Item, Key, Put, Require, Table, TransactionRefused
from usance.store.dynamo import DynamoTables


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)


@pytest.fixture
def key(org):
    return lambda sort: Key(Table.DOCUMENTS, f"{org}#things", sort)


@pytest.fixture
def client(aws):
    """The client that faults are planted in."""
    return aws.client("dynamodb")


@pytest.fixture
def faulty(aws, client):
    return DynamoTables(client, aws.names, HASTY)


@pytest.fixture
def others(dynamo_tables, key):
    """Everybody else, whose network is good. What they left: version 2 of `old` and version 1 of `gone` and `seen`."""
    dynamo_tables.transact([Put(key(name), {"by": "others"}) for name in ("old", "gone", "seen")])
    dynamo_tables.transact([Put(key("old"), {"by": "others", "again": True}, expect=1)])
    return dynamo_tables


SHAPES: dict[str, Callable[..., Any]] = {
    "a new item": lambda key: [Put(key("new"), {"by": "us"})],
    "over an item": lambda key: [Put(key("old"), {"by": "us"}, expect=2)],
    "a removal": lambda key: [Delete(key("gone"), expect=1)],
    "several": lambda key: [
        Put(key("new"), {"by": "us"}),
        Put(key("old"), {"by": "us"}, expect=2),
        Delete(key("gone"), expect=1),
        Require(key("seen"), expect=1),
    ],
}
BREACHES: dict[str, Callable[..., Any]] = {
    "a new item": lambda key: [Put(key("old"), {"by": "us"})],
    "over an item": lambda key: [Put(key("old"), {"by": "us"}, expect=1)],
    "a removal": lambda key: [Delete(key("gone"), expect=2)],
    "several": lambda key: [Put(key("new"), {"by": "us"}), Delete(key("gone"), expect=2)],
}
OPERATIONS = {
    "a new item": "PutItem",
    "over an item": "PutItem",
    "a removal": "DeleteItem",
    "several": "TransactWriteItems",
}
FAULTS: dict[str, Callable[..., list[Any]]] = {
    "the answer is lost": lose_answers,
    "two answers are lost": lambda client, operation: lose_answers(client, operation, times=2),
    "the request is lost": lambda client, operation: lose_requests(client, operation, times=2),
    "throttled": lambda client, operation: refuse_sends(client, operation, "ThrottlingException", times=2),
    "over the throughput": lambda client, operation: refuse_sends(
        client, operation, "ProvisionedThroughputExceededException", times=2
    ),
    "still in progress": lambda client, operation: refuse_sends(
        client, operation, "TransactionInProgressException", times=2
    ),
}


def contents(tables, key):
    found = tables.get_many([key(name) for name in ("new", "old", "gone", "seen")])
    return {name.sort: (item.version, item.body) for name, item in found.items()}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tokens", ["remembered", "forgotten"])
def test_a_write_succeeds_once_whatever_happens_on_the_way(client, faulty, others, key, shape, fault, tokens):
    if tokens == "forgotten":
        forget_tokens(client)
    planted = FAULTS[fault](client, OPERATIONS[shape])
    before = contents(others, key)
    changes = SHAPES[shape](key)
    faulty.transact(changes)
    assert planted
    expected = dict(before)
    for change in changes:
        match change:
            case Put():
                expected[change.key.sort] = ((change.expect or 0) + 1, {"by": "us"})
            case Delete():
                del expected[change.key.sort]
    assert contents(others, key) == expected


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", BREACHES)
def test_a_breach_is_refused_whatever_happens_on_the_way(client, faulty, others, key, shape, fault):
    planted = FAULTS[fault](client, OPERATIONS[shape])
    before = contents(others, key)
    with pytest.raises(TransactionRefused) as caught:
        faulty.transact(BREACHES[shape](key))
    assert planted
    assert caught.value.keys == (BREACHES[shape](key)[-1].key,)
    assert contents(others, key) == before


@pytest.mark.parametrize("shape", ["a new item", "over an item", "several"])
def test_the_same_written_by_others_while_our_request_was_lost_is_not_ours(client, faulty, others, key, shape):
    # Same body, same version, same keys: only `write_id` tells whose it is. Two workers took the same number.
    changes = SHAPES[shape](key)
    assert lose_requests(client, OPERATIONS[shape], then=lambda: others.transact(changes)) == []
    with pytest.raises(TransactionRefused) as caught:
        faulty.transact(changes)
    assert set(caught.value.keys) >= {change.key for change in changes if isinstance(change, Put)}
    assert others.get(changes[0].key).body == {"by": "us"}


def test_our_write_that_others_have_replaced_since_is_refused_and_theirs_stays(client, faulty, others, key):
    # Nobody can know by now that it was in; the caller reads again and decides.
    later = Put(key("new"), {"by": "others"}, expect=1)
    lose_answers(client, "PutItem", then=lambda: others.transact([later]))
    with pytest.raises(TransactionRefused):
        faulty.transact([Put(key("new"), {"by": "us"})])
    assert others.get(key("new")) == Item(key("new"), {"by": "others"}, version=2)


def test_a_transaction_that_others_have_built_upon_since_is_still_ours(client, faulty, others, key):
    # DynamoDB remembers the token; the body of `old` is another by now.
    later = Put(key("old"), {"by": "others"}, expect=3)
    lose_answers(client, "TransactWriteItems", then=lambda: others.transact([later]))
    faulty.transact(SHAPES["several"](key))
    assert contents(others, key)["old"] == (4, {"by": "others"})
    assert contents(others, key)["new"] == (1, {"by": "us"})


def test_one_of_our_items_proves_the_transaction_when_tokens_are_forgotten(client, faulty, others, key):
    forget_tokens(client)
    later = Put(key("old"), {"by": "others"}, expect=3)
    lose_answers(client, "TransactWriteItems", then=lambda: others.transact([later]))
    faulty.transact(SHAPES["several"](key))
    assert contents(others, key)["new"] == (1, {"by": "us"})


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_sdk_gives_up_on_is_raised(client, faulty, others, key, shape):
    before = contents(others, key)
    sends = count_sends(client)
    refuse_sends(client, OPERATIONS[shape], "ThrottlingException", times=99)
    with pytest.raises(ClientError, match="ThrottlingException"):
        faulty.transact(SHAPES[shape](key))
    assert sends[OPERATIONS[shape]] == 4
    assert contents(others, key) == before


# -- conflicts between transactions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["a new item", "over an item", "a removal"])
def test_a_conflict_of_one_write_is_tried_again(client, faulty, others, key, shape):
    conflict = {"Error": {"Code": "TransactionConflictException", "Message": "planted"}}
    planted = refuse_calls(client, OPERATIONS[shape], conflict, times=HASTY.most - 1)
    before = contents(others, key)
    faulty.transact(SHAPES[shape](key))
    assert len(planted) == HASTY.most - 1
    assert contents(others, key) != before


@pytest.mark.parametrize("shape", ["a new item", "over an item", "a removal"])
def test_a_conflict_of_one_write_that_lasts_is_refused(client, faulty, others, key, shape):
    conflict = {"Error": {"Code": "TransactionConflictException", "Message": "planted"}}
    planted = refuse_calls(client, OPERATIONS[shape], conflict, times=99)
    before = contents(others, key)
    with pytest.raises(TransactionRefused) as caught:
        faulty.transact(SHAPES[shape](key))
    assert len(planted) == HASTY.most
    assert caught.value.keys == (SHAPES[shape](key)[0].key,)
    assert contents(others, key) == before


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_cancelled_transaction_is_tried_again(client, faulty, others, key, code):
    planted = refuse_calls(client, "TransactWriteItems", cancelled("None", code, "None", "None"), HASTY.most - 1)
    faulty.transact(SHAPES["several"](key))
    assert len(planted) == HASTY.most - 1
    assert contents(others, key)["new"] == (1, {"by": "us"})


def test_a_conflict_that_lasts_is_refused_and_named(client, faulty, others, key):
    reasons = cancelled("None", "TransactionConflict", "None", "TransactionConflict")
    planted = refuse_calls(client, "TransactWriteItems", reasons, times=99)
    before = contents(others, key)
    with pytest.raises(TransactionRefused) as caught:
        faulty.transact(SHAPES["several"](key))
    assert len(planted) == HASTY.most
    assert caught.value.keys == (key("old"), key("seen"))
    assert contents(others, key) == before


def test_a_failed_condition_decides_at_once_whatever_else_is_the_matter(client, faulty, others, key):
    reasons = cancelled("TransactionConflict", "ConditionalCheckFailed", "ThrottlingError", "None")
    planted = refuse_calls(client, "TransactWriteItems", reasons, times=99)
    with pytest.raises(TransactionRefused) as caught:
        faulty.transact(SHAPES["several"](key))
    assert len(planted) == 1
    assert caught.value.keys == (key("old"),)


def test_a_throttled_transaction_that_stays_so_is_unavailable(client, faulty, others, key):
    planted = refuse_calls(client, "TransactWriteItems", cancelled("ThrottlingError", *["None"] * 3), times=99)
    before = contents(others, key)
    with pytest.raises(Unavailable, match="nothing was written"):
        faulty.transact(SHAPES["several"](key))
    assert len(planted) == HASTY.most
    assert contents(others, key) == before


@pytest.mark.parametrize("error", [cancelled("ValidationError", *["None"] * 3), {"Error": {"Code": "AccessDenied"}}])
def test_what_trying_again_cannot_mend_is_raised_at_once(client, faulty, others, key, error):
    planted = refuse_calls(client, "TransactWriteItems", error, times=99)
    with pytest.raises(ClientError):
        faulty.transact(SHAPES["several"](key))
    assert len(planted) == 1


# -- reading ---------------------------------------------------------------------------------------------------------


def test_keys_left_unprocessed_are_asked_for_again(aws, client, faulty, others, key):
    keys = [key(f"{number:03}") for number in range(130)] + [Key(Table.LEDGER, key("").partition, "x"), key("absent")]
    for start in (0, 100):
        others.transact([Put(one, {"sort": one.sort}) for one in keys[start : start + 100] if one != key("absent")])
    left = leave_unprocessed(client, times=3)
    found = faulty.get_many(keys)
    assert left[:2] == [50, 25]
    assert found == {one: Item(one, {"sort": one.sort}) for one in keys[:-1]}


def test_keys_that_stay_unprocessed_are_unavailable_and_never_absent(client, faulty, others, key):
    left = leave_unprocessed(client, times=99)
    with pytest.raises(Unavailable, match="unanswered"):
        faulty.get_many([key("old")])
    assert left == [1] * HASTY.most


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "Query"])
def test_reads_survive_the_network(client, faulty, others, key, operation):
    read = {
        "GetItem": lambda: faulty.get(key("seen")).body,
        "BatchGetItem": lambda: faulty.get_many([key("seen")])[key("seen")].body,
        "Query": lambda: next(faulty.query(Table.DOCUMENTS, key("").partition, prefix="seen")).body,
    }
    lost = lose_answers(client, operation), lose_requests(client, operation)
    throttled = refuse_sends(client, operation, "ThrottlingException", times=1)
    assert read[operation]() == {"by": "others"}
    assert all(lost)
    assert throttled


def test_reads_ask_for_what_was_last_written(client, faulty, others, key):
    asked = []

    def look(params, **_):
        asked.append(params.get("ConsistentRead"))
        asked.extend(request["ConsistentRead"] for request in params.get("RequestItems", {}).values())

    client.meta.events.register("provide-client-params.*.*", look)
    faulty.get(key("seen"))
    faulty.transact([Require(key("seen"), expect=1)])
    list(faulty.query(Table.DOCUMENTS, key("").partition + "x"))
    assert asked == [True, True, True]
    faulty.get_many([key("seen"), Key(Table.LEDGER, "x", "x")])
    assert asked[3:] == [None, True, True]
