"""One Stripe account, which is one API key: customers, payment methods, payment intents and idempotency keys."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.stripe_standin import answers
from infra.local.stripe_standin.answers import Answer, Json, Refused, invalid, missing
from infra.local.stripe_standin.scripts import SCRIPTS, Script, Then

_QUERY = re.compile(r"metadata\[['\"](\w+)['\"]\]:['\"]([^'\"]*)['\"]")
Happened = Callable[[str, Json], None]
"""Told the type of an event and its object."""


@dataclass
class Account:
    """What one API key sees."""

    happened: Happened
    customers: dict[str, Json] = field(default_factory=dict)
    methods: dict[str, Json] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    intents: dict[str, Json] = field(default_factory=dict)
    charges: list[Json] = field(default_factory=list)
    keys: dict[str, tuple[Json, Answer]] = field(default_factory=dict)
    declined: dict[tuple[str, str], int] = field(default_factory=dict)

    def once(self, key: str | None, request: Json, run: Callable[[], Answer]) -> tuple[Answer, bool]:
        """Run a POST once for a key: the same request gets the first answer again, another one is refused."""
        if key is not None and key in self.keys:
            first, answer = self.keys[key]
            if first != request:
                message = "Keys for idempotent requests can only be used with the parameters they were first used with."
                raise Refused(400, "idempotency_error", None, message)
            return Answer(answer.status, answer.body), True
        answer = run()
        if key is not None and answer.saved:
            self.keys[key] = (copy.deepcopy(request), answer)
        return answer, False

    # -- customers and methods -----------------------------------------------------------------------------------------

    def create_customer(self, params: Json) -> Json:
        made = answers.customer(params)
        self.customers[made["id"]] = made
        if "payment_method" in params:
            self.attach(params["payment_method"], {"customer": made["id"]})
        return made

    def customer(self, id: str) -> Json:
        if id not in self.customers:
            raise missing("customer", id)
        return self.customers[id]

    def update_customer(self, id: str, params: Json) -> Json:
        known = self.customer(id)
        default = params.get("invoice_settings", {}).get("default_payment_method")
        if default is not None:
            known["invoice_settings"]["default_payment_method"] = self.method(default)["id"]
        known |= {name: params[name] for name in ("name", "email", "metadata") if name in params}
        return known

    def method(self, id: str, status: int = 404, param: str = "payment_method") -> Json:
        if id not in self.methods:
            raise missing("PaymentMethod", id, param, status)
        return self.methods[id]

    def attach(self, id: str, params: Json) -> Json:
        owner = self.customer(params.get("customer", ""))["id"]
        if id in SCRIPTS:
            # As with Stripe's own test methods, attaching makes a method with an id of its own.
            made = answers.method(SCRIPTS[id].type, owner)
            self.scripts[made["id"]] = id
            self.methods[made["id"]] = made
            return made
        known = self.method(id)
        known["customer"] = owner
        return known

    def detach(self, id: str) -> Json:
        known = self.method(id)
        known["customer"] = None
        return known

    def methods_of(self, customer: str) -> list[Json]:
        return [method for method in reversed(self.methods.values()) if method["customer"] == customer]

    # -- payment intents -----------------------------------------------------------------------------------------------

    def create_intent(self, params: Json) -> Answer:
        """Make an intent and, when it is to be confirmed, charge by the script of its method."""
        made = answers.intent(params, _amount(params))
        if params.get("customer") is not None and params["customer"] not in self.customers:
            raise missing("customer", params["customer"], "customer", 400)
        script = self._script(made)
        if script.refuse_with == 429:
            raise Refused(429, "invalid_request_error", "rate_limit", "Too many requests.")
        if script.refuse_with is not None:
            return Answer(script.refuse_with, {"error": {"type": "api_error", "message": "Something went wrong."}})
        self.intents[made["id"]] = made
        if params.get("confirm") != "true":
            return Answer(200, copy.deepcopy(made))
        return self._confirm(made, script)

    def _script(self, made: Json) -> Script:
        id = made["payment_method"]
        if id is None:
            return Script()
        if id in SCRIPTS:
            return SCRIPTS[id]
        if self.method(id, 400)["customer"] != made["customer"]:
            raise invalid("The PaymentMethod does not belong to the Customer.", "payment_method", "resource_missing")
        return SCRIPTS[self.scripts[id]]

    def _confirm(self, made: Json, script: Script) -> Answer:
        if script.error_code is not None and self._is_declined(made, script):
            return self._decline(made, script)
        made["status"] = "succeeded" if script.error_code is not None else script.status
        if made["status"] == "processing":
            self.happened("payment_intent.processing", made)
        else:
            self.take(made, made["amount"] // script.share)
        if script.then is Then.ERROR:
            return Answer(500, {"error": {"type": "api_error", "message": "Something went wrong."}})
        return Answer(200, copy.deepcopy(made), script.then)

    def _is_declined(self, made: Json, script: Script) -> bool:
        who = (str(made["customer"]), str(made["payment_method"]))
        self.declined[who] = self.declined.get(who, 0) + 1
        return script.declines is None or self.declined[who] <= script.declines

    def _decline(self, made: Json, script: Script) -> Answer:
        self.fail(made, script.error_code, script.decline_code, script.advice_code, script.message)
        error = {**made["last_payment_error"], "payment_intent": copy.deepcopy(made)}
        return Answer(402, {"error": error})

    def take(self, made: Json, amount: int) -> None:
        """Money moves."""
        charge = answers.new_id("ch")
        made |= {"status": "succeeded", "amount_received": amount, "latest_charge": charge, "last_payment_error": None}
        self.charges.append(
            {
                "id": charge,
                "payment_intent": made["id"],
                "amount": amount,
                "currency": made["currency"],
                "customer": made["customer"],
                "metadata": dict(made["metadata"]),
            }
        )
        self.happened("payment_intent.succeeded", made)

    def fail(
        self, made: Json, code: str | None, decline_code: str | None, advice_code: str | None, message: str
    ) -> None:
        """A charge is declined, at once or days later."""
        made["status"] = "requires_payment_method"
        error = {"type": "card_error", "code": code, "decline_code": decline_code, "advice_code": advice_code}
        made["last_payment_error"] = {
            **{name: value for name, value in error.items() if value is not None},
            "message": message,
            "charge": answers.new_id("ch"),
        }
        self.happened("payment_intent.payment_failed", made)

    def intent(self, id: str) -> Json:
        if id not in self.intents:
            raise missing("payment_intent", id, "intent")
        return self.intents[id]

    def intents_of(self, customer: str | None) -> list[Json]:
        return [made for made in reversed(self.intents.values()) if customer in (None, made["customer"])]

    def search(self, query: str) -> list[Json]:
        match = _QUERY.fullmatch(query.strip())
        if match is None:
            raise invalid(f"We were unable to parse your search query: {query}", "query")
        return [made for made in reversed(self.intents.values()) if made["metadata"].get(match[1]) == match[2]]


def _amount(params: Json) -> int:
    text = str(params.get("amount", ""))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if not re.fullmatch(r"[a-z]{3}", str(params.get("currency", ""))):
        raise invalid(f"Invalid currency: {params.get('currency')}", "currency")
    if int(text) < 50 and params["currency"] in ("usd", "eur"):
        raise invalid("Amount must convert to at least 50 cents.", "amount", "amount_too_small")
    return int(text)
