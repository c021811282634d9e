"""Writes the JSON Schemas of scenarios and results: `python -m usance.scenario.schemas docs/schemas`.

The schemas come from the code that reads and writes the documents; a test holds the files to it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from usance.scenario.scenario import Scenario
from usance.scenario.shape import Refusal, Result

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by the name of their file."""
    answer: TypeAdapter[Any] = TypeAdapter(Result | Refusal)
    return {
        "scenario.schema.json": {"$schema": _DIALECT, **_scenario()},
        "result.schema.json": {"$schema": _DIALECT, "title": "Result of a scenario", **answer.json_schema()},
    }


def text(schema: dict[str, Any]) -> str:
    """A schema as it is written."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _scenario() -> dict[str, Any]:
    schema = Scenario.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    # What documents fill in themselves before they are checked: a single item, an item's name for its product.
    items = definitions["Contract"]["properties"]["items"]
    items["anyOf"] = [
        {"$ref": "#/$defs/Item"},
        {key: items.pop(key) for key in ("items", "maxItems", "type")},
    ]
    definitions["Contract"]["anyOf"] = [
        {"required": ["items"], "properties": {"items": {"minItems": 1}}},
        {"required": ["phases"]},
    ]
    definitions["Item"]["required"].remove("product")
    definitions["Item"].setdefault("required", [])
    return schema


def main(folder: Path) -> None:
    """Write the schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas"))
