"""Stripe's webhook signatures: the published scheme, and everything that must not pass."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from tests.till import signed
from usance.gateways.stripe import StripeGateway
from usance.gateways.stripe_signature import is_signed
from usance.payments.outcome import Outcome

SECRET = "whsec_one"
SENT = datetime(2025, 8, 1, 12, tzinfo=UTC)
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "payment_intent.created", "livemode": False}).encode()
GOOD = signed(BODY, SENT, SECRET)
DIGEST = GOOD.partition("v1=")[2]
SECONDS = GOOD.partition(",")[0]
FULL_WIDTH = SECONDS[2:].translate({48 + digit: 0xFF10 + digit for digit in range(10)})


def accepts(header: str, body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,), now: datetime = SENT) -> bool:
    return is_signed(body, header, secrets, now)


def test_what_stripes_own_library_signs_is_accepted():
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET)
    sent = datetime.fromtimestamp(int(header[2:].partition(",")[0]), UTC)
    assert accepts(header, now=sent)
    assert not accepts(header, secrets=("whsec_two",), now=sent)


def test_what_this_suite_signs_is_accepted_by_stripes_own_library():
    assert stripe.WebhookSignature.verify_header(BODY.decode(), GOOD, SECRET)


def test_a_digest_that_another_program_made():
    # openssl dgst -sha256 -hmac whsec_known, over the seconds, a full stop and these bytes.
    at = datetime.fromtimestamp(1760000000, UTC)
    body = '{"id":"evt_ä","amount":"12,34 €"}'.encode()
    digest = "46de847c717efdd29ad7b0c1fd987c45e27eb54843c44dd6af4cec557b114d85"
    assert is_signed(body, f"t=1760000000,v1={digest}", ("whsec_known",), at)
    assert not is_signed(body + b" ", f"t=1760000000,v1={digest}", ("whsec_known",), at)


@pytest.mark.parametrize(
    "header",
    [
        f"{SECONDS},v1={'0' * 64},v1={DIGEST}",
        f"{SECONDS},v1={DIGEST},v1={'0' * 64}",
        f"{SECONDS},v0={'0' * 64},v1={DIGEST}",
    ],
    ids=["second v1", "first v1", "other scheme beside"],
)
def test_any_v1_is_enough(header):
    assert accepts(header)


def test_both_secrets_pass_while_one_is_being_replaced():
    assert accepts(GOOD, secrets=("whsec_new", SECRET))
    assert accepts(signed(BODY, SENT, "whsec_new"), secrets=("whsec_new", SECRET))
    assert not accepts(GOOD, secrets=("whsec_new",))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bad_header",
        "v1=" + DIGEST,
        SECONDS,
        f"{SECONDS},v0={DIGEST}",
        f"{SECONDS},v1=",
        f"{SECONDS},v1={DIGEST[:-1]}",
        f"{SECONDS},v1={DIGEST.upper()}",
        f"t=,v1={DIGEST}",
        f"t=-1,v1={DIGEST}",
        f"t=1e9,v1={DIGEST}",
        f"t={'9' * 5000},v1={DIGEST}",
        f"t={FULL_WIDTH},v1={DIGEST}",
        f"{SECONDS},v1=é{DIGEST[1:]}",
        f"{SECONDS},v1=\ud800{DIGEST[1:]}",
        f"t=1754049601,v1={DIGEST}",
        ",,,===,",
    ],
    ids=lambda header: ascii(header)[:24],
)
def test_what_is_not_a_signature_is_refused_and_raises_nothing(header):
    assert not accepts(header)


def test_an_altered_body_is_refused():
    assert not accepts(GOOD, BODY.replace(b"evt_1", b"evt_2"))
    assert not accepts(GOOD, BODY + b"\n")
    assert not accepts(GOOD, json.dumps(json.loads(BODY), indent=1).encode())


def test_no_secret_signs_nothing():
    assert not accepts(signed(BODY, SENT, ""), secrets=("",))
    assert not accepts(GOOD, secrets=())


def test_old_is_refused_from_three_hundred_and_one_seconds_on_and_the_future_is_not():
    assert accepts(GOOD, now=SENT + timedelta(seconds=300))
    assert not accepts(GOOD, now=SENT + timedelta(seconds=301))
    assert accepts(GOOD, now=SENT - timedelta(days=1))


# -- reading what is signed --------------------------------------------------------------------------------------------


def read(body: bytes, key: str = "sk_test_1", name: str = "Stripe-Signature"):
    gateway = StripeGateway(key, (SECRET,), "http://127.0.0.1:9")
    return gateway.read_notice(body, {"Host": "x", name: signed(body, SENT, SECRET)}, SENT)


def event(type_: str, intent: dict[str, object], **more: object) -> bytes:
    made = {"id": "pi_1", "object": "payment_intent", "metadata": {"attempt_id": "att_1"}, **intent}
    whole = {"id": "evt_1", "created": 1754049600, "livemode": False, "type": type_, "data": {"object": made}}
    return json.dumps({**whole, **more}).encode()


@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
def test_the_header_is_found_however_it_is_written(name):
    assert read(BODY, name=name) is not None


@pytest.mark.parametrize(
    ("type_", "intent", "outcome", "code"),
    [
        ("processing", {"status": "processing"}, Outcome.PENDING, "processing"),
        ("requires_action", {"status": "requires_action"}, Outcome.AUTHENTICATION_NEEDED, "requires_action"),
        ("canceled", {"status": "canceled"}, Outcome.DECLINED_HARD, "canceled"),
        ("amount_capturable_updated", {"status": "requires_capture"}, Outcome.PENDING, "requires_capture"),
    ],
)
def test_states_of_an_intent_in_our_words(type_, intent, outcome, code):
    notice = read(event(f"payment_intent.{type_}", intent))
    assert (notice.attempt, notice.result.outcome, notice.result.code) == ("att_1", outcome, code)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, Outcome.DECLINED_SOFT),
        ({"code": "card_declined", "decline_code": "stolen_card"}, Outcome.DECLINED_HARD),
        # What the network advises comes before what the bank said.
        ({"code": "card_declined", "decline_code": "generic_decline", "advice_code": "do_not_try_again"}, "hard"),
        ({"code": "card_declined", "decline_code": "lost_card", "advice_code": "try_again_later"}, "soft"),
        ({"code": "authentication_required", "decline_code": "authentication_required"}, "authentication"),
        ({"code": "debit_not_authorized", "type": "invalid_request_error"}, Outcome.DECLINED_HARD),
        ({"code": "card_declined", "decline_code": "a_word_of_tomorrow"}, Outcome.DECLINED_SOFT),
    ],
    ids=str,
)
def test_declines_in_our_words(error, outcome):
    wanted = {
        "hard": Outcome.DECLINED_HARD,
        "soft": Outcome.DECLINED_SOFT,
        "authentication": Outcome.AUTHENTICATION_NEEDED,
    }.get(outcome, outcome)
    failed = {"status": "requires_payment_method", "last_payment_error": error}
    assert read(event("payment_intent.payment_failed", failed)).result.outcome is wanted


def test_a_success_says_what_was_received_not_what_was_asked():
    intent = {"status": "succeeded", "amount": 99999, "amount_received": 12345, "currency": "eur"}
    notice = read(event("payment_intent.succeeded", intent))
    assert (str(notice.result.amount), notice.result.amount.currency) == ("123.45", "EUR")
    assert notice.created_at == SENT


@pytest.mark.parametrize("amount", [None, "12345", 12.5, True])
def test_an_amount_that_cannot_be_read_is_unknown(amount):
    intent = {"status": "succeeded", "amount_received": amount, "currency": "eur"}
    assert read(event("payment_intent.succeeded", intent)).result.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("type_", ["payment_intent.created", "customer.updated", "charge.refunded"])
def test_types_that_say_nothing_about_an_attempt_have_no_result(type_):
    assert read(event(type_, {"status": "requires_confirmation"})).result is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"\xff", b'{"data": 7}', b'{"data": {"object": []}}', b"[" * 5000]
)
def test_what_is_signed_is_read_whatever_it_is(body):
    notice = read(body)
    assert notice.result is None
    assert notice.event.startswith("content_")
    assert read(body).event == notice.event


def test_live_events_are_not_for_a_test_key_and_the_other_way_round():
    live = event("payment_intent.succeeded", {}, livemode=True)
    assert read(live) is None
    assert read(live, key="sk_live_" + "1") is not None
    assert read(BODY, key="sk_live_" + "1") is None
