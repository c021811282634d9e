"""The table of tax rates: which row holds, what it says, and customers who are not charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from usance.catalog.tax import TaxId
from usance.catalog.tax_rates import JurisdictionRate
from usance.kernel.errors import AmbiguousTaxRate, CannotBill, TaxRateNotFound
from usance.tax.customer import TaxFacts, rule_for, without_tax
from usance.tax.ids import tax_id_faults, vat_country
from usance.tax.rates import Place, RateRow, fingerprint, resolve, resolve_for, rule_of_row
from usance.tax.rule import TaxComponent, TaxRule

DAY = date(2025, 7, 1)
BASE = {"country": "US", "tax_category": "saas", "effective_from": "2025-01-01"}
ONE_TAX = [{"tax_name": "Sales tax", "rate_percent": "8.875"}]


def row(id: str, **members) -> RateRow:
    return RateRow(id, JurisdictionRate.model_validate({**BASE, "rates": ONE_TAX, **members}))


TABLE = (
    row("us"),
    row("ny", state="NY"),
    row("nyc", state="NY", city="New York"),
    row("nyc-zips", state="NY", city="New York", zip_start="10001", zip_end="10292"),
    row("buffalo-zips", state="NY", zip_start="14201", zip_end="14280"),
    row("city-only", city="Springfield"),
    row("books", tax_category="books"),
    row("de", country="DE"),
)


# -- strict look-up --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("US"), "us"),
        (Place("US", "NY"), "ny"),
        (Place("US", " ny "), "ny"),
        (Place("US", "NY", "NEW YORK"), "nyc"),
        (Place("US", "NY", "New York", "10001"), "nyc-zips"),
        (Place("US", "NY", "New York", "10292-1234"), "nyc-zips"),
        (Place("US", "NY", None, "14210"), "buffalo-zips"),
        # a city alone matches rows with empty state and zip
        (Place("US", None, "Springfield"), "city-only"),
        (Place("DE"), "de"),
    ],
)
def test_exactly_the_levels_that_are_named(place: Place, expected: str) -> None:
    assert resolve(TABLE, "saas", place, DAY).id == expected


@pytest.mark.parametrize(
    "place",
    [
        Place("FR"),
        Place("US", "CA"),
        Place("US", None, "New York"),
        Place("US", "NY", "New York", "10293"),
        Place("US", "NY", "New York", "10000"),
        Place("US", "NY", "New York", "1000"),
        Place("US", "NY", "Buffalo", "14210"),
        Place("US", None, None, "10001"),
    ],
)
def test_no_row_at_that_depth(place: Place) -> None:
    with pytest.raises(TaxRateNotFound) as error:
        resolve(TABLE, "saas", place, DAY)
    assert (error.value.status, error.value.code) == (404, "tax_rate_not_found")
    assert str(place) in error.value.detail


def test_codes_are_compared_as_text_of_the_same_length() -> None:
    british = [
        row("sw1a", country="GB", zip_start="SW1A", zip_end="SW1Z"),
        row("zero", zip_start="02100", zip_end="02199"),
    ]
    assert resolve(british, "saas", Place("GB", zip="sw1p 3ab"), DAY).id == "sw1a"
    assert resolve(british, "saas", Place("US", zip="02134"), DAY).id == "zero"
    for code in ("2134", "21340"):
        with pytest.raises(TaxRateNotFound):
            resolve(british, "saas", Place("US", zip=code), DAY)
    assert resolve([row("one", zip_start="941")], "saas", Place("US", zip="94105"), DAY).id == "one"


def test_days_and_categories() -> None:
    table = [
        row("old", effective_to="2025-06-30"),
        row("new", effective_from="2025-07-01"),
        row("off", active=False),
        row("books", tax_category="books"),
    ]
    days = {"2025-06-30": "old", "2025-07-01": "new", "2099-01-01": "new", "2025-01-01": "old"}
    assert {day: resolve(table, "saas", Place("US"), date.fromisoformat(day)).id for day in days} == days
    assert resolve(table, "books", Place("US"), DAY).id == "books"
    with pytest.raises(TaxRateNotFound):
        resolve(table, "saas", Place("US"), date(2024, 12, 31))


def test_two_rows_are_named_and_neither_is_taken() -> None:
    with pytest.raises(AmbiguousTaxRate) as error:
        resolve([*TABLE, row("us-again")], "saas", Place("US"), DAY)
    assert (error.value.status, error.value.code) == (422, "ambiguous_tax_rate")
    assert "us, us-again. Close or deactivate" in error.value.detail
    assert [fault.detail for fault in error.value.faults] == ["us holds there too", "us-again holds there too"]


# -- look-up for an address ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("US", "NY", "New York", "10001"), "nyc-zips"),
        (Place("US", "NY", "New York", "10999"), "nyc"),
        (Place("US", "NY", "Buffalo", "14201"), "buffalo-zips"),
        (Place("US", "NY", "Albany", "12201"), "ny"),
        (Place("US", "CA", "Springfield", "90001"), "city-only"),
        (Place("US", "CA", "Oakland", "94601"), "us"),
        (Place("US"), "us"),
        (Place("DE", "BE", "Berlin", "10115"), "de"),
    ],
)
def test_the_most_exact_row_holds_for_an_address(place: Place, expected: str) -> None:
    assert resolve_for(TABLE, "saas", place, DAY).id == expected


def test_two_rows_at_the_depth_met_first_stop_the_look_up() -> None:
    address = Place("US", "NY", "New York", "10999")
    with pytest.raises(AmbiguousTaxRate):
        resolve_for([*TABLE, row("twice", state="NY", city="new york")], "saas", address, DAY)
    # deeper down they do not matter
    assert resolve_for([*TABLE, row("twice")], "saas", address, DAY).id == "nyc"
    with pytest.raises(TaxRateNotFound):
        resolve_for(TABLE, "saas", Place("FR", None, "Paris"), DAY)


# -- what a row says -------------------------------------------------------------------------------------------------


def test_taxes_are_worked_out_in_their_order() -> None:
    parts = [
        {"tax_name": "Third", "rate_percent": 3, "compound_order": 2},
        {"tax_name": "Second", "rate_percent": 2, "is_compound": True},
        {"tax_name": "First", "rate_percent": 1},
    ]
    made = row("x", rates=parts)
    assert rule_of_row(made).components == (
        TaxComponent("First", Decimal(1)),
        TaxComponent("Second", Decimal(2), compound=True),
        TaxComponent("Third", Decimal(3)),
    )
    assert rule_of_row(made).source == fingerprint(made.rate)


def test_a_row_without_taxes_says_that_nothing_is_due() -> None:
    assert rule_of_row(row("x", rates=[], name="Not registered")).note == "Not registered"
    assert rule_of_row(row("x", rates=[])).note == "No tax is due"
    assert rule_of_row(row("x", rates=[])).components == ()


def test_a_fingerprint_names_what_the_row_says() -> None:
    one = fingerprint(row("a").rate)
    assert len(one) == 16
    assert fingerprint(row("b", effective_to="2025-12-31", active=False).rate) == one
    others: list[dict] = [{"state": "NY"}, {"effective_from": "2025-01-02"}, {"rates": []}, {"tax_category": "books"}]
    assert len({one, *(fingerprint(row("a", **members).rate) for members in others)}) == 5


# -- customers who are not charged -----------------------------------------------------------------------------------

# Key of the French number: (12 + 3 x (303265045 mod 97)) mod 97 = (12 + 3 x 74) mod 97 = 40.
GERMAN = TaxId(type="eu_vat", value="DE 136 695 976")
FRENCH = TaxId(type="eu_vat", value="FR40303265045")
RATES = (row("de", country="DE"), row("fr", country="FR"), row("us"))


def facts(country: str | None, *tax_ids: TaxId, seller: str | None = "DE", exempt: bool | str = False) -> TaxFacts:
    return TaxFacts(RATES, seller, Place(country) if country else None, exempt, tax_ids)


@pytest.mark.parametrize(
    ("of", "note"),
    [
        (facts("FR", FRENCH), "Reverse charge"),
        (facts("FR", GERMAN, FRENCH), "Reverse charge"),
        (facts("FR"), ""),
        # of another state than the customer's address
        (facts("FR", GERMAN), ""),
        # at home
        (facts("DE", GERMAN), ""),
        # the seller or the customer is not in the Union
        (facts("FR", FRENCH, seller="US"), ""),
        (facts("FR", FRENCH, seller=None), ""),
        (facts("US", FRENCH), ""),
        # a number that cannot be real, and one of another kind
        (facts("FR", TaxId(type="eu_vat", value="FR41303265045")), ""),
        (facts("FR", TaxId(type="other", value="FR40303265045")), ""),
        (facts("US", exempt=True), "Tax exempt"),
        (facts("FR", FRENCH, exempt="NY-1234"), "Tax exempt, certificate NY-1234"),
    ],
)
def test_who_is_not_charged(of: TaxFacts, note: str) -> None:
    made = rule_for(of, "saas", DAY)
    assert made is not None
    assert (made.note, made.components == ()) == (note, bool(note))
    assert without_tax(of) == (made if note else None)
    assert rule_for(of, None, DAY) is None


def test_the_table_decides_for_the_others() -> None:
    made = rule_for(facts("FR"), "saas", DAY)
    assert made == TaxRule((TaxComponent("Sales tax", Decimal("8.875")),), source=fingerprint(RATES[1].rate))


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (facts(None), "give the customer an address"),
        (facts("GB"), "no tax rate holds for saas in GB"),
        (TaxFacts((*RATES, row("again")), "DE", Place("US")), "2 rates hold for saas in US"),
    ],
)
def test_a_contract_waits_when_the_table_has_no_answer(of: TaxFacts, says: str) -> None:
    with pytest.raises(CannotBill, match=says):
        rule_for(of, "saas", DAY)


# -- numbers ---------------------------------------------------------------------------------------------------------


def test_greek_numbers_begin_with_letters_of_their_own() -> None:
    assert vat_country(TaxId(type="eu_vat", value="EL094259216")) == "GR"
    # Northern Ireland's are for goods alone
    assert vat_country(TaxId(type="eu_vat", value="XI980780684")) is None


@pytest.mark.parametrize(
    ("type", "good"),
    [
        ("eu_vat", "DE136695976"),
        ("gb_vat", "GB980780684"),
        ("in_gst", "27AAPFU0939F1ZV"),
        ("au_abn", "83914571673"),
        ("us_ein", "91-1144442"),
        ("other", "anything at all"),
    ],
)
def test_numbers_are_checked_by_their_own_rules(type, good: str) -> None:
    assert list(tax_id_faults([TaxId(type=type, value=good)])) == []
    bad = [TaxId(type=type, value=good), TaxId(type=type, value="12")]
    found = [(fault.pointer, fault.code) for fault in tax_id_faults(bad)]
    assert found == ([] if type == "other" else [("/1/value", "invalid_tax_id")])
