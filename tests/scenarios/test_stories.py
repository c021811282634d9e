"""Every story and example comes out as its `expect` says, and obeys what holds for every result."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from usance.cli.files import load_scenario
from usance.kernel.derivation import Derivation, evaluate
from usance.scenario.reading import Unquoted
from usance.scenario.runner import read_scenario, run

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STORIES = [*sorted(HERE.glob("*.yaml")), *sorted((ROOT / "examples").glob("*.yaml"))]
SCHEMAS = {
    name: jsonschema.Draft202012Validator(json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_text()))
    for name in ("scenario", "result")
}


def plain(value):
    """A scenario's values as a validator of JSON Schema knows them."""
    if isinstance(value, Unquoted):
        return float(value.text)
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def results():
    return {path: run(read_scenario(load_scenario(path))) for path in STORIES}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_comes_out_as_expected(path, results):
    written: Any = load_scenario(path)
    assert written.get("expect"), "a story that expects nothing shows nothing"
    assert results[path]["differences"] == []


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_scenario_and_result_follow_their_schemas(path, results):
    SCHEMAS["scenario"].validate(plain(load_scenario(path)))
    SCHEMAS["result"].validate(results[path])


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_every_amount_follows_from_its_derivation(path, results):
    for invoice in results[path]["invoices"]:
        for line in invoice["lines"]:
            assert evaluate(Derivation.from_json(line["derivation"])) == Decimal(line["amount"])


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_sums_agree(path, results):
    result = results[path]
    for invoice in result["invoices"]:
        amounts = {kind: Decimal(0) for kind in ("tax", "net")}
        for line in invoice["lines"]:
            amounts["tax" if line["kind"] == "tax" else "net"] += Decimal(line["amount"])
        assert amounts["net"] == Decimal(invoice["subtotal"])
        assert amounts["tax"] == Decimal(invoice["tax"])
        assert amounts["net"] + amounts["tax"] == Decimal(invoice["total"])
        assert sum(Decimal(line["tax"]) for line in invoice["lines"]) == amounts["tax"]
    for entry in result["journal"]:
        sides = [Decimal(line.get("debit", "0")) - Decimal(line.get("credit", "0")) for line in entry["lines"]]
        assert sum(sides) == 0
    recognised = sum(Decimal(row["recognised"]) for row in result["revenue"])
    earned = sum(
        Decimal(line.get("credit", "0")) - Decimal(line.get("debit", "0"))
        for entry in result["journal"]
        for line in entry["lines"]
        if line["account"] == "revenue"
    )
    assert recognised == earned


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_numbers_have_no_gaps(path, results):
    numbers: dict[str, list[int]] = {}
    for invoice in results[path]["invoices"]:
        prefix, ordinal = invoice["number"].split("-")
        numbers.setdefault(prefix, []).append(int(ordinal))
    assert all(ordinals == list(range(1, len(ordinals) + 1)) for ordinals in numbers.values())


def test_a_wrong_expectation_is_found(results):
    """The runner of these stories can fail."""
    written: Any = load_scenario(ROOT / "examples/flat.yaml")
    wrong = {**written, "expect": {"invoices": [{"total": "500.01"}, {}, {"number": "INV-000004", "nothing": 1}]}}
    assert run(read_scenario(wrong))["differences"] == [
        {"pointer": "/invoices/0/total", "expected": "500.01", "found": "500.00"},
        {"pointer": "/invoices/2/number", "expected": "INV-000004", "found": "INV-000003"},
        {"pointer": "/invoices/2/nothing", "expected": 1, "found": None},
    ]
    short = {**written, "expect": {"invoices": [{}]}}
    assert run(read_scenario(short))["differences"] == [
        {"pointer": "/invoices", "expected": "1 entries", "found": "3 entries"}
    ]
