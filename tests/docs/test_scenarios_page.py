"""The examples of docs/scenarios.md run, and come out as they say."""

import re
from pathlib import Path

import pytest

from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run

PAGE = (Path(__file__).parents[2] / "docs/scenarios.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_runs_as_it_says(text):
    result = run(read_scenario(read_yaml(text)))
    assert result["invoices"]
    assert not result.get("differences")


def test_there_are_two_and_one_of_them_expects_something():
    assert len(EXAMPLES) == 2
    assert "expect" in EXAMPLES[1]


def test_every_problem_has_its_row():
    source = Path(__file__).parents[2] / "shared/usance/scenario/usage.py"
    codes = set(re.findall(r'Problem\(\s*"(\w+)"', source.read_text())) | {"cannot_bill"}
    assert codes == set(re.findall(r"^\| `(\w+)` \| (?:the contract|an event|the same|two events)", PAGE, re.MULTILINE))
