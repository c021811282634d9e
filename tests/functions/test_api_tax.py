"""Tax categories, the table of rates and its look-up over the API, and what customers say about their tax."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.functions.api_endpoint import WALL, Api
from usance.catalog.tax import TaxId
from usance.catalog.tax_rates import JurisdictionRate
from usance.kernel.errors import NotFound
from usance.records.tax_rates import RecordedTaxRates, tax_facts
from usance.tax.customer import rule_for
from usance.tax.rates import Place, RateRow

ROW: dict[str, Any] = {
    "external_id": "qc",
    "country": "CA",
    "state": "QC",
    "tax_category": "saas",
    "effective_from": "2025-01-01",
    "rates": [
        {"tax_name": "QST", "rate_percent": "9.975", "is_compound": True, "compound_order": 1},
        {"tax_name": "GST", "rate_percent": 5},
    ],
}
LOOK = {"category": "saas", "country": "CA", "on": "2025-07-01", "state": "QC"}


@pytest.fixture
def ready(api: Api) -> Api:
    api.open(country="DE")
    api.made("/v1/tax-categories", {"code": "saas", "name": "Software", "external_codes": {"avalara": "SW054000"}})
    api.made("/v1/tax-rates", ROW)
    return api


def resolved(api: Api, **members: Any) -> Any:
    return api.get("/v1/tax-rates/resolve", query={**LOOK, **members})


def test_categories_are_found_by_code_and_id(ready: Api) -> None:
    [made] = ready.get("/v1/tax-categories").body["data"]
    assert made["external_codes"] == {"avalara": "SW054000"}
    assert ready.get("/v1/tax-categories/saas").body == ready.get(f"/v1/tax-categories/{made['id']}").body == made
    assert ready.post("/v1/tax-categories", {"code": "saas", "name": "again"}).status == 409
    assert ready.post("/v1/tax-categories", {"code": "a b"}).codes == {"/code": "wrong_form", "/name": "missing"}


def test_rates_are_found_and_listed(ready: Api) -> None:
    [made] = ready.get("/v1/tax-rates").body["data"]
    assert ready.get("/v1/tax-rates/qc").body == ready.get(f"/v1/tax-rates/{made['id']}").body == made
    assert (made["external_id"], made["active"], made["effective_to"]) == ("qc", True, None)
    assert made["rates"][1]["rate_percent"] == "5"


def test_a_rate_may_name_its_category_by_id(ready: Api) -> None:
    category = ready.get("/v1/tax-categories/saas").body["id"]
    made = ready.made("/v1/tax-rates", {**ROW, "external_id": "on", "state": "ON", "tax_category": category})
    assert made["tax_category"] == "saas"


def test_rates_with_faults_are_refused_with_all_of_them(ready: Api) -> None:
    bad = {**ROW, "country": "Canada", "zip_end": "A1A", "rates": [{"tax_name": "", "rate_percent": 101}]}
    assert ready.post("/v1/tax-rates", bad).codes == {
        "/country": "wrong_form",
        "/rates/0/tax_name": "wrong_length",
        "/rates/0/rate_percent": "invalid_value",
    }
    unknown = ready.post("/v1/tax-rates", {**ROW, "external_id": "b", "tax_category": "books"})
    assert unknown.codes == {"/tax_category": "unknown_tax_category"}
    assert len(ready.get("/v1/tax-rates").body["data"]) == 1


def test_a_rate_is_looked_up(ready: Api) -> None:
    row = ready.get("/v1/tax-rates/qc").body
    # in compound order: GST 5 %, then QST 9.975 % of 105 % = 10.47375 %
    assert resolved(ready).body == {
        "tax_rate": row["id"],
        "fingerprint": row["fingerprint"],
        "components": [
            {"label": "GST", "percentage": "5", "compound": False, "effective_percentage": "5"},
            {"label": "QST", "percentage": "9.975", "compound": True, "effective_percentage": "10.47375"},
        ],
        "note": "",
    }
    # without a day: today, by the test clock
    assert ready.get("/v1/tax-rates/resolve", query={k: v for k, v in LOOK.items() if k != "on"}).status == 200


@pytest.mark.parametrize(
    "members", [{"on": "2024-12-31"}, {"state": "ON"}, {"zip": "G1A"}, {"city": "Quebec"}, {"country": "US"}]
)
def test_no_rate_at_that_depth_or_day(ready: Api, members: dict[str, str]) -> None:
    answer = resolved(ready, **members)
    assert (answer.status, answer.body["code"]) == (404, "tax_rate_not_found")


def test_a_look_up_with_faults(ready: Api) -> None:
    assert resolved(ready, category="books").codes == {"/category": "unknown_tax_category"}
    assert resolved(ready, country="ca", on="soon").status == 422
    assert ready.get("/v1/tax-rates/resolve").status == 422


def test_two_rates_are_ambiguous_until_one_is_closed_or_out(ready: Api) -> None:
    second = ready.made("/v1/tax-rates", {**ROW, "external_id": "qc-2"})
    answer = resolved(ready)
    assert (answer.status, answer.body["code"]) == (422, "ambiguous_tax_rate")
    assert second["id"] in answer.body["detail"]
    assert len(answer.body["errors"]) == 2
    closed = ready.made("/v1/tax-rates/qc-2/close", {"effective_to": "2025-06-30"})
    assert closed["effective_to"] == "2025-06-30"
    assert closed["fingerprint"] == second["fingerprint"]
    assert resolved(ready).status == 200
    assert resolved(ready, on="2025-06-30").status == 422
    out = ready.post("/v1/tax-rates/qc-2/deactivate")
    assert (out.status, out.body["active"]) == (200, False)
    assert ready.post("/v1/tax-rates/qc-2/deactivate").body == out.body
    assert resolved(ready, on="2025-06-30").status == 200


def test_a_rate_is_closed_once_and_never_reopened(ready: Api) -> None:
    path = "/v1/tax-rates/qc/close"
    assert ready.post(path, {"effective_to": "2024-12-31"}).codes == {"/effective_to": "ends_before_start"}
    first = ready.made(path, {"effective_to": "2025-12-31"})
    assert ready.made(path, {"effective_to": "2025-12-31"}) == first
    assert ready.made(path, {"effective_to": "2025-11-30"})["effective_to"] == "2025-11-30"
    later = ready.post(path, {"effective_to": "2025-12-31"})
    assert (later.status, later.body["code"]) == (409, "conflict")
    assert ready.post("/v1/tax-rates/nobody/close", {"effective_to": "2025-12-31"}).status == 404
    assert ready.post("/v1/tax-rates/nobody/deactivate").status == 404


def test_another_organisation_sees_and_closes_nothing(ready: Api) -> None:
    row = ready.get("/v1/tax-rates/qc").body["id"]
    ready.open("Other")
    assert ready.get("/v1/tax-rates").body["data"] == []
    for reference in ("qc", row):
        assert ready.get(f"/v1/tax-rates/{reference}").status == 404
        assert ready.post(f"/v1/tax-rates/{reference}/close", {"effective_to": "2025-12-31"}).status == 404
    assert resolved(ready).codes == {"/category": "unknown_tax_category"}


# -- customers -------------------------------------------------------------------------------------------------------

FRENCH = {"type": "eu_vat", "value": "FR40303265045"}


def test_customers_say_what_is_special_about_their_tax(ready: Api) -> None:
    made = ready.made("/v1/customers", {"name": "A", "external_id": "a", "tax_exempt": "NY-1", "tax_ids": [FRENCH]})
    assert (made["tax_exempt"], made["tax_ids"]) == ("NY-1", [FRENCH])
    assert ready.get("/v1/customers/a").body == made
    assert ready.made("/v1/customers", {"name": "B", "tax_exempt": True})["tax_exempt"] is True
    plain = ready.made("/v1/customers", {"name": "C"})
    assert (plain["tax_exempt"], plain["tax_ids"]) == (False, [])


def test_numbers_that_cannot_be_real_are_refused(ready: Api) -> None:
    ids = [{"type": "eu_vat", "value": "FR41303265045"}, FRENCH, {"type": "au_abn", "value": "1"}]
    answer = ready.post("/v1/customers", {"name": "A", "tax_ids": ids})
    assert (answer.status, answer.codes) == (
        422,
        {"/tax_ids/0/value": "invalid_tax_id", "/tax_ids/2/value": "invalid_tax_id"},
    )
    assert ready.get("/v1/customers").body["data"] == []
    typed = ready.post("/v1/customers", {"name": "A", "tax_ids": [{"type": "vat", "value": "1"}]})
    assert typed.codes == {"/tax_ids/0/type": "not_allowed"}


# -- what billing is told --------------------------------------------------------------------------------------------


class Service:
    """A tax service that charges one percentage everywhere."""

    def rates(self, organisation, categories, place):
        rates = {"tax_name": organisation, "rate_percent": 7}
        rows = ({"tax_category": one, "country": place.country, "effective_from": WALL.date()} for one in categories)
        return [RateRow("service", JurisdictionRate.model_validate({**one, "rates": rates})) for one in rows]


def test_facts_are_what_the_records_say(ready: Api) -> None:
    organisation = ready.get("/v1/organisation").body["id"]
    address = {"country": "CA", "state": "QC", "city": "Quebec", "zip": "G1A 0A2"}
    ready.made("/v1/customers", {"name": "A", "external_id": "a", "address": address, "tax_ids": [FRENCH]})
    table = RecordedTaxRates(ready.control)
    facts = tax_facts(ready.control, table, organisation, "a", {"saas"})
    assert (facts.seller_country, facts.place) == ("DE", Place("CA", "QC", "Quebec", "G1A 0A2"))
    assert (facts.exempt, facts.tax_ids) == (False, (TaxId.model_validate(FRENCH),))
    rule = rule_for(facts, "saas", date(2025, 7, 1))
    assert rule is not None
    assert [part.name for part in rule.components] == ["GST 5%", "QST 9.975%"]
    assert table.rates(organisation, {"books"}, Place("CA")) == ()
    assert table.rates(organisation, {"saas"}, Place("US")) == ()
    assert tax_facts(ready.control, table, organisation, "a", set()).rates == ()
    with pytest.raises(NotFound):
        tax_facts(ready.control, table, organisation, "nobody", {"saas"})


def test_an_engine_of_somebody_else_takes_the_place_of_the_table(ready: Api) -> None:
    organisation = ready.get("/v1/organisation").body["id"]
    ready.made("/v1/customers", {"name": "A", "external_id": "a", "address": {"country": "FR"}})
    facts = tax_facts(ready.control, Service(), organisation, "a", {"saas"})
    rule = rule_for(facts, "saas", WALL.date())
    assert rule is not None
    assert [part.name for part in rule.components] == [f"{organisation} 7%"]


def test_the_table_is_read_beyond_a_page(ready: Api) -> None:
    organisation = ready.get("/v1/organisation").body["id"]
    for number in range(101):
        ready.made("/v1/tax-rates", {**ROW, "external_id": f"r{number}", "state": f"S{number}"})
    assert len(RecordedTaxRates(ready.control).rates(organisation, {"saas"}, Place("CA"))) == 102
