"""The OpenAPI 3.1 document: what stands above the routes, and the command that writes it down.

python -m functions.api.openapi           writes docs/api/openapi.json
python -m functions.api.openapi --check   fails when that file is not what the code says
"""

from __future__ import annotations

import inspect
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBearer, License, Tag

from functions.api.usage_route import USAGE_PATH, usage_operation

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path("docs/api/openapi.json")
PUBLIC: Final = frozenset({"/health", "/i/{address}", "/i/{address}/events"})
_SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"header": []}]
_TAGS: Final = {
    "organisation": "The tenant, its keys, and its clock in test mode.",
    "usage": "Event types, metrics, and events as they arrive.",
    "catalogue": "What is sold.",
    "customers": "Who is billed, and how they pay.",
    "contracts": "What was agreed, how it changed, and what it will be billed.",
    "billing": "Billing runs, and contracts that could not be billed.",
    "alerts": "Thresholds of usage, spend and balances, and the events they raise.",
    "invoices": "What was issued, and why it costs what it does.",
    "tax": "Tax categories, and what they bear where and when.",
    "books": "Payments, journal, balances and revenue.",
}
_DESCRIPTION: Final = """\
Billing infrastructure: usage in, invoices, payments and accounting-ready revenue out.

Send your key as `Authorization: Bearer usk_…` or as `x-api-key`. Money is `{"amount": "12.34", "currency": "USD"}`;
amounts are text or whole numbers, never binary fractions. Errors are `application/problem+json` with a stable `code`
and all faults in `errors`, each with a JSON pointer. Every POST takes an `Idempotency-Key` (24 hours). Lists take
`limit` and `cursor` and give `next_cursor`. Your own `external_id` works wherever an id does."""
_PROBLEM: Final = {
    "description": "A problem document (RFC 9457) with every fault",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PROBLEM_SCHEMA: Final = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:usance:problem:invalid_input"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["invalid_input"]},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request get the first answer for 24 hours; another request under it gets 409.",
    "schema": {"type": "string", "maxLength": 255},
}


def configure(app: APIGatewayHttpResolver) -> None:
    """Give a resolver its title, its security, /openapi.json and /docs."""
    app.configure_openapi(
        title="Usance",
        version="1",
        description=_DESCRIPTION,
        license_info=License(name="Apache-2.0"),
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        security_schemes={
            "bearer": HTTPBearer(bearerFormat="usk_…"),
            "header": APIKey.model_validate({"name": "x-api-key", "in": "header"}),
        },
        security=_SECURITY,
    )
    for route in (*app._static_routes, *app._dynamic_routes):  # noqa: SLF001 - Powertools has no public list of them
        # Powertools takes no description from docstrings; here the docstring is the description.
        route.description = route.description or inspect.getdoc(route.func)
    shown = cache(lambda: text(app))

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        """This document."""
        return Response(200, "application/json", shown())

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response[str]:
        """This document for people: Swagger UI as Powertools brings it, with nothing loaded from elsewhere."""
        return Response(200, "text/html; charset=utf-8", _page(shown()))


def _page(spec: str) -> str:
    folder = Path(swagger_ui.__file__).parent
    script, style = ((folder / name).read_text("utf-8") for name in ("swagger-ui-bundle.min.js", "swagger-ui.min.css"))
    # A closing tag inside the document would end the script that holds it.
    return swagger_ui.generate_swagger_html(spec.replace("</", "<\\/"), script, style, "", None)


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """The OpenAPI document of a resolver, with what is alike for all its operations."""
    made: dict[str, Any] = json.loads(app.get_openapi_json_schema())
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM_SCHEMA
    made["paths"].setdefault(USAGE_PATH, {})["post"] = usage_operation()
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    made["paths"] = dict(sorted(made["paths"].items()))
    return made


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses: Mapping[str, Any] = operation["responses"]
    kept = {status: one for status, one in responses.items() if status not in {"422", "500"}}
    operation["responses"] = {**kept, "default": _PROBLEM}
    if path in PUBLIC:
        operation["security"] = []
    if method == "post" and path != USAGE_PATH:
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)


def text(app: APIGatewayHttpResolver) -> str:
    """The document as it is written down."""
    return json.dumps(document(app), ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document down, or check that it was."""
    from functions.api.app import app  # noqa: PLC0415 - the app imports this module

    made = text(app)
    if "--check" in arguments:
        return 0 if FILE.is_file() and FILE.read_text("utf-8") == made else 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
