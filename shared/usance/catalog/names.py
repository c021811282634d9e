"""Names that go into keys and paths: of event types and of the fields of their data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

TypeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,62}$", examples=["compute_events"])]
"""Name of an event type: a lower-case letter, then letters, digits, `_`, `.` and `-`, at most 63 in all."""

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$", examples=["cpu_hours_consumed"])]
"""Name of a field of an event's data: a letter or `_`, then letters, digits and `_`, at most 63 in all."""
