"""The Stripe gateway through Stripe's own SDK, over HTTP, against the stand-in."""

from __future__ import annotations

import json
import urllib.request

import pytest

from infra.local.stripe_standin import StripeStandin
from usance.gateways.stripe import StripeGateway
from usance.kernel.errors import ProviderRefused
from usance.kernel.money import Money
from usance.payments.outcome import Outcome
from usance.ports import ChargeRequest

KEY = "sk_test_gateway"


@pytest.fixture(scope="module")
def standin():
    with StripeStandin() as running:
        yield running


@pytest.fixture
def gateway(standin):
    made = StripeGateway(KEY, ("whsec_test",), standin.url, timeout_s=1)
    yield made
    made.close()


@pytest.fixture
def customer(standin):
    """A customer of its own for each test, so that the module's stand-in is shared without being in the way."""
    request = urllib.request.Request(
        f"{standin.url}/v1/customers", b"name=ACME", {"Authorization": f"Bearer {KEY}"}, method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return json.loads(answer.read())["id"]


@pytest.fixture
def ask(gateway, customer):
    def charge(method: str, number: int = 1, amount: str = "12.34", currency: str = "USD"):
        attempt = f"att_{customer}_{number}"
        return gateway.charge(ChargeRequest(attempt, "inv_1", Money.parse(amount, currency), customer, method))

    return charge


@pytest.fixture
def taken(standin, customer):
    """Minor units and currencies that were really taken from the customer."""
    return lambda: [(one["amount"], one["currency"]) for one in standin.book.charges() if one["customer"] == customer]


def test_a_charge_that_succeeds_says_how_much_was_taken(ask, taken):
    result = ask("pm_card_visa")
    assert (result.outcome, result.amount) == (Outcome.SUCCEEDED, Money(1234, "USD"))
    assert result.reference is not None
    assert taken() == [(1234, "usd")]


def test_the_same_attempt_again_gets_the_first_answer_and_takes_nothing(ask, taken):
    first = ask("pm_card_visa")
    assert ask("pm_card_visa") == first
    assert taken() == [(1234, "usd")]


def test_the_same_attempt_with_another_amount_is_not_known_to_have_failed(ask, taken):
    ask("pm_card_visa")
    assert ask("pm_card_visa", amount="99.00").outcome is Outcome.UNKNOWN
    assert taken() == [(1234, "usd")]


def test_a_soft_decline_and_then_another_attempt(ask, taken):
    first = ask("pm_card_decline_once", 1)
    assert (first.outcome, first.code, first.amount) == (Outcome.DECLINED_SOFT, "insufficient_funds", None)
    assert first.reference is not None
    assert ask("pm_card_decline_once", 1) == first
    assert ask("pm_card_decline_once", 2).outcome is Outcome.SUCCEEDED
    assert taken() == [(1234, "usd")]


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("pm_card_declined", Outcome.DECLINED_HARD),
        ("pm_card_authentication", Outcome.AUTHENTICATION_NEEDED),
        ("pm_rate_limited", Outcome.NOT_ATTEMPTED),
        ("pm_error_500", Outcome.UNKNOWN),
        ("pm_nobody_has_this", Outcome.DECLINED_HARD),
    ],
)
def test_what_takes_nothing(ask, taken, method, outcome):
    result = ask(method)
    assert (result.outcome, result.amount) == (outcome, None)
    assert taken() == []


@pytest.mark.parametrize("method", ["pm_timeout_after_charge", "pm_error_after_charge"])
@pytest.mark.parametrize("knows_customer", [True, False])
def test_money_taken_without_an_answer_is_unknown_and_then_found(ask, gateway, customer, taken, method, knows_customer):
    result = ask(method)
    assert (result.outcome, result.amount) == (Outcome.UNKNOWN, None)
    found = gateway.find(f"att_{customer}_1", None, customer if knows_customer else None)
    assert (found.outcome, found.amount) == (Outcome.SUCCEEDED, Money(1234, "USD"))
    assert taken() == [(1234, "usd")]


def test_a_debit_is_pending_until_the_bank_settles_it(ask, gateway, standin, taken):
    result = ask("pm_bank_processing")
    assert result.outcome is Outcome.PENDING
    assert gateway.find("no matter", result.reference) is None, "another attempt's reference answers nothing"
    standin.book.settle(result.reference, "succeeded")
    assert taken() == [(1234, "usd")]


def test_a_debit_that_settles_is_found_by_its_reference(ask, gateway, standin, customer):
    result = ask("pm_bank_processing")
    standin.book.settle(result.reference, "succeeded")
    found = gateway.find(f"att_{customer}_1", result.reference)
    assert (found.outcome, found.amount) == (Outcome.SUCCEEDED, Money(1234, "USD"))


def test_less_than_was_asked_for_is_reported_as_what_it_is(ask):
    assert ask("pm_card_partial").amount == Money(617, "USD")


def test_an_attempt_that_the_provider_never_saw(gateway, customer):
    assert gateway.find("att_never", None, customer) is None


def test_a_provider_that_cannot_be_reached_took_nothing_and_tells_nothing(customer):
    with StripeStandin() as gone:
        address = gone.url
    gateway = StripeGateway(KEY, (), address, timeout_s=1)
    request = ChargeRequest("att_1", "inv_1", Money(1234, "USD"), customer, "pm_card_visa")
    assert gateway.charge(request).outcome is Outcome.NOT_ATTEMPTED
    found = gateway.find("att_1", None, customer)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


def test_a_wrong_key_is_refused(standin, customer):
    gateway = StripeGateway("nonsense", (), standin.url, timeout_s=1)
    with pytest.raises(ProviderRefused):
        gateway.charge(ChargeRequest("att_1", "inv_1", Money(1234, "USD"), customer, "pm_card_visa"))
    with pytest.raises(ProviderRefused):
        gateway.find("att_1", None, customer)


@pytest.mark.parametrize(
    ("amount", "currency", "theirs"),
    [
        ("1234", "JPY", 1234),  # no decimals, here and there
        ("1234", "ISK", 123400),  # none here, hundredths there
        ("1234", "UGX", 123400),
        ("12.00", "MGA", 12),  # hundredths here, none there
        ("1.230", "KWD", 1230),  # thousandths, of which the last is zero
    ],
)
def test_amounts_in_the_unit_that_stripe_counts_in(ask, taken, amount, currency, theirs):
    assert ask("pm_card_visa", amount=amount, currency=currency).amount == Money.parse(amount, currency)
    assert taken() == [(theirs, currency.lower())]


@pytest.mark.parametrize(("amount", "currency"), [("12.34", "MGA"), ("1.234", "KWD")])
def test_an_amount_that_stripe_cannot_take_exactly_is_refused(ask, taken, amount, currency):
    with pytest.raises(ProviderRefused):
        ask("pm_card_visa", amount=amount, currency=currency)
    assert taken() == []
