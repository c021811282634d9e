"""From pydantic's errors to faults: a JSON pointer into what was sent, a stable code, and what to do.

Codes: `missing`, `unknown_member`, `wrong_type`, `not_allowed`, `out_of_range`, `wrong_length`, `wrong_form` and
`invalid_value`, besides the codes of faults that documents find themselves (`authored.refuse`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from usance.catalog.authored import FAULTS
from usance.kernel.errors import Fault, InvalidInput

Model = TypeVar("Model", bound=BaseModel)

_CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_member",
    "value_error": "invalid_value",
    "enum": "not_allowed",
    "literal_error": "not_allowed",
    "union_tag_invalid": "not_allowed",
    "union_tag_not_found": "missing",
    "string_pattern_mismatch": "wrong_form",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_too_short": "wrong_length",
    "string_too_long": "wrong_length",
    "too_short": "wrong_length",
    "too_long": "wrong_length",
}
_DETAILS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not a member of this document: check its spelling",
    "model_type": "must be written as {member: value, …}",
    "dict_type": "must be written as {name: value, …}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
}


def read_document(model: type[Model], document: object) -> Model:
    """Read a document that somebody wrote. Raises InvalidInput with every fault."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidInput("the document has faults", faults_of(error, document)) from None


def faults_of(error: ValidationError, document: object = None) -> list[Fault]:
    """All faults of a refused document, each once.

    With the document, pointers name its own members only; without it, they may also name the branch of a union that
    pydantic tried.
    """
    return faults_in(error.errors(include_url=False), document)


def faults_in(details: Iterable[ErrorDetails], document: object = None) -> list[Fault]:
    """All faults that pydantic's error details name, each once; for frameworks that keep only the details."""
    faults: dict[tuple[str, str], Fault] = {}
    for detail in details:
        for fault in _faults(detail, document):
            faults.setdefault((fault.pointer, fault.code), fault)
    return [fault for fault in faults.values() if not _follows(fault, faults)]


def _follows(fault: Fault, faults: Iterable[tuple[str, str]]) -> bool:
    """Whether a list only counts as too short because its entries have faults of their own."""
    return fault.code == "wrong_length" and any(where.startswith(fault.pointer + "/") for where, _code in faults)


def pointer(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _faults(detail: ErrorDetails, document: object) -> list[Fault]:
    kind, context = detail["type"], detail.get("ctx", {})
    where = pointer(_path(detail["loc"], document, missing=kind == "missing"))
    if kind == FAULTS:
        return [_as_written(fault.under(where), document) for fault in context["faults"]]
    code = _CODES.get(kind) or ("wrong_type" if kind.endswith(("_type", "_parsing")) else "invalid_value")
    return [Fault(where, code, _DETAILS.get(kind) or _message(detail))]


def _as_written(fault: Fault, document: object) -> Fault:
    """A fault with its pointer as the document is written: where one thing stands for a list, it has no place in it."""
    parts = fault.pointer.split("/")[1:]
    here: Any = document
    kept: list[str] = []
    for place, part in enumerate(parts):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and name in here:
            here = here[name]
        elif isinstance(here, list | tuple) and name.isdigit() and int(name) < len(here):
            here = here[int(name)]
        elif not (isinstance(here, Mapping) and name == "0" and place < len(parts) - 1):
            kept += parts[place:]
            break
        else:
            continue
        kept.append(part)
    return Fault("".join(f"/{part}" for part in kept), fault.code, fault.detail)


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return str(detail.get("ctx", {}).get("error") or detail["msg"])
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _path(location: Sequence[str | int], document: object, *, missing: bool) -> list[str | int]:
    """The parts of a location that are in the document: tags of unions and expanded short forms are not."""
    if document is None:
        return list(location)
    path: list[str | int] = []
    here: Any = document
    for place, part in enumerate(location):
        listed = isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)
        if listed or (isinstance(here, Mapping) and part in here):
            here = here[part]
        elif not (missing and place == len(location) - 1):
            continue
        path.append(part)
    return path
