"""A scenario's result for people: what was billed and paid when, what was earned in which month, what went wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_STATUS_STYLES = {"paid": "green", "partially_paid": "yellow", "approved": "cyan"}


def show(name: str, result: dict[str, Any]) -> None:
    """Print the timeline of one scenario."""
    console = Console(highlight=False)
    console.rule(Text(name, style="bold"), align="left")
    steps = [(invoice["issued_on"], 0, invoice) for invoice in result["invoices"]]
    steps += [(payment["received_at"][:10], 1, payment) for payment in result["payments"]]
    for _day, kind, step in sorted(steps, key=lambda step: step[:2]):
        console.print(_payment(step) if kind else _invoice(step))
    if not steps:
        console.print("Nothing fell due.\n")
    if result["wallet"]:
        wallet = result["wallet"]
        console.print(f"Wallet: [bold]{wallet['balance']} {wallet['currency']}[/bold]\n")
    for entitlement in result["entitlements"]:
        console.print(_balance(entitlement))
    if result["revenue"]:
        console.print(revenue(result["revenue"]))
    for problem in result["problems"]:
        console.print(Text(f"⚠ {problem['detail']} [{problem['code']}] {problem.get('event', '')}", style="yellow"))
    for difference in result.get("differences", ()):
        said = f"✗ {difference['pointer']}: expected {difference['expected']}, found {difference['found']}"
        console.print(Text(said, style="bold red"))


def _invoice(invoice: dict[str, Any]) -> Table:
    status = invoice["status"]
    title = Text.assemble(
        (invoice["number"], "bold"),
        f"  issued {invoice['issued_on']}, due {invoice['due_on']}  ",
        (status.replace("_", " "), _STATUS_STYLES.get(status, "")),
    )
    table = Table(title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("Line", footer="Total", min_width=24)
    table.add_column("Days covered", no_wrap=True)
    table.add_column("Quantity", justify="right")
    table.add_column(invoice["currency"], footer=invoice["total"], footer_style="bold", justify="right", no_wrap=True)
    for line in invoice["lines"]:
        priced = f"({line['billable_quantity']} priced)" if "billable_quantity" in line else None
        quantity = " ".join(filter(None, (line.get("quantity"), line.get("unit"), priced)))
        style = {"adjustment": "yellow", "tax": "dim"}.get(line["kind"], "")
        table.add_row(line["description"], days(line["period"]), quantity, line["amount"], style=style)
    return table


def _payment(payment: dict[str, Any]) -> Text:
    settled = ", ".join(f"{part['amount']} on {part['invoice']}" for part in payment["allocations"])
    return Text.assemble(
        ("● ", "green"),
        f"{payment['received_at']}  received ",
        (f"{payment['amount']} {payment['currency']}", "bold green"),
        f" by {payment['method']}: {settled or 'settles nothing'}\n",
    )


def _balance(entitlement: dict[str, Any]) -> Text:
    name = Text.assemble("Entitlement ", (entitlement["entitlement"], "bold"))
    if entitlement["type"] == "feature":
        return name.append(": granted\n" if entitlement["granted"] else ": not granted\n")
    words = {"granted": "granted", "used": "used", "expired": "expired", "balance": "left", "overage": "not covered"}
    return name.append(": " + ", ".join(f"{entitlement[part]} {word}" for part, word in words.items()) + "\n")


def days(period: dict[str, str]) -> str:
    """A half-open period as people say it: first and last day."""
    return f"{period['start']} to {date.fromisoformat(period['end']) - timedelta(days=1)}"


def revenue(rows: list[dict[str, Any]]) -> Table:
    """The revenue table: recognised in a month, and still deferred at its end."""
    table = Table(title="Revenue", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for heading in ("Month", "Item", "Recognised", "Deferred at its end"):
        table.add_column(heading, justify="left" if heading in ("Month", "Item") else "right")
    for row in rows:
        table.add_row(row["month"], row["item"], row["recognised"], row["deferred_balance"])
    return table
