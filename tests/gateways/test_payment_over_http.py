"""An invoice is paid over HTTP: the functions, Stripe's own SDK, the stand-in, and its webhooks sent back.

Tables, queues and secrets are the memory twins; everything between us and the provider is real.
"""

from __future__ import annotations

import importlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from infra.local.stripe_standin import StripeStandin
from tests.functions.usage_endpoint import SETTINGS
from tests.till import FEE, ORG, Till
from usance import wiring
from usance.gateways.stripe import StripeGateway
from usance.invoicing.document import Status
from usance.kernel.clock import SystemClock
from usance.ports import Kind, Queue
from usance.records.providers import connection_body, endpoint_of
from usance.store.memory import MemorySecrets
from usance.usecases.bill import Look, bill_contract

KEY, SECRET, TOKEN = "sk_test_over_http", "whsec_over_http", "ab" * 16
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="r", log_group_name="g"
)


class Post:
    """An HTTP server that hands what it is sent to the webhook function, as API Gateway does."""

    def __init__(self, app: Any) -> None:
        self.answers: list[int] = []
        self.failing = 0
        post = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if post.failing:
                    post.failing -= 1
                    status, content = 500, b""
                else:
                    answer = app(post.event(self.path, dict(self.headers), body), CONTEXT)
                    status, content = answer["statusCode"], answer["body"].encode()
                post.answers.append(status)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/hooks/stripe/{endpoint_of(ORG, TOKEN)}"

    def event(self, path: str, headers: dict[str, str], body: str) -> dict[str, Any]:
        return {
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": path.removeprefix("/v1/hooks/")},
            "stageVariables": None,
            "requestContext": {"resourcePath": "/v1/hooks/{proxy+}", "httpMethod": "POST"},
            "body": body,
            "isBase64Encoded": False,
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Shop:
    """One organisation with one invoice over 500.00 USD, connected to the stand-in."""

    def __init__(self, monkeypatch, standin: StripeStandin) -> None:
        self.standin, self.till = standin, Till()
        names = {**SETTINGS, "HOOK_QUEUE_URL": "queue", "STRIPE_API_BASE": standin.url}
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        self.secrets = MemorySecrets()
        self.secrets.write(ORG, "stripe", {"api_key": KEY, "webhook_secret": SECRET})
        self.gateway = StripeGateway(KEY, (SECRET,), standin.url, timeout_s=1)
        monkeypatch.setattr(wiring, "control_plane", lambda _settings: self.till.control)
        monkeypatch.setattr(wiring, "tables", lambda _settings: self.till.tables)
        monkeypatch.setattr(wiring, "queues", lambda **_urls: self.till.queues)
        monkeypatch.setattr(wiring, "secrets", lambda: self.secrets)
        monkeypatch.setattr(wiring, "clock", lambda: self.till.clock)
        monkeypatch.setattr(wiring, "gateway_of", lambda _base: lambda _organisation, _provider: self.gateway)
        self.collect_handler = importlib.import_module("functions.invoice.collect").handler
        self.apply_handler = importlib.import_module("functions.webhooks.apply").handler
        self.post = Post(importlib.import_module("functions.webhooks.app").app)
        # Webhooks are signed with the time of day, so the till's clock shows it.
        self.till.clock.move(SystemClock().now())
        self.client = stripe.StripeClient(
            KEY,
            base_addresses={"api": standin.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=5),
        )
        standin.book.register(self.post.url, SECRET, account=KEY)

    def invoice(self, script: str) -> str:
        """An invoice of a customer who pays by a scripted method."""
        customer = self.client.v1.customers.create({"name": "ACME Inc."}).id
        method = self.client.v1.payment_methods.attach(script, {"customer": customer}).id
        till = self.till
        till.organisation(ORG)
        till.record(ORG, Kind.PROVIDER, "prv_1", dict(connection_body("stripe", TOKEN)), "stripe")
        till.record(ORG, Kind.CUSTOMER, "cus_acme", {"name": "ACME Inc.", "payment_method": "pm_1"})
        owner = {"customer": "cus_acme", "provider": "stripe", "provider_customer": customer, "reference": method}
        till.record(ORG, Kind.PAYMENT_METHOD, "pm_1", owner)
        till.contract(FEE, ends_on="2025-07-31")
        return bill_contract(till.billing, ORG, Look("ctr_1"), till.clock.now()).documents[0].id

    def collect(self, invoice: str) -> dict[str, Any]:
        answer = self.collect_handler({"organisation": ORG, "invoice": invoice}, CONTEXT)
        assert set(answer) == {"next", "wait_seconds", "outcome", "attempt"}
        plain: dict[str, Any] = json.loads(json.dumps(answer))
        return plain

    def deliver(self) -> list[str]:
        """Wait for the stand-in's webhooks, and apply what they put into the queue; ids of messages that failed."""
        self.standin.book.delivery.settle()
        records = [
            {"messageId": f"m{number}", "body": json.dumps(message), "eventSource": "aws:sqs", "attributes": {}}
            for number, message in enumerate(self.till.queues.take(Queue.HOOK))
        ]
        if not records:
            return []
        answer = self.apply_handler({"Records": records}, CONTEXT)
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]

    def taken(self) -> list[int]:
        return [charge["amount"] for charge in self.standin.book.charges()]

    def close(self) -> None:
        self.post.close()
        self.gateway.close()


@pytest.fixture
def shop(monkeypatch):
    with StripeStandin() as standin:
        made = Shop(monkeypatch, standin)
        yield made
        made.close()


def test_a_charge_and_its_webhook_pay_the_invoice(shop):
    invoice = shop.invoice("pm_card_visa")
    assert shop.collect(invoice) == {"next": "ask", "wait_seconds": 30, "outcome": "succeeded", "attempt": 1}
    assert shop.deliver() == []
    assert shop.post.answers == [200]
    assert shop.till.state(invoice).status is Status.PAID
    assert shop.collect(invoice) == {"next": "paid", "wait_seconds": 0, "outcome": "paid", "attempt": 1}
    assert shop.taken() == [50000]
    assert shop.till.balances()["cash", "USD"] == 50000


def test_a_decline_and_its_retry_the_next_day(shop):
    invoice = shop.invoice("pm_card_decline_once")
    assert shop.collect(invoice) == {"next": "retry", "wait_seconds": 86400, "outcome": "declined_soft", "attempt": 1}
    assert shop.deliver() == []
    assert shop.till.state(invoice).status is Status.APPROVED
    now = shop.till.clock.now()
    shop.till.wait(days=1)
    assert shop.collect(invoice)["outcome"] == "succeeded"
    shop.till.clock.move(now)  # the webhook is signed with the time of day
    assert shop.deliver() == []
    assert shop.till.state(invoice).status is Status.PAID
    assert shop.taken() == [50000]
    keys = [request["key"] for request in shop.standin.book.requests if request["path"] == "/v1/payment_intents"]
    assert keys == [attempt.id for attempt in shop.till.attempts(invoice)]


def test_money_taken_in_silence_is_settled_by_its_webhook(shop):
    invoice = shop.invoice("pm_timeout_after_charge")
    assert shop.collect(invoice)["outcome"] == "unknown"
    assert shop.deliver() == []
    assert shop.collect(invoice)["next"] == "paid"
    assert shop.taken() == [50000]


def test_money_taken_in_silence_is_settled_by_asking_when_no_webhook_comes(shop):
    shop.standin.book.forget_hooks()
    invoice = shop.invoice("pm_timeout_after_charge")
    assert shop.collect(invoice) == {"next": "ask", "wait_seconds": 300, "outcome": "unknown", "attempt": 1}
    shop.till.wait(minutes=5)
    assert shop.collect(invoice)["next"] == "paid"
    assert shop.taken() == [50000]
    assert shop.till.payments()[0].reference == shop.standin.book.charges()[0]["payment_intent"]


def test_a_bank_that_settles_later_and_one_that_returns_the_debit(shop):
    invoice = shop.invoice("pm_bank_processing")
    assert shop.collect(invoice)["outcome"] == "pending"
    assert shop.deliver() == []
    (intent,) = shop.standin.book.intents()
    shop.standin.book.settle(intent["id"], "failed", "account_closed")
    assert shop.deliver() == []
    assert shop.collect(invoice) == {"next": "gave_up", "wait_seconds": 0, "outcome": "declined_hard", "attempt": 1}
    # The bank changes its mind: money that moved is a fact.
    shop.standin.book.settle(intent["id"], "succeeded")
    assert shop.deliver() == []
    assert shop.till.state(invoice).status is Status.PAID
    assert shop.taken() == [50000]


def test_a_webhook_that_was_not_taken_is_sent_again_and_a_copy_changes_nothing(shop):
    shop.post.failing = 1
    invoice = shop.invoice("pm_card_visa")
    shop.collect(invoice)
    assert shop.deliver() == []
    assert shop.post.answers == [500, 200]
    before = shop.till.dump()
    (event,) = shop.standin.book.events()
    assert shop.standin.book.resend(event["id"])
    assert shop.deliver() == []
    assert shop.post.answers == [500, 200, 200]
    assert shop.till.dump() == before
    assert shop.till.state(invoice).status is Status.PAID


def test_a_webhook_signed_with_another_secret_is_not_taken(shop):
    shop.standin.book.forget_hooks()
    shop.standin.book.register(shop.post.url, "whsec_wrong", account=KEY)
    invoice = shop.invoice("pm_card_visa")
    shop.collect(invoice)
    # Refused, and therefore tried again: twice is enough to see.
    while len(shop.post.answers) < 2:
        threading.Event().wait(0.05)
    assert set(shop.post.answers) == {400}
    assert shop.till.bodies(f"{ORG}#hook") == []
    assert shop.till.state(invoice).status is Status.APPROVED


def test_one_bad_message_of_a_batch_comes_again_alone(shop):
    invoice = shop.invoice("pm_card_visa")
    shop.collect(invoice)
    shop.standin.book.delivery.settle()
    (good,) = shop.till.queues.take(Queue.HOOK)
    shop.till.queues.send(Queue.HOOK, [{"organisation": ORG}, good, {**good, "event": "evt_of_nobody"}])
    assert shop.deliver() == ["m0"]
    assert shop.till.state(invoice).status is Status.PAID
