"""Pages whose calls are made, in their order, after those of the guide: coupons, alerts, entitlements."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.functions.api_endpoint import Api

DOCS = Path(__file__).parents[2] / "docs"
_CALL = re.compile(r"^(post|get)  ?('[^']+'|\S+)(?: +'([^']*)')?", re.MULTILINE)
_TO_FILL_IN = re.compile("([a-z]+)_…")
_GUIDE = ("/v1/event-types", "/v1/metrics", "/v1/customers", "/v1/contracts")


def _calls(page: str) -> list[tuple[str, str, str]]:
    return _CALL.findall((DOCS / page).read_text("utf-8"))


@pytest.fixture
def ready(api: Api) -> Api:
    """What the guide makes before the pages go on."""
    api.open()
    for verb, path, body in _calls("api.md"):
        if verb == "post" and path in _GUIDE:
            api.made(path, json.loads(body))
    return api


@pytest.mark.parametrize(("page", "most"), [("coupons.md", 6), ("alerts.md", 6), ("entitlements.md", 10)])
def test_the_calls_of_a_page_work(ready: Api, page: str, most: int) -> None:
    found: dict[str, str] = {}
    called = 0
    for verb, quoted, body in _calls(page):
        path, _, rest = quoted.strip("'").partition("?")
        query = dict(pair.split("=") for pair in rest.split("&")) if rest else None
        # A part to fill in is the last id of its kind that an answer told.
        path = _TO_FILL_IN.sub(lambda match: found[match[1]], path)
        answer = ready.send(verb.upper(), path, json.loads(body) if body else None, query=query)
        assert answer.status in (200, 201), (path, answer.text)
        if "id" in answer.body:
            found[answer.body["id"].partition("_")[0]] = answer.body["id"]
        called += 1
    assert called == most


def test_a_discount_that_is_taken_back_is_told_with_its_day(ready: Api) -> None:
    ready.made("/v1/coupons", {"code": "x", "discount": {"type": "percent", "value": 10}, "duration": "P3M"})
    given = ready.made("/v1/coupons/x/redemptions", {"customer": "acme", "on": "2025-07-15"})
    # Three months from 15 July end on 14 October, as the page says.
    assert given["discount"]["until"] == "2025-10-14"
