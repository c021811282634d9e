"""Idempotency keys: one request, one effect, one answer; also when the first try died anywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.faults import Fuse, Killed
from tests.functions.api_endpoint import CONTRACT, OPERATOR, Api
from tests.functions.test_api_bad_input import GERMAN_VAT, GOOD, TEN
from usance import wiring
from usance.ports import Machine

POSTS = sorted(route.split()[1] for route in GOOD if route.startswith("POST"))


@pytest.fixture
def ready(api: Api) -> Api:
    api.open()
    api.catalogue()
    api.made("/v1/contracts", CONTRACT)
    api.made("/v1/tax-categories", {"code": "saas", "name": "Software"})
    api.made("/v1/tax-rates", GERMAN_VAT)
    api.made("/v1/coupons", TEN)
    return api


def send(api: Api, path: str, body: Any, key: str) -> Any:
    return api.post(path, body, key=OPERATOR if path == "/v1/organisations" else api.key, idempotency_key=key)


@pytest.mark.parametrize("path", POSTS)
def test_a_repetition_gets_the_first_answer_and_changes_nothing(ready: Api, path: str) -> None:
    body = GOOD[f"POST {path}"]
    first = send(ready, path, body, "k1")
    assert first.status in (200, 201, 202)
    assert "idempotency-hit" not in first.headers
    before = ready.dump()
    ready.clock.move(ready.clock.at + timedelta(hours=23))
    again = send(ready, path, body, "k1")
    assert (again.status, again.body, again.headers["idempotency-hit"]) == (first.status, first.body, "true")
    assert ready.dump() == before


CHANGES: dict[str, dict[str, Any]] = {
    "/v1/test-clock": {"now": "2027-01-01T00:00:00Z"},
    "/v1/event-types": {"name": "another"},
    "/v1/metrics": {"external_id": "another"},
    "/v1/api-keys": {"label": "another"},
    "/v1/customers/acme/payment-methods": {"reference": "pm_2"},
    "/v1/tax-rates/de/close": {"effective_to": "2026-12-31"},
    "/v1/coupons": {"code": "a-third"},
    "/v1/customers/acme/wallets/USD/credits": {"amount": "51"},
    "/v1/coupons/ten/redemptions": {"on": "2025-09-01"},
    "/v1/contracts": {"id": "a-third"},
    "/v1/contracts/preview": {"id": "a-third"},
    "/v1/contracts/acme-direct/amendments": {"effective_on": "2025-10-01"},
    "/v1/contracts/acme-direct/grants": {"label": "another"},
    "/v1/billing-runs": {"contracts": ["acme-direct", "acme-direct"]},
}


@pytest.mark.parametrize("path", POSTS)
def test_a_key_used_for_another_request_is_refused(ready: Api, path: str) -> None:
    body = GOOD[f"POST {path}"]
    assert send(ready, path, body, "k1").status < 300
    before = ready.dump()
    refused = send(ready, path, {**body, **CHANGES.get(path, {"name": "another"})}, "k1")
    assert (refused.status, refused.body["code"]) == (409, "idempotency_mismatch"), refused.text
    assert ready.dump() == before


def test_the_order_of_members_is_no_difference(ready: Api) -> None:
    one = send(ready, "/v1/customers", {"name": "x", "external_id": "y"}, "k1")
    other = send(ready, "/v1/customers", {"external_id": "y", "name": "x"}, "k1")
    assert other.body == one.body


def test_a_key_is_of_one_route_and_one_organisation(ready: Api) -> None:
    send(ready, "/v1/customers", {"name": "x"}, "k1")
    assert send(ready, "/v1/products", {"name": "x"}, "k1").status == 201
    ready.open("Other")
    other = send(ready, "/v1/customers", {"name": "another body"}, "k1")
    assert (other.status, "idempotency-hit" in other.headers) == (201, False)


def test_a_key_is_forgotten_after_a_day(ready: Api) -> None:
    first = send(ready, "/v1/customers", {"name": "x"}, "k1")
    ready.clock.move(ready.clock.at + timedelta(hours=24))
    later = send(ready, "/v1/customers", {"name": "y"}, "k1")
    assert later.status == 201
    assert later.body["id"] != first.body["id"]


def test_a_refused_request_gives_its_key_back(ready: Api) -> None:
    assert send(ready, "/v1/customers", {"nam": "x"}, "k1").status == 422
    assert send(ready, "/v1/contracts", {**CONTRACT, "id": "b", "customer": "nobody"}, "k1").status == 422
    assert send(ready, "/v1/nowhere", {}, "k1").status == 404
    assert send(ready, "/v1/customers", {"name": "x"}, "k1").status == 201
    assert send(ready, "/v1/contracts", {**CONTRACT, "id": "b"}, "k1").status == 201


@pytest.mark.parametrize("key", ["x" * 256, "é", "a\x00b"])
def test_a_key_that_cannot_be_one_is_refused(ready: Api, key: str) -> None:
    before = ready.dump()
    refused = send(ready, "/v1/customers", {"name": "x"}, key)
    assert (refused.status, refused.codes) == (422, {"/idempotency-key": "invalid_text"})
    assert ready.dump() == before


def test_the_text_of_an_api_key_is_not_kept_with_the_answer(ready: Api) -> None:
    first = send(ready, "/v1/api-keys", {"label": "x"}, "k1")
    secret = first.body["key"].rsplit("_", 1)[1]
    assert all(secret not in str(item.body) for item in ready.tables.scan())
    assert send(ready, "/v1/api-keys", {"label": "x"}, "k1").body["key"] == first.body["key"]


def test_a_new_operators_key_does_not_bring_the_text_of_old_keys_back(
    ready: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(ready, "/v1/api-keys", {"label": "x"}, "k1")
    monkeypatch.setattr(wiring, "operator_key", lambda _secret: "another")
    again = send(ready, "/v1/api-keys", {"label": "x"}, "k1")
    assert again.body == {**first.body, "key": None}
    assert ready.get("/v1/organisation", key=first.body["key"]).status == 200


CRASHES = {
    "/v1/organisations": GOOD["POST /v1/organisations"],
    "/v1/api-keys": GOOD["POST /v1/api-keys"],
    "/v1/customers": {"name": "x", "external_id": "x"},
    "/v1/customers/acme/payment-methods": GOOD["POST /v1/customers/acme/payment-methods"],
    "/v1/contracts": {**CONTRACT, "id": "another"},
    "/v1/contracts/acme-direct/amendments": GOOD["POST /v1/contracts/acme-direct/amendments"],
    "/v1/contracts/acme-direct/grants": GOOD["POST /v1/contracts/acme-direct/grants"],
    "/v1/billing-runs": {},
    "/v1/alerts": GOOD["POST /v1/alerts"],
    "/v1/test-clock": {"now": "2025-09-01T00:00:00Z"},
}


@pytest.mark.parametrize("path", sorted(CRASHES))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_retry_completes_what_a_crash_left(monkeypatch: pytest.MonkeyPatch, path: str, *, after: bool) -> None:
    """The process dies at each call of a port in turn, before or after it took effect; the retry makes it whole."""
    call = 0
    while True:
        api = Api().install(monkeypatch)
        api.open()
        api.catalogue()
        api.made("/v1/contracts", CONTRACT)
        before = _counts(api)
        fuse = _guard(api, monkeypatch)
        fuse.arm(call, after=after)
        try:
            send(api, path, CRASHES[path], "k1")
        except Killed:
            died = True
        else:
            died = False
        fuse.arm(None)
        answer = send(api, path, CRASHES[path], "k1")
        assert answer.status in (200, 201, 202), (call, answer.text)
        assert send(api, path, CRASHES[path], "k1").body == answer.body
        assert _counts(api) == _expected(path, before), call
        if not died:
            assert call > 3
            return
        call += 1


def _guard(api: Api, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    fuse = Fuse()
    ports = {"control_plane": api.control, "tables": api.tables, "directory": api.directory}
    for name, port in ports.items():
        guarded = fuse.guard(port)
        monkeypatch.setattr(wiring, name, lambda _settings, guarded=guarded: guarded)
    workflows = fuse.guard(api.workflows)
    monkeypatch.setattr(wiring, "workflows", lambda **_arns: workflows)
    return fuse


def _counts(api: Api) -> dict[str, int]:
    counts: dict[str, int] = {"runs": len(api.workflows.started(Machine.BILLING_RUN))}
    for place, value in api.dump().items():
        # "documents org_1#due 2025-07-01…" is a due pointer, "org_1 cus_2" a record of a customer.
        where, _, id = place.partition(" ")
        name = id.split()[0].partition("#")[2] if "#" in id else id.partition("_")[0] or where
        # "contracts#cus_2" is the list of a customer's contracts.
        name = name.partition("#")[0] if name.startswith("contracts#") else name
        counts[name] = counts.get(name, 0) + 1
        if name == "ctr":
            counts["amendments"] = counts.get("amendments", 0) + len(value[1]["amendments"])
            counts["grants"] = counts.get("grants", 0) + len(value[1].get("grants", ()))
        if name == "cus":
            counts["methods"] = counts.get("methods", 0) + len(value[1].get("payment_methods", ()))
    return counts


def _expected(path: str, before: dict[str, int]) -> dict[str, int]:
    more = {
        "/v1/organisations": {"org": 1, "key": 1},
        "/v1/api-keys": {"key": 1},
        "/v1/customers": {"cus": 1},
        "/v1/customers/acme/payment-methods": {"pm": 1, "methods": 1},
        "/v1/contracts": {"ctr": 1, "due": 1, "contracts": 1},
        # The pointer at which a run looks at the amended contract is the one that its first due made already.
        "/v1/contracts/acme-direct/amendments": {"amendments": 1},
        "/v1/contracts/acme-direct/grants": {"grants": 1},
        # The list of requested runs, and the run.
        "/v1/billing-runs": {"runs": 2},
        # The alert, and the entry by which its organisation is looked at.
        "/v1/alerts": {"alr": 1, "~alerts org": 1},
        "/v1/test-clock": {},
    }[path]
    return {name: before.get(name, 0) + more.get(name, 0) for name in before.keys() | more.keys()}
