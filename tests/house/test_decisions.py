"""docs/decisions.md is complete, and names tests that exist."""

from __future__ import annotations

import re

from tests.house.source import ROOT

RULES = (ROOT / "docs/decisions.md").read_text("utf-8").partition("## Our own choices")[0].partition("## Time")[2]
STATUS = re.compile(r"\*\*(held|part|planned)\*\*")


def rules() -> dict[int, str]:
    parts = re.split(r"^(\d+)\. ", RULES, flags=re.MULTILINE)[1:]
    return {int(number): text.partition("\n## ")[0] for number, text in zip(parts[::2], parts[1::2], strict=True)}


def test_there_are_46_rules_each_with_one_status() -> None:
    assert list(rules()) == list(range(1, 47))
    assert {number: STATUS.findall(text) for number, text in rules().items() if len(STATUS.findall(text)) != 1} == {}


def test_what_holds_a_rule_exists() -> None:
    named = {number: re.findall(r"`(tests/[\w/.]+)`", text) for number, text in rules().items()}
    assert [number for number, files in named.items() if not files and "**planned**" not in rules()[number]] == []
    assert {path for files in named.values() for path in files if not (ROOT / path).is_file()} == set()
