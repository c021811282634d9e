"""What docs/modifiers.md says of terms and months is what comes out, and its invoice is what the command prints."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from usance.invoicing.line import LineKind
from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/modifiers.md").read_text()
BLOCKS = re.findall(r"^```yaml\n((?:(?!```).*\n)+)```$", PAGE, re.MULTILINE)
SHOWN = re.findall(r"^```yaml\n((?:(?!```).*\n)+)```\n\n\| month .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
MONTHS = {"July": "2025-07", "August": "2025-08", "September": "2025-09"}
LAST_DAYS = {"July": "2025-07-31", "August": "2025-08-31", "September": "2025-09-30"}


def scenario(terms, rows):
    """The page's contract with the terms, usage on the 20th of each month, and no month after the last row."""
    written: Any = read_yaml(BLOCKS[0])
    more: Any = read_yaml(terms)
    assert set(more) <= {"item", "contract", "customer"}
    items = {**written["contract"]["items"], **more.get("item", {})}
    contract = {**written["contract"], **more.get("contract", {}), "items": items, "ends_on": LAST_DAYS[rows[-1][0]]}
    events = [
        {"timestamp": f"{MONTHS[month]}-20T00:00:00Z", "data": {"count": used}}
        for month, used, *_ in rows
        if used != "0"
    ]
    return {**written, "customer": more.get("customer", {}), "contract": contract, "events": events}


@pytest.mark.parametrize(("terms", "table"), SHOWN)
def test_months_cost_what_the_page_says(terms, table):
    rows = [[cell.strip() for cell in row.strip("|\n").split("|")] for row in table.strip().splitlines()]
    result = run(read_scenario(scenario(terms, rows)))
    assert result["problems"] == []
    lines = [", ".join(f"{line['kind']} {line['amount']}" for line in one["lines"]) for one in result["invoices"]]
    totals = [one["total"] for one in result["invoices"]]
    assert list(zip(lines, totals, strict=True)) == [(shown, total) for _month, _used, shown, total in rows]


def test_every_block_is_tried():
    assert len(SHOWN) == len(BLOCKS) - 1 >= 10


def test_the_invoice_is_what_the_command_prints(tmp_path):
    block = next(text for text in re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    command, *shown = block.splitlines()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    printed = subprocess.run(
        [Path(sys.executable).parent / "usance", *command.removeprefix("$ .venv/bin/usance ").split()],
        cwd=tmp_path,
        env={"COLUMNS": "100", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line.rstrip() for line in printed.partition("\nRevenue")[0].splitlines() if line.strip()]
    assert lines[1:] == [line for line in shown if line.strip()]


def test_the_steps_sum_to_the_invoice():
    """The table of steps, added up by itself."""
    table = PAGE.partition("| step | calls |")[2].partition("\n\n")[0]
    rows = [row.strip("|").split("|") for row in table.splitlines()[2:]]
    minor = 0
    for step, *cells in rows:
        if not step.strip().startswith("*"):
            found = re.findall(r"(\u2212?)(\d+)\.(\d\d)", " ".join(cells))
            minor += sum((-1 if sign else 1) * int(units + cents) for sign, units, cents in found)
    assert minor == 185_40


def test_sections_and_links_are_there():
    headings = {name.lower().replace(" ", "-") for name in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\(#([\w-]+)\)", PAGE)) <= headings
    linked = set(re.findall(r"\((?:\.\./)?((?:examples/)?\w+\.(?:yaml|md))\)", PAGE))
    assert all((ROOT / path).is_file() or (ROOT / "docs" / path).is_file() for path in linked)
    assert set(re.findall(r"`(charge|discount|commitment|service_fee|credit|tax)`", PAGE)) == set(LineKind) - {
        LineKind.ADJUSTMENT
    }
