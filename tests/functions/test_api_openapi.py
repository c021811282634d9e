"""The OpenAPI document: it is what the code says, needs no key, and describes every answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from functions.api.app import app
from functions.api.openapi import document, main, text
from tests.functions.api_endpoint import CONTRACT, Api

ROOT = Path(__file__).parents[2]


def test_the_committed_document_is_what_the_code_says() -> None:
    committed = (ROOT / "docs/api/openapi.json").read_text("utf-8")
    assert committed == text(app), "run: python -m functions.api.openapi"


def test_the_command_notices_drift(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "docs/api/openapi.json").write_text("{}")
    assert main(["--check"]) == 1


def test_every_operation_says_what_it_does() -> None:
    made = document(app)
    assert made["openapi"].startswith("3.1")
    tags = {tag["name"] for tag in made["tags"]}
    seen = set()
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert set(operation["tags"]) <= tags, where
            assert operation["operationId"] not in seen, where
            seen.add(operation["operationId"])
            assert "default" in operation["responses"], where
            good = [status for status in operation["responses"] if status.startswith("2")]
            assert len(good) == 1, where
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, where
            keyed = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
            assert keyed == (method == "post"), where
            public = operation.get("security") == []
            assert public == (not path.startswith("/v1/")), where


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    made = document(app)
    for schema in made["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}
    assert _references(made) <= names


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        here = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return here.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def test_answers_are_what_the_document_says(api: Api) -> None:
    made = json.loads(text(app))

    def check(method: str, template: str, answer: Any) -> None:
        responses = made["paths"][template][method]["responses"]
        chosen = responses.get(str(answer.status), responses["default"])
        [content] = chosen["content"].values()
        Draft202012Validator({**content["schema"], "components": made["components"]}).validate(answer.body)

    organisation = api.open()
    api.catalogue()
    check("post", "/v1/contracts", api.post("/v1/contracts", CONTRACT))
    check("post", "/v1/contracts", api.post("/v1/contracts", {"items": []}))
    check("get", "/v1/contracts/{id}/preview", api.get("/v1/contracts/acme-direct/preview"))
    check("get", "/v1/contracts/{id}/timeline", api.get("/v1/contracts/acme-direct/timeline"))
    api.use(organisation, "2025-07-03T10:00:00Z", "12.5")
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    for name in ("invoices", "customers", "metrics", "event-types", "journal", "trial-balance", "revenue", "api-keys"):
        check("get", f"/v1/{name}", api.get(f"/v1/{name}"))
    invoice = api.get("/v1/invoices").body["data"][1]["id"]
    check("get", "/v1/invoices/{id}", api.get(f"/v1/invoices/{invoice}"))
    check("get", "/v1/invoices/{id}/explain", api.get(f"/v1/invoices/{invoice}/explain"))
    check("get", "/v1/customers/{id}", api.get("/v1/customers/nobody"))


def test_document_docs_and_health_need_no_key(api: Api) -> None:
    assert api.get("/openapi.json", key="").body == document(app)
    page = api.get("/docs", key="")
    assert page.headers["content-type"].startswith("text/html")
    assert "SwaggerUIBundle" in page.text
    assert "/v1/usage/{event_type}" in page.text
    assert api.get("/health", key="").body == {"status": "ok"}
