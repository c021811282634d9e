"""Bad requests around the body: media types, queries, addresses, and what a defect of ours tells."""

from __future__ import annotations

import json

import pytest

from tests.functions.api_endpoint import CONTRACT, Api
from tests.functions.test_api_bad_input import GOOD, ROUTES, send


@pytest.fixture
def ready(api: Api) -> Api:
    api.open()
    api.catalogue()
    api.made("/v1/contracts", CONTRACT)
    return api


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-encoding": "gzip"},
    ],
    ids=str,
)
def test_other_media_types_are_refused(ready: Api, headers: dict[str, str]) -> None:
    before = ready.dump()
    for route in ROUTES:
        refused = send(ready, route, GOOD[route], **headers)
        assert (refused.status, refused.body["code"]) == (415, "unsupported_media_type"), route
    assert ready.dump() == before


def test_a_body_may_come_in_base64_and_must_then_be_it(ready: Api) -> None:
    assert ready.post("/v1/customers", raw=json.dumps({"name": "é"}), encode=True).body["name"] == "é"
    event = {
        "rawPath": "/v1/customers",
        "headers": {"x-api-key": ready.key},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": "%%%",
        "isBase64Encoded": True,
    }
    assert ready.handler(event, None)["statusCode"] == 400


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("/v1/customers", {"limit": "0"}, "/limit"),
        ("/v1/customers", {"limit": "101"}, "/limit"),
        ("/v1/customers", {"limit": "x"}, "/limit"),
        ("/v1/invoices", {"status": "late"}, "/status"),
        ("/v1/invoices", {"order": "up"}, "/order"),
        ("/v1/journal", {"from": "2025-13-01"}, "/from"),
        ("/v1/usage/compute", {"customer": "acme", "from": "yesterday"}, "/from"),
        ("/v1/contracts/acme-direct/preview", {"as_of": "2025-07-01"}, "/as_of"),
        ("/v1/contracts/acme-direct/timeline", {"as_of": "9999-12-31T23:59:59Z"}, "/as_of"),
    ],
)
def test_faults_of_the_query_are_named(ready: Api, path: str, query: dict[str, str], pointer: str) -> None:
    refused = ready.get(path, query=query)
    assert refused.status == 422, refused.text
    assert list(refused.codes) == [pointer]


@pytest.mark.parametrize("name", ["nothing", "cus_", "a b", "%00", "é", "x" * 2000, "..", "cus_" + "z" * 26, "'"])
def test_what_is_not_there_is_not_found(ready: Api, name: str) -> None:
    for path in ("customers", "metrics", "event-types", "products", "contracts", "invoices", "billing-runs"):
        refused = ready.get(f"/v1/{path}/{name}")
        assert (refused.status, refused.body["code"]) == (404, "not_found"), path


def test_addresses_and_methods_that_are_none(ready: Api) -> None:
    for path in ("/", "/v1/nothing", "/v2/customers", "/v1/customers/acme/nothing", "/docs/x", "/v1/customers/"):
        assert ready.get(path).status == 404, path
    wrong = ready.send("DELETE", "/v1/customers")
    assert (wrong.status, wrong.body["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "GET, POST")
    assert ready.send("POST", "/v1/organisation", {}).headers["allow"] == "GET"
    assert ready.send("PATCH", "/v1/payment-providers/stripe", {}).headers["allow"] == "PUT"


def test_a_defect_of_ours_tells_nothing(ready: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret table name")

    monkeypatch.setattr(ready.control, "list", fail)
    failed = ready.get("/v1/customers")
    assert (failed.status, failed.body["code"]) == (500, "internal_error")
    assert "secret" not in failed.text
    assert "RuntimeError" not in failed.text
