"""The form in which events are kept: JSON lines, compressed by zstd. The only module that knows it.

A line of an arriving batch has no `at`, because its place says when it arrived; a line of a folded bucket has one, so
that of two events with one id the first to arrive stays the first for ever. A number with a fraction may be kept as a
JSON number; it is read as its text, never as a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import zstandard

_LEVEL: Final = 1
"""Of zstd. Smaller output than gzip's best, at a tenth of its time."""


class Line(msgspec.Struct, omit_defaults=True):
    """One kept event. `at` is when it arrived, as text that sorts by time."""

    id: str
    customer: str
    timestamp: datetime
    data: dict[str, Any]
    at: str = ""


_encode: Final = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Line, float_hook=str)


def encode_line(line: Line) -> bytes:
    """One line without its end."""
    return _encode(line)


def pack(lines: Sequence[bytes]) -> bytes:
    """Compress encoded lines."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(b"\n".join(lines))


def unpack(content: bytes) -> list[Line]:
    """Read packed lines. Raises ValueError for what `pack` did not write."""
    try:
        return _decoder.decode_lines(zstandard.ZstdDecompressor().decompress(content))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise ValueError(f"kept events cannot be read: {error}") from error


def to_body(line: Line) -> dict[str, Any]:
    """An event as the body of an item."""
    body: dict[str, Any] = msgspec.to_builtins(line)
    return body


def from_body(body: object) -> Line:
    """Read what `to_body` wrote. Raises ValueError for anything else."""
    try:
        return msgspec.convert(body, Line)
    except msgspec.ValidationError as error:
        raise ValueError(f"a kept event cannot be read: {error}") from error
