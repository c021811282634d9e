"""Metrics over the API come back in the form in which they may be sent again."""

from __future__ import annotations

import pytest

from tests.functions.api_endpoint import Api

METRIC = {
    "external_id": "levels",
    "event_type": "compute",
    "aggregate": "weighted_sum",
    "field": "hours",
    "per": "hour",
    "carry_over": True,
    "dimensions": ["region"],
    "filter": [
        {"field": "region", "operator": "in", "value": ["eu", "us"]},
        {"any": [{"field": "hours", "operator": ">", "value": "0.5"}, {"not": {"field": "region", "value": "eu"}}]},
    ],
}


@pytest.fixture
def ready(api: Api) -> Api:
    api.open()
    api.catalogue()
    return api


def test_a_metric_comes_back_as_it_was_sent(ready: Api) -> None:
    made = ready.post("/v1/metrics", METRIC)
    assert made.status == 201, made.text
    read = ready.get(f"/v1/metrics/{made.body['id']}").body
    conditions = read["filter"]
    assert conditions[1]["any"][1]["not"]["field"] == "region"
    again = {name: value for name, value in read.items() if name not in {"id", "created_at"}}
    sent = ready.post("/v1/metrics", {**again, "external_id": "again"})
    assert sent.status == 201, sent.text
    assert {**sent.body, "id": "", "external_id": "", "created_at": ""} == {
        **read,
        "id": "",
        "external_id": "",
        "created_at": "",
    }


def test_all_that_is_wrong_is_named_where_it_was_written(ready: Api) -> None:
    wrong = {"any": [{"region": "eu"}, {"field": "hours", "operator": "<", "value": "many"}], "not": {"a": 0.5}}
    refused = ready.post("/v1/metrics", {**METRIC, "aggregate": "sql", "percentile": 101, "filter": wrong})
    assert refused.status == 422
    assert refused.codes["/aggregate"] == "not_supported_yet"
    assert refused.codes["/percentile"] == "out_of_range"
