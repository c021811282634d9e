"""Tax as people write it: what is read, and what is refused with every fault."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from usance.catalog.faults import faults_of, read_document
from usance.catalog.tax import Tax, TaxCategory, TaxTerms
from usance.catalog.tax_rates import JurisdictionRate, postal
from usance.kernel.errors import InvalidInput

ROW = {
    "country": "US",
    "tax_category": "saas",
    "effective_from": "2025-01-01",
    "rates": [{"tax_name": "Sales tax", "rate_percent": "8.875"}],
}


def refused(model: type, document: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as error:
        read_document(model, document)
    return {fault.pointer: fault.code for fault in error.value.faults}


@pytest.mark.parametrize("short", [20, "20", {"percentage": 20}])
def test_a_percentage_alone_may_be_written_alone(short: object) -> None:
    terms = TypeAdapter(Tax).validate_python(short)
    assert (terms.percentage, terms.label, terms.inclusive, terms.components) == (Decimal(20), "Tax", False, ())


def test_a_component_alone_need_not_be_in_a_list() -> None:
    terms = TaxTerms.model_validate({"components": {"label": "GST", "percentage": 5}})
    assert [one.label for one in terms.components] == ["GST"]


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ({}, {"": "missing"}),
        ({"label": "VAT"}, {"": "missing"}),
        ({"components": []}, {"": "missing"}),
        ({"percentage": 5, "components": [{"percentage": 5}]}, {"/components": "not_allowed"}),
        ({"percentage": "100.01"}, {"/percentage": "invalid_value"}),
        ({"percentage": "-1", "label": ""}, {"/percentage": "invalid_value", "/label": "wrong_length"}),
        (
            {"components": [{"percentage": 5}, {"label": "Tax", "percentage": "5.0"}]},
            {"/components/1": "duplicate_component"},
        ),
    ],
)
def test_terms_that_do_not_agree_are_refused(document: object, faults: dict[str, str]) -> None:
    assert refused(TaxTerms, document) == faults


def test_a_binary_fraction_is_no_percentage() -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(Tax).validate_python({"percentage": 8.875})
    assert "not exact" in faults_of(error.value)[0].detail


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({"country": "usa"}, {"/country": "wrong_form"}),
        ({"effective_to": "2024-12-31"}, {"/effective_to": "ends_before_start"}),
        ({"zip_end": "10292"}, {"/zip_start": "missing"}),
        ({"zip_start": "10001", "zip_end": "1029"}, {"/zip_end": "wrong_length"}),
        ({"zip_start": "10292", "zip_end": "10001"}, {"/zip_end": "ends_before_start"}),
        ({"zip_start": "--"}, {"/zip_start": "wrong_form"}),
        ({"rates": [*ROW["rates"], *ROW["rates"]]}, {"/rates/1": "duplicate_component"}),
        (
            {"effective_to": "2024-12-31", "zip_end": "1", "rates": [*ROW["rates"], *ROW["rates"]]},
            {"/effective_to": "ends_before_start", "/zip_start": "missing", "/rates/1": "duplicate_component"},
        ),
        ({"rates": [{"tax_name": "A", "rate_percent": 101, "compound": True}]},
         {"/rates/0/rate_percent": "invalid_value", "/rates/0/compound": "unknown_member"}),
    ],
)  # fmt: skip
def test_rows_that_do_not_agree_are_refused(members: dict, faults: dict[str, str]) -> None:
    assert refused(JurisdictionRate, {**ROW, **members}) == faults


def test_rows_are_read() -> None:
    row = JurisdictionRate.model_validate({**ROW, "zip_start": "SW1A 1AA", "zip_end": "SW1A-9ZZ"})
    assert (row.active, row.effective_to, row.rates[0].is_compound, row.rates[0].compound_order) == (
        True,
        None,
        False,
        0,
    )
    assert JurisdictionRate.model_validate({**ROW, "rates": []}).rates == ()
    assert JurisdictionRate.model_validate({**ROW, "zip_start": "1", "zip_end": "1"}).zip_end == "1"


def test_postal_codes_are_compared_without_gaps_and_case() -> None:
    assert [postal(code) for code in ("sw1a 1aa", "94105-1234", "02110")] == ["SW1A1AA", "941051234", "02110"]


def test_categories_have_codes_without_spaces() -> None:
    assert TaxCategory.model_validate({"code": "saas", "name": "Software"}).external_codes == {}
    assert refused(TaxCategory, {"code": "a b", "name": ""}) == {"/code": "wrong_form", "/name": "wrong_length"}
