"""The prices of docs/prices.md make of the quantities beside them what the page says, and leave no model out."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from tests.unit.pricing.rated import leaf, priced
from usance.catalog.price import Price
from usance.kernel.amount import plain
from usance.pricing.bounds import bounded
from usance.pricing.conversion import convert
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/prices.md").read_text()
SHOWN = re.findall(r"^```yaml\n((?:(?!```).*\n)+)```\n\n\| quantity .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
ROWS = [
    (price, *(cell.strip() for cell in row.split("|")[1:3]))
    for price, table in SHOWN
    for row in table.strip().splitlines()
]
MODELS = {get_args(model.model_fields["model"].annotation)[0] for model in get_args(get_args(Price)[0])}


@pytest.mark.parametrize(("text", "quantity", "amount"), ROWS)
def test_costs_what_it_says(text, quantity, amount):
    price = priced(**yaml.safe_load(text))
    charge = rate(price, Quantities(bounded(price, convert(price, leaf(quantity)))))
    assert plain(charge.amount) == amount


def test_every_price_on_the_page_is_tried():
    assert len(SHOWN) == PAGE.count("```yaml")


def test_every_model_has_its_part_and_its_example():
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) >= MODELS
    assert {path.stem for path in (ROOT / "examples").glob("*.yaml")} >= MODELS


def test_names_only_examples_that_are_there():
    named = re.findall(r"\(\.\./(examples/\w+\.yaml)\)", PAGE)
    assert named
    assert all((ROOT / path).is_file() for path in named)
