"""Alerts over the API: made, looked at, what they told; and never another organisation's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, Api

CPU = {"external_id": "cpu-100", "on": "usage", "metric": "cpu", "customer": "acme", "thresholds": ["100", "50"]}


class Ready:
    """An organisation with a contract and an alert."""

    def __init__(self, api: Api) -> None:
        self.api, self.organisation = api, api.open()
        api.catalogue()
        self.contract = api.made("/v1/contracts", CONTRACT)
        self.alert = api.made("/v1/alerts", CPU)

    def look(self, alert: str = "cpu-100") -> Any:
        answer = self.api.post(f"/v1/alerts/{alert}/evaluate")
        assert answer.status == 200, answer.text
        return answer.body


@pytest.fixture
def ready(api: Api) -> Ready:
    return Ready(api)


def test_an_alert_names_what_it_watches_by_id(ready: Ready) -> None:
    shown = ready.api.get("/v1/alerts/cpu-100").body
    assert shown == ready.alert
    assert (shown["customer"][:4], shown["metric"][:4], shown["active"]) == ("cus_", "met_", True)
    assert ready.api.get("/v1/alerts").body == {"data": [shown], "next_cursor": None}


def test_all_faults_of_an_alert_come_at_once(ready: Ready) -> None:
    before = ready.api.dump()
    bad = {"on": "spend", "metric": "cpu", "thresholds": [0, "5", 5]}
    refused = ready.api.post("/v1/alerts", bad)
    assert (refused.status, refused.codes) == (
        422,
        {
            "/contract": "missing",
            "/metric": "not_allowed",
            "/thresholds/0": "out_of_range",
            "/thresholds/2": "duplicate",
        },
    )
    assert ready.api.post("/v1/alerts", {**CPU, "external_id": "x", "metric": "nothing"}).codes == {
        "/metric": "unknown_metric"
    }
    assert ready.api.post("/v1/alerts", CPU).status == 409
    assert ready.api.dump() == before


def test_usage_raises_each_threshold_once(ready: Ready) -> None:
    ready.api.use(ready.organisation, "2025-07-03T10:00:00Z", "60")
    assert ready.look()["level"] is None  # the test clock stands at 1 July
    ready.api.move("2025-07-10T00:00:00Z")
    first = ready.look()
    assert (first["value"], first["level"]) == ("60", "50")
    assert first["window"] == {"start": "2025-07-01", "end": "2025-08-01"}
    assert [(one["type"], one["threshold"], one["value"]) for one in first["raised"]] == [("reached", "50", "60")]
    assert ready.look()["raised"] == []
    ready.api.use(ready.organisation, "2025-07-04T10:00:00Z", "40")
    assert [one["threshold"] for one in ready.look()["raised"]] == ["100"]
    told = ready.api.get("/v1/alerts/cpu-100/events").body["data"]
    assert [(one["sequence"], one["threshold"]) for one in told] == [(2, "100"), (1, "50")]
    assert ready.api.get("/v1/alert-events").body["data"] == told


def test_spend_is_what_the_preview_comes_to(ready: Ready) -> None:
    ready.api.made("/v1/alerts", {"external_id": "s", "on": "spend", "contract": "acme-direct", "thresholds": ["505"]})
    ready.api.bill(ready.organisation)
    # On 1 August: the platform's 500.00 and 100 hours at 0.05.
    ready.api.use(ready.organisation, "2025-07-01T00:00:00Z", "100")
    seen = ready.look("s")
    assert (seen["value"], seen["currency"], seen["window"]) == ("505", "USD", {"start": None, "end": "2025-08-01"})
    (invoice,) = ready.api.get("/v1/contracts/acme-direct/preview").body["invoices"]
    assert invoice["total"]["amount"] == "505.00"
    (event,) = seen["raised"]
    assert (event["contract"], event["customer"]) == (ready.contract["id"], ready.contract["customer"])


def test_events_come_in_pages(ready: Ready) -> None:
    ready.api.use(ready.organisation, "2025-07-01T00:00:00Z", "100")
    ready.look()
    for path in ("/v1/alerts/cpu-100/events", "/v1/alert-events"):
        first = ready.api.get(path, query={"limit": 1}).body
        second = ready.api.get(path, query={"limit": 1, "cursor": first["next_cursor"]}).body
        assert [one["threshold"] for one in (*first["data"], *second["data"])] == ["100", "50"]
        assert second["next_cursor"] is None
    assert ready.api.get("/v1/alert-events", query={"cursor": first["next_cursor"] + "x"}).status == 422


def test_a_repeated_evaluation_gets_the_first_answer(ready: Ready) -> None:
    ready.api.use(ready.organisation, "2025-07-01T00:00:00Z", "60")
    first = ready.api.post("/v1/alerts/cpu-100/evaluate", idempotency_key="k1")
    again = ready.api.post("/v1/alerts/cpu-100/evaluate", idempotency_key="k1")
    assert (again.body, again.headers["idempotency-hit"]) == (first.body, "true")
    assert len(first.body["raised"]) == len(ready.api.get("/v1/alert-events").body["data"]) == 1


def test_a_deactivated_alert_keeps_its_events(ready: Ready) -> None:
    ready.api.use(ready.organisation, "2025-07-01T00:00:00Z", "60")
    ready.look()
    assert ready.api.post("/v1/alerts/cpu-100/deactivate").body["active"] is False
    ready.api.use(ready.organisation, "2025-07-01T00:00:00Z", "60")
    assert ready.look() == {"value": None, "currency": None, "window": None, "level": None, "raised": []}
    assert len(ready.api.get("/v1/alerts/cpu-100/events").body["data"]) == 1


def test_another_organisation_sees_and_changes_nothing(ready: Ready) -> None:
    api, alert = ready.api, ready.alert["id"]
    api.use(ready.organisation, "2025-07-01T00:00:00Z", "60")
    ready.look()
    api.open("Other")
    api.catalogue()
    assert api.get("/v1/alerts").body["data"] == []
    assert api.get("/v1/alert-events").body["data"] == []
    before = api.dump()
    for reference in (alert, "cpu-100"):
        for method, tail in (("GET", ""), ("GET", "/events"), ("POST", "/evaluate"), ("POST", "/deactivate")):
            assert api.send(method, f"/v1/alerts/{reference}{tail}").status == 404
    named = {**CPU, "customer": ready.alert["customer"], "metric": ready.alert["metric"]}
    assert api.post("/v1/alerts", named).codes == {"/customer": "unknown_customer", "/metric": "unknown_metric"}
    assert api.dump() == before
