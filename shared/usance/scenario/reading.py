"""Scenario text to values, YAML or JSON, without ever making a float or guessing at a date.

A number with a fraction or an exponent becomes `Unquoted`, which keeps its text: amounts refuse it and say how to
quote it, the data of events takes it exactly as it was written. Days and times stay text. Of YAML only what version 1.2
knows is resolved: `no`, `on`, `12:30` and `02134` are text.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import yaml

from usance.kernel.errors import MalformedBody


@dataclass(frozen=True, slots=True)
class Unquoted:
    """The text of a number that was written without quotes and is not whole."""

    text: str

    def __str__(self) -> str:
        return self.text


_MOST_LEVELS: Final = 100

_json: Final = msgspec.json.Decoder(float_hook=Unquoted)


def read_json(text: str | bytes) -> object:
    """The value of a JSON text. Raises MalformedBody."""
    try:
        return _json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedBody(f"is not JSON: {error}") from None
    except RecursionError:
        raise MalformedBody("is nested too deeply") from None


def read_yaml(text: str | bytes) -> object:
    """The value of a YAML text of one document. Raises MalformedBody with the line, also for a key given twice."""
    try:
        _refuse_endless(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a loader that makes text, numbers, lists and objects only
    except yaml.YAMLError as error:
        raise MalformedBody(f"is not YAML: {_one_line(error)}") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MalformedBody(f"is not YAML: {error}") from None


def _refuse_endless(text: str | bytes) -> None:
    # Before anything is built: the builder would follow these until the stack of the process is used up.
    around: list[str | None] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            around.append(event.anchor)
            if len(around) > _MOST_LEVELS:
                raise MalformedBody(f"has more than {_MOST_LEVELS} levels {_line(event)}")
        elif isinstance(event, yaml.CollectionEndEvent):
            around.pop()
        elif isinstance(event, yaml.AliasEvent) and event.anchor in around:
            raise MalformedBody(f"contains itself by *{event.anchor} {_line(event)}")


def _line(event: yaml.Event) -> str:
    return f"(line {event.start_mark.line + 1})" if event.start_mark else ""


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None or problem is None:
        return " ".join(str(error).split())
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the C loader is not always built
    """Plain scalars by YAML 1.2's core schema; objects without repeated keys, whose keys are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own attribute
    yaml_constructors = dict(yaml.SafeLoader.yaml_constructors)  # noqa: RUF012 - yaml's own attribute

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen = set()
        for key_node, _value in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
            if key_node.value in seen:
                problem = f"the key {key_node.value!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key_node.value)
        # What `<<` merges in comes first, so that the object's own keys prevail over it.
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


def _whole(loader: Any, node: yaml.ScalarNode) -> int:  # noqa: ANN401 - yaml's loader
    return int(loader.construct_scalar(node))


def _unquoted(loader: Any, node: yaml.ScalarNode) -> Unquoted:  # noqa: ANN401 - yaml's loader
    return Unquoted(loader.construct_scalar(node))


_CORE: Final = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
)
for _name, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _unquoted)
