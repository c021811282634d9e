"""An explained invoice for people: a tree from each line down to the prices, quantities and events it was made of."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from usance.cli.timeline import days

_SIGNS = {"given": "", "share": "× ÷", "product": "×", "sum": "+", "difference": "−", "rounded": "≈"}  # noqa: RUF001


def show(invoice: dict[str, Any], events: int) -> None:
    """Print the explanation, with at most so many events of each line."""
    console = Console(highlight=False)
    root = Tree(Text.assemble((invoice["number"] or "", "bold"), f"  {invoice['total']} {invoice['currency']}"))
    for line in invoice["lines"]:
        amount = (line["amount"], "bold green")
        branch = root.add(Text.assemble((line["description"], "bold"), "  ", amount, f"  {days(line['period'])}"))
        _add(branch, line["derivation"])
        found = line.get("events", [])
        _add_events(branch, found, line.get("event_count", len(found)), events)
    console.print(root)


def _add(tree: Tree, node: dict[str, Any]) -> None:
    sign = _SIGNS.get(node["operation"], node["operation"])
    text = Text.assemble((_short(node["value"]), "cyan"), f"  {node['label']}", (f"  {sign}" if sign else "", "dim"))
    if node.get("refs"):
        text.append("  " + ", ".join(f"{name} {_plain(value)}" for name, value in node["refs"].items()), style="dim")
    branch = tree.add(text)
    for part in node.get("parts", ()):
        _add(branch, part)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return str(value)


def _short(value: str) -> str:
    """A value with so many decimals that it is known to be unrounded; --json has them all."""
    whole, point, decimals = value.partition(".")
    return f"{whole}.{decimals[:12]}…" if len(decimals) > 12 else whole + point + decimals


def _add_events(tree: Tree, events: list[dict[str, Any]], count: int, most: int) -> None:
    if not events:
        return
    branch = tree.add(Text(f"{count} events", style="magenta"))
    for event in events[:most]:
        branch.add(Text.assemble((event["value"], "cyan"), f"  {event['timestamp']}  {event['id']}"))
    if count > most:
        branch.add(Text(f"… and {count - most} more", style="dim"))
