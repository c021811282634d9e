"""The expressions of formula prices: a small grammar, read once when a price is saved, into a tree of bounded size.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "×" | "/" | "÷") factor }
    factor  = "-" factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"

A minus may be the sign of typesetting (U+2212) too. Functions: `min` and `max` of one or more, `ceil`, `floor` and
`round`, each with the number of decimals to keep as an optional second argument, written as a whole number. Nothing
else can be said, so that an expression always ends, reads nothing but the quantities that it names, and stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from usance.kernel.amount import MAX_DECIMALS, exact

MAX_LENGTH: Final = 1_000
"""Characters of an expression."""
MAX_DEPTH: Final = 30
"""Parentheses, functions and signs within each other."""
MAX_NODES: Final = 200
"""Numbers, names and operations of an expression."""

_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[-\u2212+*/×÷(),])"
)
_SUMS: Final = {"+": "sum", "-": "difference", "\u2212": "difference"}
_PRODUCTS: Final = {"*": "product", "×": "product", "/": "quotient", "÷": "quotient"}
_FUNCTIONS: Final = {
    "min": "minimum",
    "max": "maximum",
    "ceil": "ceiling",
    "floor": "floor",
    "round": "nearest",
}
_ROUNDINGS: Final = frozenset({"ceiling", "floor", "nearest"})


@dataclass(frozen=True, slots=True)
class Expression:
    """A node: a number, a name, or an operation of `kernel.derivation` over its parts. `text` is how it was written."""

    text: str
    number: Decimal | None = None
    name: str = ""
    operation: str = ""
    parts: tuple[Expression, ...] = ()

    @property
    def depth(self) -> int:
        """Levels of the tree."""
        return 1 + max((part.depth for part in self.parts), default=0)

    def names(self) -> Iterator[str]:
        """Every name in it, in order, as often as it is there."""
        if self.name:
            yield self.name
        for part in self.parts:
            yield from part.names()


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Read an expression. Raises ValueError with the position, counted from 1, and what was expected there."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"has {len(text)} characters, and at most {MAX_LENGTH} are read")
    whole = _Reader(text).whole()
    if whole.depth > MAX_DEPTH:
        raise ValueError(f"has {whole.depth} levels of operations within each other, and at most {MAX_DEPTH} are read")
    return whole


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(text: str) -> Iterator[_Token]:
    here = 0
    while rest := text[here:].lstrip():
        here = len(text) - len(rest)
        found = _TOKEN.match(text, here)
        if found is None or found.lastgroup is None:
            raise ValueError(f"at position {here + 1}: {text[here]!r} means nothing here")
        yield _Token(found.lastgroup, found[0], here, found.end())
        here = found.end()
    yield _Token("end", "the end", len(text), len(text))


class _Reader:
    """Reads by recursive descent; as deep as the expression is nested, which is bounded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._place = 0
        self._nesting = 0
        self._nodes = 0

    def whole(self) -> Expression:
        node = self._chain(_SUMS)
        if self._next.kind != "end":
            raise self._unexpected("an operator")
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next
        self._place += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._next.text != sign:
            raise self._unexpected(repr(sign))
        self._take()

    def _unexpected(self, wanted: str) -> ValueError:
        found = self._next
        shown = found.text if found.kind == "end" else repr(found.text)
        return ValueError(f"at position {found.start + 1}: expected {wanted}, and found {shown}")

    def _written(self, start: int) -> str:
        """What was written from a position up to here; the one place where nodes are counted."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError(f"has more than {MAX_NODES} numbers, names and operations")
        return self._text[start : self._tokens[self._place - 1].end]

    def _chain(self, operations: Mapping[str, str]) -> Expression:
        """Operands of one level of precedence, from left to right; a run of one operation is one node."""
        operand = self._factor if operations is _PRODUCTS else lambda: self._chain(_PRODUCTS)
        start, node = self._next.start, operand()
        while operation := operations.get(self._next.text):
            parts = [node]
            while operations.get(self._next.text) == operation:
                self._take()
                parts.append(operand())
                if operation == "quotient":
                    break
            node = Expression(self._written(start), operation=operation, parts=tuple(parts))
        return node

    def _factor(self) -> Expression:
        self._nesting += 1
        if self._nesting > MAX_DEPTH:
            raise ValueError(f"at position {self._next.start + 1}: is nested more than {MAX_DEPTH} times")
        node = self._unnested()
        self._nesting -= 1
        return node

    def _unnested(self) -> Expression:
        token = self._next
        if token.kind == "number":
            return self._number()
        if token.kind == "name":
            self._take()
            return self._called(token) if self._next.text == "(" else self._named(token)
        if token.text in ("-", "\u2212"):
            self._take()
            part = self._factor()
            return Expression(self._written(token.start), operation="negative", parts=(part,))
        if token.text == "(":
            self._take()
            node = self._chain(_SUMS)
            self._expect(")")
            return node
        raise self._unexpected("a number, a name or a parenthesis")

    def _number(self) -> Expression:
        token = self._take()
        try:
            return Expression(self._written(token.start), number=exact(token.text))
        except ValueError as error:
            raise ValueError(f"at position {token.start + 1}: {token.text} {error}") from None

    def _named(self, token: _Token) -> Expression:
        if token.text in _FUNCTIONS:
            raise self._unexpected(f"'(' after {token.text}")
        return Expression(self._written(token.start), name=token.text)

    def _called(self, function: _Token) -> Expression:
        operation = _FUNCTIONS.get(function.text)
        if operation is None:
            known = ", ".join(_FUNCTIONS)
            raise ValueError(f"at position {function.start + 1}: {function.text!r} is no function: there are {known}")
        self._expect("(")
        parts = [self._chain(_SUMS)]
        while self._next.text == ",":
            self._take()
            parts.append(self._places(function) if operation in _ROUNDINGS else self._chain(_SUMS))
        if operation in _ROUNDINGS and len(parts) > 2:
            raise ValueError(
                f"at position {function.start + 1}: {function.text} takes a value and a number of decimals"
            )
        self._expect(")")
        return Expression(self._written(function.start), operation=operation, parts=tuple(parts))

    def _places(self, function: _Token) -> Expression:
        token = self._next
        if not token.text.isdecimal() or int(token.text) > MAX_DECIMALS:
            raise self._unexpected(f"the decimals that {function.text} keeps, 0 to {MAX_DECIMALS}")
        return self._number()
