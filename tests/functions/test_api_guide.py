"""docs/api.md: its calls are made, in their order, and answered as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.functions.api_endpoint import OPERATOR, Api

GUIDE = Path(__file__).parents[2] / "docs/api.md"
_CALL = re.compile(r"^(post|get)  ?('[^']+'|\S+)(?: +'([^']*)')?", re.MULTILINE)
_ORGANISATION = re.compile(r"-d '(\{\"name\": \"Northwind[^']*)'")
_NOT_HERE = ("…", "/v1/usage/")
"""Calls with a part to fill in, and those of another function."""


def test_the_calls_of_the_guide_work(api: Api) -> None:
    text = GUIDE.read_text("utf-8")
    organisation = _ORGANISATION.search(text)
    assert organisation is not None
    made = api.made("/v1/organisations", json.loads(organisation[1]), key=OPERATOR)
    api.key = made["api_key"]["key"]
    called = 0
    for verb, quoted, body in _CALL.findall(text):
        path, _, rest = quoted.strip("'").partition("?")
        if any(part in quoted + body for part in _NOT_HERE):
            continue
        query = dict(pair.split("=") for pair in rest.split("&")) if rest else None
        answer = api.send(verb.upper(), path, json.loads(body) if body else None, query=query)
        assert answer.status in (200, 201, 202), (path, answer.text)
        called += 1
        if path == "/v1/billing-runs":
            assert api.bill(made["id"]) == 2
    assert called >= 12


def test_the_fault_of_the_guide_is_answered_as_shown(api: Api) -> None:
    shown = re.search(r"  ```json\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert shown is not None
    api.open()
    api.catalogue()
    item = {"id": "a", "prices": {"model": "per_unit", "unit_amount": 0.05}}
    refused = api.post("/v1/contracts", {"customer": "acme", "starts_on": "2025-07-01", "items": [item]})
    expected = json.loads(shown[1])
    assert refused.body["errors"] == expected.pop("errors")
    assert expected.items() <= refused.body.items()
