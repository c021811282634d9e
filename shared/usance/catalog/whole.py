"""Faults of a whole and of its parts at once.

A validator that runs after pydantic's own never runs when a part is wrong, so that who writes a table would learn of
its order only after mending its amounts. What is checked here is checked on what was written, whatever that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from usance.catalog.authored import refuse
from usance.kernel.errors import Fault

Check = Callable[[object, Mapping[str, Any]], list[Fault]]
"""From a value as it was written, and the members before it that were right, to what is wrong with it as a whole."""


def checked_whole(check: Check) -> WrapValidator:
    """A validator that refuses a value for the faults of its parts and for those that the check finds, together."""

    def validate(value: object, parts: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        faults = check(value, info.data)
        try:
            made: object = parts(value)
        except ValidationError as error:
            raise _joined(error, faults, value) from None
        refuse(faults)
        return made

    return WrapValidator(validate)


def member(value: object, name: str, absent: object = None) -> object:
    """A member of something as it was written, or was made; `absent` when it has none of that name."""
    return value.get(name, absent) if isinstance(value, Mapping) else getattr(value, name, absent)


def _joined(error: ValidationError, faults: list[Fault], value: object) -> ValidationError:
    details = [_again(detail) for detail in error.errors(include_url=False)]
    try:
        refuse(faults)
    except PydanticCustomError as own:
        details.append(InitErrorDetails(type=own, loc=(), input=value))
    return ValidationError.from_exception_data(error.title, details)


def _again(detail: ErrorDetails) -> InitErrorDetails:
    context = {**detail.get("ctx", {}), "message": detail["msg"]}
    kind = PydanticCustomError(detail["type"], "{message}", context)
    return InitErrorDetails(type=kind, loc=detail["loc"], input=detail["input"])
