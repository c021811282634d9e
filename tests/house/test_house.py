"""The house rules, held against every file of this checkout. `test_planted.py` shows that each of them can fail."""

from __future__ import annotations

import pytest

from tests.house import code_rules, file_rules
from tests.house.source import ROOT, paths, sources


@pytest.mark.parametrize("rule", code_rules.RULES, ids=lambda rule: rule.__name__)
def test_code_obeys(rule: code_rules.Rule) -> None:
    found = [f"{source.path}:{fault}" for source in sources() for fault in rule(source)]
    assert not found, "\n".join([str(rule.__doc__), *found])


def test_public_text_names_no_machine_and_no_package_host() -> None:
    found = []
    for path in paths():
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{fault}" for fault in file_rules.strangers(text)]
    assert not found, "\n".join(found)


def test_every_package_introduces_itself() -> None:
    found = [
        f"{package}: {fault}"
        for package in file_rules.packages(paths())
        for fault in file_rules.readme_faults(ROOT / package)
    ]
    assert not found, "\n".join(found)


def test_the_rules_see_the_library() -> None:
    assert len(sources()) > 20
    assert any(source.pure for source in sources())
    assert file_rules.packages(paths())
