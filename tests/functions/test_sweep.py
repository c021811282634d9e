"""The sweep: wallets and the outbox of all organisations, and one failure stops nobody."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, Api
from usance.ports import Delete, Machine

SETTINGS = {
    "COLLECT_PAYMENT_ARN": "arn:collect",
    "SCHEDULE_REVENUE_ARN": "arn:revenue",
    "BILL_QUEUE_URL": "https://bill",
}
PATH = "/v1/customers/acme/wallets/USD"
PLATFORM = {**CONTRACT, "items": [CONTRACT["items"][1]], "ends_on": "2025-07-31"}
CONTEXT = SimpleNamespace(
    function_name="sweep", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="r"
)  # fmt: skip


@pytest.fixture
def sweep(api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    handler = importlib.import_module("functions.invoice.sweep").handler
    return lambda: handler({}, CONTEXT)


def test_it_posts_what_expired_tops_up_and_passes_on(api: Api, sweep: Any) -> None:
    organisation = api.open()
    api.catalogue()
    api.made(f"{PATH}/credits", {"amount": "520", "kind": "promotional", "expires_on": "2025-07-31"})
    assert sweep() == {"lapsed": 0, "topped_up": 0, "passed_on": 0}
    api.made("/v1/contracts", PLATFORM)
    assert api.bill(organisation) == 1
    assert sweep() == {"lapsed": 0, "topped_up": 0, "passed_on": 1}
    # 20.00 of 520.00 are left and expire; then less than 100.00 is there, and 300.00 are bought.
    assert api.send("PUT", f"{PATH}/settings", {"threshold": "10", "amount": "300"}).status == 200
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    _drop_pointers(api)
    assert sweep() == {"lapsed": 1, "topped_up": 1, "passed_on": 1}
    assert sweep() == {"lapsed": 0, "topped_up": 0, "passed_on": 0}
    collected = api.workflows.started(Machine.COLLECT_PAYMENT)
    assert len(collected) == 2
    rows = {row["account"]: row["balance"]["amount"] for row in api.get("/v1/trial-balance").body["rows"]}
    assert (rows["customer_credit"], rows["promotional_credit"]) == ("0.00", "-500.00")
    assert rows["customer_credit_pending"] == "300.00"


def test_one_failure_stops_nothing_else(api: Api, sweep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation = api.open()
    api.catalogue()
    api.made("/v1/contracts", PLATFORM)
    assert api.bill(organisation) == 1
    monkeypatch.setattr("functions.invoice.sweep.lapse_expired", _broken)
    with pytest.raises(ExceptionGroup, match="sweep failed"):
        sweep()
    assert len(api.workflows.started(Machine.COLLECT_PAYMENT)) == 1


def _broken(*_arguments: Any) -> int:
    raise RuntimeError("planted")


def _drop_pointers(api: Api) -> None:
    """What a run does with the pointers that led it to the contracts it billed."""
    for item in list(api.tables.scan()):
        if item.key.partition.endswith("#due"):
            api.tables.transact([Delete(item.key, item.version)])
