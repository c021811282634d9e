"""The hosted invoice page: what it says, what it escapes, and that it is the same whenever it is rendered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from usance.documents.events import MOST_ROWS, events_csv
from usance.documents.page import CONTENT_SECURITY_POLICY, MOST_EXPLAINED, Sheet, render
from usance.documents.words import day, days, money, number, steps
from usance.invoicing.document import Document, DocumentKind, Status
from usance.invoicing.line import Line, LineKind, Recognition
from usance.kernel.derivation import OPERATIONS, derived, given
from usance.kernel.instant import day_start
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.rounding import rounded
from usance.records.documents import initial_state
from usance.records.evidence import EvidenceEvent
from usance.tax.rule import TaxComponent, TaxRule

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))
ISSUED = day_start(JULY.end, "UTC")


def line(description: str = "Compute usage", quantity: str = "112.8", item: str = "compute") -> Line:
    measured = given("measured quantity", Decimal(quantity), metric="cpu", **{"from": "2025-07-01", "to": "2025-08-01"})
    product = derived("product", "quantity × unit amount", measured, given("unit amount", Decimal("0.05")))
    charge = derived("sum", "charge", product, price_version=1, price_model="per_unit")
    amount, derivation = rounded(charge, "USD")
    return Line(
        item=item,
        kind=LineKind.CHARGE,
        description=description,
        amount=amount,
        period=JULY,
        cycle=JULY.start,
        derivation=derivation,
        recognition=Recognition.USAGE,
        quantity=measured.value,
        unit="CPU-hour",
        price_version=1,
    )


def tax(amount: int) -> Line:
    given_ = given("tax", Decimal(amount).scaleb(-2))
    return Line("", LineKind.TAX, "VAT 20%", Money(amount, "USD"), JULY, JULY.start, given_, Recognition.DAILY)


def sheet(*lines: Line, events: int = 0, **customer: object) -> Sheet:
    document = Document(
        id="inv_1",
        kind=DocumentKind.INVOICE,
        organisation="org_1",
        contract="ctr_1",
        customer="cus_1",
        currency="USD",
        bill_on=JULY.end,
        issued_on=JULY.end,
        due_on=date(2025, 8, 31),
        lines=lines or (line(),),
        number="INV-000002",
    )
    evidence = {0: [EvidenceEvent(f"e{one}", "2025-07-03T10:00:00Z", "1") for one in range(events)]}
    state = initial_state(document, "token", ISSUED)
    return Sheet(document, state, "Northwind", {"name": "ACME Inc.", **customer}, evidence, "/i/x/events")


class Reader(HTMLParser):
    """Text and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text += "" if tag in {"bdi", "span"} else " "
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def read(shown: Sheet) -> Reader:
    reader = Reader(render(shown))
    assert reader.open == []
    reader.text = " ".join(reader.text.split())
    return reader


def test_it_says_who_what_when_and_how_much() -> None:
    # 112.8 x 0.05 = 5.64, and 1.13 of tax.
    text = read(sheet(line(), tax(113), address={"city": "Austin", "state": "TX", "country": "US"})).text
    for said in (
        "Northwind",
        "Invoice INV-000002",
        "ACME Inc.",
        "Austin TX",
        "To be paid",
        "due on 31 August 2025",
        "1 August 2025",
        "Compute usage",
        "1 Jul – 31 Jul 2025",
        "112.8 CPU-hour",
        "Subtotal USD 5.64",
        "VAT 20% USD 1.13",
        "Total USD 6.77",
        "Amount due USD 6.77",
    ):
        assert said in text


def test_a_line_leads_down_to_its_events() -> None:
    reader = read(sheet(events=12))
    assert "How this was worked out (12 events)" in reader.text
    assert "5.64 rounded to USD once, half away from zero, to 2 decimals: 5.64 charge" in reader.text
    assert "multiplied: 112.8 measured quantity 1 Jul – 31 Jul 2025metric cpu 0.05 unit amount" in reader.text
    assert "0.05 unit amount" in reader.text
    assert "e9" in reader.text
    assert "e10" not in reader.text
    assert "The first 10 of 12." in reader.text
    assert [found["href"] for tag, found in reader.tags if tag == "a"] == ["/i/x/events?line=0"]


@pytest.mark.parametrize(
    ("status", "paid", "said", "due"),
    [
        (Status.APPROVED, 0, "To be paid", "5.64"),
        (Status.PARTIALLY_PAID, 100, "Partly paid", "4.64"),
        (Status.PAID, 564, "Paid", "0.00"),
        (Status.VOID, 0, "Void", "0.00"),
    ],
)
def test_its_state_is_shown_and_what_is_left_to_pay(status: Status, paid: int, said: str, due: str) -> None:
    shown = sheet()
    shown = replace(shown, state=replace(shown.state, status=status, paid=Money(paid, "USD")))
    text = read(shown).text
    assert said in text
    assert f"Amount due USD {due}" in text
    assert ("due on 31 August 2025" in text) == (due != "0.00")


def test_a_credit_note_is_called_one_and_is_not_due() -> None:
    shown = sheet(replace(line(), amount=Money(-564, "USD")))
    document = replace(shown.document, kind=DocumentKind.CREDIT_NOTE, number="CN-000001")
    text = read(replace(shown, document=document, state=initial_state(document, "t", ISSUED))).text
    assert "Credit note CN-000001" in text
    assert "nothing to be paid" in text
    assert "due on" not in text


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "&amp;"])
def test_what_people_wrote_is_shown_as_they_wrote_it_and_never_markup(nasty: str) -> None:
    shown = sheet(line(description=nasty), events=1, name=nasty, email=nasty, address={"line1": nasty})
    evidence = {0: [EvidenceEvent(nasty, "2025-07-03T10:00:00Z", "1")]}
    reader = read(replace(shown, organisation=nasty, evidence=evidence))
    assert reader.text.count(" ".join(nasty.split())) >= 6
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}


def modified(kind: LineKind, modifier: str, **changed: Any) -> Line:
    return replace(line(), kind=kind, modifier=modifier, quantity=None, unit=None, **changed)


def marked(reader: Reader) -> int:
    return sum(found.get("class") == "belongs" for _tag, found in reader.tags)


def test_what_modifies_an_item_stands_below_it() -> None:
    off = modified(LineKind.DISCOUNT, "discount:0", description="Launch offer")
    least = modified(LineKind.COMMITMENT, "commitment", description="Minimum")
    assert marked(read(sheet(line(), off, least))) == 2
    # Of another item, of another billing period, of the whole contract, a correction, and without anything above it.
    assert marked(read(sheet(line(item="other"), off))) == 0
    assert marked(read(sheet(replace(line(), cycle=JULY.end), off))) == 0
    assert marked(read(sheet(line(), replace(off, item="")))) == 0
    assert marked(read(sheet(line(), replace(off, kind=LineKind.ADJUSTMENT)))) == 0
    assert marked(read(sheet(off))) == 0


def test_what_was_priced_is_told_where_it_is_another_quantity() -> None:
    assert (
        "1,912 CPU-hour 1,300 priced USD"
        in read(sheet(replace(line(quantity="1912"), billable_quantity=Decimal(1300)))).text
    )
    assert "priced" not in read(sheet(line())).text


def test_lines_of_a_contract_that_are_called_the_same_are_told_apart_by_their_taxes() -> None:
    two = TaxRule((TaxComponent("GST", Decimal(5)), TaxComponent("QST", Decimal("9.975"), compound=True)))
    least = modified(LineKind.COMMITMENT, "contract.commitment.0", item="", description="Minimum", tax_rule=two)
    free = replace(least, modifier="contract.commitment.1", tax_rule=TaxRule((), note="Zero-rated"))
    text = read(sheet(line(), least, free)).text
    assert "Minimum GST 5%, QST 9.975% 1 Jul" in text
    assert "Minimum Zero-rated 1 Jul" in text
    assert "Minimum 1 Jul" in read(sheet(line(), least)).text


def test_what_the_wallet_paid_is_told() -> None:
    shown = sheet()
    text = read(replace(shown, state=replace(shown.state, wallet_applied=Money(500, "USD")))).text
    assert "Total USD 5.64 Paid from wallet USD 5.00 Amount due USD 0.64" in text


def test_nothing_is_loaded_and_nothing_runs() -> None:
    reader = read(sheet(events=3))
    assert {tag for tag, _ in reader.tags} & {"script", "img", "link", "iframe", "form", "object"} == set()
    for _tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src"}]
    html = render(sheet())
    assert "url(" not in html
    assert "@import" not in html
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_the_same_sheet_is_the_same_page() -> None:
    assert render(sheet(events=3)) == render(sheet(events=3))


def test_lines_past_what_a_page_explains_are_still_on_it() -> None:
    html = render(sheet(*(line(item=f"i{place}") for place in range(MOST_EXPLAINED + 20))))
    assert html.count("<details>") == MOST_EXPLAINED
    assert html.count('class="description"') == MOST_EXPLAINED + 20
    assert "the API explains them all" in html
    assert len(html) < 3_000_000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0", "0"),
        ("-0.5", "-0.5"),
        ("1234567.5", "1,234,567.5"),
        ("-1234", "-1,234"),
        ("0.1234567890123", "0.123456789012…"),
        ("1E+3", "1,000"),
    ],
)
def test_numbers_in_words(value: str, said: str) -> None:
    assert number(Decimal(value)) == said


def test_money_and_days_in_words() -> None:
    assert money(Money(-123456789, "USD")) == "USD -1,234,567.89"
    assert money(Money(1000, "JPY")) == "JPY 1,000"
    assert day(date(2025, 7, 1)) == "1 July 2025"
    assert days(Period(date(2025, 12, 15), date(2026, 1, 15))) == "15 Dec 2025 – 14 Jan 2026"
    assert days(Period(date(2025, 7, 1), date(2025, 7, 2))) == "1 Jul 2025"


def test_a_sum_of_one_part_is_passed_over() -> None:
    inner = given("flat amount", 500)
    assert steps(derived("sum", "charge", derived("sum", "again", inner))).label == "flat amount"
    assert steps(derived("sum", "charge", inner, price_version=2)).sources == ("price version 2",)


@pytest.mark.parametrize("operation", sorted(OPERATIONS - {"given"}))
def test_every_operation_has_words(operation: str) -> None:
    # 3 and 2 are good for all: to 2 decimals, times, divided by.
    parts = [given(name, value) for name, value in (("one", 3), ("two", 2), ("three", 1))]
    assert steps(derived(operation, "made", *parts)).how


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_event_id_is_a_formula(start: str) -> None:
    text = events_csv([EvidenceEvent(f"{start}1+1", "2025-07-03T10:00:00Z", "-1")])
    assert text.splitlines()[1].lstrip('"').startswith("'")


def test_a_file_of_very_many_events_says_what_is_left_out() -> None:
    rows = events_csv([EvidenceEvent("e", "t", "1")] * (MOST_ROWS + 3)).splitlines()
    assert len(rows) == MOST_ROWS + 2
    assert rows[-1].startswith("3 more events")
