"""Entitlements over the API: defined, granted by hand, withdrawn, read at any moment; repeated; never a stranger's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, Api

CALLS = {"entitlement": "api calls", "type": "quantity", "amount": "100"}


@dataclass
class Granting(Api):
    """The API of an organisation with a contract that draws on grants."""

    organisation: str = ""


@pytest.fixture
def ready(monkeypatch: Any) -> Granting:
    api = Granting().install(monkeypatch)
    assert isinstance(api, Granting)
    api.organisation = api.open()
    api.catalogue()
    api.made("/v1/contracts", {**CONTRACT, "items": [{**CONTRACT["items"][0], "consumes": "api calls"}]})
    return api


def give(api: Api, grant: dict[str, Any] = CALLS, **more: Any) -> Any:
    return api.post("/v1/contracts/acme-direct/grants", grant, **more)


def held(api: Api, as_of: str | None = None) -> Any:
    query = None if as_of is None else {"as_of": as_of}
    answer = api.get("/v1/contracts/acme-direct/entitlements", query=query)
    assert answer.status == 200, answer.text
    return answer.body["entitlements"]


def test_a_definition_is_found_by_its_name_and_its_id(ready: Granting) -> None:
    made = ready.made("/v1/entitlements", {"name": "api calls", "type": "quantity", "unit": "call"})
    assert (made["name"], made["external_id"], made["unit"]) == ("api calls", "api calls", "call")
    for reference in ("api calls", made["id"]):
        assert ready.get(f"/v1/entitlements/{reference}").body == made
    assert ready.get("/v1/entitlements").body == {"data": [made], "next_cursor": None}
    taken = ready.post("/v1/entitlements", {"name": "api calls", "type": "credits"})
    assert taken.status == 409
    refused = ready.post("/v1/entitlements", {"name": "", "type": "features", "colour": 1})
    assert (refused.status, sorted(refused.codes)) == (422, ["/colour", "/name", "/type"])
    assert ready.post("/v1/entitlements", {"name": "x", "type": "feature", "unit": "x"}).codes == {
        "/unit": "not_allowed"
    }


def test_grants_are_of_the_type_that_is_defined(ready: Granting) -> None:
    ready.made("/v1/entitlements", {"name": "api calls", "type": "credits", "unit": "tokens"})
    before = ready.dump()
    refused = give(ready, {**CALLS, "unit": "coins", "effective_on": "1950-01-01"})
    assert (refused.status, refused.codes) == (
        422,
        {"/type": "other_type", "/unit": "unknown_unit", "/effective_on": "out_of_range"},
    )
    # Credits of this name are in tokens, which the contract has no rate for.
    assert give(ready, {**CALLS, "type": "credits"}).codes == {"/entitlement": "unknown_unit"}
    contract = {**CONTRACT, "id": "other", "grants": [CALLS, {**CALLS, "type": "credits"}]}
    refused = ready.post("/v1/contracts", contract)
    assert refused.codes == {"/grants/0/type": "other_type", "/grants/1/entitlement": "unknown_unit"}
    assert ready.dump() == before
    contract = {**contract, "grants": {**CALLS, "type": "credits"}, "pricing_units": {"tokens": "0.5"}}
    made = ready.made("/v1/contracts", contract)
    assert made["terms"]["grants"][0]["unit"] == "tokens"
    assert ready.made("/v1/contracts/other/grants", {**CALLS, "type": "credits"})["grant"]["unit"] == "tokens"


def test_a_grant_by_hand_counts_from_when_it_is_recorded(ready: Granting) -> None:
    assert held(ready) == []
    made = give(ready)
    assert made.status == 201
    # The test clock stands at the beginning of 1 July.
    assert (made.body["recorded_at"], made.body["voided_at"]) == ("2025-07-01T00:00:00Z", None)
    assert made.body["grant"].items() >= CALLS.items()
    assert ready.get("/v1/contracts/acme-direct/grants").body == {"data": [made.body], "next_cursor": None}
    ready.move("2025-07-10T00:00:00Z")
    ready.use(ready.organisation, "2025-07-05T00:00:00Z", "30")
    # Acknowledged and used before now: it counts at once. 100 - 30 = 70.
    [one] = held(ready)
    assert (one["granted"], one["used"], one["balance"], one["expired"]) == ("100", "30", "70", "0")
    assert one["grants"] == [
        {
            "id": made.body["id"],
            "effective_at": "2025-07-01T00:00:00Z",
            "expires_at": None,
            "granted": "100",
            "balance": "70",
            "priority": 0,
        }
    ]
    assert one["draws"] == [{"grant": made.body["id"], "item": "compute", "cycle": "2025-07-01", "amount": "30"}]
    [then] = held(ready, "2025-07-03T00:00:00Z")
    assert (then["used"], then["balance"]) == ("0", "100")


def test_a_past_moment_knows_only_what_was_recorded_by_then(ready: Granting) -> None:
    ready.move("2025-07-10T00:00:00Z")
    made = give(ready, {**CALLS, "effective_on": "2025-07-01"}).body
    ready.move("2025-07-12T00:00:00Z")
    assert held(ready, "2025-07-09T23:59:59Z") == []
    assert held(ready, "2025-07-10T00:00:00Z")[0]["balance"] == "100"
    ready.post(f"/v1/contracts/acme-direct/grants/{made['id']}/void", {})
    assert held(ready, "2025-07-11T00:00:00Z")[0]["balance"] == "100"
    [now] = held(ready)
    assert (now["granted"], now["expired"], now["balance"]) == ("100", "100", "0")


def test_what_a_withdrawn_grant_covered_stays_covered(ready: Granting) -> None:
    grant = give(ready).body["id"]
    path = f"/v1/contracts/acme-direct/grants/{grant}/void"
    ready.use(ready.organisation, "2025-07-05T00:00:00Z", "30")
    ready.use(ready.organisation, "2025-07-20T00:00:00Z", "10")
    ready.move("2025-07-10T00:00:00Z")
    before = ready.dump()
    refused = ready.post(path, {"voided_at": "2025-07-09T23:59:59Z"})
    assert (refused.status, refused.codes) == (422, {"/voided_at": "in_the_past"})
    assert ready.dump() == before
    ended = ready.post(path, {})
    assert (ended.status, ended.body["voided_at"]) == (200, "2025-07-10T00:00:00Z")
    assert ready.post(path, {}).body == ended.body
    assert ready.post(path, {"voided_at": "2025-07-10T00:00:00Z"}).body == ended.body
    assert ready.post(path, {"voided_at": "2025-08-10T00:00:00Z"}).status == 409
    ready.move("2025-08-01T00:00:00Z")
    [one] = held(ready)
    # 30 of 100 were used before it ended, 70 are gone; the 10 after it are not covered.
    assert (one["used"], one["expired"], one["balance"], one["overage"]) == ("30", "70", "0", "10")
    ready.bill(ready.organisation)
    [invoice] = ready.get("/v1/invoices").body["data"]
    # 10 x 0.05
    assert invoice["total"] == {"amount": "0.50", "currency": "USD"}


def test_a_grant_after_the_invoice_is_a_correction_of_the_next_document(ready: Granting) -> None:
    ready.use(ready.organisation, "2025-07-05T00:00:00Z", "300")
    ready.use(ready.organisation, "2025-08-05T00:00:00Z", "400")
    ready.move("2025-08-01T00:00:00Z")
    ready.bill(ready.organisation)
    give(ready, {**CALLS, "effective_on": "2025-07-01"})
    ready.move("2025-09-01T00:00:00Z")
    ready.bill(ready.organisation)
    first, second = sorted(ready.get("/v1/invoices").body["data"], key=lambda one: one["number"])
    # 300 x 0.05; then 400 x 0.05 less the 100 x 0.05 that July's grant covers after all.
    assert (first["total"]["amount"], second["total"]["amount"]) == ("15.00", "15.00")


def test_a_repeated_grant_is_one(ready: Granting) -> None:
    first = give(ready, idempotency_key="k1")
    again = give(ready, idempotency_key="k1")
    assert (again.status, again.body, again.headers["idempotency-hit"]) == (201, first.body, "true")
    assert len(ready.get("/v1/contracts/acme-direct/grants").body["data"]) == 1
    assert give(ready, {**CALLS, "amount": 5}, idempotency_key="k1").status == 409


def test_a_grant_decided_on_an_older_version_is_refused(ready: Granting) -> None:
    assert give(ready, {**CALLS, "version": 1}).status == 201
    assert give(ready, {**CALLS, "version": 1}).status == 409
    assert give(ready, {**CALLS, "version": 2}).status == 201


@pytest.mark.parametrize(
    ("grant", "codes"),
    [
        ({"entitlement": "x", "type": "quantity"}, {"/amount": "missing"}),
        (
            {"entitlement": "x", "type": "feature", "amount": 1, "unit": "tokens"},
            {"/amount": "not_allowed", "/unit": "not_allowed"},
        ),
        (
            {**CALLS, "effective_at": "2025-07-01T00:00:00Z", "effective_on": "2025-07-01", "rollover": {"maximum": 1}},
            {"/effective_at": "contradictory", "/rollover": "contradictory"},
        ),
        (
            {**CALLS, "effective_at": "9500-01-01T00:00:00Z", "expires_on": "9500-01-01"},
            {"/effective_at": "out_of_range", "/expires_on": "out_of_range"},
        ),
        ({**CALLS, "type": "credits", "unit": "tokens"}, {"/unit": "unknown_unit"}),
    ],
    ids=str,
)
def test_all_faults_of_a_grant_are_told_and_nothing_is_written(
    ready: Granting, grant: dict[str, Any], codes: dict[str, str]
) -> None:
    before = ready.dump()
    refused = give(ready, grant)
    assert (refused.status, refused.codes) == (422, codes)
    assert ready.dump() == before


def test_what_is_not_there_is_not_found(ready: Granting) -> None:
    assert ready.post("/v1/contracts/acme-direct/grants/grt_x/void", {}).status == 404
    assert ready.post("/v1/contracts/nothing/grants", CALLS).status == 404
    assert ready.get("/v1/contracts/nothing/entitlements").status == 404
    assert ready.get("/v1/customers/nobody/entitlements").status == 404
    assert ready.get("/v1/entitlements/nothing").status == 404


def test_a_moment_to_come_is_refused(ready: Granting) -> None:
    for path in ("contracts/acme-direct", "customers/acme"):
        refused = ready.get(f"/v1/{path}/entitlements", query={"as_of": "2025-07-01T00:00:01Z"})
        assert (refused.status, refused.codes) == (422, {"/as_of": "in_the_future"})
    assert held(ready, "1970-01-02T00:00:00Z") == []


def test_a_customer_has_the_sum_of_its_contracts(ready: Granting) -> None:
    give(ready)
    second = {
        **CONTRACT,
        "id": "second",
        "items": [CONTRACT["items"][1]],
        "grants": [{**CALLS, "amount": "40"}, {"entitlement": "support", "type": "feature"}],
    }
    ready.made("/v1/contracts", second)
    ready.made("/v1/customers", {"name": "Zeta", "external_id": "zeta"})
    ready.made("/v1/contracts", {**second, "id": "third", "customer": "zeta"})
    ready.use(ready.organisation, "2025-07-05T00:00:00Z", "30")
    ready.move("2025-07-10T00:00:00Z")
    ids = {one["external_id"]: one["id"] for one in ready.get("/v1/contracts").body["data"]}
    answer = ready.get("/v1/customers/acme/entitlements").body
    calls, support = answer["entitlements"]
    # 100 - 30 of usage by the first; the platform fee of the second uses one unit, the fixed quantity of one.
    assert (calls["granted"], calls["used"], calls["balance"]) == ("140", "31", "109")
    by_contract = {one["contract"]: one["balance"] for one in calls["contracts"]}
    assert by_contract == {ids["acme-direct"]: "70", ids["second"]: "39"}
    assert support == {"entitlement": "support", "type": "feature", "granted": True, "contracts": [ids["second"]]}


def test_a_feature_is_there_while_a_grant_of_it_is_in_force(ready: Granting) -> None:
    grant = {"entitlement": "support", "type": "feature", "effective_on": "2025-07-05", "expires_on": "2025-07-09"}
    made = give(ready, grant).body
    ready.move("2025-07-20T00:00:00Z")
    assert held(ready, "2025-07-04T23:59:59Z") == []
    for moment, there in (("05T00:00:00", True), ("09T23:59:59", True), ("10T00:00:00", False)):
        assert held(ready, f"2025-07-{moment}Z") == [
            {
                "entitlement": "support",
                "type": "feature",
                "granted": there,
                "grants": [
                    {
                        "id": made["id"],
                        "effective_at": "2025-07-05T00:00:00Z",
                        "expires_at": "2025-07-10T00:00:00Z",
                    }
                ],
            }
        ]


def test_another_organisation_grants_sees_and_withdraws_nothing(ready: Granting) -> None:
    grant = give(ready).body
    definition = ready.made("/v1/entitlements", {"name": "api calls", "type": "quantity"})
    ready.open("Other")
    ready.catalogue()
    before = ready.dump()
    for reference in ("acme-direct", grant["contract"]):
        assert ready.post(f"/v1/contracts/{reference}/grants", CALLS).status == 404
        assert ready.get(f"/v1/contracts/{reference}/grants").status == 404
        assert ready.get(f"/v1/contracts/{reference}/entitlements").status == 404
        assert ready.post(f"/v1/contracts/{reference}/grants/{grant['id']}/void", {}).status == 404
    assert ready.get(f"/v1/entitlements/{definition['id']}").status == 404
    assert ready.get("/v1/entitlements").body["data"] == []
    assert ready.get("/v1/customers/acme/entitlements").body["entitlements"] == []
    assert ready.dump() == before
