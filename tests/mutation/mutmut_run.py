"""One run of mutmut over one package, and what it found as text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import libcst
from mutmut.__main__ import _run
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.mutators import mutation_operators, operator_string
from mutmut.runners.harness import PytestRunner
from mutmut.stats import status_by_exit_code

CAUGHT = ("killed", "timeout", "segfault")
LEAST = 85
"""Per cent of a package's mutants that have to be caught."""
LIVING = ("survived", "no tests", "not checked", "suspicious")


def run(package: str, *, again: bool) -> bool:
    """Run the mutants of a package against its tests, in the present folder, and print what lived; whether enough were
    caught."""
    settings = config()
    settings.only_mutate = [f"src/usance/{package}/*"]
    settings.pytest_add_cli_args_test_selection = [f"tests/{kind}/{package}" for kind in ("unit", "properties")]
    assert isinstance(mutation_operators, list)
    place = mutation_operators.index((libcst.BaseString, operator_string))
    mutation_operators[place] = (libcst.BaseString, behaviour)
    in_any_order = PytestRunner._pytest_args_regular_run
    PytestRunner._pytest_args_regular_run = lambda self, tests: in_any_order(self, units_first(tests))  # type: ignore[method-assign]
    places = [Path("src/usance", package, file.name) for file in sorted(Path("src/usance", package).glob("*.py"))]
    if again:
        _forget_what_lived(places)
    _run((), max_children=1)
    results = list(_results(places))
    caught = [name for name, status in results if status in CAUGHT]
    sys.stdout.writelines(f"{line}\n" for line in _report(package, results))
    return 100 * len(caught) >= LEAST * len(results)


def behaviour(node: libcst.BaseString) -> Iterable[libcst.BaseString]:
    """Mutants of a text that the code looks at. One with a space in it is for people: its wording is no behaviour."""
    if isinstance(node, libcst.SimpleString) and " " not in node.value:
        yield from operator_string(node)


def units_first(tests: Iterable[str]) -> list[str]:
    """Tests in the order that finds a fault soonest, the same each time."""
    return sorted(tests, key=lambda test: (not test.startswith("tests/unit"), test))


def _forget_what_lived(places: Iterable[Path]) -> None:
    for place in places:
        found = SourceFileMutationData(path=place)
        found.load()
        for name, code in found.exit_code_by_key.items():
            if status_by_exit_code[code] in LIVING:
                found.exit_code_by_key[name] = None
        if found.exit_code_by_key:
            found.save()


def _results(places: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for place in places:
        found = SourceFileMutationData(path=place)
        found.load()
        for name, code in found.exit_code_by_key.items():
            yield name, status_by_exit_code[code]


def _report(package: str, results: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, status in results:
        if status in LIVING:
            yield f"\n{name}: {status}"
            yield from _changed(get_diff_for_mutant(name))
    caught = sum(status in CAUGHT for _name, status in results)
    late = sum(status == "timeout" for _name, status in results)
    share = 1000 * caught // len(results)
    yield f"\n{package}: {share // 10}.{share % 10} % ({caught} of {len(results)} mutants caught, {late} by the clock)"


def _changed(diff: str) -> Iterator[str]:
    for line in diff.splitlines():
        if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}:
            yield f"  {line}"
