"""The shape of results, from which their JSON Schema is generated."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import with_config

# Of typing_extensions, because pydantic reads no other before Python 3.12.
from typing_extensions import TypedDict

from usance.scenario.entitlement_shape import EntitlementShape, FeatureShape
from usance.scenario.texts import CLOSED, DayText, DecimalText, InstantText, MoneyText, MonthText


@with_config(CLOSED)
class PeriodShape(TypedDict):
    """Days from `start` up to, but not including, `end`."""

    start: DayText
    end: DayText


@with_config(CLOSED)
class DerivationShape(TypedDict):
    """An amount and what it was made of: `value` is the operation over the values of the parts."""

    operation: str
    label: str
    value: DecimalText
    refs: NotRequired[dict[str, Any]]
    """Where it comes from: price version, metric, tier, document."""
    parts: NotRequired[list[DerivationShape]]


@with_config(CLOSED)
class TaxComponentShape(TypedDict):
    """A percentage of the net amount, or, compound, of it and the components before."""

    label: str
    percentage: DecimalText
    compound: NotRequired[bool]


@with_config(CLOSED)
class TaxRuleShape(TypedDict):
    """How a line is taxed, frozen when it is issued."""

    components: list[TaxComponentShape]
    inclusive: NotRequired[bool]
    note: NotRequired[str]
    """Why nothing is due."""
    source: NotRequired[str]


@with_config(CLOSED)
class LineShape(TypedDict):
    """A line of a document. Lines of tax, and what belongs to a whole phase or contract, have no item."""

    item: str
    kind: Literal["charge", "discount", "commitment", "service_fee", "adjustment", "credit", "tax"]
    description: str
    modifier: NotRequired[str]
    """What made the line, where it is no charge: with item and cycle it says what is corrected by what."""
    quantity: NotRequired[DecimalText]
    billable_quantity: NotRequired[DecimalText]
    """What was priced, where that is another than what was used."""
    unit: NotRequired[str]
    amount: MoneyText
    tax: MoneyText
    """Tax on this line; it stands on the document in a line of its own."""
    period: PeriodShape
    cycle: DayText
    """First day of the billing period that the line belongs to."""
    tax_rule: NotRequired[TaxRuleShape]
    taxes: NotRequired[list[MoneyText]]
    """Tax by component of the rule."""
    recognition: Literal["daily", "usage", "point_in_time", "prepaid", "never"]
    price_version: NotRequired[int]
    usage: NotRequired[list[tuple[DayText, DecimalText]]]
    """Quantity by day, for lines measured from events."""
    derivation: DerivationShape


@with_config(CLOSED)
class InvoiceShape(TypedDict):
    """An issued document."""

    number: str
    kind: Literal["invoice", "credit_note"]
    status: Literal["approved", "partially_paid", "paid", "void", "discarded"]
    issued_on: DayText
    due_on: DayText
    currency: str
    lines: list[LineShape]
    subtotal: MoneyText
    tax: MoneyText
    total: MoneyText
    wallet_applied: MoneyText
    amount_due: MoneyText


@with_config(CLOSED)
class AllocationShape(TypedDict):
    """What of a payment settled an invoice."""

    invoice: str
    amount: MoneyText


@with_config(CLOSED)
class PaymentShape(TypedDict):
    """Money that arrived."""

    received_at: InstantText
    amount: MoneyText
    currency: str
    method: str
    reference: NotRequired[str]
    allocations: list[AllocationShape]
    unallocated: MoneyText


@with_config(CLOSED)
class AppliedShape(TypedDict):
    """What of a credit paid for an invoice."""

    invoice: str
    amount: MoneyText


@with_config(CLOSED)
class WalletEntryShape(TypedDict):
    """A credit of the wallet: amount = applied + expired + voided + left."""

    at: InstantText
    kind: Literal["purchased", "promotional"]
    amount: MoneyText
    label: NotRequired[str]
    expires_on: NotRequired[DayText]
    applied: list[AppliedShape]
    expired: NotRequired[MoneyText]
    voided: NotRequired[MoneyText]
    left: MoneyText


@with_config(CLOSED)
class WalletShape(TypedDict, total=False):
    """The customer's wallet when the clock stops; empty when nothing ever came in."""

    currency: str
    balance: MoneyText
    promotional: MoneyText
    purchased: MoneyText
    unallocated: MoneyText
    """What of the balance is left of payments that came to more than was due."""
    entries: list[WalletEntryShape]
    """Every credit, in the order in which they came in."""


@with_config(CLOSED)
class PostingShape(TypedDict):
    """A line of a journal entry: a debit or a credit."""

    account: str
    debit: NotRequired[MoneyText]
    credit: NotRequired[MoneyText]
    tags: NotRequired[dict[str, str]]


@with_config(CLOSED)
class EntryShape(TypedDict):
    """A balanced journal entry, in the order of posting."""

    id: str
    event: str
    source: str
    posted_on: DayText
    effective_on: DayText
    currency: str
    lines: list[PostingShape]


@with_config(CLOSED)
class RevenueShape(TypedDict):
    """A month of an item: what was recognised in it, and what was deferred at its end."""

    month: MonthText
    item: str
    recognised: MoneyText
    deferred_balance: MoneyText


@with_config(CLOSED)
class ProblemShape(TypedDict):
    """What went wrong without stopping the scenario."""

    code: str
    detail: str
    at: NotRequired[InstantText]
    event: NotRequired[str]


@with_config(CLOSED)
class DifferenceShape(TypedDict):
    """A place where the result is not what the scenario expects; `found` is null where nothing is."""

    pointer: str
    expected: Any
    found: Any


@with_config(CLOSED)
class Result(TypedDict):
    """What a scenario came to."""

    invoices: list[InvoiceShape]
    payments: list[PaymentShape]
    wallet: WalletShape
    entitlements: list[EntitlementShape | FeatureShape]
    journal: list[EntryShape]
    revenue: list[RevenueShape]
    problems: list[ProblemShape]
    differences: NotRequired[list[DifferenceShape]]
    """Only for scenarios with `expect`; empty when everything is as expected."""


@with_config(CLOSED)
class FaultShape(TypedDict):
    """One fault of a scenario that was refused."""

    pointer: str
    code: str
    detail: str


@with_config(CLOSED)
class RefusalProblem(TypedDict):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: NotRequired[str]
    errors: NotRequired[list[FaultShape]]


@with_config(CLOSED)
class Refusal(TypedDict):
    """What stands in place of a result when the scenario was refused."""

    error: RefusalProblem
