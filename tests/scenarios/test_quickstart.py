"""The quick start's files are what its generator writes, and its figures are what others work out too."""

import gzip
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import yaml

from tests.oracle.rater import final_sums
from usance.scenario import quickstart

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_files_are_the_generators():
    again = "run: python -m usance.scenario.quickstart examples"
    assert (EXAMPLES / "quickstart.yaml").read_text() == quickstart.scenario_file(), again
    written = (EXAMPLES / quickstart.EVENTS_FILE).read_bytes()
    assert gzip.decompress(written) == gzip.decompress(quickstart.events_file()), again


def test_the_file_is_yaml_for_any_reader():
    assert yaml.safe_load((EXAMPLES / "quickstart.yaml").read_text()) == quickstart.scenario()


def test_twenty_thousand_distinct_events_in_the_three_months():
    events = list(quickstart.usage())
    assert len(events) == len({event["id"] for event in events}) == 20_000
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert times[0] == quickstart.STARTS
    assert times[-1] < quickstart.ENDS


def test_quantities_are_the_sums_of_the_events_fractions():
    sums = defaultdict(Fraction)
    fields = {"compute_events": ("compute", "cpu_hours_consumed"), "storage_events": ("storage", "storage_gb_month")}
    for event in quickstart.usage():
        item, field = fields[event["event_type"]]
        sums[item, event["timestamp"][:7]] += Fraction(event["data"][field])
    for month, invoice in zip(("2025-07", "2025-08", "2025-09"), quickstart.EXPECTED["invoices"][1:], strict=True):
        compute, storage, _platform = invoice["lines"]
        assert Fraction(compute["quantity"]) == sums["compute", month]
        assert Fraction(storage["quantity"]) == sums["storage", month]


def test_amounts_are_those_of_the_independent_rater():
    expected = {
        (line["item"], _cycle(line["item"], invoice["issued_on"])): (int(Decimal(line["amount"]) * 100), 0)
        for invoice in quickstart.EXPECTED["invoices"]
        for line in invoice.get("lines", [{"item": "platform", "amount": invoice["total"]}])
    }
    contract = {**quickstart.CONTRACT, "currency": "USD"}
    whole = {"metrics": quickstart.scenario()["metrics"], "contract": contract, "events": [*quickstart.usage()]}
    assert final_sums({**whole, "facts": [], "as_of": quickstart.ENDS}) == expected


def _cycle(item, issued_on):
    """Usage is billed after its month, the fee before."""
    month = int(issued_on[5:7])
    return issued_on if item == "platform" else f"2025-{month - 1:02}-01"
