"""Who is let in, what their key may do, and test clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.functions.api_endpoint import OPERATOR, Api


@pytest.mark.parametrize(
    "key",
    ["", "nonsense", "usk_live_aaaa_bbbb_" + "c" * 32, "usk_test_01_02_x", OPERATOR, "é" * 40],
    ids=["none", "nonsense", "unknown", "malformed", "operator", "not ascii"],
)
def test_without_a_good_key_there_is_one_answer(api: Api, key: str) -> None:
    api.open()
    before = api.dump()
    for method, path in (("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1/nowhere")):
        refused = api.send(method, path, {"name": "x"} if method == "POST" else None, key=key)
        assert (refused.status, refused.body["code"]) == (401, "unauthenticated")
    assert api.dump() == before


def test_a_key_of_another_mode_or_with_another_secret_is_refused(api: Api) -> None:
    api.open()
    wrong = [api.key.replace("usk_test", "usk_live"), api.key[:-1] + ("a" if api.key[-1] != "a" else "b")]
    assert [api.get("/v1/organisation", key=key).status for key in wrong] == [401, 401]
    assert api.get("/v1/organisation").status == 200


def test_a_key_may_come_in_either_header_and_not_in_two_that_differ(api: Api) -> None:
    api.open()
    assert api.get("/v1/organisation", key="", authorization="", x_api_key=api.key).status == 200
    assert api.get("/v1/organisation", x_api_key=api.key).status == 200
    assert api.get("/v1/organisation", x_api_key="another").status == 401


@pytest.mark.parametrize("key", ["", "wrong", OPERATOR[:-1], OPERATOR + "x"])
def test_organisations_are_created_by_the_operator_alone(api: Api, key: str) -> None:
    refused = api.post("/v1/organisations", {"name": "x", "currency": "USD"}, key=key)
    assert (refused.status, refused.body["code"]) == (401, "unauthenticated")
    assert list(api.control.organisations()) == []


def test_an_organisations_key_does_not_create_organisations(api: Api) -> None:
    api.open()
    assert api.post("/v1/organisations", {"name": "x"}).status == 401
    assert len(list(api.control.organisations())) == 1


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["read"], {"GET /v1/customers"}),
        (["write"], {"POST /v1/customers"}),
        (["read", "write"], {"GET /v1/customers", "POST /v1/customers"}),
        (["events:write"], set()),
        (
            ["admin"],
            {"GET /v1/customers", "POST /v1/customers", "POST /v1/api-keys", "PUT /v1/payment-providers/stripe"},
        ),
    ],
)
def test_a_key_does_what_its_scopes_say(api: Api, scopes: list[str], allowed: set[str]) -> None:
    api.open()
    key = api.made("/v1/api-keys", {"label": "narrow", "scopes": scopes})["key"]
    tried = {
        "GET /v1/customers": None,
        "POST /v1/customers": {"name": "x"},
        "POST /v1/api-keys": {"label": "another"},
        "PUT /v1/payment-providers/stripe": {"api_key": "sk", "webhook_secret": "wh"},
    }
    before = api.dump()
    for route, body in tried.items():
        method, path = route.split()
        answer = api.send(method, path, body, key=key)
        if route in allowed:
            assert answer.status in (200, 201), route
        else:
            assert (answer.status, answer.body["code"]) == (403, "forbidden"), route
            if not allowed:
                assert api.dump() == before


def test_a_revoked_key_is_refused_within_a_minute(api: Api) -> None:
    api.open()
    made = api.made("/v1/api-keys", {"label": "leaked", "scopes": ["read"]})
    assert api.get("/v1/organisation", key=made["key"]).status == 200
    revoked = api.post(f"/v1/api-keys/{made['id']}/revoke")
    assert revoked.body["revoked_at"] == "2026-03-01T09:30:00Z"
    api.clock.move(api.clock.at + timedelta(seconds=61))
    assert api.get("/v1/organisation", key=made["key"]).status == 401
    # Revoking it again changes nothing, not even when it was.
    assert api.post(f"/v1/api-keys/{made['id']}/revoke").body == revoked.body


def test_a_key_cannot_revoke_itself(api: Api) -> None:
    api.open()
    [own] = api.get("/v1/api-keys").body["data"]
    assert api.post(f"/v1/api-keys/{own['id']}/revoke").status == 409
    assert api.get("/v1/organisation").status == 200


def test_a_test_clock_only_moves_forward(api: Api) -> None:
    api.open()
    moved = api.post("/v1/test-clock", {"now": "2025-07-02T02:00:00+02:00"})
    assert (moved.status, moved.body["test_clock"]) == (200, "2025-07-02T00:00:00Z")
    before = api.dump()
    back = api.post("/v1/test-clock", {"now": "2025-07-01T23:59:59Z"})
    assert (back.status, back.body["code"]) == (409, "conflict")
    assert api.dump() == before
    assert api.post("/v1/test-clock", {"now": "2025-07-02T00:00:00Z"}).status == 200


def test_a_live_organisation_has_no_clock_of_its_own(api: Api) -> None:
    refused = api.post("/v1/organisations", {"name": "x", "test_clock": "2025-07-01T00:00:00Z"}, key=OPERATOR)
    assert refused.status == 422
    assert list(api.control.organisations()) == []
    api.open(mode="live", test_clock=None)
    before = api.dump()
    assert api.post("/v1/test-clock", {"now": "2030-01-01T00:00:00Z"}).status == 403
    order = api.post("/v1/billing-runs", {"as_of": "2025-01-01T00:00:00Z"})
    assert order.codes == {"/as_of": "not_allowed"}
    assert api.dump() == before
