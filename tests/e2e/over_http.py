"""A scenario played over public HTTP with an organisation's key: its facts are posted, and its runs started, at the
instants at which the scenario has them.

What is still to come of usage is sent before the contract is signed, so that whoever looks at the contract in between,
as schedules do, finds at each instant what the scenario's run finds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from infra.local.runtime import LocalRuntime
from usance.cli.client import Client
from usance.kernel.instant import show_instant
from usance.scenario.moment import instant_of
from usance.scenario.scenario import PlayedFact, Scenario

AHEAD_HOURS = 24 * 100
PATIENCE_SECONDS = 60


@dataclass
class OverHttp:
    """A scenario's organisation. `issued` are its documents in order, `previewed` those that a preview told before a
    run issued them, by number."""

    runtime: LocalRuntime
    scenario: Scenario
    fields: Mapping[str, Mapping[str, str]]
    client: Client = field(init=False)
    now: datetime = field(init=False)
    issued: list[dict[str, Any]] = field(default_factory=list)
    previewed: dict[str, dict[str, Any]] = field(default_factory=dict)
    parked: int = 0
    _told: list[dict[str, Any]] = field(default_factory=list)

    def play(self) -> OverHttp:
        """Play all of it."""
        steps = list(_steps(self.scenario))
        self.now = steps[0][0]
        self._open()
        for at, facts in steps:
            self._step(at, facts)
        return self

    # -- what is there first -------------------------------------------------------------------------------------------

    def _open(self) -> None:
        scenario = self.scenario
        own = scenario.organisation
        made = Client(self.runtime.url, self.runtime.operator_key).post(
            "/v1/organisations",
            {
                "name": own.name or "A scenario",
                "currency": own.currency,
                "timezone": own.timezone,
                "country": own.country,
                "mode": "test",
                "test_clock": show_instant(self.now),
            },
            repeatable=False,
        )
        self.client = Client(self.runtime.url, made["api_key"]["key"])
        self._define()
        self._send(scenario.events)
        for fact in next(facts for _at, facts in _steps(scenario)):
            self._take_in(fact)
        terms = {**scenario.contract.to_json(), "customer": scenario.customer.id}
        self._foretell("/v1/contracts/preview", self.now, terms)
        self.client.post("/v1/contracts", terms)

    def _define(self) -> None:
        scenario, client = self.scenario, self.client
        for code in sorted({rate.tax_category for rate in scenario.organisation.tax_rates}):
            client.post("/v1/tax-categories", {"code": code, "name": code})
        for rate in scenario.organisation.tax_rates:
            client.post("/v1/tax-rates", rate.to_json())
        for name, fields in self.fields.items():
            client.post("/v1/event-types", {"name": name, "fields": fields, "future_hours": AHEAD_HOURS})
        for name, metric in scenario.metrics.items():
            client.post("/v1/metrics", {"external_id": name, **metric.to_json()})
        for name, kind in sorted({(one.entitlement, one.type) for _where, one in scenario.contract.placed_grants()}):
            client.post("/v1/entitlements", {"name": name, "type": kind})
        for coupon in scenario.coupons:
            client.post("/v1/coupons", coupon.to_json())
        owner = scenario.customer.to_json()
        client.post("/v1/customers", {"external_id": owner.pop("id"), **owner})

    # -- what arrives --------------------------------------------------------------------------------------------------

    def _step(self, at: datetime, facts: list[PlayedFact]) -> None:
        first = at == self.now
        arriving = [fact for fact in facts if fact.run is None]
        if not arriving:
            self._foretell(self._at_contract("/preview"), at)
        if not first:
            self.client.post("/v1/test-clock", {"now": show_instant(at)})
            self.now = at
            for fact in arriving:
                self._take_in(fact)
            if arriving:
                self._foretell(self._at_contract("/preview"), at)
        if len(arriving) < len(facts):
            self._run()

    def _foretell(self, path: str, as_of: datetime, terms: Mapping[str, Any] | None = None) -> None:
        """Note what a preview says of the documents that come next."""
        asked = f"{path}?as_of={show_instant(as_of)}"
        told = self.client.get(asked) if terms is None else self.client.post(asked, terms, repeatable=False)
        self._told = told["invoices"]

    def _take_in(self, fact: PlayedFact) -> None:
        customer, currency = self.scenario.customer.id, self.scenario.currency
        if fact.events:
            self._send(fact.events)
        if fact.amend:
            self.client.post(self._at_contract("/amendments"), fact.amend.to_json())
        if fact.grant:
            self.client.post(self._at_contract("/grants"), fact.grant.to_json())
        if fact.wallet:
            self.client.post(f"/v1/customers/{customer}/wallets/{currency}/credits", fact.wallet.to_json())
        if fact.redeem:
            self.client.post(f"/v1/coupons/{fact.redeem}/redemptions", {"customer": customer})

    def _send(self, events: Any) -> None:
        by_type: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            wire = {
                "id": event.id,
                "customer": self.scenario.customer.id,
                "timestamp": show_instant(event.timestamp),
                "data": event.data,
            }
            known = {name: value for name, value in wire.items() if value is not None}
            by_type.setdefault(event.event_type, []).append(known)
        for event_type, those in by_type.items():
            status, answer = self.client.usage(event_type, msgspec.json.encode(those))
            assert (status, answer["accepted"], answer.get("refused") or []) == (200, len(those), []), answer

    def _run(self) -> None:
        run = self.run()
        self.parked += run["parked"]
        new = [self.client.get(f"/v1/invoices/{one['id']}") for one in self.listed()[len(self.issued) :]]
        self.issued += new
        self.previewed |= {made["number"]: told for made, told in zip(new, self._told, strict=False)}

    def run(self, **order: Any) -> dict[str, Any]:
        """Start a billing run of the contract and wait for its end."""
        named = {"contracts": [self.scenario.contract.id], **order}
        return run_to_its_end(self.client, named)

    def listed(self) -> list[dict[str, Any]]:
        """The documents of the contract in short, in the order of issue."""
        return list(self.client.get("/v1/invoices", contract=self.scenario.contract.id, limit="100")["data"])

    def _at_contract(self, path: str) -> str:
        return f"/v1/contracts/{self.scenario.contract.id}{path}"


def run_to_its_end(client: Client, order: Mapping[str, Any]) -> dict[str, Any]:
    """Start a billing run over HTTP and wait for its end."""
    run = client.post("/v1/billing-runs", order, repeatable=False)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while run["status"] != "done":
        assert time.monotonic() < deadline, f"{run} did not end within {PATIENCE_SECONDS} s"
        time.sleep(0.1)
        run = client.get(f"/v1/billing-runs/{run['id']}")
    return dict(run)


def _steps(scenario: Scenario) -> Iterator[tuple[datetime, list[PlayedFact]]]:
    dated = sorted(((instant_of(fact.at, scenario.zone), fact) for fact in scenario.facts), key=lambda one: one[0])
    for at, group in groupby(dated, key=lambda one: one[0]):
        yield at, [fact for _at, fact in group]
