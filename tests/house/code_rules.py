"""House rules about Python code that no linter knows. Each takes one file and yields `line: what is wrong`.

What ruff, mypy and import-linter already see is theirs: naive datetimes, docstrings, bare excepts, untyped code and
the direction of imports are settings in pyproject.toml.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.house.source import LIBRARY, Source

Rule = Callable[[Source], Iterator[str]]

CLOCK = LIBRARY / "kernel/clock.py"
ROUNDING = LIBRARY / "kernel/amount.py"
SETTINGS = LIBRARY / "settings.py"
CLI = LIBRARY / "cli"
MOST_LINES = 300

_INTEGER_MATHS = {"prod", "gcd", "lcm", "isqrt", "comb", "factorial"}
_ROUNDED_SPEC = re.compile(r"\.\d*[eEfFgG%]|^[eEfFgG%]$")
_ROUNDED_PERCENT = re.compile(r"%[-+ #0]*\d*\.\d+[eEfFgG]")
_VAGUE = re.compile(r"(?:^|_)(?:util|utils|helper|helpers|manager|managers|misc|common)(?:_|$)")
_VAGUE_CLASS = re.compile(r"(?:Utils?|Helpers?|Manager)$")


def no_float(source: Source) -> Iterator[str]:
    """Money and quantities are exact: no float is made, named as a type, or let in by a function that returns one."""
    if not source.pure:
        return
    refusals = {id(node) for node in _inside_isinstance(source)}
    for node in source.nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield f"{node.lineno}: the float {node.value!r}; write Decimal text"
        elif isinstance(node, ast.Name) and node.id == "float" and id(node) not in refusals:
            yield f"{node.lineno}: float; only isinstance(value, float), to refuse one, may name it"
        elif isinstance(node, ast.Call) and _last_name(node.func) in {"timestamp", "total_seconds"}:
            yield f"{node.lineno}: {_last_name(node.func)}() is a float; divide timedeltas"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _whole(node.left) and _whole(node.right):
            yield f"{node.lineno}: whole numbers divided into a float; use Fraction, // or Decimal"
        else:
            yield from _float_maths(node)


def _inside_isinstance(source: Source) -> Iterator[ast.AST]:
    for node in source.nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            yield from ast.walk(node.args[1])


def _whole(node: ast.expr) -> bool:
    """Whether an expression is a whole number by its looks."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"int", "len"}
    return isinstance(node, ast.Attribute) and node.attr in {"days", "minor", "year", "month", "day"}


def _float_maths(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "math":
        names = {alias.name for alias in node.names} - _INTEGER_MATHS
    elif isinstance(node, ast.Import):
        names = {alias.name for alias in node.names} & {"math", "statistics", "random"}
    else:
        return
    for name in sorted(names):
        yield f"{node.lineno}: {name} computes with floats"


def no_wall_clock(source: Source) -> Iterator[str]:
    """Everything is told what time it is: a run is repeatable, and a test organisation can live in another month."""
    if source.path == CLOCK or not source.under(LIBRARY, "functions"):
        return
    for node in source.nodes():
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"now", "utcnow", "today"}
            and _last_name(node.value)
            in {
                "datetime",
                "date",
            }
        ):
            yield f"{node.lineno}: {node.attr}(); take `as_of` or a Clock"
        elif isinstance(node, ast.Attribute) and node.attr in {"time", "time_ns"} and _last_name(node.value) == "time":
            yield f"{node.lineno}: time.{node.attr}(); take `as_of` or a Clock"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for alias in node.names:
                if alias.name in {"time", "time_ns", "localtime", "gmtime"}:
                    yield f"{node.lineno}: time.{alias.name}; take `as_of` or a Clock"


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def no_rounding(source: Source) -> Iterator[str]:
    """There is one rounding door. A format with a number of decimals rounds too, and by the banker's rule."""
    if source.path == ROUNDING or not source.under(LIBRARY, "functions"):
        return
    for node in source.nodes():
        if isinstance(node, ast.Name) and node.id == "round":
            yield f"{node.lineno}: round(); see kernel/amount.py"
        elif isinstance(node, ast.Attribute) and (node.attr == "quantize" or node.attr.startswith("to_integral")):
            yield f"{node.lineno}: {node.attr}(); see kernel/amount.py"
        elif isinstance(node, ast.alias) and node.name.startswith("ROUND_"):
            yield f"{node.lineno}: {node.name}; see kernel/amount.py"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ROUNDED_PERCENT.search(node.value):
            yield f"{node.lineno}: a % format that rounds; see kernel/amount.py"
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(_texts(node.format_spec))
            if _ROUNDED_SPEC.search(spec):
                yield f"{node.lineno}: the format {spec!r} rounds; see kernel/amount.py"


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def no_environment(source: Source) -> Iterator[str]:
    """Settings are read in one place, where a missing one is reported by name; a command line may ask for its own."""
    if source.path == SETTINGS or source.under(CLI) or not source.under(LIBRARY, "functions"):
        return
    for node in source.nodes():
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb", "putenv"}:
            yield f"{node.lineno}: os.{node.attr}; add a setting to usance/settings.py"
        elif isinstance(node, ast.alias) and node.name in {"environ", "getenv"}:
            yield f"{node.lineno}: os.{node.name}; add a setting to usance/settings.py"


def no_vague_names(source: Source) -> Iterator[str]:
    """A name says what a thing is; `utils`, `helpers` and managers are where such names end."""
    for part in (*source.path.parent.parts, source.path.stem):
        if _VAGUE.search(part):
            yield f"1: {part!r} says nothing"
    for node in source.nodes():
        if isinstance(node, ast.ClassDef) and _VAGUE_CLASS.search(node.name):
            yield f"{node.lineno}: {node.name!r} says nothing"


def no_long_files(source: Source) -> Iterator[str]:
    """A file is one room."""
    if (lines := source.text.count("\n")) > MOST_LINES:
        yield f"{lines}: more than {MOST_LINES} lines; find the second thing that lives here"


def no_loose_ignores(source: Source) -> Iterator[str]:
    """Nothing is silenced without saying what."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"#\s*(?:type:\s*ignore|noqa)(?![:\[]\s*\w)", line):
            yield f"{number}: an ignore without a code"


RULES: tuple[Rule, ...] = (
    no_float,
    no_wall_clock,
    no_rounding,
    no_environment,
    no_vague_names,
    no_long_files,
    no_loose_ignores,
)
