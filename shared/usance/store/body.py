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
_decoder = msgspec.json.Decoder(dict[str, Any])


def encode(body: Body) -> bytes:
    """The JSON text of a body, in UTF-8.

    Raises TypeError naming the place of a float or of anything else that JSON cannot say exactly, and ValueError for
    text that is not Unicode (lone surrogates).
    """
    if not isinstance(body, Mapping):
        raise TypeError(f"a body is an object, not {type(body).__name__}")
    return _encoder.encode(_exact(body, ""))


def decode(text: str | bytes) -> dict[str, Any]:
    """A fresh body from its JSON text."""
    return _decoder.decode(text)


def _exact(value: Any, place: str) -> Any:  # noqa: ANN401 - JSON values; anything else is refused here
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {_name(name, place): _exact(member, f"{place}/{name}") for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(member, f"{place}/{index}") for index, member in enumerate(value)]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(
        f"{place or '/'} is a {kind.__name__}: bodies hold text, whole numbers, booleans, null, lists, objects"
    )


def _name(name: object, place: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{place or '/'} has a member named {name!r}: names are text")
    return str(name)
