"""What the demo shows: its progress, and then invoices, an explained line, payments, the books and the addresses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from usance.cli.timeline import days
from usance.cli.tree import show as show_tree

console = Console(highlight=False)
_MOST_REASONS = 10


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done; what is finished stays, with its time."""
    started = time.monotonic()
    last = ""
    with console.status("beginning …") as status:

        def say(step: str) -> None:
            nonlocal last
            subject = step.partition(":")[0]
            if subject != last:
                console.print(f"[dim]{int(time.monotonic() - started):4} s[/]  {subject}")
            last = subject
            status.update(f"{step} …")

        yield say


def show(found: dict[str, Any]) -> None:
    """Print everything that the demo gathered."""
    _events(found["events"])
    for invoice in found["invoices"]:
        _invoice(invoice)
    _explained(found["explained"])
    _payments(found["declined"], found["payments"])
    _trial_balance(found["trial_balance"])
    _revenue(found["revenue"])
    console.rule("Look at it")
    console.print(f"  API docs         {found['urls']['docs']}")
    console.print(f"  Hosted invoice   {found['urls']['invoice']}", soft_wrap=True)


def _events(events: dict[str, Any]) -> None:
    console.rule("Usage")
    console.print(
        f"  {events['accepted']:,} events accepted, {events['duplicates']:,} copies recognised, "
        f"{events['refused']} refused:"
    )
    for reason in events["reasons"][:_MOST_REASONS]:
        console.print(f"    [dim]{reason}[/]")


def _invoice(invoice: dict[str, Any]) -> None:
    table = Table(
        title=f"{invoice['number']}  issued {invoice['issued_on']}  {invoice['status']}", title_justify="left"
    )
    for name in ("Line", "Days covered"):
        table.add_column(name)
    for name in ("Quantity", invoice["currency"]):
        table.add_column(name, justify="right")
    for line in invoice["lines"]:
        quantity = f"{line['quantity'] or ''} {line['unit'] or ''}".strip()
        table.add_row(line["description"], days(line["period"]), quantity, line["amount"])
    table.add_section()
    table.add_row("Total", "", "", invoice["total"])
    console.print(table)


def _explained(invoice: dict[str, Any]) -> None:
    console.rule("Why: one line, down to its events")
    lines = [line for line in invoice["lines"] if line["item"] == "compute"]
    show_tree({**invoice, "total": invoice["total"], "lines": lines}, 3)


def _payments(declined: dict[str, Any], payments: list[dict[str, Any]]) -> None:
    console.rule("Payments")
    console.print(f"  {declined['invoice']}: declined at first ({declined.get('code')}), tried again a day later")
    for payment in payments:
        console.print(f"  received {payment['amount']} for {payment['invoice']}")


def _trial_balance(books: dict[str, Any]) -> None:
    table = Table(title="Trial balance", title_justify="left")
    table.add_column("Account")
    for name in ("Debits", "Credits", "Balance"):
        table.add_column(name, justify="right")
    for row in books["rows"]:
        table.add_row(row["name"], *(row[name] for name in ("debits", "credits", "balance")))
    console.print(table)
    console.print("  The books balance." if books["balanced"] else "  [red]The books do not balance.[/]")


def _revenue(rows: list[dict[str, Any]]) -> None:
    table = Table(title="Revenue", title_justify="left")
    for name in ("Month", "Item"):
        table.add_column(name)
    for name in ("Recognised", "Deferred at its end"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(row["month"], row["item"], row["recognised"], row["deferred_balance"])
    console.print(table)
