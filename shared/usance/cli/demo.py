"""`usance demo`: the quick start against a running installation, through its public HTTP endpoints only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
import typer
import urllib3

from usance.cli.client import CallFailed, Client, without_currencies
from usance.scenario import quickstart

_WEBHOOK_SECRET: Final = "whsec_quickstart"  # noqa: S105 - of the stand-in, which is made for this run
_BATCH: Final = 1_000
_SINGLES: Final = 40
_AHEAD_HOURS: Final = 24 * 93
_AFTER_DECLINE: Final = "2025-10-02T00:00:01Z"
_BAD_EVENTS: Final = (
    b'{"id":"bad-1","customer":"acme","timestamp":"2025-07-03T10:00:00Z","data":{"cpu_hours_consumed":"lots"}}',
    b'{"id":"bad-2","customer":"acme","timestamp":"2025-02-30T10:00:00Z","data":{"cpu_hours_consumed":"1"}}',
    b'{"id":"bad-3","customer":"acme","timestamp":"2025-07-03T10:00:00Z","data":{}}',
)


@dataclass(slots=True)
class Counts:
    """What became of the events sent."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, answer: dict[str, Any]) -> None:
        """Count one answer."""
        self.accepted += answer.get("accepted", 0)
        self.duplicates += answer.get("duplicates", 0)
        for one in answer.get("refused", ()):
            self.refused += 1
            self.reasons += [f"event {one['index']}: {fault['pointer']} {fault['detail']}" for fault in one["errors"]]


Say = Callable[[str], None]


class Demo:
    """The steps, each of which says what it does."""

    def __init__(self, url: str, operator_key: str, stripe: str, say: Say, patience: int) -> None:
        self._operator, self._stripe, self._say = Client(url, operator_key), stripe.rstrip("/"), say
        self._patience = patience
        self._url = url
        self.counts = Counts()

    def play(self) -> dict[str, Any]:
        """Play the quick start. Returns everything there is to show. Raises CallFailed."""
        self._set_up()
        self._send_usage()
        self._say("moving the test clock to 1 October 2025")
        self.client.post("/v1/test-clock", {"now": quickstart.ENDS})
        invoices = self._wait("the billing run, which its schedule starts", self._all_issued)
        declined = self._wait("the first attempt to collect, which is declined", self._declined)
        self._say("moving the test clock a day on, when the card is tried again")
        self.client.post("/v1/test-clock", {"now": _AFTER_DECLINE})
        invoices = self._wait("the payments, which webhooks settle", self._all_paid)
        self._wait("the revenue workflow", self._recognised)
        return self._gather(invoices, declined)

    def _set_up(self) -> None:
        self._say("creating an organisation and its API key")
        made = self._operator.post(
            "/v1/organisations",
            {
                # A name of its own, so that playing it again makes another organisation.
                "name": f"Northwind Compute {uuid.uuid4().hex[:6]}",
                "currency": "USD",
                "timezone": "UTC",
                "mode": "test",
                "test_clock": quickstart.STARTS,
            },
        )
        self._organisation = made["id"]
        self.client = client = Client(self._url, made["api_key"]["key"])
        self._say("creating event types, metrics, products and the customer ACME Inc.")
        for name, fields in quickstart.EVENT_TYPES.items():
            # Three months of usage are sent while the test clock stands at their beginning.
            client.post("/v1/event-types", {"name": name, "fields": fields, "future_hours": _AHEAD_HOURS})
        for name, metric in quickstart.METRICS.items():
            client.post("/v1/metrics", {"external_id": name, **metric})
        for item in quickstart.CONTRACT["items"]:
            client.post("/v1/products", {"external_id": item["id"], **item["product"]})
        client.post("/v1/customers", {"external_id": "acme", **quickstart.CUSTOMER})
        self._connect_payments()
        self._say("signing the contract")
        client.post("/v1/contracts", {**quickstart.CONTRACT, "customer": "acme"})

    def _connect_payments(self) -> None:
        self._say("connecting the payment provider")
        connected = self.client.put(
            "/v1/payment-providers/stripe", {"api_key": "sk_test_quickstart", "webhook_secret": _WEBHOOK_SECRET}
        )
        customer = self._at_stripe("/v1/customers", {"name": "ACME Inc."})["id"]
        self._script_stripe(
            "/_script/webhooks", {"url": self._url + connected["webhook_path"], "secret": _WEBHOOK_SECRET}
        )
        self.client.post(
            "/v1/customers/acme/payment-methods",
            {"provider": "stripe", "provider_customer": customer, "reference": "pm_card_decline_once"},
        )

    def _at_stripe(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        headers = {"authorization": "Bearer sk_test_quickstart"}
        answer = urllib3.PoolManager().request_encode_body(
            "POST", self._stripe + path, fields=form, headers=headers, encode_multipart=False
        )
        return _read(path, answer)

    def _script_stripe(self, path: str, body: dict[str, str]) -> None:
        _read(path, urllib3.request("POST", self._stripe + path, json=body))

    def _send_usage(self) -> None:
        events = list(quickstart.usage())
        for event_type in quickstart.EVENT_TYPES:
            mine = [_wire(event) for event in events if event["event_type"] == event_type]
            singles, rest = mine[:_SINGLES], mine[_SINGLES:]
            for number, batch in enumerate(_batches(rest)):
                self._say(f"sending usage: {self.counts.accepted:,} of {quickstart.EVENTS:,} events")
                self._deliver(event_type, batch, compress=number % 2 == 0)
            self._say("sending some events one by one, and some again")
            for single in singles:
                self._deliver(event_type, single)
            self._deliver(event_type, singles[0])
            self._deliver(event_type, next(_batches(rest)))
        self._say("sending a few bad ones among good ones")
        good = _wire(events[0])
        self._deliver("compute_events", b"[" + b",".join((good, *_BAD_EVENTS)) + b"]")
        status, answer = self.client.usage("no_such_events", good)
        self.counts.refused += status == 404
        self.counts.reasons.append(answer.get("detail", ""))

    def _deliver(self, event_type: str, content: bytes, *, compress: bool = True) -> None:
        self.counts.add(self.client.usage(event_type, content, compress=compress)[1])

    def _wait(self, what: str, ready: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is waited for
        started = time.monotonic()
        while True:
            found = ready()
            if found is not None:
                return found
            waited = int(time.monotonic() - started)
            if waited > self._patience:
                raise CallFailed(f"waited {waited} s for {what}, in vain: look at the installation's log")
            self._say(f"waiting for {what}: {waited} s")
            time.sleep(0.5)

    def _invoices(self) -> list[dict[str, Any]]:
        return sorted(self.client.get("/v1/invoices", limit="100")["data"], key=lambda one: str(one["number"]))

    def _all_issued(self) -> list[dict[str, Any]] | None:
        found = self._invoices()
        return found if len(found) == 4 else None

    def _declined(self) -> dict[str, Any] | None:
        for invoice in self._invoices():
            for attempt in self.client.get(f"/v1/invoices/{invoice['id']}").get("attempts", ()):
                if attempt["status"].startswith("declined"):
                    return {"invoice": invoice["number"], **attempt}
        return None

    def _all_paid(self) -> list[dict[str, Any]] | None:
        found = self._invoices()
        return found if all(one["status"] == "paid" for one in found) else None

    def _recognised(self) -> bool | None:
        rows = self.client.get("/v1/revenue")["rows"]
        months = {row["month"] for row in rows if row["item"] == "platform" and row["recognised"]["amount"] != "0.00"}
        return True if {"2025-07", "2025-08", "2025-09"} <= months else None

    def _gather(self, invoices: list[dict[str, Any]], declined: dict[str, Any]) -> dict[str, Any]:
        self._say("reading the books")
        documents = [self.client.get(f"/v1/invoices/{one['id']}") for one in invoices]
        found = {
            "events": {
                "accepted": self.counts.accepted,
                "duplicates": self.counts.duplicates,
                "refused": self.counts.refused,
                "reasons": self.counts.reasons,
            },
            "organisation": self._organisation,
            "invoices": documents,
            "explained": self.client.get(f"/v1/invoices/{invoices[1]['id']}/explain"),
            "declined": declined,
            "payments": self.client.get("/v1/payments", limit="100")["data"],
            "trial_balance": self.client.get("/v1/trial-balance"),
            "revenue": self.client.get("/v1/revenue")["rows"],
            "urls": {"docs": f"{self._url}/docs", "invoice": self._url + str(documents[1]["page"])},
        }
        return dict(without_currencies(found))


def _read(path: str, answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    if answer.status >= 300:
        raise CallFailed(f"the payment provider answered {answer.status} to {path}")
    return dict(answer.json()) if answer.data else {}


def _wire(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in event.items() if name != "event_type"})


def _batches(events: list[bytes]) -> Iterator[bytes]:
    for start in range(0, len(events), _BATCH):
        yield b"[" + b",".join(islice(events, start, start + _BATCH)) + b"]"


def demo(
    url: Annotated[str, typer.Option(envvar="USANCE_URL", help="Address of the installation.")],
    operator_key: Annotated[str, typer.Option(envvar="USANCE_OPERATOR_KEY", help="The operator's key.")],
    stripe: Annotated[str, typer.Option(help="Address of the payment provider's stand-in.")],
    patience: Annotated[int, typer.Option(help="Seconds to wait for each step.")] = 150,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Play the quick start: from an organisation to paid invoices and recognised revenue."""
    if as_json:
        from usance.cli.simulate import write  # noqa: PLC0415

        write(Demo(url, operator_key, stripe, lambda _step: None, patience).play())
        return
    from usance.cli.showcase import progress, show  # noqa: PLC0415 - rich is only for people

    with progress() as say:
        found = Demo(url, operator_key, stripe, say, patience).play()
    show(found)
