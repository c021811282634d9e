"""The book: all accounts, the events that happened, the requests that came, and routing. One lock around all of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from threading import RLock

from infra.local.stripe_standin import answers
from infra.local.stripe_standin.account import Account
from infra.local.stripe_standin.answers import Answer, Json, Refused, listed, missing
from infra.local.stripe_standin.delivery import Delivery, Hook

API_VERSION = "2026-10-28.endive"
_ID = r"([A-Za-z0-9_]+)"


class Book:
    """Everything that the stand-in knows. Safe to use from several threads."""

    def __init__(self) -> None:
        self.delivery = Delivery()
        self.requests: list[Json] = []
        self._accounts: dict[str, Account] = {}
        self._events: list[tuple[str, Json]] = []
        self._hooks: list[Hook] = []
        self._current_key: str | None = None
        self._lock = RLock()

    # -- the API -------------------------------------------------------------------------------------------------------

    def answer(self, verb: str, path: str, params: Json, api_key: str, key: str | None) -> Answer:
        """Answer a request to /v1/."""
        with self._lock:
            replayed = False
            try:
                account = self._account(api_key)
                self._current_key = key
                run = self._route(account, api_key, verb, path, params)
                if verb == "POST":
                    answer, replayed = account.once(key, {"path": path, "params": params}, run)
                else:
                    answer = run()
            except Refused as refused:
                answer = refused.answer
            self.requests.append(
                {"verb": verb, "path": path, "key": key, "status": answer.status, "replayed": replayed}
            )
            return answer

    def _account(self, api_key: str) -> Account:
        if not re.fullmatch(r"[sr]k_\w{3,}", api_key):
            raise Refused(401, "invalid_request_error", None, "Invalid API Key provided.")
        if api_key not in self._accounts:
            self._accounts[api_key] = Account(lambda type_, made: self._happened(api_key, type_, made))
        return self._accounts[api_key]

    def _route(self, account: Account, api_key: str, verb: str, path: str, params: Json) -> Callable[[], Answer]:
        for method, pattern, act in _ROUTES:
            if verb == method and (match := re.fullmatch(pattern, path)):
                ids = match.groups()
                return lambda: act(account, params, *ids)
        if (verb, path) == ("POST", "/v1/webhook_endpoints"):
            return lambda: Answer(200, self._endpoint(api_key, params))
        message = f"Unrecognized request URL ({verb}: {path})."
        raise Refused(404, "invalid_request_error", None, message)

    def _endpoint(self, api_key: str, params: Json) -> Json:
        events = params.get("enabled_events", {})
        wanted = set(events.values()) if isinstance(events, dict) else {events}
        hook = self.register(params["url"], account=api_key, events=frozenset(wanted))
        return {
            "id": hook.id,
            "object": "webhook_endpoint",
            "url": hook.url,
            "secret": hook.secret,
            "status": "enabled",
        }

    def _happened(self, api_key: str, type_: str, made: Json) -> None:
        event = {
            "id": answers.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": answers.now(),
            "data": {"object": copy.deepcopy(made)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": answers.new_id("req"), "idempotency_key": self._current_key},
            "type": type_,
        }
        self._events.append((api_key, event))
        self._send(api_key, event)

    def _send(self, api_key: str, event: Json) -> None:
        for hook in self._hooks:
            if hook.wants(api_key, event["type"]):
                self.delivery.send(hook, event)

    # -- the script ----------------------------------------------------------------------------------------------------

    def register(
        self, url: str, secret: str | None = None, account: str | None = None, events: frozenset[str] = frozenset()
    ) -> Hook:
        """Send events to an address from now on."""
        hook = Hook(answers.new_id("we"), url, secret or answers.new_id("whsec"), account, events)
        with self._lock:
            self._hooks.append(hook)
        return hook

    def forget_hooks(self) -> None:
        """Send no more events."""
        with self._lock:
            self._hooks.clear()

    def settle(self, intent: str, outcome: str, code: str | None = None) -> Json:
        """Let a processing intent succeed or fail, as a bank does days later."""
        with self._lock:
            for account in self._accounts.values():
                if intent in account.intents:
                    made = account.intents[intent]
                    if outcome == "succeeded":
                        account.take(made, made["amount"])
                    else:
                        account.fail(made, code or "insufficient_funds", None, None, "The debit was returned.")
                    return copy.deepcopy(made)
        raise missing("payment_intent", intent)

    def resend(self, event: str) -> bool:
        """Send an event again, as Stripe may at any time."""
        with self._lock:
            found = [(api_key, one) for api_key, one in self._events if one["id"] == event]
            for api_key, one in found:
                self._send(api_key, one)
            return bool(found)

    def events(self) -> list[Json]:
        """What happened, in order."""
        with self._lock:
            return [copy.deepcopy(event) for _, event in self._events]

    def charges(self) -> list[Json]:
        """Money taken, by account and in order."""
        with self._lock:
            return [copy.deepcopy(charge) for account in self._accounts.values() for charge in account.charges]

    def intents(self) -> list[Json]:
        """All payment intents, by account and in order."""
        with self._lock:
            return [copy.deepcopy(made) for account in self._accounts.values() for made in account.intents.values()]

    def to_json(self) -> Json:
        """The whole book."""
        return {
            "charges": self.charges(),
            "intents": self.intents(),
            "requests": list(self.requests),
            "deliveries": list(self.delivery.log),
        }


def _limit(params: Json) -> int:
    return int(params.get("limit", 10))


def _search(account: Account, params: Json) -> Answer:
    rows = copy.deepcopy(account.search(str(params.get("query", ""))))
    page = {"object": "search_result", "data": rows, "has_more": False, "next_page": None}
    return Answer(200, page | {"url": "/v1/payment_intents/search"})


def _methods(account: Account, params: Json, customer: str | None = None) -> Answer:
    rows = account.methods_of(customer or str(params.get("customer", "")))
    return Answer(200, listed(copy.deepcopy(rows), "/v1/payment_methods", _limit(params)))


def _intents(account: Account, params: Json) -> Answer:
    rows = account.intents_of(params.get("customer"))
    return Answer(200, listed(copy.deepcopy(rows), "/v1/payment_intents", _limit(params)))


Act = Callable[..., Answer]
_ROUTES: tuple[tuple[str, str, Act], ...] = (
    ("POST", "/v1/customers", lambda account, params: Answer(200, account.create_customer(params))),
    ("GET", f"/v1/customers/{_ID}", lambda account, _, id: Answer(200, account.customer(id))),
    ("POST", f"/v1/customers/{_ID}", lambda account, params, id: Answer(200, account.update_customer(id, params))),
    ("GET", f"/v1/customers/{_ID}/payment_methods", _methods),
    ("GET", "/v1/payment_methods", _methods),
    ("GET", f"/v1/payment_methods/{_ID}", lambda account, _, id: Answer(200, account.method(id))),
    ("POST", f"/v1/payment_methods/{_ID}/attach", lambda account, params, id: Answer(200, account.attach(id, params))),
    ("POST", f"/v1/payment_methods/{_ID}/detach", lambda account, _, id: Answer(200, account.detach(id))),
    ("POST", "/v1/payment_intents", lambda account, params: account.create_intent(params)),
    ("GET", "/v1/payment_intents", _intents),
    ("GET", "/v1/payment_intents/search", _search),
    ("GET", f"/v1/payment_intents/{_ID}", lambda account, _, id: Answer(200, copy.deepcopy(account.intent(id)))),
)
