"""Reconciliation: desired lines minus what issued documents already carry.

Nothing here looks at what changed; it compares what each billing period of each item should cost with what was
billed for it. So a late event, a retroactive amendment, a crash and a duplicate message all lead to the same
difference, and a second run finds none. Issued documents are never edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from usance.invoicing.line import Line, LineKind, Recognition
from usance.kernel.derivation import derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """What an issued document carries for a billing period of an item, in short: enough to reconcile with."""

    item: str
    description: str
    cycle: date
    end: date
    net: Money
    tax: Money
    recognition: Recognition
    document: str

    @classmethod
    def of(cls, line: Line, document: str) -> IssuedLine:
        return cls(
            line.item, line.description, line.cycle, line.period.end, line.amount, line.tax, line.recognition, document
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines of billing periods not billed yet, and corrections of periods that were."""

    new: tuple[Line, ...]
    adjustments: tuple[Line, ...]


def reconcile(desired: Sequence[Line], issued: Iterable[IssuedLine], *, keep_metered: bool = False) -> Difference:
    """What has to be issued so that the issued lines carry what is desired.

    With `keep_metered` periods billed from usage stay as they were billed (`late_usage: ignore`).
    """
    wanted: dict[tuple[str, date], list[Line]] = {}
    for line in desired:
        wanted.setdefault((line.item, line.cycle), []).append(line)
    billed: dict[tuple[str, date], list[IssuedLine]] = {}
    for issued_line in issued:
        billed.setdefault((issued_line.item, issued_line.cycle), []).append(issued_line)
    new = tuple(line for key, lines in wanted.items() if key not in billed for line in lines)
    adjustments = []
    for key, billed_lines in sorted(billed.items(), key=lambda entry: (entry[0][1], entry[0][0])):
        if keep_metered and billed_lines[0].recognition is Recognition.USAGE:
            continue
        if _differs(wanted.get(key, []), billed_lines):
            adjustments.append(_adjustment(wanted.get(key, []), billed_lines))
    return Difference(new, tuple(adjustments))


def _differs(wanted: Sequence[Line], billed: Sequence[IssuedLine]) -> bool:
    # Most periods are as they were billed: they are compared before anything is explained.
    net = sum(line.amount.minor for line in wanted) - sum(line.net.minor for line in billed)
    tax = sum(line.tax.minor for line in wanted) - sum(line.tax.minor for line in billed)
    return net != 0 or tax != 0


def _adjustment(wanted: Sequence[Line], billed: Sequence[IssuedLine]) -> Line:
    first = billed[0]
    currency = first.net.currency
    net = Money.total((line.net for line in billed), currency)
    tax = Money.total((line.tax for line in billed), currency)
    should = derived("sum", "what the period costs as known now", *(line.derivation for line in wanted))
    was = derived(
        "sum",
        "what was billed for it",
        *(given(f"on {line.document}", line.net.amount, document=line.document) for line in billed),
    )
    return Line(
        item=first.item,
        kind=LineKind.ADJUSTMENT,
        description=first.description if first.description.endswith(_SUFFIX) else first.description + _SUFFIX,
        amount=Money.total((line.amount for line in wanted), currency) - net,
        period=Period(first.cycle, max(line.end for line in billed)),
        cycle=first.cycle,
        derivation=derived("difference", "difference to what was billed", should, was),
        recognition=first.recognition,
        tax=Money.total((line.tax for line in wanted), currency) - tax,
    )


_SUFFIX = " (adjustment)"
