"""The examples of docs/scenarios.md run, and come out as they say."""

import re
from pathlib import Path

import pytest

from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run
from usance.scenario.scenario import PlayedFact

PAGE = (Path(__file__).parents[2] / "docs/scenarios.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_runs_as_it_says(text):
    result = run(read_scenario(read_yaml(text)))
    assert result["invoices"]
    assert not result.get("differences")


def test_all_but_the_smallest_expect_something():
    assert len(EXAMPLES) == 3
    assert all("expect" in text for text in EXAMPLES[1:])


def test_every_problem_has_its_row():
    library = Path(__file__).parents[2] / "shared/usance"
    found = "".join(path.read_text() for path in (library / "scenario").glob("*.py"))
    codes = set(re.findall(r'Problem\(\s*"(\w+)"', found)) | {"cannot_bill"}
    codes |= set(re.findall(r'Fault\(\s*"[^"]*", "(coupon_\w+)"', (library / "catalog/coupon.py").read_text()))
    rows = PAGE.partition("| problem | when |")[2].partition("\n\n")[0].splitlines()[2:]
    assert codes == {code for row in rows for code in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_every_fact_has_its_row():
    rows = PAGE.partition("| fact | what arrives |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {re.findall(r"`(\w+)", row)[0] for row in rows} == set(PlayedFact.model_fields) - {"at"}
