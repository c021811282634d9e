"""What a scenario issues is what the use cases issue over storage, document by document, line by line, entry by entry.

The same facts are played to `bill_contract`, which reads and writes the memory twins: each is recorded when it arrives,
and the contract is billed as it is for an organisation on a test clock, which passes through the months.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from tests.oracle.deals import deals
from tests.scenarios.played_customer import PlayedCustomer
from tests.scenarios.played_wallet import PlayedWallet, wallet_entries
from tests.world import World
from usance.cli.files import load_scenario
from usance.kernel.instant import show_instant
from usance.metering.event import Event, derived_event_id
from usance.pipeline import due_moments
from usance.ports import Kind, Table
from usance.records.contracts import contract_body, read_contract
from usance.records.due import due_pointers
from usance.scenario.moment import instant_of
from usance.scenario.runner import CONTRACT, ORGANISATION, read_scenario, run
from usance.usecases.bill import Look, bill_contract
from usance.usecases.entitlements import contract_entitlements
from usance.usecases.facts import read_facts

HERE = Path(__file__).parent
STORIES = [*sorted(HERE.glob("*.yaml")), *sorted((HERE.parents[1] / "examples").glob("*.yaml"))]
INSTANT = timedelta(microseconds=1)
MEMBERS = ("number", "kind", "issued_on", "due_on", "currency", "lines", "total", "wallet_applied")


class Production:
    """A scenario's organisation, customer, metrics and contract, recorded."""

    def __init__(self, scenario):
        self.scenario, self.world, self.known, self.passed = scenario, World(), set(), None
        self.customer, self.contract = scenario.customer.id, scenario.contract.id or CONTRACT
        zone = scenario.organisation.timezone
        self.world.organisation(ORGANISATION, test_clock="2025-07-01T00:00:00Z", timezone=zone)
        owner = {"name": "ACME Inc.", "timezone": scenario.customer.timezone}
        self.world.record(ORGANISATION, Kind.CUSTOMER, self.customer, owner, f"{self.customer}-elsewhere")
        self.wallet = PlayedWallet(self.world, ORGANISATION, scenario)
        for name, metric in scenario.metrics.items():
            self.world.record(ORGANISATION, Kind.METRIC, f"met_{name}", dict(metric.to_json()), name)
        body = contract_body(scenario.contract, customer=self.customer, currency=scenario.currency, zone=scenario.zone)
        self.world.record(ORGANISATION, Kind.CONTRACT, self.contract, dict(body))
        self.owner = PlayedCustomer(self.world, ORGANISATION, scenario, self.contract)
        self.arrive(scenario.events)

    def arrive(self, events):
        types = {metric.event_type for metric in self.scenario.metrics.values()}
        for one in events:
            event_type = one.event_type or next(iter(types))
            customer = one.customer or self.customer
            name = one.id or derived_event_id(customer, one.timestamp, one.data, "")
            if customer == self.customer and (event_type, name) not in self.known:
                self.known.add((event_type, name))
                self.world.usage.append(Event(name, event_type, customer, one.timestamp, one.data))

    def pass_to(self, at):
        """Pass through every moment up to one at which something is due, is used and charged as it arrives, or expires
        in the wallet."""
        expiries = self.wallet.expiries(at)
        for moment in sorted({*expiries, *self.used(at)}):
            if moment in expiries:
                self.catch_up(moment - INSTANT)
                self.wallet.sweep(moment)
            else:
                self.bill(moment, pass_through_months=True)
        self.catch_up(at)
        self.passed = at

    def catch_up(self, at):
        """Bill at every moment up to one at which something is due; nothing has a run look in between."""
        record = read_contract(self.world.control, ORGANISATION, self.contract)
        facts, _documents = read_facts(self.world.control, self.world.tables, self.world.objects, record)
        for moment in due_moments(facts, None, at)[-1:]:
            self.bill(moment, pass_through_months=True)

    def used(self, until):
        """When a run looks because the fold took in usage that is charged as it arrives."""
        names = {name for item in self.scenario.contract.all_items if item.as_it_arrives for name in item.meters}
        types = {self.scenario.metrics[name].event_type for name in names}
        moments = {event.timestamp for event in self.world.usage if event.event_type in types}
        return {at for at in moments if at <= until and (self.passed is None or at > self.passed)}

    def bill(self, at, *, pass_through_months):
        look = Look(self.contract, tuple(moment for _name, moment in due_pointers(self.world.tables, ORGANISATION, at)))
        bill_contract(self.world.billing, ORGANISATION, look, at, pass_through_months=pass_through_months)

    def play(self):
        scheduled = not any(fact.run for fact in self.scenario.facts)
        arrivals = sorted(
            (instant_of(fact.at, self.scenario.zone), place) for place, fact in enumerate(self.scenario.facts)
        )
        for at, place in arrivals:
            if at > self.scenario.until:
                break
            if scheduled and all(earlier != at for earlier, other in arrivals if other < place):
                self.pass_to(at - INSTANT)
            fact = self.scenario.facts[place]
            self.take_in(fact, at, place)
            if fact.run is not None or (scheduled and all(later != at for later, other in arrivals if other > place)):
                self.bill(at, pass_through_months=False)
                self.passed = at
        if scheduled:
            self.pass_to(self.scenario.until)
        return self

    def take_in(self, fact, at, place):
        self.arrive(fact.events or ())
        if fact.amend is not None:
            change = fact.amend.to_json()
            self.world.amend(show_instant(at), self.contract, ORGANISATION, **change)
        if fact.redeem is not None:
            self.owner.redeem(fact.redeem, at)
        if fact.grant is not None:
            self.owner.grant(fact.grant, at)
        if fact.wallet is not None:
            self.wallet.take_in(fact.wallet, at)
        if fact.payment is not None:
            self.wallet.receive(fact.payment, at, place + 1)

    def entitlements(self):
        record = read_contract(self.world.control, ORGANISATION, self.contract)
        return [one.to_json() for one in contract_entitlements(self.world.billing, record, self.scenario.until)]

    def documents(self):
        found = [
            {name: body[name] for name in MEMBERS}
            for (table, partition, sort), body in self.world.dump().items()
            if table == Table.DOCUMENTS and partition.startswith(f"{ORGANISATION}#doc#") and sort == "document"
        ]
        return sorted(found, key=lambda document: document["number"])

    def entries(self):
        entries = self.world.bodies(f"{ORGANISATION}#journal", Table.LEDGER)
        return {entry["id"]: entry for entry in entries}


def compare(value):
    scenario = read_scenario(value)
    result, production = run(scenario), Production(scenario).play()
    issued = [{name: invoice[name] for name in MEMBERS} for invoice in result["invoices"]]
    assert sorted(issued, key=lambda document: document["number"]) == production.documents()
    posted = {entry["id"]: entry for entry in result["journal"] if entry["event"].endswith("_issued")}
    recorded = production.entries()
    assert posted == {id: entry for id, entry in recorded.items() if entry["event"].endswith("_issued")}
    assert wallet_entries(result["journal"]) == wallet_entries(recorded.values())
    assert Decimal(result["wallet"].get("balance", "0")) == Decimal(production.wallet.balance())
    if not any(problem["code"] == "cannot_bill" for problem in result["problems"]):
        assert result["entitlements"] == production.entitlements()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_stories_come_out_the_same(path):
    compare(load_scenario(path))


@given(deals())
def test_random_deals_come_out_the_same(deal):
    compare(deal)
