"""The scenario of docs/entitlements.md runs, and comes out as it says."""

import re
from pathlib import Path

from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run

PAGE = (Path(__file__).parents[2] / "docs/entitlements.md").read_text()


def test_the_scenario_runs_as_it_says():
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert run(read_scenario(read_yaml(text)))["differences"] == []
