"""The schemas in docs are those of the code."""

from pathlib import Path

import jsonschema
import pytest

from usance.scenario.schemas import schemas, text

FOLDER = Path(__file__).parents[3] / "docs/schemas"
FEW = {"starts_on": "2025-07-01", "items": {"id": "a", "prices": {"model": "flat", "amount": "5"}}}


@pytest.mark.parametrize("name", ["scenario.schema.json", "result.schema.json"])
def test_is_written_as_generated(name):
    assert (FOLDER / name).read_text() == text(schemas()[name]), "run: python -m usance.scenario.schemas docs/schemas"


def test_there_are_no_others():
    assert {path.name for path in FOLDER.glob("*.json")} >= set(schemas())


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"contract": {**FEW, "items": {"id": "a", "prices": {"model": "flat", "amount": 5.5}}}},
        {"contract": {**FEW, "items": []}},
        {"contract": FEW, "fact": []},
        {"contract": FEW, "events": [{"data": {}}]},
    ],
)
def test_refuses_what_the_code_refuses(wrong):
    validator = jsonschema.Draft202012Validator(schemas()["scenario.schema.json"])
    validator.validate({"contract": FEW})
    assert not validator.is_valid(wrong)
