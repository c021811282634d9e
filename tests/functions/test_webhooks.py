"""The webhook functions over the memory twins: what a REST API sends in, and what the hook queue delivers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tests.functions.usage_endpoint import SETTINGS
from tests.world import World
from usance import wiring
from usance.kernel.money import Money
from usance.ledger.balance import trial_balance
from usance.payments.outcome import ChargeResult, Outcome
from usance.ports import Kind, Queue
from usance.records.documents import read_state
from usance.records.journal import read_entries
from usance.records.payments import read_attempts, read_payments
from usance.store.memory import MemorySecrets
from usance.usecases.bill import Look, bill_contract
from usance.usecases.collect_payment import Collecting, collect_payment
from usance.usecases.customers import StripeCredentials, connect_stripe
from usance.usecases.registry import Intent

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
NOW_S = 1751371200
SECRET = "whsec_test_secret"
FEE = {"id": "fee", "product": "Platform fee", "prices": {"model": "flat", "amount": "500.00"}}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="r", log_group_name="g"
)


def signature(body: bytes, secret: str = SECRET, at: int = NOW_S) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Silent:
    """A provider that took the money and was not heard."""

    def charge(self, request):
        return ChargeResult(Outcome.UNKNOWN)

    def find(self, attempt, reference, provider_customer=None):
        return None

    def read_notice(self, body, headers, now):
        return None


class Hooks:
    """An invoice over 500.00 USD whose charge nobody knows the outcome of, and the endpoint that will be told."""

    def __init__(self, monkeypatch) -> None:
        for name, value in {**SETTINGS, "HOOK_QUEUE_URL": "queue"}.items():
            monkeypatch.setenv(name, value)
        self.world = world = World()
        world.clock.move(NOW)
        self.secrets = MemorySecrets()
        monkeypatch.setattr(wiring, "control_plane", lambda _settings: world.control)
        monkeypatch.setattr(wiring, "tables", lambda _settings: world.tables)
        monkeypatch.setattr(wiring, "queues", lambda **_urls: world.queues)
        monkeypatch.setattr(wiring, "secrets", lambda: self.secrets)
        monkeypatch.setattr(wiring, "clock", lambda: world.clock)
        self.app = importlib.import_module("functions.webhooks.app").app
        self.handler = importlib.import_module("functions.webhooks.apply").handler
        world.organisation()
        world.record("org_a", Kind.CUSTOMER, "cus_acme", {"name": "ACME Inc.", "payment_method": "pm_1"}, "acme")
        method = {"customer": "cus_acme", "provider": "stripe", "provider_customer": "cus_s", "reference": "pm_s"}
        world.record("org_a", Kind.PAYMENT_METHOD, "pm_1", method)
        world.contract(FEE, ends_on="2025-07-31")
        self.invoice = bill_contract(world.billing, "org_a", Look("ctr_1"), NOW).documents[0].id
        self.path = self.connect("org_a")
        collect_payment(
            Collecting(world.control, world.tables, lambda _organisation, _provider: Silent(), world.clock),
            "org_a",
            self.invoice,
        )
        self.attempt = read_attempts(world.tables, "org_a", self.invoice)[0].attempt.id

    def connect(self, organisation: str, secret: str = SECRET) -> str:
        new = StripeCredentials(api_key="sk_test_hooks", webhook_secret=secret)
        return connect_stripe(self.world.control, self.secrets, organisation, Intent(NOW), new)

    def event(self, name: str = "evt_1", **intent) -> bytes:
        made = {"id": "pi_1", "status": "succeeded", "amount_received": 50000, "currency": "usd", "description": "¥"}
        made |= {"metadata": {"attempt_id": self.attempt}, **intent}
        event = {"id": name, "type": "payment_intent.succeeded", "created": NOW_S, "livemode": False}
        return json.dumps({**event, "data": {"object": made}}, ensure_ascii=False).encode()

    def post(self, body: bytes, header: str | None, path: str | None = None, *, encoded: bool = False):
        proxy = (path or self.path).removeprefix("/v1/hooks/")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if header is not None:
            headers["Stripe-Signature"] = header
        answer = self.app(
            {
                "resource": "/v1/hooks/{proxy+}",
                "path": f"/v1/hooks/{proxy}",
                "httpMethod": "POST",
                "headers": headers,
                "multiValueHeaders": {name: [value] for name, value in headers.items()},
                "multiValueQueryStringParameters": None,
                "pathParameters": {"proxy": proxy},
                "stageVariables": None,
                "requestContext": {"resourcePath": "/v1/hooks/{proxy+}", "httpMethod": "POST"},
                "body": base64.b64encode(body).decode() if encoded else body.decode(),
                "isBase64Encoded": encoded,
            },
            CONTEXT,
        )
        media = {name.lower(): value for name, value in answer["headers"].items()}["content-type"]
        assert media == ("application/json" if answer["statusCode"] == 200 else "application/problem+json")
        return answer["statusCode"], json.loads(answer["body"])

    def apply(self, *, copies: int = 1) -> list[str]:
        """Deliver what waits in the queue; the ids of the messages that failed."""
        records = [
            {"messageId": f"m{number}", "body": json.dumps(message), "eventSource": "aws:sqs", "attributes": {}}
            for number, message in enumerate(self.world.queues.take(Queue.HOOK) * copies)
        ]
        answer = self.handler({"Records": records}, CONTEXT)
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]

    def paid(self):
        """Status of the invoice, and its payments; the journal balances and has as much cash."""
        tables = self.world.tables
        books = trial_balance(list(read_entries(tables, "org_a", date(2025, 1, 1), date(2026, 1, 1))))
        assert books.balanced
        payments = [one.amount for one in read_payments(tables, "org_a", self.invoice)]
        cash = sum(row.balance.minor for row in books.rows if row.account == "cash")
        assert cash == Money.total(payments, "USD").minor
        return str(read_state(tables, "org_a", self.invoice).status), [str(one) for one in payments]


@pytest.fixture
def hooks(monkeypatch):
    return Hooks(monkeypatch)


@pytest.mark.parametrize("encoded", [False, True], ids=["text", "base64"])
def test_a_signed_webhook_pays_the_invoice(hooks, encoded):
    body = hooks.event()
    status, document = hooks.post(body, signature(body), encoded=encoded)
    assert (status, document["duplicate"]) == (200, False)
    assert hooks.paid() == ("approved", []), "receiving applies nothing"
    assert hooks.apply() == []
    assert hooks.paid() == ("paid", ["500.00"])


def test_copies_are_answered_well_and_pay_once(hooks):
    body = hooks.event()
    answers = [hooks.post(body, signature(body)) for _ in range(3)]
    assert [(status, document["duplicate"]) for status, document in answers] == [(200, False), (200, True), (200, True)]
    assert hooks.apply(copies=2) == []
    assert hooks.paid() == ("paid", ["500.00"])
    before = hooks.world.dump()
    assert hooks.post(body, signature(body))[0] == 200
    assert hooks.world.queues.waiting(Queue.HOOK) == [], "what was applied is not queued again"
    assert hooks.world.dump() == before


def test_another_event_about_the_same_money_pays_nothing_again(hooks):
    for name in ("evt_1", "evt_2"):
        body = hooks.event(name)
        assert hooks.post(body, signature(body))[0] == 200
        assert hooks.apply() == []
    assert hooks.paid() == ("paid", ["500.00"])


def test_a_date_ahead_of_our_clock_and_one_just_young_enough_are_taken(hooks):
    for number, at in enumerate((NOW_S + 86400, NOW_S - 300)):
        body = hooks.event(f"evt_{number}")
        assert hooks.post(body, signature(body, at=at))[0] == 200


def test_any_of_several_signatures_and_either_secret_while_one_is_replaced(hooks):
    assert hooks.connect("org_a", "whsec_the_new_one") == hooks.path, "the address stays"
    for number, secret in enumerate((SECRET, "whsec_the_new_one")):
        body = hooks.event(f"evt_{number}")
        header = signature(body, secret).replace(",v1=", f",v1={'0' * 64},v0=x,v1=")
        assert hooks.post(body, header)[0] == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        "nonsense",
        "t=1751371200",
        "v1=" + "0" * 64,
        f"t={NOW_S},v1=" + "0" * 64,
        f"t={NOW_S},v1=é漢字",
        "t=١٧٥١٣٧١٢٠٠,v1=é",
        f"t={'9' * 5000},v1=x",
        "=,=,=,,;",
    ],
)
def test_a_missing_or_senseless_header_is_refused_and_nothing_is_written(hooks, header):
    refused(hooks, hooks.event(), header)


def test_a_forged_webhook_is_refused(hooks):
    refused(hooks, hooks.event(), signature(hooks.event(), "whsec_somebody_elses"))


def test_an_empty_secret_signs_nothing(hooks):
    refused(hooks, hooks.event(), signature(hooks.event(), ""))


def test_an_old_webhook_is_refused(hooks):
    refused(hooks, hooks.event(), signature(hooks.event(), at=NOW_S - 301))


def test_an_altered_webhook_is_refused(hooks):
    header = signature(hooks.event())
    refused(hooks, hooks.event(amount_received=50001), header)
    refused(hooks, hooks.event() + b" ", header)
    refused(hooks, hooks.event(), header.replace(f"t={NOW_S}", f"t={NOW_S + 1}"))


def test_an_endpoint_that_is_nobodys_or_anothers_is_refused(hooks):
    body = hooks.event()
    tail = hooks.path.rsplit("/", 1)[1].split("-")[0]
    refused(hooks, body, signature(body), f"/v1/hooks/stripe/{tail}-{'0' * 32}")
    refused(hooks, body, signature(body), "/v1/hooks/stripe/nobody")
    before = hooks.world.dump()
    assert hooks.post(body, signature(body), f"/v1/hooks/paypal/{tail}-{'0' * 32}")[0] == 404
    assert hooks.world.dump() == before


def test_another_organisation_cannot_pay_it(hooks):
    hooks.world.organisation("org_b")
    theirs = hooks.connect("org_b", "whsec_b")
    body = hooks.event()
    assert hooks.post(body, signature(body, "whsec_b"), theirs)[0] == 200
    assert hooks.apply() == []
    assert hooks.paid() == ("approved", [])


def test_what_was_stored_and_not_queued_is_queued_when_it_comes_again(hooks):
    body = hooks.event()
    hooks.post(body, signature(body))
    hooks.world.queues.take(Queue.HOOK)  # lost
    assert hooks.post(body, signature(body))[0] == 200
    assert hooks.apply() == []
    assert hooks.paid() == ("paid", ["500.00"])


def test_notices_that_are_nothing_to_us_are_kept_and_change_nothing(hooks):
    before = hooks.paid()
    for number, metadata in enumerate(({}, {"attempt_id": "att_of_nobody"}, None)):
        body = hooks.event(f"evt_{number}", metadata=metadata)
        assert hooks.post(body, signature(body))[0] == 200
    assert hooks.apply() == []
    assert hooks.paid() == before


def refused(hooks: Hooks, body: bytes, header: str | None, path: str | None = None) -> None:
    """Refused, and nothing written, queued or given away."""
    before = hooks.world.dump()
    status, document = hooks.post(body, header, path)
    assert status == 400
    assert SECRET not in json.dumps(document)
    assert hooks.world.dump() == before
    assert hooks.world.queues.waiting(Queue.HOOK) == []
