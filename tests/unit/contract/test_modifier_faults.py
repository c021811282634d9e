"""What is wrong with terms that modify a price: each fault with its place, its code, and what to do; all at once."""

from __future__ import annotations

import pytest

from usance.kernel.errors import InvalidInput
from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario

FLAT = 'prices: {model: flat, amount: "100.00"}'
UNITS = "quantity: {metric: calls}, prices: {model: per_unit, unit_amount: 1}"
PYTHON = ("tuple", "dictionary", "instance", "int_", "decimal_")
"""Words that people who write contracts need not know."""


def faults(item=FLAT, contract="", besides=""):
    text = f"""
metrics: {{calls: {{event_type: calls, aggregate: sum, field: count}}}}
contract:
  starts_on: 2025-07-01
  ends_on: 2025-08-31
  {contract}
  items: {{id: a, {item}}}
{besides}
"""
    with pytest.raises(InvalidInput) as refused:
        read_scenario(read_yaml(text))
    assert not [fault for fault in refused.value.faults for word in PYTHON if word in fault.detail]
    return {(fault.pointer.removeprefix("/contract"), fault.code) for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("discounts: {value: 10}", {("/discounts/type", "missing")}),
        ("discounts: {type: percent, value: 150}", {("/discounts/value", "out_of_range")}),
        ("discounts: {type: percent, value: -5}", {("/discounts/value", "invalid_value")}),
        ("discounts: {type: fixed, value: 2.50}", {("/discounts/value", "unquoted_number")}),
        ("discounts: {type: fixed, value: 2, cadence: monthly}", {("/discounts/cadence", "invalid_value")}),
        (
            "discounts: {type: percent, value: 1, from: 2025-09-01, until: 2025-08-01, order: 2000}",
            {("/discounts/until", "ends_before_start"), ("/discounts/order", "out_of_range")},
        ),
        ("commitment: {minimum: 100}", {("/commitment/minimum", "unknown_member")}),
        ("commitment: {cadence: P1Y}", {("/commitment", "missing")}),
        ("commitment: {minimum_amount: 1, basis: total}", {("/commitment/basis", "not_allowed")}),
        ("service_fees: {type: percent, value: 3}", {("/service_fees", "unknown_member")}),
    ],
)
def test_of_an_item(terms, expected):
    assert faults(f"{terms}, {FLAT}") == {(f"/items{where}", code) for where, code in expected}


def test_of_free_units():
    assert faults(f"free_units: -5, {UNITS}") == {("/items/free_units", "invalid_value")}
    assert faults(f"free_units: 5, {FLAT}") == {("/items/prices/model", "no_free_units")}
    wrong = f"free_units: {{value: 5, cadence: P1M1D, rounding: up}}, {UNITS}"
    assert faults(wrong) == {
        ("/items/free_units/cadence", "invalid_value"),
        ("/items/free_units/rounding", "not_allowed"),
    }


def test_a_maximum_below_the_minimum():
    found = faults(f"commitment: {{minimum_amount: 200, maximum_amount: 100}}, {FLAT}")
    assert {code for _where, code in found} == {"out_of_range"}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("commitment: {minimum_quantity: 100}", ("/commitment/minimum_quantity", "not_allowed")),
        ("commitment: {minimum_amount: 100, cadence: P1W}", ("/commitment/cadence", "too_short")),
        ("free_units: 3", ("/free_units", "unknown_member")),
        ("pricing_units: {USD: 2}", ("/pricing_units/USD", "wrong_form")),
        ("pricing_units: {tokens: 0}", ("/pricing_units/tokens", "invalid_value")),
        (
            "phases: {id: x, items: {id: b, phase: y, prices: {model: flat, amount: 1}}}",
            ("/phases/items/phase", "other_phase"),
        ),
    ],
)
def test_of_a_contract(terms, expected):
    assert faults(contract=terms) == {expected}


def test_all_that_is_wrong_with_a_phase():
    wrong = f"phases: [{{id: x, starts_on: 2025-06-10, ends_on: 2025-06-01, items: {{id: b, {FLAT}}}}}, {{id: x}}]"
    found = faults(f"phase: y, {FLAT}", wrong)
    assert found >= {
        ("/phases/0/starts_on", "starts_before_contract"),
        ("/phases/0/ends_on", "ends_before_start"),
        ("/phases/1/id", "duplicate_phase"),
        ("/items/phase", "unknown_phase"),
    }


def test_names_that_are_nothing_here():
    tokens = "prices: {model: flat, currency: tokens, amount: 1}"
    assert faults(tokens) == {("/items/prices/currency", "unknown_currency")}
    euros = "prices: {model: flat, currency: EUR, amount: 1}"
    assert faults(euros, "currency: USD") == {("/items/prices", "no_price_in_currency")}
    assert faults(besides="facts: {at: 2025-07-01, redeem: x}") == {("/facts/redeem", "unknown_coupon")}


def test_coupons_of_one_code():
    twice = "[{code: X, discount: {type: percent, value: 10}}, {code: x, discount: {type: percent, value: 20}}]"
    assert faults(besides=f"coupons: {twice}") == {("/coupons/1/code", "duplicate_coupon")}


@pytest.mark.parametrize(
    ("item", "contract", "where"),
    [
        (f"discounts: 10, {FLAT}", "", "/items/discounts"),
        (f"grants: 10, {FLAT}", "", "/items/grants"),
        (f"commitment: [100], {FLAT}", "", "/items/commitment"),
        (FLAT, "service_fees: 3", "/service_fees"),
        (FLAT, "phases: trial", "/phases"),
    ],
)
def test_what_has_another_shape_is_told_in_plain_words(item, contract, where):
    assert {found for found, _code in faults(item, contract)} == {where}


@pytest.mark.parametrize("name", ["grace", "auto_approve", "renewal", "parent"])
def test_what_is_still_to_come_is_not_called_misspelt(name):
    assert faults(contract=f"{name}: x") == {(f"/{name}", "not_supported_yet")}
    assert faults(item=f"{FLAT}, recognition: {{method: daily}}") == {("/items/recognition", "not_supported_yet")}


def test_nothing_rolls_over_to_what_is_given_once():
    grant = "{entitlement: calls, type: quantity, amount: 5, rollover: {maximum: 2}}"
    assert faults(item=f"{FLAT}, grants: {grant}") == {("/items/grants/rollover", "contradictory")}
