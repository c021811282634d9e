"""The scenarios of docs/metrics.md run, come out as they say, and leave no aggregate out."""

import re
from pathlib import Path

import pytest

from usance.catalog.metric import Aggregate
from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run

PAGE = (Path(__file__).parents[2] / "docs/metrics.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_runs_as_it_says(text):
    result = run(read_scenario(read_yaml(text)))
    assert "expect" in text
    assert not result["differences"]


def test_every_aggregate_has_its_part_and_its_scenario():
    parts = {name for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE) for name in heading.split(", ")}
    shown = {name for text in EXAMPLES for name in re.findall(r"aggregate: (\w+)", text)}
    assert set(Aggregate) <= parts
    assert set(Aggregate) == shown
