"""Tax of a line, by its terms: components, compound or not, in prices or on top."""

from fractions import Fraction

from tests.oracle.arithmetic import minor, spread


def as_tax(written):
    return written if isinstance(written, dict) else {"percentage": written}


def tax_terms(contract, item):
    """The terms closest to an item; None when nothing taxes it."""
    phase = next((one for one in contract.get("phases", []) if one["id"] == item.get("phase")), {})
    for owner in (item, phase, contract):
        if "tax" in owner:
            return as_tax(owner["tax"])
    return None


def effective(terms):
    """Each component's percentage of the net amount, compound ones with what is before them."""
    found = []
    for part in terms.get("components") or [{"percentage": terms["percentage"]}]:
        percentage = Fraction(part["percentage"])
        found.append(percentage * (100 + sum(found)) / 100 if part.get("compound") else percentage)
    return found


def taxed(terms, amount):
    """(net, tax) of a line of so many minor units, each component rounded once."""
    if terms is None:
        return amount, 0
    rates = effective(terms)
    over = 100 + sum(rates) if terms.get("inclusive") else 100
    tax = sum(minor(amount * rate / over) for rate in rates)
    return (amount - tax if terms.get("inclusive") else amount), tax


def taxed_period(terms, period):
    """(net, tax) of a period line by line: charges less what was taken off them, commitments, and on both together
    what phases and the contract took off."""
    lines = reduced(period.charges, period.off.values())
    lines = reduced([*lines, *period.added.values()], period.shared.values())
    sums = [taxed(terms, line) for line in lines]
    return sum(net for net, _tax in sums), sum(tax for _net, tax in sums)


def reduced(lines, amounts):
    """Lines less amounts, each spread over what is left of them."""
    lines = list(lines)
    for amount in amounts:
        for place, part in enumerate(spread(amount, lines)):
            lines[place] -= part
    return lines
