"""Bodies as JSON texts: what is stored is text, so nothing that is read or written is shared with anybody.

Equal bodies are equal texts (keys sorted, no spaces). Only what JSON can say exactly is taken: text, whole numbers,
booleans, null, lists and objects. A float is a defect in a billing system, and NaN would even become null unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from usance.ports import Body

_encoder = msgspec.json.Encoder(order="deterministic")
_LEAVES = frozenset({str, int, bool, type(None)})
_decoder = msgspec.json.Decoder(dict[str, Any])


def encode(body: Body) -> bytes:
    """The JSON text of a body, in UTF-8.

    Raises TypeError naming the place of a float or of anything else that JSON cannot say exactly, and ValueError for
    text that is not Unicode (lone surrogates).
    """
    if not isinstance(body, Mapping):
        raise TypeError(f"a body is an object, not {type(body).__name__}")
    return _encoder.encode(_exact(body))


def decode(text: str | bytes) -> dict[str, Any]:
    """A fresh body from its JSON text."""
    return _decoder.decode(text)


def _exact(value: Any) -> Any:  # noqa: ANN401 - JSON values; anything else is refused here
    # Leaves of exact types are most of all values, and are let through without a call.
    if type(value) is dict or isinstance(value, Mapping):
        return {
            name if type(name) is str else _name(name): member if type(member) in _LEAVES else _within(name, member)
            for name, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [m if type(m) in _LEAVES else _within(place, m) for place, m in enumerate(value)]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"is a {type(value).__name__}: bodies hold text, whole numbers, booleans, null, lists and objects")


def _within(place: object, member: object) -> Any:  # noqa: ANN401 - as above
    # The place is put together only on the way out with a fault: this runs for every value that is ever written.
    try:
        return _exact(member)
    except TypeError as fault:
        inner = str(fault)
        raise TypeError(f"/{place}{'' if inner.startswith('/') else ' '}{inner}") from None


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"has a member named {name!r}: names are text")
    return str(name)
