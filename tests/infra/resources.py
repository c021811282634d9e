"""Reading a template: resources by type, functions by handler, statements by function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]

HANDLERS = {
    "functions.aggregate.alerts.handler": "AlertSettings",
    "functions.aggregate.fold.handler": "FoldSettings",
    "functions.api.handler.handler": "ApiSettings",
    "functions.ingest.handler.handler": "IngestSettings",
    "functions.invoice.bill.handler": "BillSettings",
    "functions.invoice.collect.handler": "CollectSettings",
    "functions.invoice.run.handler": "RunSettings",
    "functions.invoice.sweep.handler": "SweepSettings",
    "functions.revrec.handler.handler": "RevenueSettings",
    "functions.webhooks.app.app": "HookSettings",
    "functions.webhooks.apply.handler": "ApplySettings",
}
TABLES = ("Control", "Usage", "Documents", "Ledger")


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """Properties of all resources of a type, by logical id."""
    found = template["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}


def functions(template: Template) -> dict[str, Any]:
    """Properties of the functions, by handler."""
    return {each["Handler"]: each for each in of_type(template, "AWS::Lambda::Function").values()}


def target(value: Any) -> str:
    """The logical id that a Ref or GetAtt names."""
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Template, role: str) -> list[dict[str, Any]]:
    """All statements of a role, wherever they are attached."""
    properties = template["Resources"][role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        attached = of_type(template, kind).values()
        documents += [each["PolicyDocument"] for each in attached if role in map(target, each.get("Roles", []))]
    return [statement for document in documents for statement in as_list(document["Statement"])]


def of_handler(template: Template, handler: str) -> list[dict[str, Any]]:
    """All statements of a function's role."""
    return statements(template, target(functions(template)[handler]["Role"]))


def every_statement(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every role, with the role's logical id."""
    for role in of_type(template, "AWS::IAM::Role"):
        for statement in statements(template, role):
            yield role, statement


def table_id(template: Template, name: str) -> str:
    """The logical id of a table, found through the output that names it."""
    return target(template["Outputs"][f"{name}Table"]["Value"])


def allowed(template: Template, handler: str, resource: str) -> set[str]:
    """The actions that a function's role allows on resources whose text contains a logical id."""
    found: set[str] = set()
    for statement in of_handler(template, handler):
        if statement["Effect"] == "Allow" and f'"{resource}"' in json.dumps(statement["Resource"]):
            found.update(as_list(statement["Action"]))
    return found
