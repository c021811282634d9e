"""Bodies of events as they come over HTTP: one event, an array, or one event a line; plain or gzip.

What is not JSON at all refuses the body; what is not an event refuses that event alone. Numbers with a fraction or an
exponent stay the text that was sent (`Number`), whole numbers become integers: nothing passes through a float.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from usance.kernel.errors import BodyTooLarge, Fault, InvalidInput, MalformedBody

MAX_EVENTS: Final = 10_000
MAX_BODY_BYTES: Final = 6_000_000
MAX_INFLATED_BYTES: Final = 32_000_000
_MAX_COMMAS: Final = MAX_EVENTS * 128
"""More separators than the largest batch can have: refused before millions of tiny values fill the memory."""

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r\n"
_SHAPES: Final = "send one event, an array of events, or one event a line"
_MEMBERS: Final = ("id", "customer", "customer_id", "timestamp", "data")


class Number(str):
    """The text of a JSON number that has a fraction or an exponent."""

    __slots__ = ()


class Wire(msgspec.Struct, forbid_unknown_fields=True):
    """The members of an event, of whatever type they came."""

    id: Any = None
    customer: Any = None
    customer_id: Any = None
    timestamp: Any = None
    data: Any = None


@dataclass(slots=True)
class Batch:
    """The events of a body in their order, and what is wrong with those that could not be read, by index.

    `single` means that the body was one event by itself.
    """

    events: list[Wire]
    single: bool = False
    faults: dict[int, list[Fault]] = field(default_factory=dict)


_MAX_DEPTH: Final = 200
_DEEP: Final = (b"[" * 100, b"{" * 100)
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_one: Final = msgspec.json.Decoder(Wire, float_hook=Number)
_many: Final = msgspec.json.Decoder(list[Wire], float_hook=Number)
_any: Final = msgspec.json.Decoder(float_hook=Number)
_raw: Final = msgspec.json.Decoder(msgspec.Raw)
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


def inflate(body: bytes) -> bytes:
    """The body, unpacked when it is gzip, whatever its header says. Raises BodyTooLarge and MalformedBody."""
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body has {len(body)} bytes, and {MAX_BODY_BYTES} are taken: send smaller batches")
    if not body.startswith(_GZIP_MAGIC):
        return body
    stream = zlib.decompressobj(31)
    try:
        plain = stream.decompress(body, MAX_INFLATED_BYTES + 1)
    except zlib.error:
        raise MalformedBody("the body begins as gzip and is not") from None
    if len(plain) > MAX_INFLATED_BYTES:
        raise BodyTooLarge(f"the body inflates to more than {MAX_INFLATED_BYTES} bytes: send smaller batches")
    if not stream.eof or stream.unused_data:
        raise MalformedBody("the gzip body is cut off, or something follows it")
    return plain


def read_batch(body: bytes) -> Batch:
    """The events of an inflated body. Raises MalformedBody, BodyTooLarge, and InvalidInput when there are none."""
    body = body.removeprefix(_BOM).strip(_BLANK)
    if not body:
        raise MalformedBody(f"the body is empty: {_SHAPES}")
    if len(body) > _MAX_COMMAS and body.count(b",") > _MAX_COMMAS:
        raise BodyTooLarge(f"more than {MAX_EVENTS} events, or more values than so many can have")
    if any(run in body for run in _DEEP):
        _refuse_deep(body)
    try:
        batch = _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None
    if not batch.events:
        raise InvalidInput("the batch is empty", [Fault("", "empty_batch", "send at least one event")])
    if len(batch.events) > MAX_EVENTS:
        raise BodyTooLarge(f"the body has {len(batch.events)} events, and {MAX_EVENTS} are taken: send smaller batches")
    return batch


def _read(body: bytes) -> Batch:
    if body.startswith(b"["):
        try:
            return Batch(_many.decode(body))
        except msgspec.ValidationError:
            return _each([bytes(raw) for raw in _raws.decode(body)])
    if not body.startswith(b"{"):
        raise MalformedBody(f"the body is neither an object nor an array: {_SHAPES}")
    try:
        return Batch([_one.decode(body)], single=True)
    except msgspec.ValidationError:
        batch = _each([body])
        batch.single = True
        return batch
    except msgspec.DecodeError:
        if b"\n" not in body:
            raise
    return _read_lines(body)


def _refuse_deep(body: bytes) -> None:
    # A bound of our own: the interpreter's depends on how deep its caller is. Brackets within texts do not count.
    depth = 0
    for match in _TOKENS.finditer(body):
        token = match[0]
        depth += (token in b"[{") - (token in b"]}")
        if depth > _MAX_DEPTH:
            raise MalformedBody("the body is nested too deeply")


def _read_lines(body: bytes) -> Batch:
    # A pretty-printed event that is malformed is not a batch of malformed lines: its first line alone is no JSON.
    _raw.decode(body[: body.index(b"\n")])
    lines = [line for line in body.split(b"\n") if line.strip(_BLANK)]
    if len(lines) > MAX_EVENTS:
        raise BodyTooLarge(f"the body has {len(lines)} events, and {MAX_EVENTS} are taken: send smaller batches")
    try:
        return Batch(_one.decode_lines(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _each(lines)


def _each(pieces: list[bytes]) -> Batch:
    if len(pieces) > MAX_EVENTS:
        raise BodyTooLarge(f"the body has {len(pieces)} events, and {MAX_EVENTS} are taken: send smaller batches")
    batch = Batch([])
    for index, piece in enumerate(pieces):
        wire, faults = _piece(piece)
        batch.events.append(wire)
        if faults:
            batch.faults[index] = faults
    return batch


def _piece(piece: bytes) -> tuple[Wire, list[Fault]]:
    try:
        return _one.decode(piece), []
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Wire(), [Fault("", "malformed_json", f"is not JSON: {error}")]
    except RecursionError:
        return Wire(), [Fault("", "malformed_json", "is nested too deeply")]
    try:
        found = _any.decode(piece)
    except msgspec.ValidationError:
        return Wire(), [Fault("", "invalid_number", "has a number of thousands of digits")]
    if not isinstance(found, dict):
        return Wire(), [Fault("", "wrong_type", "is not an object: an event is {id, customer, timestamp, data}")]
    unknown = [
        Fault(f"/{_shown(name)}", "unknown_member", f"is not a member of an event, which has {', '.join(_MEMBERS)}")
        for name in found
        if name not in _MEMBERS
    ]
    return Wire(**{name: found[name] for name in _MEMBERS if name in found}), unknown


def _shown(name: str) -> str:
    return name[:64].replace("~", "~0").replace("/", "~1")
